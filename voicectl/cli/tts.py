"""The commands `tts say`, `tts voices` and `say`: words in, words out. The deed: `actions/tts.py`."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand
from typer.exceptions import TyperException

from voicectl.audio.files import IfExists
from voicectl.cli.groups import new_command, new_group
from voicectl.cli.session import Session, session_of
from voicectl.cli.speech_options import (
    Encoding,
    Form,
    Jobs,
    Live,
    OnExisting,
    Out,
    Play,
    SpokenLang,
    Subtitles,
    TextFile,
    Words,
)
from voicectl.cli.wishes import with_wishes
from voicectl.core.audio import Container
from voicectl.core.errors import UsageError
from voicectl.core.printable import visible
from voicectl.core.tts import Utterance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voicectl.actions.subtitles import SubtitledSink
    from voicectl.actions.tts import Said, Settled
    from voicectl.audio.sinks import Sink
    from voicectl.speaking import Speech

STDOUT = "-"
RESULT_FORMATS = {"auto", "text", "table", "json", "jsonl", "csv"}


class SpeakingCommand(TyperCommand):
    """A command whose arguments are text: what looks like an unknown option may be meant as such."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except TyperException as error:
            if not hasattr(error, "possibilities"):
                raise
            raise UsageError(
                "there is no option {option!r}" + ("; did you mean {near}?" if error.possibilities else ""),
                option=getattr(error, "option_name", ""),
                near=" or ".join(sorted(error.possibilities or ())),
                command=ctx.command_path,
                hint="if it is text: {command} -- TEXT",
            ) from None


@with_wishes
def say(
    context: typer.Context,
    words: Words = None,
    file: TextFile = "",
    encoding: Encoding = "",
    out: Out = "",
    form: Form = "",
    subtitles: Subtitles = "",
    if_exists: OnExisting = IfExists.OVERWRITE,
    play: Play = False,
    jobs: Jobs = None,
    live: Live = False,
    *,
    wishes: Utterance,
) -> None:
    """Speak text into a file, or aloud.

    voicectl say "Hello there" -o hello.wav

    voicectl say -f book.txt --vendor aws -v Joanna -o book.mp3 --subtitles book.srt
    """
    from voicectl.cli.spoken_text import text_to_speak, texts_as_they_come

    session = session_of(context)
    source = (words or [], file, encoding, session.world)
    texts = texts_as_they_come(*source) if live else iter((text_to_speak(*source),))
    speech = _speech(session, jobs or 0)
    settled = _settled(speech, replace(wishes, marked=bool(subtitles), live=live), texts)
    sink, container = _sink(session, out, form, if_exists, play)
    if subtitles:
        sink = _with_subtitles(sink, out, subtitles, settled, if_exists)
    if session.options.dry_run:
        _rehearse(session, speech, settled, container)
    elif live:
        _report(session, speech, _said_live(session, speech, settled, texts, sink, container), out)
    else:
        _report(session, speech, _said(session, speech, settled, sink, container, jobs or 0), out)


app = new_group("Speak text: say, voices.")
app.command(cls=SpeakingCommand)(say)
say_app = new_command(say, SpeakingCommand)


@app.command()
def voices(context: typer.Context, lang: SpokenLang = "") -> None:
    """List the voices there are to speak with.

    voicectl tts voices --lang zh

    voicectl tts voices --vendor aws --query '[].id'
    """
    from voicectl.accounts import remember_voices
    from voicectl.core.language import fits

    session = session_of(context)
    speech = _speech(session)
    known = tuple(speech.tts.voices())
    remember_voices(session.runtime, session.world.environ, (voice.id for voice in known))
    found = [
        {
            "id": voice.id,
            "name": voice.name,
            "lang": voice.lang,
            "gender": voice.gender,
            "engines": voice.engines,
            "vendor": voice.vendor,
        }
        for voice in known
        if not lang or fits(voice.lang, lang)
    ]
    if not found and lang:
        session.console.note(
            "{vendor} lists no voice for {lang} here", vendor=speech.choice.vendor, lang=lang
        )
    elif not found:
        session.console.note(
            "{vendor} lists no voices here; --voice is passed on as it is", vendor=speech.choice.vendor
        )
    session.console.result(found)


def _speech(session: Session, jobs: int = 0) -> Speech:
    """Return who speaks, and say so where nobody chose."""
    from voicectl import speaking

    speech = speaking.speech(session.runtime, jobs=jobs)
    if speech.choice.fell_back:
        session.console.note("no vendor was chosen: this machine speaks (vendor local)")
    return speech


def _settled(speech: Speech, utterance: Utterance, texts: Iterator[str]) -> Settled:
    """Settle what will be said: the one text that is here, or those to come."""
    from voicectl.actions import flowing, tts

    if utterance.live:
        return flowing.settle(speech.tts, utterance)
    return tts.settle(speech.tts, replace(utterance, text=next(texts)))


def _rehearse(session: Session, speech: Speech, settled: Settled, container: Container) -> None:
    """Print the requests that would be sent."""
    from voicectl.actions import flowing, tts
    from voicectl.cli.failures import show_unsent

    if settled.utterance.live:
        flowing.rehearse(speech.tts, settled, container)
    else:
        tts.rehearse(speech.tts, settled, container, session.runtime.ends_dry_run)
    show_unsent(session)


