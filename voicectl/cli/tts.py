"""The commands `tts say`, `tts voices` and `say`: words in, words out. The deed: `actions/tts.py`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import typer
from typer.core import TyperCommand
from typer.exceptions import TyperException

from voicectl.audio.files import IfExists
from voicectl.cli.batch import batch
from voicectl.cli.groups import new_command, new_group
from voicectl.cli.session import Session, session_of
from voicectl.cli.sound_target import chosen, container_of, goes_to_stdout, with_subtitles
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
from voicectl.cli.speech_result import row_of, speech_for
from voicectl.cli.spending import Spending, estimated, report, with_spending
from voicectl.cli.wishes import with_wishes
from voicectl.core.audio import Container
from voicectl.core.printable import visible
from voicectl.core.tts import Utterance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voicectl.actions.tts import Said, Settled
    from voicectl.audio.sinks import Sink
    from voicectl.core.speaker import Speaker
    from voicectl.speaking import Speech


class SpeakingCommand(TyperCommand):
    """A command whose arguments are text: what looks like an unknown option may be meant as such."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except TyperException as error:
            if not hasattr(error, "possibilities"):
                raise
            from voicectl.cli.misread import no_such_option

            raise no_such_option(error, ctx.command_path, "if it is text: {command} -- TEXT") from None


@with_spending
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
    spending: Spending,
    wishes: Utterance,
) -> None:
    """Speak text into a file, or aloud.

    voicectl say "Hello there" -o hello.wav

    voicectl say -f book.txt --vendor aws -v Joanna -o book.mp3 --subtitles book.srt

    voicectl say -f book.txt --vendor aws -o book.mp3 --estimate
    """
    from voicectl.cli.spoken_text import text_to_speak, texts_as_they_come

    session = session_of(context)
    source = (words or [], file, encoding, session.world)
    texts = texts_as_they_come(*source) if live else iter((text_to_speak(*source),))
    speech = speech_for(session, jobs or 0)
    settled = _settled(speech, replace(wishes, marked=bool(subtitles), live=live), texts)
    if spending.is_estimate:
        _estimate(session, speech, settled, container_of(out, form), spending)
        return
    sink, container = chosen(session, out, form, if_exists, play)
    if subtitles:
        sink = with_subtitles(sink, out, subtitles, settled, if_exists)
    run = _Run(session, speech, settled, sink, container, spending)
    if said := run.live(texts) if live else run.whole(jobs or 0):
        _report(session, speech, said, out)
        _remember(session, speech, wishes.voice)


app = new_group("Speak text: say, batch, voices.")
app.command(cls=SpeakingCommand)(say)
app.command()(batch)
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
    speech = speech_for(session)
    known = tuple(speech.tts.voices())
    remember_voices(session.runtime, session.world.environ, (voice.id for voice in known))
    found = [
        {
            "id": voice.id,
            "name": voice.name,
            "lang": voice.lang or None,
            "gender": voice.gender or None,
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


def _settled(speech: Speech, utterance: Utterance, texts: Iterator[str]) -> Settled:
    """Settle what will be said: the one text that is here, or those to come."""
    from voicectl.actions import tts

    if utterance.live:
        from voicectl.actions import flowing

        return flowing.settle(speech.tts, utterance)
    return tts.settle(speech.tts, replace(utterance, text=next(texts)))


class _Run(NamedTuple):
    """One text on its way to a sink; each way returns None for a dry run, which prints its requests."""

    session: Session
    speech: Speech
    settled: Settled
    sink: Sink
    container: Container
    spending: Spending

    def live(self, texts: Iterator[str]) -> Said | None:
        """Speak what is still to come."""
        from voicectl.actions import flowing
        from voicectl.cli.failures import show_unsent

        self.spending.refuse_live()
        if self.session.options.dry_run:
            flowing.rehearse(self.speech.tts, self.settled, self.container)
            show_unsent(self.session)
            return None
        tts, clock = self.speech.tts, self.session.world.monotonic
        return flowing.say(tts, self.settled, texts, self.sink, container=self.container, clock=clock)

    def whole(self, jobs: int) -> Said | None:
        """Speak a text that is here."""
        from voicectl.actions.tts import say as say_text

        session, settled, container = self.session, self.settled, self.container
        speaks = _speaker(session, self.speech, settled, self.spending, jobs)
        if self.spending.is_bounded and self.sink.ready():
            self.spending.bounds.refuse(*estimated(self.speech, speaks, settled, container))
        if session.options.dry_run:
            _rehearse(session, speaks, settled, container)
            return None
        clock = session.world.monotonic
        with session.console.progress("speaking", total=len(settled.utterance.text)) as advance:
            return say_text(speaks, settled, self.sink, container=container, clock=clock, advance=advance)


def _rehearse(session: Session, speaks: Speaker, settled: Settled, container: Container) -> None:
    """Print the requests that would be sent."""
    from voicectl.actions import tts
    from voicectl.cli.failures import show_unsent

    if cached := tts.rehearse(speaks, settled, container, session.runtime.ends_dry_run):
        session.console.note("pieces that are in the cache and take no request: {count}", count=cached)
    show_unsent(session)


def _estimate(
    session: Session, speech: Speech, settled: Settled, container: Container, spending: Spending
) -> None:
    """Print what a text would cost; what is out of bounds is refused as it would be later."""
    if settled.utterance.live:
        spending.refuse_live()
    found, price = estimated(speech, _speaker(session, speech, settled, spending), settled, container)
    report(session, speech, settled, found, price)
    spending.bounds.refuse(found, price)


def _speaker(
    session: Session, speech: Speech, settled: Settled, spending: Spending, jobs: int = 0
) -> Speaker:
    from voicectl.speaking import speaker

    return speaker(
        session.runtime,
        speech,
        settled.utterance,
        now=session.world.monotonic,
        jobs=jobs,
        keeps=not (spending.no_cache or session.world.environ.get("VOICECTL_NO_CACHE")),
        stores=not spending.no_store,
    )


def _remember(session: Session, speech: Speech, voice: str) -> None:
    """Let shells offer a voice that was asked for by name and has spoken."""
    if voice and speech.choice.vendor != "local":
        from voicectl.accounts import remember_voices

        remember_voices(session.runtime, session.world.environ, (voice,))


def _report(session: Session, speech: Speech, said: Said, output: str) -> None:
    """Print the result where no sound goes."""
    console = session.console
    path = output if said.skipped else said.path
    for note in said.notes:
        console.note(note.template, **note.facts)
    if said.skipped:
        console.note("{path} is there already and was left alone", path=path)
    row = row_of(speech, said, path)
    if goes_to_stdout(output):
        console.result_beside_audio(row, lambda: _for_people(said, path))
    else:
        console.result(row, lambda: _for_people(said, path))


def _for_people(said: Said, path: str | None) -> str:
    from voicectl.cli.figures import duration

    seconds = "" if said.duration_seconds is None else duration(said.duration_seconds)
    billed = "" if said.billed_characters is None else f"{said.billed_characters} characters billed"
    told = (seconds, said.format if path else "", said.voice, "cached" if said.cached else billed)
    facts = ", ".join(filter(None, told))
    return f"{visible(path)} ({facts})" if path else f"played ({facts})"
