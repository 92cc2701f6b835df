"""Say a text while it comes in: the sound begins before the text has ended. Whole texts: `tts.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from voicectl.actions.asking import format_to_ask
from voicectl.actions.tts import Said, Settled
from voicectl.audio.encode import require
from voicectl.audio.join import joined
from voicectl.audio.sinks import Output, Sink, warming
from voicectl.core.audio import Container
from voicectl.core.errors import BadInput, Unsupported
from voicectl.core.text import cleaned, is_speakable
from voicectl.core.tts import LiveTts, Mark, SpeechStream, Tts, Utterance, formats_of


def settle(tts: Tts, utterance: Utterance) -> Settled:
    """Make ready what will be said of a text that is still to come; refuse what the vendor cannot do."""
    _ = _live(tts)
    return Settled(tts.settle(replace(utterance, text="", live=True)), 0)


def rehearse(tts: Tts, settled: Settled, container: Container) -> None:
    """Go as far as the first request, which a dry run stops with NotSent."""
    with _live(tts).synthesize_live(_asked(tts, settled.utterance, container), iter(())):
        pass


def say(
    tts: Tts,
    settled: Settled,
    texts: Iterator[str],
    sink: Sink,
    *,
    container: Container,
    clock: Callable[[], float],
) -> Said:
    """Speak `texts` into a sink as they come; nothing is sent before there is something to speak.

    A thread of its own reads `texts` from then on. `container` is what the sink was made for; `clock`
    tells seconds.
    """
    watch = _Watch(clock)
    utterance = _asked(tts, settled.utterance, container)
    said = Said(
        voice=utterance.voice,
        format=container.value,
        characters=0,
        total_ms=0,
        notes=utterance.notes,
    )
    if not sink.ready():
        return said._replace(total_ms=watch.milliseconds, skipped=True)
    coming = _Coming(texts)
    stream, sound, output = _passed_on(_live(tts), utterance, coming, sink, watch)
    written = output.written
    return said._replace(
        characters=coming.received,
        sample_rate=sound.format.sample_rate or None,
        billed_characters=stream.billed,
        duration_seconds=written.duration_seconds,
        bytes=written.bytes,
        path=written.path,
        request_ids=tuple(filter(None, (stream.request_id,))),
        chunks=1,
        first_audio_ms=watch.first_audio_ms,
        total_ms=watch.milliseconds,
        skipped=written.skipped,
        notes=(*utterance.notes, *stream.notes),
        marks=tuple(output.marks),
        pieces=tuple(output.pieces),
    )


def _passed_on(
    tts: LiveTts, utterance: Utterance, coming: _Coming, sink: Sink, watch: _Watch
) -> tuple[SpeechStream, SpeechStream, Output]:
    """Bring the sound to the sink as it comes; returns what came, the samples it became, and the sink."""
    with (
        warming(sink, utterance.format),
        tts.synthesize_live(utterance, coming.from_the_first_word()) as stream,
    ):
        sound = joined(iter((stream,)))
        with sink.open(sound.format) as output:
            for chunk in watch.timed(sound.chunks):
                output.write(chunk)
            length = round(1000 * (output.seconds or 0))
            output.marks, output.pieces = stream.marks, (Mark(0, length, coming.text, is_sentence=True),)
    return stream, sound, output


class _Watch:
    """Tells how long it has been, and when the first sound came."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()
        self.first_audio_ms: int | None = None

    @property
    def milliseconds(self) -> int:
        return round((self._clock() - self._began) * 1000)

    def timed(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            if self.first_audio_ms is None and chunk:
                self.first_audio_ms = self.milliseconds
            yield chunk


class _Coming:
    """Text on its way; `received` counts its code points, `text` is what has been passed on."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self._passed: list[str] = []
        self.received = 0

    @property
    def text(self) -> str:
        return "".join(self._passed)

    def from_the_first_word(self) -> Iterator[str]:
        """Wait for something to speak, and pass it on with all that follows; BadInput where nothing comes."""
        start = ""
        for text in self._cleaned():
            start += text
            if is_speakable(start):
                break
        if not is_speakable(start):
            raise BadInput("there is no text to speak", hint="echo TEXT | voicectl say --live -o FILE")
        return self._noted(start)

    def _noted(self, start: str) -> Iterator[str]:
        self._passed.append(start)
        yield start
        for text in self._cleaned():
            self._passed.append(text)
            yield text

    def _cleaned(self) -> Iterator[str]:
        for text in self._texts:
            self.received += len(text)
            if clean := cleaned(text):
                yield clean


def _asked(tts: Tts, utterance: Utterance, container: Container) -> Utterance:
    """Choose what the vendor is asked for, as for one piece of text."""
    asked = format_to_ask(formats_of(tts, utterance), container, utterance.sample_rate)
    if asked.container is not container:
        require(container)
    return replace(utterance, format=asked)


def _live(tts: Tts) -> LiveTts:
    if isinstance(tts, LiveTts):
        return tts
    raise Unsupported("this vendor speaks whole texts only", wish="live", hint="leave out --live")
