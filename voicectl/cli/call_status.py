"""`voicectl call status`, `list` and `cancel`: words in, words out. The deeds: `actions/call_status.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from voicectl.cli.asking import confirm
from voicectl.cli.call_options import MinSeconds, Poll, Wait, WaitTimeout, day
from voicectl.cli.live import live_line
from voicectl.cli.session import Session, session_of
from voicectl.core.errors import BadInput, Exit, NotFound, UsageError, VoicectlError

if TYPE_CHECKING:
    from voicectl.actions.call_status import Patience, Target
    from voicectl.core.call import Call, Calls
    from voicectl.core.ledger import Entry, Ledger
    from voicectl.telephony import Telephony

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="What `call create` printed as id.")]
SomeIds = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="These only.")]
OneId = Annotated[str, typer.Argument(metavar="ID", help="What `call create` printed as id.")]
Product = Annotated[str, typer.Option("--product", metavar="NAME", help="For an id of the vendor's own.")]
Date = Annotated[str, typer.Option("--date", metavar="DAY", help="The day of the call, for such an id.")]
LISTED = ("at", "state", "to", "reason", "duration_seconds", "id")
SHOWN = ("state", "to", "reason", "duration_seconds", "error", "id")
"""What people see of many calls; all else is in JSON."""
NO_CALLS = "no calls in the last thirty days"
FOLLOW_NOTE = "the call goes on; follow it: voicectl call status {id} --wait"


def status(
    context: typer.Context,
    ids: Ids,
    product: Product = "",
    date: Date = "",
    wait: Wait = False,
    poll: Poll = 2.0,
    wait_timeout: WaitTimeout = "10m",
    min_seconds: MinSeconds = 0,
    lost: Annotated[
        bool, typer.Option("--reconcile", help="Look up a call whose answer never came.")
    ] = False,
    to: Annotated[str, typer.Option("--to", metavar="NUMBER", help="Whom it called, for --reconcile.")] = "",
) -> None:
    """Show how a call stands, or with --wait how it ended: exit 0, or 10 to 15.

    voicectl call status ID --wait

    voicectl call status ID -O json --query state
    """
    from voicectl.actions.call import shown
    from voicectl.actions.call_status import exit_of

    session = session_of(context)
    patience = patience_of(poll, wait_timeout) if wait else None
    rows, codes = [], []
    for word in ids:
        try:
            found, asked = _found(session, word, product, date)
            call = _asked(session, found, asked, patience, to if lost else None)
            rows.append(shown(call, idempotency=_idempotency(found, asked)))
            codes.append(exit_of(call, min_seconds=min_seconds) if wait else Exit.OK)
        except VoicectlError as error:
            if len(ids) == 1:
                raise
            rows.append(_failed_row(word, error))
            codes.append(Exit.PARTLY_FAILED)
    if len(ids) > 1:
        session.console.result(rows, lambda: session.console.table(rows, SHOWN))
    else:
        session.console.result(rows[0])
    failed = Exit.PARTLY_FAILED if Exit.PARTLY_FAILED in codes else next(filter(None, codes), Exit.OK)
    if failed:
        raise typer.Exit(failed)


def list_(
    context: typer.Context,
    ids: SomeIds = None,
    forget: Annotated[bool, typer.Option("--forget", help="Strike these out, or all.")] = False,
) -> None:
    """List the calls of the last thirty days that were placed from here.

    What is struck out, its key no longer keeps from ringing again.

    voicectl call list

    voicectl call list -O jsonl
    """
    from voicectl.telephony import known_ledger

    session = session_of(context)
    ledger = known_ledger(session.runtime)
    entries = ledger.entries() if ledger else []
    if ids:
        found = {word: _entry(word, ledger) for word in ids}
        missing = next((word for word, entry in found.items() if entry is None), "")
        if missing:
            raise NotFound("the ledger has no call {word!r}", word=missing, hint="voicectl call list")
        entries = [entry for entry in found.values() if entry]
    if forget and ledger and entries and not session.options.dry_run:
        confirm(session, "{count} calls and their keys would be forgotten", count=len(entries))
        ledger.forget([entry.handle for entry in entries])
    rows = [_listed(entry) for entry in entries]
    session.console.result(rows, lambda: session.console.table(rows, LISTED) or NO_CALLS)


def cancel(
    context: typer.Context,
    id_: OneId,
    product: Product = "",
    date: Date = "",
    hang_up: Annotated[bool, typer.Option("--hang-up", help="Also where it is answered already.")] = False,
) -> None:
    """Take a call back that is not answered yet, and show how it stands.

    voicectl call cancel ID

    voicectl call cancel ID --yes -O json
    """
    from voicectl.actions.call import shown
    from voicectl.actions.call_status import look

    session = session_of(context)
    found, asked = _found(session, id_, product, date)
    if asked.is_lost:
        raise NotFound(
            "the vendor never named this call", id=id_, hint="voicectl call status --reconcile {id}"
        )
    found.calls.cancel(asked.id, hang_up=hang_up)
    session.console.result(shown(look(found.calls, found.ledger, asked)))


def follow(
    session: Session, calls: Calls, ledger: Ledger | None, asked: Target, patience: Patience
) -> Call | None:
    """Wait for the end of a call, with a live line for people; Ctrl-C leaves the call alone."""
    from voicectl.actions.call_status import look, watch
    from voicectl.actions.numbers import masked

    clock = session.runtime.clock
    began = clock.moment().now
    with live_line(session) as show:

        def tell(call: Call | None) -> None:
            seconds = (clock.moment().now - began).total_seconds()
            number = f"{masked(call.to)} " if call and call.to else ""
            show(f"{number}{call.state.value if call else 'queued'}", f", {seconds:.0f} s")

        try:
            call = watch(lambda: look(calls, ledger, asked), clock, patience, tell)
        except BaseException as error:
            if not isinstance(error, Exception):
                show("", "")
                session.console.note(FOLLOW_NOTE, id=asked.id)
            raise
    if call is None or not (call.state.is_final or call.ended_at):
        session.console.note(FOLLOW_NOTE, id=asked.id)
    return call


def patience_of(poll: float, timeout: str) -> Patience:
    """Read `--poll` and `--wait-timeout`."""
    from voicectl.actions.call_status import Patience
    from voicectl.actions.token import duration

    return Patience(poll, duration(timeout).total_seconds())


def target_of(call: Call, ledger: Ledger | None) -> Target:
    """Return a call that was just placed as one to ask about."""
    from voicectl.actions.call_status import Target

    return Target(call.id, ledger.find(str(call.id)) if ledger else None)


def _asked(
    session: Session, found: Telephony, asked: Target, patience: Patience | None, to: str | None
) -> Call:
    """Return how one call stands; with a `to`, even an empty one, a lost one is looked up first."""
    from voicectl.actions.call_status import Target, look, reconcile

    if to is not None and found.ledger is not None and asked.entry is not None:
        now = session.runtime.clock.moment().now
        call = reconcile(found.calls, found.ledger, asked, _number(found.calls, to), now)
        asked = Target(call.id, found.ledger.find(asked.entry.handle))
        if asked.is_lost or patience is None:
            return call
    if patience is None or asked.is_lost:
        return look(found.calls, found.ledger, asked)
    return follow(session, found.calls, found.ledger, asked, patience) or _unseen(asked)


def _found(session: Session, word: str, product: str, date: str) -> tuple[Telephony, Target]:
    """Find a call by its word; its id chooses the vendor where no flag does."""
    from voicectl.actions.call_status import raw_target, target
    from voicectl.telephony import known_ledger, telephony

    ledger = known_ledger(session.runtime)
    asked: Target | None = None
    try:
        asked = None if product or date else target(word, ledger)
    except BadInput:
        if not (session.options.vendor or session.options.profile):
            raise
    found = telephony(session.runtime, vendor=asked.id.vendor if asked else "", with_ledger=False)
    found = found._replace(ledger=ledger)
    if asked is None:
        now = session.runtime.clock.moment().now
        asked = raw_target(found.choice.vendor, word, product, day(date), now)
    if asked.id.vendor != found.choice.vendor:
        raise UsageError(
            "this call is one of {own}, not of {vendor}",
            own=asked.id.vendor,
            vendor=found.choice.vendor,
            hint="leave out --vendor or --profile, or name one of {own}",
        )
    return found, asked


def _number(calls: Calls, to: str) -> str:
    from voicectl.actions.numbers import number

    return number(to, calls.numbers).written if to else ""


def _unseen(asked: Target) -> Call:
    """Return what is known of a call that the vendor has never told of."""
    from voicectl.core.call import Call, CallState

    return Call(id=asked.id, state=CallState.UNKNOWN, reason="no_record_yet")


def _entry(word: str, ledger: Ledger | None) -> Entry | None:
    """Return what the ledger has under a word, also under the id that it shows of a lost call."""
    from voicectl.actions.call_status import target

    try:
        return target(word, ledger).entry
    except BadInput:
        return None


def _idempotency(found: Telephony, asked: Target) -> str:
    """Say what keeps a call from ringing again: the vendor or the ledger, where there was a key for it."""
    from voicectl.core.call import CallOrder

    entry = asked.entry
    if entry is None or not entry.key:
        return "none"
    order = CallOrder(to="", operation=entry.operation, key=entry.mark)
    return "vendor" if found.calls.is_idempotent(order) else "local"


def _failed_row(word: str, error: VoicectlError) -> dict[str, object]:
    from voicectl.cli.failures import as_json

    return {"id": word, "error": as_json(error)}


def _listed(entry: Entry) -> dict[str, object]:
    from voicectl.actions.call_status import known
    from voicectl.core.dates import written

    call = known(entry)
    return {
        "id": str(call.id),
        "state": call.state.value,
        "reason": call.reason or None,
        "to": call.to or None,
        "at": written(entry.at),
        "vendor": entry.vendor,
        "profile": entry.profile or None,
        "operation": entry.operation or None,
        "duration_seconds": call.duration_seconds,
        "dtmf": call.dtmf or None,
    }
