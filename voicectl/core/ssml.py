"""Markup to be spoken: is it well-formed and allowed, what does it say, where may it be cut. No speech here.

Specification: https://www.w3.org/TR/speech-synthesis11/; which tags a vendor takes is data of the vendor.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from voicectl.core.errors import BadInput, Guarded
from voicectl.core.text import Cutter, atoms, clauses, graphemes, is_speakable, sentences, words
from voicectl.core.tts import TextLimit

if TYPE_CHECKING:
    from xml.parsers.expat import ExpatError, XMLParserType

ROOT = "speak"
WHOLE = frozenset(("audio", "desc", "metadata", "phoneme", "say-as", "sub", "token", "w"))
"""Elements that mean one thing from end to end."""
BLOCKS = frozenset(("p", "paragraph", "s", "sentence"))
REFERENCES = frozenset(("src", "uri", "href", "bgm", "xml:base"))
"""Attributes that name something to be fetched, whatever their value looks like."""

_TOKEN = re.compile(
    r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(?P<cdata>.*?)\]\]>"
    r"|<(?P<close>/?)(?P<name>[^\s/>]+)(?:[^>\"'/]|\"[^\"]*\"|'[^']*'|/(?!>))*(?P<empty>/?)>"
    r"|&(?P<entity>[^;]+);|(?P<text>[^<&]+)",
    re.DOTALL,
)
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_ELSEWHERE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)


def check(markup: str, *, allow_remote: bool = False) -> None:
    """Raise BadInput for what is no markup to speak, Guarded for what would be fetched from elsewhere.

    A document type is refused whole: its entities could read files or grow without end.
    """
    _Reading(markup, allow_remote=allow_remote).run()


def refuse_tags(markup: str, speaker: str, known: Collection[str]) -> None:
    """Raise BadInput for a tag that is not among those that `speaker` takes."""
    _Reading(markup, allow_remote=True, speaker=speaker, known=known).run()


class _Reading:
    """One walk of the parser over a document; stops at the first fault."""

    def __init__(
        self, markup: str, *, allow_remote: bool, speaker: str = "", known: Collection[str] = ()
    ) -> None:
        self._markup = _plain_lines(markup)
        self._allow_remote = allow_remote
        self._speaker = speaker
        self._known = known
        self._open: list[tuple[str, int]] = []
        self._seen_root = False

    def run(self) -> None:
        from xml.parsers.expat import ExpatError, ParserCreate

        begins = self._markup.lstrip()
        if not begins.startswith("<"):
            raise BadInput(
                "this is no SSML: there is no <speak> around {start!r}",
                start=begins[:30],
                hint="leave out --ssml, or write <speak>…</speak>",
            )
        self._parser: XMLParserType = ParserCreate("utf-8")
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = lambda name: self._open.pop()
        try:
            self._parser.Parse(self._markup.encode(), True)
        except ExpatError as error:
            raise self._fault(error) from None

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        if not self._seen_root and name != ROOT:
            raise BadInput(
                "line {line}, column {column}: the markup is a <{tag}>, and <speak> must stand around it",
                **self._place,
                tag=name,
                hint="<speak>…</speak>",
            )
        self._seen_root = True
        self._open.append((name, self._parser.CurrentLineNumber))
        if self._speaker and name not in self._known:
            raise self._unknown(name)
        if not self._allow_remote:
            self._refuse_elsewhere(name, attributes)

    def _unknown(self, name: str) -> BadInput:
        from difflib import get_close_matches

        near = get_close_matches(name, self._known, n=1)
        return BadInput(
            "line {line}, column {column}: {speaker} does not take the tag <{tag}>; it takes {known}",
            **self._place,
            speaker=self._speaker,
            tag=name,
            known=", ".join(sorted(self._known)),
            near=near[0] if near else "",
            hint="write <{near}>" if near else "take out <{tag}>",
        )

    def _refuse_elsewhere(self, tag: str, attributes: Mapping[str, str]) -> None:
        for name, value in attributes.items():
            if _leads_elsewhere(name, value):
                raise Guarded(
                    'line {line}, column {column}: <{tag} {name}="{value}"> would be fetched from elsewhere',
                    **self._place,
                    tag=tag,
                    name=name,
                    value=value,
                    hint="--allow-remote-audio",
                )

    def _refuse_doctype(self, *declared: object) -> None:
        raise BadInput(
            "line {line}, column {column}: a document type is not taken",
            **self._place,
            hint="take out <!DOCTYPE …>",
        )

    @property
    def _place(self) -> dict[str, Any]:
        return {
            "line": self._parser.CurrentLineNumber,
            "column": self._parser.CurrentColumnNumber + 1,
        }

    def _fault(self, error: ExpatError) -> BadInput:
        """Say in our words what the parser found, with the tag that it concerns."""
        from xml.parsers.expat import errors

        place: dict[str, Any] = {"line": error.lineno, "column": error.offset + 1}
        name, opened = self._open[-1] if self._open else ("", 0)
        kind = errors.messages.get(error.code, "")
        if kind == errors.XML_ERROR_TAG_MISMATCH or (kind == errors.XML_ERROR_NO_ELEMENTS and name):
            return BadInput(
                "line {line}, column {column}: <{tag}> of line {opened} is not closed",
                **place,
                tag=name,
                opened=opened,
                hint="</{tag}>",
            )
        if kind == errors.XML_ERROR_UNDEFINED_ENTITY:
            return BadInput(
                "line {line}, column {column}: {entity!r} has no meaning here",
                **place,
                entity=self._entity_at(error),
                hint="write the sign itself, or & as &amp;",
            )
        return BadInput(
            "line {line}, column {column}: the markup is not well-formed: {reason}",
            **place,
            reason=kind,
            hint="write & as &amp; and < as &lt;, and quote what an attribute is",
        )

    def _entity_at(self, error: ExpatError) -> str:
        line = self._markup.split("\n")[error.lineno - 1]
        found = re.match(r"&[^;\s]{0,30};?", line[error.offset :])
        return found.group() if found else "&"


def _leads_elsewhere(name: str, value: str) -> bool:
    if name.startswith(("xmlns", "xsi:")) or value.lstrip().lower().startswith("data:"):
        return False
    return bool(value.strip()) if name.lower() in REFERENCES else bool(_ELSEWHERE.match(value))


class _Token(NamedTuple):
    """A tag, a run of text, one entity, or an element that stays whole; `text` is what it says."""

    source: str
    text: str = ""
    name: str = ""
    closes: bool = False
    opens: bool = False


class _Part(NamedTuple):
    """Neighbouring tokens, with the tags that are open before and after them."""

    tokens: tuple[_Token, ...]
    before: tuple[_Token, ...]
    after: tuple[_Token, ...]

    @property
    def text(self) -> str:
        return "".join(token.text for token in self.tokens)

    @property
    def source(self) -> str:
        return "".join(token.source for token in self.tokens)

    @property
    def opening(self) -> str:
        return "".join(token.source for token in self.before)

    @property
    def closing(self) -> str:
        return "".join(f"</{token.name}>" for token in reversed(self.after))


def plain_text(markup: str, *, at_blocks: str = "") -> str:
    """Return what is between the tags of markup that was checked: no tag, no entity.

    `at_blocks` stands where a paragraph or sentence begins or ends.
    """
    tokens = _tokens(_plain_lines(markup))
    return "".join(at_blocks if token.name in BLOCKS else token.text for token in tokens)


def is_heard(markup: str) -> bool:
    """Say whether there is anything to hear in markup that was checked: a word, a sound, a pause."""
    tokens = tuple(_gathered(_tokens(_plain_lines(markup))))
    stands_alone = any(token.name and not (token.opens or token.closes) for token in tokens)
    return stands_alone or is_speakable("".join(token.text for token in tokens))


def pieces(markup: str, limit: TextLimit) -> Iterator[str]:
    """Cut markup that was checked into documents that hold the limit, at the best borders.

    Joined, the pieces say what the whole says. Tags that are open at a border are closed and opened
    again; comments are left out. Raises BadInput for an element that stays whole and is over the limit.
    """
    document = _Part(tuple(_gathered(_tokens(_plain_lines(markup)))), (), ())
    if not limit.by_sentence:
        yield from _fit(document, limit, (_spoken_sentences, clauses, words, atoms, graphemes))
        return
    for part in _cut(document, _spoken_sentences):
        yield from _fit(part, limit, (clauses, words, atoms, graphemes))


def _spoken_sentences(text: str) -> Iterator[str]:
    """Cut as `sentences` does; a name of its own, because blocks of markup end sentences as well."""
    return sentences(text)


def _plain_lines(markup: str) -> str:
    return markup.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _tokens(markup: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(markup):
        if text := found["text"]:
            yield _Token(text, text)
        elif entity := found["entity"]:
            yield _Token(found.group(), _meaning(entity))
        elif (cdata := found["cdata"]) is not None:
            yield from _tokens(cdata.translate(_ESCAPES))
        elif name := found["name"]:
            closes = bool(found["close"])
            yield _Token(found.group(), "", name, closes, not closes and not found["empty"])


def _meaning(entity: str) -> str:
    if entity.startswith("#"):
        return chr(int(entity[2:], 16) if entity[1] in "xX" else int(entity[1:]))
    return _ENTITIES[entity]


def _gathered(tokens: Iterator[_Token]) -> Iterator[_Token]:
    """Make one token of each element that stays whole."""
    held: list[_Token] = []
    depth = 0
    for token in tokens:
        if depth or (token.opens and token.name in WHOLE):
            depth += token.opens - token.closes
            held.append(token)
            if not depth:
                yield _Token(
                    "".join(each.source for each in held),
                    "".join(each.text for each in held),
                    held[0].name,
                )
                held = []
        else:
            yield token


def _fit(part: _Part, limit: TextLimit, cutters: tuple[Cutter, ...]) -> Iterator[str]:
    markup = part.opening + part.source + part.closing
    if limit.holds(markup, ssml=True):
        yield markup
        return
    if not cutters:
        raise _too_large(part, limit)
    for packed in _packed(_cut(part, cutters[0]), limit):
        yield from _fit(packed, limit, cutters[1:])


def _too_large(part: _Part, limit: TextLimit) -> BadInput:
    named = next((token.name for token in (*part.tokens, *part.before) if token.name), ROOT)
    return BadInput(
        "<{tag}> around {start!r} is larger than the {size} {unit} of a request, and cannot be cut",
        tag=named,
        start=part.text.strip()[:30],
        size=limit.size,
        unit=limit.unit,
        hint="make it several",
    )


def _cut(part: _Part, cutter: Cutter) -> Iterator[_Part]:
    """Cut where the cutter would cut the text, but in no element that stays whole."""
    borders = set(accumulate(len(each) for each in cutter(part.text)))
    if cutter is _spoken_sentences:
        borders |= _edges_of_blocks(part)
    held: list[_Token] = []
    before, stack, at, begun = part.before, list(part.before), 0, 0
    for token in _split_at(part.tokens, borders):
        # Tags that close belong to what they close, all else to what follows.
        if at in borders and at > begun and not token.closes:
            yield _Part(tuple(held), before, tuple(stack))
            held, before, begun = [], tuple(stack), at
        held.append(token)
        at += len(token.text)
        if token.opens:
            stack.append(token)
        elif token.closes:
            stack.pop()
    yield _Part(tuple(held), before, tuple(stack))


def _edges_of_blocks(part: _Part) -> set[int]:
    edges, at = set(), 0
    for token in part.tokens:
        at += len(token.text)
        if token.name in BLOCKS:
            edges.add(at)
    return edges


def _split_at(tokens: tuple[_Token, ...], borders: set[int]) -> Iterator[_Token]:
    """Yield the tokens, runs of text parted at the borders inside them."""
    at = 0
    for token in tokens:
        begin, end = at, at + len(token.text)
        is_text = not token.name and token.source == token.text
        inside = (border for border in range(begin + 1, end) if border in borders) if is_text else ()
        for border in inside:
            run = token.text[at - begin : border - begin]
            yield _Token(run, run)
            at = border
        yield _Token(token.text[at - begin :], token.text[at - begin :]) if is_text else token
        at = end


def _packed(parts: Iterator[_Part], limit: TextLimit) -> Iterator[_Part]:
    """Join neighbours as long as the limit holds; a part that is too large comes alone."""
    held: list[_Part] = []
    size = length = 0
    for part in parts:
        around = (held[0] if held else part).opening + part.closing
        counted, counted_around = (part.text, "") if limit.tags_free else (part.source, around)
        more = limit.measure(counted)
        is_full = size + more + limit.measure(counted_around) > limit.size
        is_full |= 0 < limit.whole < length + len(part.source) + len(around)
        if held and is_full:
            yield _joined(held)
            held, size, length = [], 0, 0
        held.append(part)
        size += more
        length += len(part.source)
    if held:
        yield _joined(held)


def _joined(parts: list[_Part]) -> _Part:
    tokens = tuple(token for part in parts for token in part.tokens)
    return _Part(tokens, parts[0].before, parts[-1].after)
