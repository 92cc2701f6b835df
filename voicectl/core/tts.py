"""What speech from text is, whoever speaks it. How a text becomes a file lives in `actions/tts.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from voicectl.core.audio import AudioFormat
from voicectl.core.errors import BadInput
from voicectl.core.note import Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One piece of text to be spoken.

    `rate` is a factor (1.0 is the voice's own pace), or `words_per_minute` says the pace; `pitch` is in
    semitones, `volume` is a factor. None leaves the matter to the engine, as does a `sample_rate` of 0.
    `format` is what the vendor is to answer with. With `ssml` the text is markup. With `marked` it is
    wanted when each word is heard. `params` are the vendor's own parameters, `notes` what a vendor
    wants said about a settled utterance.
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
    marked: bool = False
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
    """

    format: AudioFormat
    chunks: Iterator[bytes]
    request_id: str = ""
    billed_characters: int | None = None
    marks: Sequence[Mark] = ()


class TextLimit(NamedTuple):
    """How much text one request may hold, counted in `unit` (`characters`, `bytes`).

    `by_sentence` says that a request costs nothing: each sentence is asked for alone, so that the
    first sound is early.
    """

    size: int
    unit: str = "characters"
    by_sentence: bool = False

    def measure(self, text: str) -> int:
        """Count as the vendor does; the sizes of parts add up to that of the whole."""
        return len(text.encode()) if self.unit == "bytes" else len(text)

    def refuse_longer(self, text: str, vendor: str) -> None:
        """Raise BadInput for a text that does not fit into one request."""
        if (measured := self.measure(text)) > self.size:
            raise BadInput(
                "the text has {measured} {unit}; {vendor} takes at most {size} in one request",
                measured=measured,
                unit=self.unit,
                vendor=vendor,
                size=self.size,
                hint="say it in parts",
            )


class Tts(Protocol):
    """A vendor's speech."""

    @property
    def formats(self) -> tuple[AudioFormat, ...]:
        """What it can answer with, the preferred one first; a rate of 0 is the vendor's own choice."""
        ...

    @property
    def text_limit(self) -> TextLimit: ...

    def voices(self) -> Iterator[Voice]: ...

    def settle(self, utterance: Utterance) -> Utterance:
        """Fill in voice, language and engine for the whole text, or refuse before anything is sent."""
        ...

    def synthesize(self, utterance: Utterance) -> AbstractContextManager[SpeechStream]:
        """Speak one piece of a settled utterance; the stream is closed with the context."""
        ...
