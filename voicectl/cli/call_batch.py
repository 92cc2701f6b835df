"""The command `call batch`: options in, many calls out. The calls: `actions/call_batch.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from voicectl.cli.asking import confirm
from voicectl.cli.batch_options import AtOnce, Manifest, RateLimit, RateLimitStore, per_second
from voicectl.cli.call_desk import desk_of, order_of
from voicectl.cli.call_options import (
    CallVoice,
    CallVolume,
    From,
    Limit,
    MinSeconds,
    NoLedger,
    OnLimit,
    OperationName,
    Param,
    PlayTimes,
    Poll,
    Schedule,
    SpokenText,
    Template,
    Var,
    VarFile,
    VoiceFile,
    Wait,
    WaitTimeout,
)
from voicectl.cli.call_status import patience_of
from voicectl.cli.failures import Terminated, as_json, show_unsent
from voicectl.cli.inputs import STDIN
from voicectl.cli.session import Session, session_of
from voicectl.cli.speech_options import Encoding
from voicectl.cli.wishes import with_usual
from voicectl.cli.words import words_of
from voicectl.core.errors import BadInput, Exit, UsageError, VoicectlError
from voicectl.core.printable import visible
from voicectl.core.vendor import NotSent

if TYPE_CHECKING:
    from voicectl.actions.batch import Count, Outcome
    from voicectl.actions.call import Desk
    from voicectl.actions.call_batch import Check, Plan
    from voicectl.actions.call_status import Patience
    from voicectl.core.call import CallOrder
    from voicectl.core.pace import Pace

USUAL_JOBS = 4
LET_FINISH_SECONDS = 5.0
"""How much longer than a silence on the wire the calls under way may take when a run is told to end."""
MOST_SHOWN = 20
QUESTION = "{vendor} would place {count} calls, which ring and cost money"
QUESTION_WITHOUT = (
    "{vendor} would place {count} calls, which ring and cost money, and leave out {bad} bad rows"
)
SHOWN = (
    *(
        "call_id",
        "vendor",
        "vendor_id",
        "state",
        "vendor_state",
        "vendor_code",
        "reason",
        "to",
        "idempotency",
    ),
    *("created_at", "answered_at", "ended_at", "duration_seconds", "dtmf", "recording_url", "request_id"),
)

USUAL: Mapping[str, tuple[object, object]] = {
    "caller": (From, ""),
    "text": (SpokenText, ""),
    "template": (Template, ""),
    "var": (Var, None),
    "var_file": (VarFile, ""),
    "voice_file": (VoiceFile, ""),
    "voice": (CallVoice, ""),
    "play_times": (PlayTimes, 0),
    "volume": (CallVolume, None),
    "schedule": (Schedule, ""),
    "operation": (OperationName, ""),
    "param": (Param, None),
}
"""What holds for rows that do not say it themselves. A mark that comes back is of one call: rows name it."""

Name = Annotated[
    str,
    typer.Option("--batch", metavar="NAME", help="What this batch is called: by default, like its file."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Call those that no earlier run has called.")]
FailedRows = Annotated[
    str,
    typer.Option("--failed-rows", metavar="FILE", help="Where rows go that rang nobody: FILE.failed.jsonl."),
]


class Way(NamedTuple):
    """How the calls of a batch are placed and followed."""

    jobs: int
    rate: float
    store: str
    has_ledger: bool
    waits_for_limit: bool
    patience: Patience | None
    min_seconds: float
    failed_rows: Path
    source: str


@with_usual(USUAL)
def batch(
    context: typer.Context,
    file: Manifest,
    name: Name = "",
    resume: Resume = False,
    jobs: AtOnce = None,
    rate_limit: RateLimit = "",
    rate_limit_store: RateLimitStore = "",
    on_limit: Limit = OnLimit.REFUSE,
    wait: Wait = False,
    poll: Poll = 2.0,
    wait_timeout: WaitTimeout = "10m",
    min_seconds: MinSeconds = 0,
    failed_rows: FailedRows = "",
    no_ledger: NoLedger = False,
    encoding: Encoding = "",
    *,
    usual: Mapping[str, Any],
) -> None:
    """Call the number of each row of a file, nobody twice over all runs.

    voicectl call batch patients.csv --template TTS_123456 --rate-limit 5/s --yes

    voicectl call batch patients.csv --template TTS_123456 --yes --resume --wait

    A row has `to`, and may have: id, from, text, template, var.NAME, voice_file, voice, play_times, volume,
    schedule, out_id, operation, param.NAME. What it leaves out is as the options say.

    Every row is checked before the first call; bad ones are named and left out. A row is known again by its
    id, else by what it says, and by the name of the batch: in a later run its number is called only if it was
    not called, and only with --resume. A call whose outcome is unknown is never placed again, but listed.

    Exit 0 if all went well, 4 if some failed, 15 if the outcome of any is unknown, whatever else failed.
    """
    session = session_of(context)
    if rate_limit_store and not rate_limit:
        raise UsageError("--rate-limit-store is for a --rate-limit", hint="--rate-limit 5/s")
    way = Way(
        jobs=jobs or USUAL_JOBS,
        rate=per_second(rate_limit),
        store=rate_limit_store,
        has_ledger=not no_ledger,
        waits_for_limit=on_limit is OnLimit.WAIT,
        patience=patience_of(poll, wait_timeout) if wait else None,
        min_seconds=min_seconds,
        failed_rows=_failed_rows(file, failed_rows),
        source=file,
    )
    _planned(session, way, order_of(usual, session.world), name, encoding, resume=resume)


def _planned(session: Session, way: Way, usual: CallOrder, name: str, encoding: str, *, resume: bool) -> None:
    """Open the rows, and call them or show what would be sent."""
    from voicectl.actions.call_batch import Plan
    from voicectl.actions.call_rows import COLUMNS
    from voicectl.cli.manifest import kept

    if way.source == STDIN and session.world.stdin.isatty():
        raise UsageError("there are no rows to read", hint="voicectl call batch FILE")
    if resume and not way.has_ledger:
        raise UsageError("without the ledger nobody knows who has been called", hint="leave out --no-ledger")
    session.runtime.connections = way.jobs
    desk = desk_of(session, with_ledger=way.has_ledger, waits=way.waits_for_limit)
    with kept(session.world, way.source, encoding, COLUMNS, session.runtime.directories.state) as rows:
        usual_name = f"stdin-{rows.digest[:12]}" if way.source == STDIN else Path(way.source).name
        plan = Plan(name=name or usual_name, rows=rows.rows, usual=usual)
        if session.options.dry_run:
            _rehearse(session, desk, plan)
        else:
            _call_all(session, desk, plan, way, resume=resume)


def _call_all(session: Session, desk: Desk, plan: Plan, way: Way, *, resume: bool) -> None:
    """Check every row, ask, and call; nothing has left before that."""
    from voicectl.actions.call_batch import Check, Mark

    check = Check(desk, plan)
    _name_bad_rows(session, check)
    if not check.marks:
        raise BadInput("there is no row in {name!r}", name=way.source, hint="voicectl call batch --help")
    check.refuse(resume=resume)
    new, bad = check.count(Mark.NEW), check.count(Mark.BAD)
    if new:
        question = QUESTION_WITHOUT if bad else QUESTION
        confirm(session, question, vendor=desk.vendor, count=new, bad=bad)
    try:
        _carried_out(session, desk, plan, way, bytes(check.marks))
    except (KeyboardInterrupt, Terminated):
        session.console.note(
            "rows are left; to call them, and nobody twice: add --resume --batch {name!r}", name=plan.name
        )
        raise


def _name_bad_rows(session: Session, check: Check) -> None:
    """Say which rows are bad; each comes as a result too."""
    count = 0
    for row, error in check.bad_rows():
        count += 1
        if count <= MOST_SHOWN:
            session.console.note(
                "line {line}: {reason}", line=row.line, reason=_without_line(row.line, error)
            )
    if count > MOST_SHOWN:
        session.console.note("and {count} more bad rows", count=count - MOST_SHOWN)


def _carried_out(session: Session, desk: Desk, plan: Plan, way: Way, marks: bytes) -> None:
    from voicectl.actions.call_batch import STATE, Brake, Round, line_to_feed_back
    from voicectl.cli.batch_run import Batch, carry_out

    brake = Brake(session.runtime.clock)
    desk = desk._replace(clock=brake)
    now = session.world.monotonic
    pace = _pace(session, desk, way, brake.sleep)
    calls = Round(desk, plan, pace, now=now, patience=way.patience, min_seconds=way.min_seconds)
    run = Batch(
        command="call batch",
        vendor=desk.vendor,
        jobs=way.jobs,
        line=_line,
        words=_words,
        summed=(),
        tallied=(STATE,),
        summary=_summary,
        failed_rows=way.failed_rows,
        failed_line=lambda outcome: line_to_feed_back(outcome, plan.name),
        source=way.source,
        expected=len(marks),
        stop=brake.pull,
        let_finish_seconds=desk.patience_seconds + LET_FINISH_SECONDS,
    )
    carry_out(session, calls.tasks(marks), run)


def _pace(session: Session, desk: Desk, way: Way, sleep: Callable[[float], None]) -> Pace:
    """Return the pace of all processes that place calls for this account."""
    from voicectl.pacing import asked_pace

    runtime = session.runtime
    owner: tuple[str, ...] = ()
    if way.rate:
        choice = runtime.choice()
        owner = (desk.vendor, runtime.key_source(choice).account(runtime.clock.moment().now), "calls")
    return asked_pace(runtime, owner, way.rate, way.store, now=session.world.monotonic, sleep=sleep)


def _rehearse(session: Session, desk: Desk, plan: Plan) -> None:
    """Print the requests that would be sent, and say which rows are bad."""
    from voicectl.actions.call import rehearse, settle
    from voicectl.actions.call_rows import ask_of

    has_failed = False
    for row in plan.rows():
        try:
            rehearse(desk, settle(desk, ask_of(row, plan.usual, plan.name).order))
        except NotSent as error:
            session.runtime.ends_dry_run(error)
        except VoicectlError as error:
            has_failed = True
            session.console.note(
                "line {line}: {reason}", line=row.line, reason=_without_line(row.line, error)
            )
    show_unsent(session)
    if has_failed:
        raise typer.Exit(Exit.PARTLY_FAILED)


def _failed_rows(source: str, asked: str) -> Path:
    if asked:
        return Path(asked)
    return Path("calls.failed.jsonl") if source == STDIN else Path(source).with_suffix(".failed.jsonl")


def _line(outcome: Outcome) -> dict[str, object]:
    """Return the result object of a row; what is not known of a call is null."""
    error = as_json(outcome.error) if outcome.error else None
    told = {name: outcome.facts.get(name) for name in SHOWN}
    row = outcome.row
    return {"id": row.id, "line": row.line, "status": outcome.status.value, **told, "error": error}


def _words(outcome: Outcome) -> str:
    """Return the result of a row for people."""
    facts, row = outcome.facts, outcome.row
    said = [f"{outcome.status.value:<8} {row.id}", str(facts.get("to") or "")]
    if outcome.error is not None:
        message, hint = words_of(outcome.error)
        said += [
            f"line {row.line}: {_without_line(row.line, outcome.error)}"
            if not facts.get("call_id")
            else message
        ]
        said += [hint] if facts.get("call_id") else []
    else:
        said += [str(facts.get("state")), str(facts.get("reason") or ""), str(facts.get("call_id"))]
    return visible("  ".join(filter(None, said)))


def _without_line(line: int, error: VoicectlError) -> str:
    return words_of(error)[0].removeprefix(f"line {line}: ")


def _summary(count: Count, seconds: float, failed_rows: Path | None) -> Mapping[str, object]:
    from voicectl.actions.batch import Status
    from voicectl.actions.call_batch import STATE

    return {
        **{status.value: count.of[status] for status in Status},
        "seconds": round(seconds, 3),
        "success_rate": count.success_rate,
        "p50_ms": count.percentile(50),
        "p95_ms": count.percentile(95),
        "states": dict(count.tallies[STATE].most_common()),
        "errors_by_code": dict(count.errors.most_common()),
        "failed_rows": str(failed_rows) if failed_rows else None,
    }
