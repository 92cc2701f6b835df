"""Many calls, each placed at most once over all runs of a batch: the check of all rows, then the calls.

What a row says: `call_rows.py`; how one call is placed: `call.py`; what every batch has: `batch.py`. Nothing
here remembers what was done: the ledger of calls does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import partial
from threading import Event
from typing import Any

from voicectl.actions.batch import Outcome, Status
from voicectl.actions.call import Desk, Placed, earlier, place, settle, shown, unknown_since
from voicectl.actions.call_guards import refuse_too_many
from voicectl.actions.call_rows import TO, Ask, ask_of, line_to_call_again
from voicectl.actions.call_status import CHINA, LOST, Patience, Target, exit_of, known, look, watch
from voicectl.actions.numbers import number
from voicectl.actions.rows import Row
from voicectl.core.call import Call, CallId, CallOrder, CallState
from voicectl.core.clock import Clock, Moment
from voicectl.core.errors import (
    BadInput,
    Exit,
    Guarded,
    OutcomeUnknown,
    TryLater,
    VoicectlError,
    WaitedTooLong,
)
from voicectl.core.pace import Pace

LONGEST_PAUSE_SECONDS = 10.0
STATE, CALL_ID = "state", "call_id"


class Mark(IntEnum):
    """What the check found of a row."""

    NEW = 0
    BAD = 1
    CALLED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A batch: its name, its rows, read as often as one likes, and what holds where they are silent."""

    name: str
    rows: Callable[[], Iterator[Row]]
    usual: CallOrder


class Stopped(VoicectlError):
    """The run was told to end before this began; nothing of it has left."""

    kind = "stopped"


