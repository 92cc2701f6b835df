"""Say a text: cut it, have each piece spoken, join the sound, hand it to a sink. No vendor, no terminal."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from voicectl.actions.asking import SAMPLES, format_to_ask
from voicectl.audio.encode import require
from voicectl.audio.join import joined
from voicectl.audio.sinks import Sink
from voicectl.core.audio import Container
from voicectl.core.errors import BadInput, Unsupported
from voicectl.core.note import Note
from voicectl.core.text import cleaned, is_speakable, pieces
from voicectl.core.tts import SpeechStream, Tts, Utterance, formats_of

EXCERPT = 30

Advance = Callable[[float], None]


class Said(NamedTuple):
    """What came of a text; what is not known is None. Times count from the call."""

    voice: str
    format: str
    characters: int
    total_ms: int
    sample_rate: int | None = None
    billed_characters: int | None = None
    duration_seconds: float | None = None
    bytes: int | None = None
    path: str | None = None
    request_ids: tuple[str, ...] = ()
    cached: bool = False
    chunks: int = 0
    first_audio_ms: int | None = None
    skipped: bool = False
    notes: tuple[Note, ...] = ()


class Settled(NamedTuple):
    """What will be said: the text cleaned, voice and engine chosen; `characters` counts it as received."""

    utterance: Utterance
    characters: int


class _Run:
    """What one run counts on its way."""

    def __init__(self, tts: Tts, clock: Callable[[], float], advance: Advance) -> None:
        self._tts = tts
        self._clock = clock
        self._advance = advance
        self._began = clock()
        self.first_audio_ms: int | None = None
        self.chunks = 0
        self.request_ids: list[str] = []
        self.billed: int | None = None

    @property
    def milliseconds(self) -> int:
        """The time since the run began."""
        return round((self._clock() - self._began) * 1000)

    def spoken(self, utterance: Utterance) -> Generator[SpeechStream, None, None]:
        """Yield the sound of each piece; each stream is open until the next is asked for."""
        for piece in _parts(utterance, self._tts):
            if is_speakable(piece):
                with self._tts.synthesize(replace(utterance, text=piece.strip())) as stream:
                    self._count(stream)
                    yield stream
            self._advance(len(piece))

    def _count(self, stream: SpeechStream) -> None:
        self.chunks += 1
        if stream.request_id:
            self.request_ids.append(stream.request_id)
        if stream.billed_characters is not None:
            self.billed = (self.billed or 0) + stream.billed_characters

    def timed(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Pass chunks on and note when the first one came."""
        for chunk in chunks:
            if self.first_audio_ms is None and chunk:
                self.first_audio_ms = self.milliseconds
            yield chunk


def settle(tts: Tts, utterance: Utterance) -> Settled:
    """Make a text ready to be said: BadInput where there is nothing to speak.

    Whatever the vendor cannot do is refused here, before anything is sent or written.
    """
    text = cleaned(utterance.text)
    if not text.strip():
        raise BadInput("there is no text to speak", hint="voicectl say TEXT")
    spoken = _between_tags(text, utterance.remote_audio) if utterance.ssml else text
    if not is_speakable(spoken):
        raise BadInput(
            "there is nothing to speak in {text!r}: no letter and no digit",
            text=spoken.strip()[:EXCERPT],
            hint="voicectl say TEXT",
        )
    return Settled(tts.settle(replace(utterance, text=text)), len(utterance.text))


def _between_tags(markup: str, allow_remote: bool) -> str:
    """Return what markup says; raise BadInput or Guarded where it may not be spoken."""
    from voicectl.core import ssml

    ssml.check(markup, allow_remote=allow_remote)
    return ssml.plain_text(markup)


def say(
    tts: Tts,
    settled: Settled,
    sink: Sink,
    *,
    container: Container,
    clock: Callable[[], float],
    advance: Advance,
) -> Said:
    """Speak a text into a sink, piece by piece as the sound comes.

    `container` is what the sink was made for; `clock` tells seconds, `advance` hears how many
    characters are done.
    """
    run = _Run(tts, clock, advance)
    utterance = _asked(tts, settled.utterance, container)
    said = Said(
        voice=utterance.voice,
        format=container.value,
        characters=settled.characters,
        total_ms=0,
        notes=utterance.notes,
    )
    if not sink.ready():
        return said._replace(total_ms=run.milliseconds, skipped=True)
    with closing(run.spoken(utterance)) as streams:
        sound = joined(streams)
        _refuse_other_rate(sound, utterance.sample_rate)
        with sink.open(sound.format) as output:
            for chunk in run.timed(sound.chunks):
                output.write(chunk)
    written = output.written
    return said._replace(
        sample_rate=sound.format.sample_rate or None,
        billed_characters=run.billed,
        duration_seconds=written.duration_seconds,
        bytes=written.bytes,
        path=written.path,
        request_ids=tuple(run.request_ids),
        chunks=run.chunks,
        first_audio_ms=run.first_audio_ms,
        total_ms=run.milliseconds,
        skipped=written.skipped,
    )


def rehearse(tts: Tts, settled: Settled, container: Container) -> None:
    """Go as far as the first request, which a dry run stops with NotSent.

    A vendor that sends nothing is not asked.
    """
    utterance = _asked(tts, settled.utterance, container)
    if not tts.text_limit.by_sentence:
        text = next(piece for piece in _parts(utterance, tts) if is_speakable(piece))
        with tts.synthesize(replace(utterance, text=text.strip())):
            pass


def _asked(tts: Tts, utterance: Utterance, container: Container) -> Utterance:
    """Choose what the vendor is asked for; Unsupported or Unavailable where `container` cannot come of it."""
    formats = formats_of(tts, utterance)
    if len(list(islice(filter(is_speakable, _parts(utterance, tts)), 2))) > 1:
        # Several parts become one sound as samples only; the container is then made here.
        formats = tuple(each for each in formats if each.container in SAMPLES)
    asked = format_to_ask(formats, container, utterance.sample_rate)
    if asked.container is not container:
        require(container)
    return replace(utterance, format=asked)


def _parts(utterance: Utterance, tts: Tts) -> Iterator[str]:
    """Cut plain text by the vendor's limit; markup stays whole."""
    return iter((utterance.text,)) if utterance.ssml else pieces(utterance.text, tts.text_limit)


def _refuse_other_rate(sound: SpeechStream, wanted: int) -> None:
    if wanted and sound.format.sample_rate not in (0, wanted):
        raise Unsupported(
            "the voice speaks at {rate} Hz, not {wanted}",
            rate=sound.format.sample_rate,
            wanted=wanted,
            hint="--sample-rate {rate}",
        )
