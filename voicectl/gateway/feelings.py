"""Every door through which a request can ask for a feeling. What follows from it: `door.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from voicectl.core.tts import Utterance
from voicectl.vendors.emotivoice.feelings import LABELS

NEUTRAL = "neutral"
ANY = "any"
"""What stands for a feeling that is said in words of its own: no rule can be sure that it is another."""
NAMES = {label: name for name, label in LABELS.items()}
PLAIN = frozenset(("", NEUTRAL, LABELS[NEUTRAL]))
TAGS_WITHOUT_FEELING = frozenset(
    (
        *("speak", "p", "paragraph", "s", "sentence", "w", "token", "break", "mark", "prosody"),
        *("sub", "say-as", "phoneme", "lang", "desc", "metadata", "lexicon", "lookup", "lexeme"),
    )
)
"""What markup may hold for everybody; a tag that is not known here may be a style of some vendor."""
FEELING_ATTRIBUTES = frozenset(
    ("effect", "effectvalue", "style", "styledegree", "emotion", "intensity", "category", "role")
)
FEELING_PARAMETERS = ("emotion", "style", "instruct", "prompt", "context_text", "effect", "ssml", "role")

_TAG = re.compile(r"<([A-Za-z][\w.:-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
_ATTRIBUTE = re.compile(r"([\w.:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_INLINE = re.compile(r"\[\s*([A-Za-z#][\w#-]*)\s*:\s*([^\]]*)\]|\[(#)[^\]]*\]")
"""What some engines take out of plain text: `[voice:name]`, `[#in a low voice]`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a body asks for, in the gateway's words; fields that no route knows never come this far.

    `text` is as it was received. `prompt` is EmotiVoice's word, `instructions` OpenAI's, for how to speak.
    """

    text: str
    profile: str = ""
    model: str = ""
    voice: str = ""
    emotion: str = ""
    prompt: str = ""
    instructions: str = ""
    language: str = ""
    is_markup: bool = False
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def characters(self) -> int:
        """What it counts against a quota: code points, as received."""
        return len(self.text)

    @property
    def feeling(self) -> str:
        """By what name rules know the feeling: `neutral`, an emotion's name, or `any` for words."""
        match list(doors(self)):
            case []:
                return NEUTRAL
            case ["emotion"]:
                return self.emotion
            case ["prompt"]:
                return NAMES.get(self.prompt.strip(), ANY)
        return ANY


def doors(wanted: Wanted) -> Iterator[str]:
    """Yield by which doors a request asks for a feeling; none where it does not."""
    if wanted.emotion not in PLAIN:
        yield "emotion"
    if wanted.prompt.strip() not in PLAIN:
        yield "prompt"
    if wanted.instructions.strip():
        yield "instructions"
    yield from _doors_of_text(wanted.text)
    yield from _doors_of_parameters(wanted.params)


def doors_of(utterance: Utterance) -> Iterator[str]:
    """Yield the same of what a vendor is about to be asked: the second look, past which nothing is added."""
    if utterance.emotion not in PLAIN:
        yield "emotion"
    if utterance.style.strip() not in PLAIN:
        yield "style"
    yield from _doors_of_text(utterance.text)
    yield from _doors_of_parameters(utterance.params)


def voices_named(wanted: Wanted) -> Iterator[str]:
    """Yield every voice that is named outside of its own field: in markup, in plain text, in extras."""
    for name, attributes in _tags(wanted.text):
        for attribute, value in attributes.items():
            if attribute == "voice" or (name == "voice" and attribute in ("name", "id")):
                yield value
    for found in _INLINE.finditer(wanted.text):
        if (found[1] or "").lower() in ("voice", "speaker"):
            yield found[2].strip()
    for name, value in wanted.params.items():
        if "voice" in name.lower() or "speaker" in name.lower():
            yield value


def _doors_of_text(text: str) -> Iterator[str]:
    """Look also into text that is not said to be markup: vendors find out for themselves."""
    for name, attributes in _tags(text):
        if name not in TAGS_WITHOUT_FEELING:
            yield f"<{name}>"
        yield from (f"<{name} {each}>" for each in attributes if each in FEELING_ATTRIBUTES)
    if "[" in text:
        yield from (f"[{found[1] or found[3]}]" for found in _INLINE.finditer(text))


def _doors_of_parameters(params: Mapping[str, str]) -> Iterator[str]:
    for name in params:
        if any(word in name.lower() for word in FEELING_PARAMETERS):
            yield name


def _tags(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each tag with its attributes, in small letters; attributes without any prefix."""
    if "<" not in text:
        return
    for found in _TAG.finditer(text):
        attributes = {
            each[1].lower().rpartition(":")[2]: each[2] or each[3] or ""
            for each in _ATTRIBUTE.finditer(found[2])
        }
        yield found[1].lower(), attributes