class Brake:
    """A clock whose sleepers wake with Stopped once it is pulled; any thread may sleep on it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._is_pulled = Event()

    def moment(self) -> Moment:
        return self._clock.moment()

    def sleep(self, seconds: float) -> None:
        if self._is_pulled.wait(seconds):
            raise Stopped("the run was stopped")

    def pull(self) -> None:
        self._is_pulled.set()


class Check:
    """Reads every row before the first call: which are bad, which have been called, which are new."""

    def __init__(self, desk: Desk, plan: Plan) -> None:
        self._desk = desk
        self._plan = plan
        self.marks = bytearray()

    def bad_rows(self) -> Iterator[tuple[Row, VoicectlError]]:
        """Yield each row that makes no sense; all are marked when the last has come."""
        for row in self._plan.rows():
            mark, error = self._found(row)
            self.marks.append(mark)
            if error is not None:
                yield row, error

    def count(self, mark: Mark) -> int:
        return self.marks.count(mark)

    def refuse(self, *, resume: bool) -> None:
        """Raise Guarded where this may not begin: too many calls for a run, or begun before."""
        refuse_too_many(self._desk.rules, self.count(Mark.NEW))
        if (called := self.count(Mark.CALLED)) and not resume:
            raise Guarded(
                "{count} rows of the batch {name!r} have been called, or may have been",
                count=called,
                name=self._plan.name,
                hint="to call the others only, add --resume\n"
                "to call everybody once more, give this batch a name of its own: --batch NAME",
            )

    def _found(self, row: Row) -> tuple[Mark, VoicectlError | None]:
        try:
            ask = ask_of(row, self._plan.usual, self._plan.name)
            # The key that a vendor gets is dear to make, and not needed to find out what is wrong.
            settled = settle(self._desk, ask.order)
        except VoicectlError as error:
            return Mark.BAD, error
        ledger = self._desk.ledger
        is_known = ledger is not None and ledger.earlier(settled.called.full, ask.key) is not None
        return Mark.CALLED if is_known else Mark.NEW, None


class Round:
    """Calls the rows of a checked batch; its desk's clock is a Brake, so that whoever waits can be stopped.

    With a patience each call is followed to its end.
    """

    def __init__(
        self,
        desk: Desk,
        plan: Plan,
        pace: Pace,
        *,
        now: Callable[[], float],
        patience: Patience | None = None,
        min_seconds: float = 0,
    ) -> None:
        self._desk = desk._replace(asks_again=False)
        self._plan = plan
        self._pace = pace
        self._now = now
        self._patience = patience
        self._min_seconds = min_seconds

    def tasks(self, marks: bytes) -> Iterator[Callable[[], Outcome | None]]:
        """Yield what is to be done for each row: the bad ones come first, and only fail."""
        for row, mark in zip(self._plan.rows(), marks, strict=True):
            if mark == Mark.BAD:
                yield partial(self._failed, row)
        for row, mark in zip(self._plan.rows(), marks, strict=True):
            if mark != Mark.BAD:
                yield partial(self._timed, row)

    def _failed(self, row: Row) -> Outcome:
        """Say once more what is wrong with a row."""
        try:
            settle(self._desk, ask_of(row, self._plan.usual, self._plan.name).order)
        except VoicectlError as error:
            return _failure(row, error)
        return _failure(row, BadInput("line {line} was wrong when it was checked", line=row.line))

    def _timed(self, row: Row) -> Outcome | None:
        """Call a row and say what became of it; None where the run was stopped before it had begun."""
        began = self._now()
        try:
            outcome = self._outcome(row)
        except Stopped:
            return None
        return outcome._replace(ms=round((self._now() - began) * 1000))

    def _outcome(self, row: Row) -> Outcome:
        try:
            placed = self._placed(ask_of(row, self._plan.usual, self._plan.name))
        except Stopped:
            raise
        except OutcomeUnknown as error:
            return Outcome(row, Status.UNKNOWN, _facts(self._lost(error), to=row.cells[TO]), error)
        except VoicectlError as error:
            return _failure(row, error)
        status = Status.OK if placed.is_new else Status.SKIPPED
        if self._patience is None:
            return Outcome(row, status, _facts(placed.call, placed.idempotency))
        return self._followed(row, status, placed, self._patience)

    def _placed(self, ask: Ask) -> Placed:
        """Place a call that no run of this batch has placed; what was lost is not asked for again.

        A vendor that is busy is asked again: it has said that nothing rang.
        """
        called = number(ask.order.to, self._desk.calls.numbers)
        attempt = 0
        while True:
            try:
                if entry := earlier(self._desk, called, ask.key):
                    if entry.call is None:
                        raise unknown_since(entry, called)
                    return Placed(replace(known(entry), to=called.written), "local", False, entry)
                settled = settle(self._desk, ask.order, key=ask.key if self._desk.ledger else "")
                with self._pace.turn():
                    return place(self._desk, settled)
            except TryLater as error:
                pause = error.retry_after or 2.0**attempt
                if attempt >= self._desk.retries or pause > LONGEST_PAUSE_SECONDS:
                    raise
            attempt += 1
            self._pace.hold(pause)
            self._desk.clock.sleep(pause)

    def _lost(self, error: OutcomeUnknown) -> Call:
        """Return the call that nobody knows of, under the name by which it is looked up."""
        handle = str(error.facts.get("handle") or "unknown")
        day = self._desk.clock.moment().now.astimezone(CHINA).date()
        id_ = CallId(vendor=self._desk.vendor, product=LOST, day=day, vendor_id=handle)
        return Call(id=id_, state=CallState.UNKNOWN, reason="outcome_unknown")

    def _followed(self, row: Row, status: Status, placed: Placed, patience: Patience) -> Outcome:
        """Follow a call to its end; a run that is stopped leaves the call alone."""
        desk, target = self._desk, Target(placed.call.id, placed.entry)
        try:
            ended = watch(
                lambda: look(desk.calls, desk.ledger, target), desk.clock, patience, lambda call: None
            )
        except Stopped:
            return Outcome(row, status, _facts(placed.call, placed.idempotency))
        except VoicectlError as error:
            return Outcome(row, Status.FAILED, _facts(placed.call, placed.idempotency), error)
        call = replace(ended, to=placed.call.to) if ended else placed.call
        facts = _facts(call, placed.idempotency)
        match exit_of(ended, min_seconds=self._min_seconds):
            case Exit.OK:
                return Outcome(row, status, facts)
            case Exit.OUTCOME_UNKNOWN:
                return Outcome(row, Status.UNKNOWN, facts)
            case Exit.WAIT_TIMEOUT:
                late = WaitedTooLong(
                    "the call has not ended so far", hint="voicectl call status {id} --wait", id=str(call.id)
                )
                return Outcome(row, Status.FAILED, facts, late)
        return Outcome(row, Status.FAILED, facts)


def line_to_feed_back(outcome: Outcome, batch: str) -> str:
    """Return a row that failed as one to be called; empty for one whose phone has rung, or may have."""
    return "" if outcome.facts.get(CALL_ID) else line_to_call_again(outcome.row, batch)


def _failure(row: Row, error: VoicectlError) -> Outcome:
    """Return the outcome of a row that rang nobody."""
    return Outcome(row, Status.FAILED, {"to": row.cells.get(TO)}, error)


def _facts(call: Call, idempotency: str = "none", to: str = "") -> dict[str, Any]:
    """Return a call as the result line of its row shows it: `id` is the row's there."""
    told = shown(call, idempotency=idempotency, to=to)
    return {CALL_ID: told.pop("id"), **told}
