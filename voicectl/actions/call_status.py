"""Follow a call to its end, look a lost one up. Placing calls: `call.py`; printing them: the faces."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple

from voicectl.actions.numbers import number
from voicectl.core.call import Call, CallId, Calls, CallSearch, CallState, NumberForm
from voicectl.core.clock import Clock
from voicectl.core.errors import (
    BadInput,
    BrokenAnswer,
    ConfigError,
    Exit,
    NotFound,
    OutcomeUnknown,
    TryLater,
    Unreachable,
    Unsupported,
)
from voicectl.core.ledger import Entry, Ledger, Outcome

CHINA = timezone(timedelta(hours=8))
"""The calendar of the vendors whose records go by day."""
USUAL_PRODUCT = "voice"
LOST = "lost"
"""The product in the id of a call that the vendor has not named."""
LISTED = "voicectl call list"
EARLY_SECONDS = 1
HUNG_UP_EARLY = "hung_up_early"
SKEW, ANSWER_TIME = timedelta(minutes=2), timedelta(minutes=10)
UNSURE_POLLS = 3
EXITS = {
    CallState.COMPLETED: Exit.OK,
    CallState.NO_ANSWER: Exit.CALL_NO_ANSWER,
    CallState.BUSY: Exit.CALL_BUSY,
    CallState.REJECTED: Exit.CALL_REJECTED,
    CallState.FAILED: Exit.CALL_FAILED,
    CallState.CANCELED: Exit.CALL_CANCELED,
    CallState.UNKNOWN: Exit.OUTCOME_UNKNOWN,
}


class Target(NamedTuple):
    """A call that is asked about: where it is found, and what the ledger has of it."""

    id: CallId
    entry: Entry | None = None

    @property
    def is_lost(self) -> bool:
        """Say whether the vendor's answer to it never came."""
        return self.id.product == LOST


class Patience(NamedTuple):
    """How often to ask, and how long, in seconds."""

    poll_seconds: float
    timeout_seconds: float


def target(word: str, ledger: Ledger | None) -> Target:
    """Find what a word means: an id, a handle, or a vendor's own id that the ledger knows.

    BadInput for another word.
    """
    entry = ledger.find(word) if ledger else None
    if entry is None:
        id_ = CallId.read(word)
        # The id of a lost call is its handle; by now it may have been found.
        entry = ledger.find(id_.vendor_id) if ledger and id_.product == LOST else None
        if entry is None:
            return Target(id_)
    return Target(known(entry).id, entry)


def raw_target(vendor: str, word: str, product: str, day: date | None, now: datetime) -> Target:
    """Return a call by the vendor's own id."""
    usual = now.astimezone(CHINA).date()
    return Target(CallId(vendor=vendor, product=product or USUAL_PRODUCT, day=day or usual, vendor_id=word))


def known(entry: Entry) -> Call:
    """Return what the ledger knows of a call, as a call; one whose outcome nobody knows is `unknown`."""
    shown_to = f"***{entry.last_four}" if entry.last_four else ""
    if entry.call is not None:
        return replace(entry.call, to=shown_to)
    id_ = CallId(
        vendor=entry.vendor, product=LOST, day=entry.at.astimezone(CHINA).date(), vendor_id=entry.handle
    )
    was_refused = entry.outcome is Outcome.REFUSED
    return Call(
        id=id_,
        state=CallState.FAILED if was_refused else CallState.UNKNOWN,
        reason="refused" if was_refused else "outcome_unknown",
        to=shown_to,
        created_at=entry.at,
    )


def look(calls: Calls, ledger: Ledger | None, asked: Target) -> Call:
    """Return what vendor and ledger know of a call; NotFound where neither does."""
    entry = _fresh(ledger, asked)
    if asked.is_lost:
        if entry is None:
            raise NotFound(
                "only the machine that called knows more of {word!r}", word=asked.id.vendor_id, hint=LISTED
            )
        return known(entry)
    try:
        told = calls.status(asked.id)
    except (NotFound, Unsupported) as error:
        if entry is None:
            raise
        call = known(entry)
        unheard = "no_record_yet" if isinstance(error, NotFound) else "vendor_has_no_status"
        return call if call.state.is_final or call.reason else replace(call, reason=unheard)
    if entry is not None and ledger is not None:
        merged = told
        # A ledger that can only be read takes no news, and the status is told all the same.
        with suppress(ConfigError):
            merged = ledger.settle(entry, Outcome.PLACED, told, is_inferred=entry.is_inferred).call or told
        shown_to, request_id = told.to or known(entry).to, told.request_id or merged.request_id
        told = replace(merged, id=asked.id, to=shown_to, request_id=request_id)
    return _with_early_end(told)


