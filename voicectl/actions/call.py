"""Place a call, at most once. Following it: `call_status.py`; who may be called: `call_guards.py`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

from voicectl.actions.call_guards import Rules, TooOften, refuse_forbidden, refuse_too_often
from voicectl.actions.numbers import Number, hidden_in, masked, number
from voicectl.core.call import Call, CallOrder, Calls, CallState
from voicectl.core.clock import Clock
from voicectl.core.dates import written
from voicectl.core.errors import (
    BadInput,
    ConfigError,
    CredentialError,
    Guarded,
    NotFound,
    OutcomeUnknown,
    TryLater,
    Unreachable,
    UsageError,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.ledger import Deed, Entry, Ledger, Outcome
from voicectl.core.note import Note
from voicectl.core.vendor import NotSent

NOTHING_RANG = (
    BadInput,
    ConfigError,
    CredentialError,
    Guarded,
    NotFound,
    TryLater,
    Unreachable,
    UsageError,
    VendorRefused,
)
"""What a vendor's module raises only where it is sure. After anything else nobody knows."""
PASSING_CAUSES = ("refused", "lookup", "timeout", "network")
FIRST_PAUSE_SECONDS = 0.5
LOOK_AGAIN_SECONDS = 0.2
DIALLED = tuple("+(0123456789")
"""How a number begins; a caller may also be the name of a pool of numbers, which the vendor knows."""
KEY_ROUNDS = 100_000
"""The key shows up at the vendor and in ids: trying all numbers for one should take years."""
RECONCILE = "voicectl call status --reconcile {handle}"
INTERRUPTED = "the call may have been placed; look it up before you call again:\n  " + RECONCILE


class Desk(NamedTuple):
    """What placing calls takes; without a ledger nobody counts, and no key is known again.

    `patience_seconds` is how long another run with the same key may take to hear from the vendor.
    `asks_again` lets an order whose answer was lost be given once more to a vendor that knows its key.
    """

    vendor: str
    profile: str
    calls: Calls
    ledger: Ledger | None
    rules: Rules
    clock: Clock
    retries: int = 2
    patience_seconds: float = 30.0
    waits_for_limit: bool = False
    asks_again: bool = True
    is_dry: bool = False
    tell: Callable[[Note], None] = lambda note: None


class Settled(NamedTuple):
    """A call that is ready to be placed; `key` is the idempotency key as it was given."""

    order: CallOrder
    called: Number
    handle: str
    key: str


class Placed(NamedTuple):
    """A call, and what keeps it from ringing twice: `vendor`, `local` or `none`."""

    call: Call
    idempotency: str
    is_new: bool = True
    entry: Entry | None = None


def settle(desk: Desk, order: CallOrder, *, key: str = "") -> Settled:
    """Make one call ready: numbers checked, guards passed, the operation chosen. Nothing is sent."""
    called = number(order.to, desk.calls.numbers)
    caller = order.caller
    if caller.strip()[:1] in DIALLED:
        caller = number(caller, desk.calls.numbers).written
    refuse_forbidden(desk.rules, called)
    nonce = desk.clock.moment().nonce.replace("-", "")
    handle = f"vc{nonce[:12]}"
    ready = replace(
        order,
        to=called.written,
        caller=caller,
        reference=order.reference or handle,
        key=_key_for(key, called) if key else nonce,
    )
    settled = Settled(desk.calls.settle(ready), called, handle, key)
    if settled.order.rings_caller:
        refuse_forbidden(desk.rules, number(caller, desk.calls.numbers))
    _refuse_uncounted(desk, settled)
    return settled


def rehearse(desk: Desk, settled: Settled) -> None:
    """Go as far as the request, which a dry run stops with NotSent; nothing is noted."""
    desk.calls.create(settled.order)


