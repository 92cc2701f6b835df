"""The command `tts batch`: options in, a batch of speech out. How a batch looks: `batch_run.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from voicectl.audio.files import IfExists, examine
from voicectl.cli.batch_options import (
    AtOnce,
    Manifest,
    MetricsFile,
    Name,
    OutDir,
    Part,
    RateLimit,
    RateLimitStore,
    Resume,
    per_second,
    shard_of,
)
from voicectl.cli.inputs import STDIN
from voicectl.cli.manifest import encoding_of, kept, opened, text_over
from voicectl.cli.session import Session, session_of
from voicectl.cli.speech_options import Encoding, OnExisting
from voicectl.cli.spending import Spending, with_spending
from voicectl.cli.wishes import OPTIONS, utterance_of, with_usual
from voicectl.core.audio import Container
from voicectl.core.errors import BadInput, Exit, UsageError, VoicectlError
from voicectl.core.printable import visible

if TYPE_CHECKING:
    from voicectl.actions.batch import Outcome, Shard
    from voicectl.actions.batch_speech import Speaking
    from voicectl.actions.naming import Template
    from voicectl.actions.rows import Columns, Row
    from voicectl.batching import Limits
    from voicectl.core.tts import Utterance
    from voicectl.speaking import Speech

SUMMED = ("characters", "billed_characters", "duration_seconds", "bytes")
WORDS = ("voice", "lang", "engine", "rate", "pitch", "volume", "emotion", "style")
USUAL = {name: option for name, option in OPTIONS.items() if name != "ssml"}
"""What holds for rows that do not say it themselves. That a text is markup must be said in its row."""
UsualForm = Annotated[
    str, typer.Option("--format", metavar="NAME", help="wav, mp3, …: for rows that name no format.")
]


class Asked(NamedTuple):
    """The options of the command that describe the batch."""

    file: str
    out_dir: str
    name: str
    form: str
    encoding: str
    if_exists: IfExists
    limits: Limits
    shard: Shard
    resume: bool
    keeps: bool
    spending: Spending
    metrics_file: str


@with_spending
@with_usual(USUAL)
def batch(
    context: typer.Context,
    file: Manifest,
    out_dir: OutDir,
    name: Name = "{id}",
    jobs: AtOnce = None,
    rate_limit: RateLimit = "",
    rate_limit_store: RateLimitStore = "",
    resume: Resume = False,
    shard: Part = "",
    form: UsualForm = "",
    encoding: Encoding = "",
    if_exists: OnExisting = IfExists.OVERWRITE,
    metrics_file: MetricsFile = "",
    *,
    spending: Spending,
    usual: Mapping[str, Any],
) -> None:
    """Speak each row of a file into a file of its own.

    voicectl tts batch lines.jsonl --out-dir speech --rate-limit 50/s --resume

    voicectl tts batch lines.csv --out-dir speech --name '{lang}/{id}.mp3' --jobs 16

    voicectl tts batch lines.csv --out-dir speech --max-characters 200000

    A row has a text, and may have: id, voice, format, lang, engine, rate, pitch, volume, emotion, style,
    sample_rate, ssml (true where the text is markup), param.NAME. Other columns may be used in --name.
    Without --jobs there are as many at once as the vendor takes, or as a --rate-limit wants.
    Where the cost is bounded, all rows are counted before the first is sent.
    """
    session = session_of(context)
    keeps = not (spending.no_cache or session.world.environ.get("VOICECTL_NO_CACHE"))
    asked = Asked(
        file=file,
        out_dir=out_dir,
        name=name,
        form=form,
        encoding=encoding,
        if_exists=if_exists,
        limits=_limits(jobs, rate_limit, rate_limit_store),
        shard=shard_of(shard),
        resume=resume,
        keeps=keeps,
        spending=spending,
        metrics_file=metrics_file,
    )
    _spoken(session, asked, usual)


def _limits(jobs: int | None, rate_limit: str, store: str) -> Limits:
    from voicectl.batching import Limits

    if store and not rate_limit:
        raise UsageError("--rate-limit-store is for a --rate-limit", hint="--rate-limit 50/s")
    return Limits(jobs or 0, per_second(rate_limit), store)


def _spoken(session: Session, asked: Asked, usual: Mapping[str, Any]) -> None:
    from voicectl.actions.batch_speech import columns, template_of
    from voicectl.actions.naming import Names
    from voicectl.batching import usual_jobs
    from voicectl.cli.speech_result import speech_for

    utterance_of({**usual, "ssml": False})
    if asked.file == STDIN and session.world.stdin.isatty():
        raise UsageError("there are no rows to read", hint="voicectl tts batch FILE --out-dir DIR")
    template = template_of(asked.name)
    if asked.metrics_file:
        examine(asked.metrics_file)  # figures that cannot be kept are known before anything is paid
    speech = speech_for(session, asked.limits.jobs)
    jobs = usual_jobs(speech, asked.limits)
    session.runtime.connections = jobs
    speaking = _speaking(session, speech, asked, template, usual)
    with _rows(session, asked, columns(template)) as rows:
        if asked.spending.is_bounded:
            _refuse_cost(session, speech, replace(speaking, names=Names(template)), rows(), asked)
        if asked.spending.is_estimate:
            return
        if session.options.dry_run:
            _rehearse(session, speaking, rows(), asked.shard)
        else:
            _carried_out(session, speech, speaking, rows(), asked, jobs)


@contextmanager
def _rows(session: Session, asked: Asked, known: Columns) -> Iterator[Callable[[], Iterator[Row]]]:
    """Yield what reads the rows; only where they are read twice is a copy kept."""
    from voicectl.actions.rows import kind_of, rows_in

    world = session.world
    if asked.spending.is_bounded:
        with kept(world, asked.file, asked.encoding, known, session.runtime.directories.state) as copy:
            yield copy.rows
        return
    binary = opened(world, asked.file)
    start = binary.peek(1) if hasattr(binary, "peek") else b""
    coding = encoding_of(start, asked.encoding)
    kind = kind_of(asked.file, start.decode(coding, "replace"))
    yield lambda: rows_in(text_over(binary, coding, kind), kind, known)


def _refuse_cost(
    session: Session, speech: Speech, speaking: Speaking, rows: Iterator[Row], asked: Asked
) -> None:
    """Count all rows, print that if it was asked for, and stop what goes beyond the bounds."""
    from voicectl import batching
    from voicectl.actions.batch import prepared
    from voicectl.actions.batch_estimate import total_of
    from voicectl.actions.estimate import price_of
    from voicectl.cli.spending import report_batch

    knows = asked.resume and speaking.directory.is_dir()
    is_done = batching.done_in(speaking.directory) if knows else lambda name, digest: False
    found = prepared(rows, speaking.prepare, asked.shard, sees_all=speaking.sees_all)
    total = total_of(found, is_done)
    price = price_of(speech.access.profile.settings)
    if asked.spending.is_estimate:
        report_batch(session, speech, total, price)
    asked.spending.bounds.refuse(total.estimate, price)


def _speaking(
    session: Session, speech: Speech, asked: Asked, template: Template, usual: Mapping[str, Any]
) -> Speaking:
    from voicectl.actions.batch_speech import Speaking
    from voicectl.actions.naming import Names
    from voicectl.batching import Speakers
    from voicectl.cli.sound_target import named_container
    from voicectl.cli.speech_result import row_of

    speakers = Speakers(
        session.runtime,
        speech,
        # A dry run begins nothing, and needs no leave for it.
        asked.limits._replace(per_second=0.0) if session.options.dry_run else asked.limits,
        now=session.world.monotonic,
        keeps=asked.keeps,
        stores=not asked.spending.no_store,
    )
    return Speaking(
        tts=speech.tts,
        vendor=speech.choice.vendor,
        read=lambda row: _utterance(row, usual),
        speaker=speakers,
        template=template,
        names=Names(template),
        directory=Path(asked.out_dir),
        container=named_container(asked.form) if asked.form else Container.WAV,
        if_exists=asked.if_exists,
        clock=session.world.monotonic,
        shown=lambda said, path: row_of(speech, said, path),
    )


def _utterance(row: Row, usual: Mapping[str, Any]) -> Utterance:
    """Read a row by the rules of the options; what it leaves out is as they say. Raises BadInput."""
    from voicectl.actions.batch_speech import DOTTED
    from voicectl.actions.rows import truth

    cells = row.cells
    given = {**usual, **{name: cells[name] for name in WORDS if name in cells}}
    given["engine"] = cells.get("engine") or cells.get("model") or usual["engine"]
    given["ssml"] = truth("ssml", cells.get("ssml", ""), row.line)
    own = [f"{name.removeprefix(DOTTED)}={value}" for name, value in cells.items() if name.startswith(DOTTED)]
    given["param"] = [*(usual["param"] or ()), *own]
    if rate := cells.get("sample_rate"):
        if not (rate.isascii() and rate.isdecimal()):
            raise BadInput("line {line}: {rate!r} is no sample rate", line=row.line, rate=rate)
        given["sample_rate"] = int(rate)
    try:
        return replace(utterance_of(given), text=cells["text"])
    except UsageError as error:
        raise BadInput("line {line}: {reason}", line=row.line, reason=str(error), hint=error.hint) from None


def _rehearse(session: Session, speaking: Speaking, rows: Iterator[Row], shard: Shard) -> None:
    """Print the requests that would be sent, and say which rows would fail."""
    from voicectl.actions.batch import prepared
    from voicectl.cli.failures import show_unsent

    has_failed = False
    for row, found in prepared(rows, speaking.prepare, shard, sees_all=speaking.sees_all):
        try:
            if isinstance(found, VoicectlError):
                raise found
            found.rehearse(session.runtime.ends_dry_run)
        except VoicectlError as error:
            has_failed = True
            session.console.note("{id}: {error}", id=row.id, error=str(error))
    show_unsent(session)
    if has_failed:
        raise typer.Exit(Exit.PARTLY_FAILED)


def _carried_out(
    session: Session, speech: Speech, speaking: Speaking, rows: Iterator[Row], asked: Asked, jobs: int
) -> None:
    from voicectl import batching
    from voicectl.actions.batch import tasks
    from voicectl.audio.files import explained
    from voicectl.cli.batch_run import Batch, carry_out

    directory, part = speaking.directory, str(asked.shard)
    with explained(asked.out_dir):
        directory.mkdir(parents=True, exist_ok=True)
    journal = batching.journal(directory, asked.file, part, resume=asked.resume)
    run = Batch(
        command="tts batch",
        vendor=speech.choice.vendor,
        jobs=jobs,
        line=lambda outcome: _line(speech, outcome),
        words=_words,
        summed=SUMMED,
        failed_rows=directory / f"failed{f'-{part}' if part else ''}.jsonl",
        source=asked.file,
        expected=_expected(session, asked),
        metrics_file=asked.metrics_file,
    )
    carry_out(session, tasks(rows, speaking.prepare, journal, asked.shard, sees_all=speaking.sees_all), run)


def _line(speech: Speech, outcome: Outcome) -> dict[str, object]:
    """Return the result object of a row; what is not known of one that failed is null."""
    from voicectl.actions.tts import Said
    from voicectl.cli.failures import as_json
    from voicectl.cli.speech_result import row_of

    facts = outcome.facts
    if not facts:
        text = outcome.row.cells.get("text", "")
        nothing = dict.fromkeys(row_of(speech, Said("", "", len(text), 0), None))
        facts = {**nothing, "vendor": speech.choice.vendor, "profile": speech.choice.profile.name or None}
        facts["characters"] = len(text)
    error = as_json(outcome.error) if outcome.error else None
    return {"id": outcome.row.id, "status": outcome.status.value, **facts, "error": error}


def _words(outcome: Outcome) -> str:
    """Return the result of a row for people."""
    from voicectl.cli.figures import duration
    from voicectl.cli.words import words_of

    if outcome.error is not None:
        return visible(f"failed   {outcome.row.id}  {words_of(outcome.error)[0]}")
    seconds = outcome.facts.get("duration_seconds")
    length = f" ({duration(seconds)})" if isinstance(seconds, float) else ""
    return visible(f"{outcome.status.value:<8} {outcome.row.id}  {outcome.facts['path']}{length}")


def _expected(session: Session, asked: Asked) -> int:
    """Count the lines of a file, where somebody is there to see it; the truth comes with the last row."""
    if not session.console.stderr_is_terminal or not Path(asked.file).is_file():
        return 0
    with Path(asked.file).open("rb") as file:
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    return lines // asked.shard.count
