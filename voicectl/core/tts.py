"""What speech from text is, whoever speaks it. How a text becomes a file lives in `actions/tts.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, runtime_checkable

from voicectl.core.audio import AudioFormat
from voicectl.core.errors import BadInput
from voicectl.core.measure import Unit, size_of, without_tags
from voicectl.core.note import Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One piece of text to be spoken.

    `rate` is a factor (1.0 is the voice's own pace), or `words_per_minute` says the pace; `pitch` is in
    semitones, `volume` is a factor. None leaves the matter to the engine, as does a `sample_rate` of 0.
    `format` is what the vendor is to answer with. With `ssml` the text is markup, which may name sound
    that lies elsewhere only with `remote_audio`. With `marked` it is wanted when each word is heard.
    `params` are the vendor's own parameters, `notes` what a vendor wants said about a settled utterance.
    """

    text: str
    format: AudioFormat | None = None
    sample_rate: int = 0
    voice: str = ""
    lang: str = ""
    engine: str = ""
    rate: float | None = None
    words_per_minute: float | None = None
    pitch: float | None = None
    volume: float | None = None
    emotion: str = ""
    style: str = ""
    ssml: bool = False
    remote_audio: bool = False
    marked: bool = False
    live: bool = False
    params: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


class Voice(NamedTuple):
    """A voice that a vendor or engine has."""

    id: str
    name: str
    lang: str
    gender: str
    engines: tuple[str, ...]
    vendor: str


class Mark(NamedTuple):
    """When a word or sentence is heard, in milliseconds from the start of its piece."""

    begin_ms: int
    end_ms: int
    text: str
    is_sentence: bool = False


class SpeechStream(NamedTuple):
    """Sound as it comes; `format` says what the chunks hold. What the vendor does not tell is None.

    `marks` are complete when the last chunk has come; there are none where none were wanted or given.
    A mark whose end nobody told ends where it begins. `billed_later` likewise: counts that only come
    with the end of the sound, in place of `billed_characters`. `notes` are what is worth saying of
    this piece. `is_kept` says that nobody was asked for it: what was billed was billed before.
    """

    format: AudioFormat
    chunks: Iterator[bytes]
    request_id: str = ""
    billed_characters: int | None = None
    marks: Sequence[Mark] = ()
    notes: tuple[Note, ...] = ()
    billed_later: Sequence[int] = ()
    is_kept: bool = False

    @property
    def billed(self) -> int | None:
        """What was billed, as far as it has been told."""
        return sum(self.billed_later) if self.billed_later else self.billed_characters


class TextLimit(NamedTuple):
    """How much text one request may hold, and how many requests the vendor takes.

    `size` is counted in `unit` (`core.measure.Unit`); of markup the tags count as well, unless
    `tags_free`. `whole` bounds all that is sent, tags included, in characters. `jobs` is how many
    requests one account may have under way, `per_second` how many it may begin: both are shared by
    all processes of this machine. 0 is: not known. `by_sentence` says that a request costs nothing:
    each sentence is asked for alone, so that the first sound is early, and one after the other.
    """

    size: int
    unit: str = Unit.CHARACTERS
    by_sentence: bool = False
    tags_free: bool = False
    whole: int = 0
    jobs: int = 0
    per_second: float = 0

    def measure(self, text: str, *, ssml: bool = False) -> int:
        """Count as the vendor does; the sizes of parts add up to that of the whole."""
        return size_of(without_tags(text) if ssml and self.tags_free else text, self.unit)

    def holds(self, text: str, *, ssml: bool = False) -> bool:
        """Say whether a text fits into one request."""
        return (not self.whole or len(text) <= self.whole) and self.measure(text, ssml=ssml) <= self.size

    def refuse_longer(self, text: str, vendor: str, *, ssml: bool = False) -> None:
        """Raise BadInput for a text that does not fit into one request.

        Longer texts are cut before: a vendor calls this for a piece, never for the whole text.
        """
        if self.holds(text, ssml=ssml):
            return
        measured, size, unit = self.measure(text, ssml=ssml), self.size, self.unit
        if measured <= size:
            measured, size, unit = len(text), self.whole, "characters with their markup"
        raise BadInput(
            "the text has {measured} {unit}; {vendor} takes at most {size} in one request",
            measured=measured,
            unit=unit,
            vendor=vendor,
            size=size,
            hint="say it in parts",
        )


class Tts(Protocol):
    """A vendor's speech."""

    @property
    def formats(self) -> tuple[AudioFormat, ...]:
        """What it can answer with, the preferred one first; a rate of 0 is the vendor's own choice."""
        ...

    @property
    def text_limit(self) -> TextLimit:
        """What fits into one request, where `LimitedByEngine` does not tell it more exactly."""
        ...

    def voices(self) -> Iterator[Voice]: ...

    def settle(self, utterance: Utterance) -> Utterance:
        """Fill in voice, language and engine for the whole text, or refuse before anything is sent."""
        ...

    def synthesize(self, utterance: Utterance) -> AbstractContextManager[SpeechStream]:
        """Speak one piece of a settled utterance; the stream is closed with the context.

        Several threads ask at once, unless the limit is `by_sentence` or its `jobs` are 1.
        """
        ...


@runtime_checkable
class LiveTts(Protocol):
    """Speech that begins before the text has ended: a `Tts` may have this as well."""

    def synthesize_live(
        self, utterance: Utterance, texts: Iterator[str]
    ) -> AbstractContextManager[SpeechStream]:
        """Speak a settled `live` utterance, whose text comes from `texts`: a thread of its own reads them."""
        ...


@runtime_checkable
class FormattedByEngine(Protocol):
    """Speech whose formats depend on engine or model: a `Tts` may have this as well."""

    def formats_for(self, utterance: Utterance) -> tuple[AudioFormat, ...]:
        """Return what a settled utterance can be answered with, the preferred one first."""
        ...


def formats_of(tts: Tts, utterance: Utterance) -> tuple[AudioFormat, ...]:
    """Return the formats that hold for a settled utterance."""
    return tts.formats_for(utterance) if isinstance(tts, FormattedByEngine) else tts.formats


@runtime_checkable
class LimitedByEngine(Protocol):
    """Speech whose limits depend on engine or model: a `Tts` may have this as well."""

    def limit_for(self, utterance: Utterance) -> TextLimit:
        """Return what fits into one request for a settled utterance."""
        ...


def limit_of(tts: Tts, utterance: Utterance) -> TextLimit:
    """Return the limit that holds for a settled utterance."""
    return tts.limit_for(utterance) if isinstance(tts, LimitedByEngine) else tts.text_limit
