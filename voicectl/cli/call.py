"""`voicectl call create`, and the group of all that is done with calls. The deed: `actions/call.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from voicectl.cli.asking import confirm
from voicectl.cli.call_batch import batch
from voicectl.cli.call_desk import desk_of, order_of
from voicectl.cli.call_listen import listen
from voicectl.cli.call_options import (
    CallVoice,
    CallVolume,
    From,
    Key,
    Limit,
    MinSeconds,
    NoLedger,
    OnLimit,
    OperationName,
    OutId,
    Param,
    PlayTimes,
    Poll,
    Schedule,
    SpokenText,
    Template,
    To,
    UntilAnswered,
    Var,
    VarFile,
    VoiceFile,
    Wait,
    WaitTimeout,
    key_given,
)
from voicectl.cli.call_status import cancel, follow, list_, patience_of, status, target_of
from voicectl.cli.failures import show_unsent
from voicectl.cli.groups import new_group
from voicectl.cli.session import Session, session_of
from voicectl.core.errors import Exit, UsageError, VoicectlError
from voicectl.core.vendor import NotSent

if TYPE_CHECKING:
    from voicectl.actions.call import Desk, Placed, Settled
    from voicectl.actions.call_status import Patience
    from voicectl.core.call import CallOrder

QUESTION = "{vendor} would call {numbers}, which rings and costs money"

app = new_group("Phone calls: create, batch, status, list, cancel, listen.")


@app.command()
def create(
    context: typer.Context,
    to: To = None,
    caller: From = "",
    text: SpokenText = "",
    template: Template = "",
    var: Var = None,
    var_file: VarFile = "",
    voice_file: VoiceFile = "",
    voice: CallVoice = "",
    play_times: PlayTimes = 0,
    volume: CallVolume = None,
    schedule: Schedule = "",
    out_id: OutId = "",
    operation: OperationName = "",
    param: Param = None,
    key: Key = None,
    no_ledger: NoLedger = False,
    on_limit: Limit = OnLimit.REFUSE,
    wait: Wait = False,
    poll: Poll = 2.0,
    wait_timeout: WaitTimeout = "10m",
    min_seconds: MinSeconds = 0,
    until_answered: UntilAnswered = False,
) -> None:
    """Call a number, at most once.

    voicectl call create --to 13800138000 --template TTS_123456 --var name=Li --wait

    voicectl call create --from +15005550006 --to +14155550123 --text "The server is down" --yes
    """
    session = session_of(context)
    order = order_of(context.params, session.world)
    patience = patience_of(poll, wait_timeout) if wait or until_answered else None
    desk = desk_of(session, with_ledger=not no_ledger, waits=on_limit is OnLimit.WAIT)
    settled = _settled(desk, order, to or (), key_given(key))
    if session.options.dry_run:
        _rehearse(session, desk, settled)
        return
    _confirm(session, desk, settled)
    _call_all(session, desk, settled, patience, min_seconds, stops=until_answered)


app.command()(batch)
app.command()(status)
app.command("list")(list_)
app.command()(cancel)
app.command()(listen)


def _settled(desk: Desk, order: CallOrder, to: Sequence[str], key: str) -> list[Settled]:
    from voicectl.actions.call import settle
    from voicectl.actions.call_guards import refuse_too_many

    if not to:
        raise UsageError("nobody is to be called", hint="--to NUMBER")
    refuse_too_many(desk.rules, len(to))
    return [settle(desk, replace(order, to=number), key=key) for number in to]


def _rehearse(session: Session, desk: Desk, settled: Sequence[Settled]) -> None:
    from voicectl.actions.call import rehearse

    for each in settled:
        try:
            rehearse(desk, each)
        except NotSent as error:
            session.runtime.ends_dry_run(error)
    show_unsent(session)


def _confirm(session: Session, desk: Desk, settled: Sequence[Settled]) -> None:
    from voicectl.actions.numbers import masked

    numbers = ", ".join(masked(each.order.to) for each in settled)
    confirm(session, QUESTION, vendor=desk.vendor, numbers=numbers)


def _call_all(
    session: Session,
    desk: Desk,
    settled: Sequence[Settled],
    patience: Patience | None,
    min_seconds: float,
    *,
    stops: bool,
) -> None:
    """Call one after the other; whatever is in doubt or fails ends it, after what was done is shown.

    With `stops` a call that was answered, or may still be, is the last.
    """
    from voicectl.actions.call import place

    rows: list[dict[str, object]] = []
    codes: list[Exit] = []
    try:
        for each in settled:
            code, row = _followed(session, desk, place(desk, each), patience, min_seconds)
            codes.append(code)
            rows.append(row)
            if code is Exit.OUTCOME_UNKNOWN or (stops and code in (Exit.OK, Exit.WAIT_TIMEOUT)):
                break
    except VoicectlError:
        if rows:
            session.console.result(rows)
        raise
    session.console.result(rows if len(settled) > 1 else rows[0])
    is_last_that_counts = stops or len(codes) == 1 or codes[-1] is Exit.OUTCOME_UNKNOWN
    code = codes[-1] if is_last_that_counts else Exit.PARTLY_FAILED if any(codes) else Exit.OK
    if code:
        raise typer.Exit(code)


def _followed(
    session: Session, desk: Desk, placed: Placed, patience: Patience | None, min_seconds: float
) -> tuple[Exit, dict[str, object]]:
    from voicectl.actions.call import shown
    from voicectl.actions.call_status import exit_of

    call, code = placed.call, Exit.OK
    if not placed.is_new:
        session.console.note("this key has called that number before; nothing was sent")
    if patience is not None:
        ended = follow(session, desk.calls, desk.ledger, target_of(call, desk.ledger), patience)
        code = exit_of(ended, min_seconds=min_seconds)
        call = replace(ended, to=call.to) if ended else call
    return code, shown(call, idempotency=placed.idempotency)