def place(desk: Desk, settled: Settled) -> Placed:
    """Place a call, or return the earlier one of the same key and number.

    Raises OutcomeUnknown where the phone may have rung, now or in that earlier run.
    """
    kind = _idempotency(desk, settled)
    if desk.ledger is None:
        return Placed(_created(desk, settled), kind)
    entry, is_new = _begun(desk, desk.ledger, settled)
    if not is_new:
        entry = _outcome_of_other(desk, desk.ledger, entry)
        if entry.call is not None:
            return Placed(replace(entry.call, to=settled.order.to), kind, False, entry)
        if kind != "vendor" or not (desk.asks_again and _is_same_way(desk, settled, entry)):
            raise unknown_since(entry, settled.called)
        # The vendor knows the key again: what was lost is asked for once more, and rings once.
        order = replace(settled.order, reference=entry.reference)
        settled = settled._replace(order=order, handle=entry.handle)
    return Placed(_noted(desk, desk.ledger, entry, settled, is_first=is_new), kind, True, entry)


def earlier(desk: Desk, called: Number, key: str) -> Entry | None:
    """Return an earlier call of this key and number, once its run has heard of it; None for none.

    TryLater where it was refused just now.
    """
    if desk.ledger is None:
        return None
    found = desk.ledger.earlier(called.full, key)
    return _outcome_of_other(desk, desk.ledger, found) if found else None


def _noted(desk: Desk, ledger: Ledger, entry: Entry, settled: Settled, *, is_first: bool) -> Call:
    """Create a call that has been begun, and note what came of it.

    A refusal of a second request says nothing of the first one.
    """
    try:
        call = _created(desk, settled)
    except OutcomeUnknown:
        raise
    except VoicectlError:
        if not is_first:
            raise unknown_since(entry, settled.called) from None
        # Unnoted it counts as unknown, which errs on the side of silence.
        with suppress(VoicectlError):
            ledger.settle(entry, Outcome.REFUSED)
        raise
    try:
        ledger.settle(entry, Outcome.PLACED, call)
    except VoicectlError as error:
        desk.tell(Note("the call is placed, but could not be noted: {error}", {"error": str(error)}))
    except BaseException:
        desk.tell(Note(INTERRUPTED, {"handle": settled.handle}))
        raise
    return call


def _created(desk: Desk, settled: Settled) -> Call:
    """Send the request, again only where nothing had left; every doubt becomes OutcomeUnknown."""
    attempt = 1
    while True:
        try:
            return desk.calls.create(settled.order)
        except Unreachable as error:
            if attempt > desk.retries or error.facts.get("cause") not in PASSING_CAUSES:
                raise _safe(error, settled) from None
        except NOTHING_RANG as error:
            raise _safe(error, settled) from None
        except VoicectlError as error:
            raise _in_doubt(error, settled, desk.vendor) from None
        except NotSent:
            raise
        except Exception as error:
            raise _in_doubt(error, settled, desk.vendor) from error
        except BaseException:
            desk.tell(Note(INTERRUPTED, {"handle": settled.handle}))
            raise
        desk.clock.sleep(FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1))
        attempt += 1


def _begun(desk: Desk, ledger: Ledger, settled: Settled) -> tuple[Entry, bool]:
    order = settled.order
    while True:
        now = desk.clock.moment().now
        deed = Deed(
            handle=settled.handle,
            at=now,
            vendor=desk.vendor,
            profile=desk.profile,
            operation=order.operation,
            reference=order.reference,
            mark=order.key,
            number=settled.called.full,
            key=settled.key,
        )

        def check(before: Sequence[Entry], now: Any = now) -> None:
            own = [entry for entry in before if entry.vendor == desk.vendor]
            refuse_too_often(desk.rules.caps, settled.called, own, now)

        try:
            return ledger.begin(deed, check)
        except TooOften as error:
            if not desk.waits_for_limit:
                raise
            desk.tell(Note("waiting until {when} to call {number} again", error.facts))
            desk.clock.sleep(max(0.0, (error.next_at - now).total_seconds()))