def watch(
    ask: Callable[[], Call], clock: Clock, patience: Patience, tell: Callable[[Call | None], None]
) -> Call | None:
    """Ask until the call has ended, and return it; else what was known last, None for nothing.

    What passes, such as a busy server, is asked again. `tell` hears each answer.
    """
    end = clock.moment().now + timedelta(seconds=patience.timeout_seconds)
    last: Call | None = None
    unsure = 0
    while True:
        with suppress(NotFound, TryLater, Unreachable, BrokenAnswer):
            last = ask()
        tell(last)
        if last is not None and last.state.is_final:
            return last
        # A record that has an end and no outcome may get one a moment later.
        unsure = unsure + 1 if last and last.state is CallState.UNKNOWN and last.ended_at else 0
        left = (end - clock.moment().now).total_seconds()
        if unsure >= UNSURE_POLLS or left <= 0:
            return last
        clock.sleep(min(patience.poll_seconds, left))


def exit_of(call: Call | None, *, min_seconds: float = 0) -> Exit:
    """Return the exit code of a call that was waited for."""
    if call is None:
        return Exit.WAIT_TIMEOUT
    is_open = call.state is CallState.UNKNOWN and (call.ended_at or call.id.product == LOST)
    if not (call.state.is_final or is_open):
        return Exit.WAIT_TIMEOUT
    is_short = min_seconds and (call.duration_seconds is None or call.duration_seconds < min_seconds)
    if call.state is CallState.COMPLETED and is_short:
        return Exit.CALL_NO_ANSWER
    return EXITS[call.state]


def reconcile(calls: Calls, ledger: Ledger, asked: Target, to: str, now: datetime) -> Call:
    """Look up a call whose answer was lost, and note what is found; OutcomeUnknown where nothing is.

    `to` helps a vendor that searches by number; without it every call of that time is looked through.
    """
    entry = _fresh(ledger, asked)
    if entry is None:
        raise NotFound("the ledger has no call {word!r}", word=asked.id.vendor_id, hint=LISTED)
    if entry.outcome is not Outcome.UNKNOWN:
        return known(entry)
    wanted = CallSearch(
        to=to,
        reference=entry.reference,
        key=entry.mark,
        since=entry.at - SKEW,
        until=min(now, entry.at + ANSWER_TIME) + SKEW,
        operation=entry.operation,
    )
    try:
        found = [call for call in calls.search(wanted) if _fits(call, entry, ledger, calls.numbers)]
    except Unsupported as error:
        raise _still_unknown(entry, str(error)) from None
    if len(found) != 1:
        why = "the vendor shows no such call so far" if not found else "several calls could be this one"
        raise _still_unknown(entry, why)
    call = found[0]
    is_inferred = call.reference != entry.reference
    if is_inferred:
        call = replace(call, reason=call.reason or "inferred")
    settled = ledger.settle(entry, Outcome.PLACED, call, is_inferred=is_inferred)
    return replace(settled.call or call, to=known(settled).to)


def _fits(call: Call, entry: Entry, ledger: Ledger, form: NumberForm) -> bool:
    """Say whether a call that was found can be this entry's, and is nobody else's."""
    owner = ledger.find(str(call.id))
    if owner is not None and owner.handle != entry.handle:
        return False
    if call.reference and call.reference == entry.reference:
        return True
    try:
        return ledger.is_of(entry, number(call.to, form).full)
    except BadInput:
        return False


def _still_unknown(entry: Entry, because: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        "nobody can tell yet whether the call to ***{last_four} was placed: {because}",
        last_four=entry.last_four,
        because=because,
        vendor=entry.vendor,
        handle=entry.handle,
        hint="its report comes to `voicectl call listen`; the vendor's console lists calls\n"
        "when you are sure that it did not ring: voicectl call list {handle} --forget",
    )


def _fresh(ledger: Ledger | None, asked: Target) -> Entry | None:
    """Return what the ledger has by now; another process may be listening."""
    if ledger is None:
        return None
    return ledger.fresh(asked.entry) if asked.entry else ledger.find(str(asked.id))


def _with_early_end(call: Call) -> Call:
    """Name what a call is that was hung up in its first second."""
    seconds = call.duration_seconds
    is_early = call.state is CallState.COMPLETED and seconds is not None and seconds <= EARLY_SECONDS
    return replace(call, reason=HUNG_UP_EARLY) if is_early and not call.reason else call