def _said_live(
    session: Session,
    speech: Speech,
    settled: Settled,
    texts: Iterator[str],
    sink: Sink,
    container: Container,
) -> Said:
    from voicectl.actions import flowing

    clock = session.world.monotonic
    return flowing.say(speech.tts, settled, texts, sink, container=container, clock=clock)


def _said(
    session: Session, speech: Speech, settled: Settled, sink: Sink, container: Container, jobs: int
) -> Said:
    from voicectl.actions.tts import say as say_text
    from voicectl.speaking import speaker

    speaks = speaker(
        session.runtime,
        speech,
        settled.utterance,
        now=session.world.monotonic,
        jobs=jobs,
        keeps=not session.world.environ.get("VOICECTL_NO_CACHE"),
    )
    clock = session.world.monotonic
    with session.console.progress("speaking", total=len(settled.utterance.text)) as advance:
        return say_text(speaks, settled, sink, container=container, clock=clock, advance=advance)


def _report(session: Session, speech: Speech, said: Said, output: str) -> None:
    """Print the result where no sound goes."""
    console = session.console
    path = output if said.skipped else said.path
    for note in said.notes:
        console.note(note.template, **note.facts)
    if said.skipped:
        console.note("{path} is there already and was left alone", path=path)
    row = {
        "vendor": speech.choice.vendor,
        "profile": speech.choice.profile.name or None,
        "voice": said.voice,
        "format": said.format,
        "sample_rate": said.sample_rate,
        "characters": said.characters,
        "billed_characters": said.billed_characters,
        "duration_seconds": said.duration_seconds,
        "bytes": said.bytes,
        "path": path,
        "request_ids": list(said.request_ids),
        "cached": said.cached,
        "chunks": said.chunks,
        "first_audio_ms": said.first_audio_ms,
        "total_ms": said.total_ms,
    }
    if output == STDOUT:
        console.result_beside_audio(row, lambda: _for_people(said, path))
    else:
        console.result(row, lambda: _for_people(said, path))


def _for_people(said: Said, path: str | None) -> str:
    seconds = "" if said.duration_seconds is None else f"{said.duration_seconds:.1f} s"
    facts = ", ".join(fact for fact in (seconds, said.format if path else "", said.voice) if fact)
    return f"{visible(path)} ({facts})" if path else f"played ({facts})"


def _sink(
    session: Session, output: str, form: str, if_exists: IfExists, play: bool
) -> tuple[Sink, Container]:
    """Choose where the sound goes and in which container."""
    if output and play:
        raise UsageError("the sound is either written or played", hint="leave out -o or --play")
    if output:
        return _written(session, output, form, if_exists)
    if not play and not session.console.stdout_is_terminal:
        raise UsageError("stdout is no terminal: say where the sound goes", hint="-o FILE, -o - or --play")
    if form:
        raise UsageError("--format is for sound that is written", hint="add -o FILE, or leave out --format")
    from voicectl.audio.player import PlayerSink

    return PlayerSink(environment=session.world.environ, platform=sys.platform), Container.PCM


def _with_subtitles(
    sink: Sink, output: str, path: str, settled: Settled, if_exists: IfExists
) -> SubtitledSink:
    from voicectl.actions.subtitles import SubtitledSink, format_of

    format_of(path)
    if path == output:
        raise UsageError("sound and subtitles cannot be one file", hint="--subtitles speech.srt")
    if output in ("", STDOUT):
        raise UsageError(
            "subtitles lie beside a file of sound", hint="-o speech.wav --subtitles {path}", path=path
        )
    return SubtitledSink(sound=sink, path=path, utterance=settled.utterance, if_exists=if_exists)


def _written(session: Session, output: str, form: str, if_exists: IfExists) -> tuple[Sink, Container]:
    from voicectl.audio.sinks import FileSink, StdoutSink

    if output == STDOUT:
        container = named_container(form) if form else Container.WAV
        return StdoutSink(stream=session.world.stdout_bytes, container=container), container
    container = named_container(form) if form else promised_container(output)
    return FileSink(path=output, container=container, if_exists=if_exists), container


def named_container(name: str) -> Container:
    """Return the container that `--format` names."""
    try:
        return Container(name.lower())
    except ValueError:
        known = ", ".join(Container)
        raise UsageError(
            "there is no audio format {name!r}; there are {known}",
            name=name,
            known=known,
            hint="--format wav",
        ) from None


def promised_container(path: str) -> Container:
    """Return the container that a file name promises; UsageError where it promises none."""
    if container := Container.named_by(path):
        return container
    if path.lower() in RESULT_FORMATS:
        raise UsageError(
            "-o is a file for the sound; did you mean -O {format}?", format=path.lower(), hint="-O {format}"
        )
    if path.lower() in set(Container):
        raise UsageError(
            "-o is a file for the sound; did you mean --format {format}?",
            format=path.lower(),
            hint="-o speech.{format}",
        )
    raise UsageError("{path!r} does not say which audio format is wanted", path=path, hint="--format wav")