def _outcome_of_other(desk: Desk, ledger: Ledger, entry: Entry) -> Entry:
    """Wait for what another run with the same key hears, as long as it may still hear something."""
    end = entry.at + timedelta(seconds=desk.patience_seconds)
    while entry.outcome is Outcome.UNKNOWN and desk.clock.moment().now < end:
        desk.clock.sleep(LOOK_AGAIN_SECONDS)
        entry = ledger.fresh(entry)
    if entry.outcome is Outcome.REFUSED:
        raise TryLater("another run with this key was refused just now; nothing rang", hint="run it again")
    return entry


def _is_same_way(desk: Desk, settled: Settled, entry: Entry) -> bool:
    """Say whether an earlier call went to the one vendor's account that would know its key again."""
    before = (entry.vendor, entry.profile, entry.operation, entry.mark)
    return before == (desk.vendor, desk.profile, settled.order.operation, settled.order.key)


def _idempotency(desk: Desk, settled: Settled) -> str:
    if not settled.key:
        return "none"
    return "vendor" if desk.calls.is_idempotent(settled.order) else "local"


def _refuse_uncounted(desk: Desk, settled: Settled) -> None:
    """Raise where only a ledger could keep what is asked for."""
    if desk.ledger is not None or desk.is_dry:
        return
    if _idempotency(desk, settled) == "local":
        raise UsageError(
            "{vendor} does not know an idempotency key again, and without a ledger nobody does",
            vendor=desk.vendor,
            hint="leave out --no-ledger or --idempotency-key",
        )
    if desk.rules.are_own:
        raise Guarded(
            "this profile limits the calls to one number, which only the ledger can count",
            hint="leave out --no-ledger",
        )


def _key_for(key: str, called: Number) -> str:
    """Return what a vendor is given as key: the same for this key and number on every machine."""
    made = hashlib.pbkdf2_hmac("sha256", called.full.encode(), f"voicectl {key}".encode(), KEY_ROUNDS)
    return made.hex()[:32]


def _safe(error: VoicectlError, settled: Settled) -> VoicectlError:
    return error.hiding(lambda text: hidden_in(text, settled.called))


def _in_doubt(error: Exception, settled: Settled, vendor: str) -> OutcomeUnknown:
    """Say that nobody knows, and how to find out."""
    facts: dict[str, Any] = dict(error.facts) if isinstance(error, VoicectlError) else {}
    facts |= {
        "because": str(facts.get("because") or error or type(error).__name__),
        "number": masked(settled.called.written),
        "handle": settled.handle,
        "vendor": vendor,
    }
    made = OutcomeUnknown(
        "the call to {number} may have been placed: {because}",
        hint="look before you call again: " + RECONCILE,
        **facts,
    )
    return made.hiding(lambda text: hidden_in(text, settled.called))


def unknown_since(entry: Entry, called: Number) -> OutcomeUnknown:
    """Say that nobody knows of an earlier call, and that it is left at that."""
    return OutcomeUnknown(
        "an earlier call of this key to {number} may have been placed, at {at}; it is not repeated",
        number=masked(called.written),
        at=written(entry.at),
        handle=entry.handle,
        vendor=entry.vendor,
        hint=RECONCILE,
    )


def shown(call: Call, *, idempotency: str = "none", to: str = "") -> dict[str, Any]:
    """Return a call as its result shows it; what is not known is None."""
    return {
        "id": str(call.id),
        "vendor": call.id.vendor,
        "vendor_id": call.id.vendor_id,
        "state": CallState(call.state).value,
        "vendor_state": call.vendor_state or None,
        "vendor_code": call.vendor_code or None,
        "reason": call.reason or None,
        "to": to or call.to or None,
        "idempotency": idempotency,
        "created_at": written(call.created_at),
        "answered_at": written(call.answered_at),
        "ended_at": written(call.ended_at),
        "duration_seconds": call.duration_seconds,
        "dtmf": call.dtmf or None,
        "recording_url": call.recording_url or None,
        "request_id": call.request_id or None,
    }
