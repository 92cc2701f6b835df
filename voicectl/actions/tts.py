"""Say a text: cut it, have each piece spoken, join the sound, hand it to a sink. No vendor, no terminal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice, tee
from typing import NamedTuple

from voicectl.actions.asking import SAMPLES, format_to_ask
from voicectl.actions.fetching import one_by_one, side_by_side
from voicectl.actions.pieces import Piece, cut, key_of
from voicectl.actions.tally import Advance, Tally
from voicectl.audio.decode import DECODED
from voicectl.audio.decode import load as load_decoder
from voicectl.audio.encode import require
from voicectl.audio.join import joined
from voicectl.audio.sinks import Sink, Written, warming
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BadInput, Unsupported, VoicectlError
from voicectl.core.note import Note
from voicectl.core.speaker import Speaker
from voicectl.core.text import cleaned, is_speakable
from voicectl.core.tts import Mark, SpeechStream, TextLimit, Tts, Utterance, formats_of, limit_of
from voicectl.core.vendor import NotSent

EXCERPT = 30


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
    marks: tuple[Mark, ...] = ()
    """When each word or sentence is heard, in milliseconds from the start, where the vendor tells it."""
    pieces: tuple[Mark, ...] = ()
    """When each piece of the text is heard; markup as it was sent."""


class Settled(NamedTuple):
    """What will be said: the text cleaned, voice and engine chosen; `characters` counts it as received."""

    utterance: Utterance
    characters: int


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
    speaker: Speaker,
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
    run = Tally(clock, advance)
    plan = planned(speaker.tts, settled.utterance, container)
    utterance = plan.utterance
    said = Said(
        voice=utterance.voice,
        format=container.value,
        characters=settled.characters,
        total_ms=0,
        notes=utterance.notes,
    )
    if not sink.ready():
        return said._replace(total_ms=run.milliseconds, skipped=True)
    sound, written = _delivered(speaker, plan, sink, run)
    return said._replace(
        sample_rate=sound.format.sample_rate or None,
        billed_characters=run.billed,
        duration_seconds=written.duration_seconds,
        bytes=written.bytes,
        path=written.path,
        request_ids=tuple(run.request_ids),
        cached=run.is_cached,
        chunks=len(run.pieces),
        first_audio_ms=run.first_audio_ms,
        total_ms=run.milliseconds,
        skipped=written.skipped,
        notes=tuple(run.worth_saying(utterance.notes)),
        marks=tuple(run.marks),
        pieces=tuple(run.pieces),
    )


def _delivered(speaker: Speaker, plan: Plan, sink: Sink, run: Tally) -> tuple[SpeechStream, Written]:
    """Bring the sound of all pieces to the sink."""
    shelf = speaker.open_shelf() if speaker.open_shelf else None
    ours, theirs = tee(plan.pieces())
    sent = (piece for piece in theirs if piece.is_sent)
    # One piece alone is not worth a thread, and comes the sooner without.
    if shelf is None or plan.is_alone:
        fetched = one_by_one(speaker, sent, shelf)
    else:
        fetched = side_by_side(speaker, shelf, sent)
    with closing(fetched) as streams, warming(sink, plan.utterance.format):
        try:
            sound = joined(run.counted(ours, streams), decode=plan.is_decoded)
            _refuse_other_rate(sound, plan.utterance.sample_rate)
            with sink.open(sound.format) as output:
                for chunk in run.timed(sound):
                    output.write(chunk)
                output.marks, output.pieces = run.marks, run.pieces
        except VoicectlError as error:
            streams.throw(error)  # whoever fetches knows what of it is kept
            raise
    return sound, output.written


def rehearse(
    speaker: Speaker, settled: Settled, container: Container, unsent: Callable[[NotSent], object]
) -> int:
    """Go as far as the first request of each piece, which a dry run stops: `unsent` gets them.

    A vendor that sends nothing is not asked. Returns how many pieces need no request: they are cached.
    """
    plan = planned(speaker.tts, settled.utterance, container)
    shelf = speaker.open_shelf() if speaker.open_shelf else None
    cached = 0
    for piece in () if plan.limit.by_sentence else plan.pieces():
        if not piece.is_sent:
            continue
        if shelf and shelf.has(key_of(piece.utterance, speaker.identity)):
            cached += 1
            continue
        try:
            with speaker.tts.synthesize(piece.utterance):
                pass
        except NotSent as request:
            unsent(request)
    return cached


class Plan(NamedTuple):
    """What a vendor will be asked for; `is_alone` says that it all fits into one request."""

    utterance: Utterance
    limit: TextLimit
    is_alone: bool
    is_decoded: bool

    def pieces(self) -> Iterator[Piece]:
        return cut(self.utterance, self.limit)


def planned(tts: Tts, utterance: Utterance, container: Container) -> Plan:
    """Choose what the vendor is asked for; Unsupported or Unavailable where `container` cannot come of it."""
    limit, formats = limit_of(tts, utterance), formats_of(tts, utterance)
    sent = (piece for piece in cut(utterance, limit) if piece.is_sent)
    is_alone = len(list(islice(sent, 2))) < 2
    if not is_alone:
        formats = _joinable(formats, limit)
    asked = format_to_ask(formats, container, utterance.sample_rate, decoded=DECODED)
    is_made = asked.container is not container
    is_decoded = asked.container in DECODED and (is_made or not is_alone)
    if is_made or is_decoded:
        require(container)
    if is_decoded:
        load_decoder()
    return Plan(replace(utterance, format=asked), limit, is_alone, is_decoded)


def _joinable(formats: Collection[AudioFormat], limit: TextLimit) -> tuple[AudioFormat, ...]:
    """Return the formats of which several parts become one sound: samples, else what can be decoded."""
    for kinds in (SAMPLES, DECODED):
        if found := tuple(each for each in formats if each.container in kinds):
            return found
    raise Unsupported(
        "the text takes several requests, and pieces of {known} cannot be joined",
        known=", ".join(dict.fromkeys(each.container for each in formats)),
        size=limit.size,
        unit=limit.unit,
        hint="say it in parts of at most {size} {unit}",
    )


def _refuse_other_rate(sound: SpeechStream, wanted: int) -> None:
    if wanted and sound.format.sample_rate not in (0, wanted):
        raise Unsupported(
            "the voice speaks at {rate} Hz, not {wanted}",
            rate=sound.format.sample_rate,
            wanted=wanted,
            hint="--sample-rate {rate}",
        )
