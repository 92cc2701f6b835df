"""What the voice service tells of a call, as our value. Asking: `call.py`; what it posts: `call_pushed.py`.

Source: https://www.volcengine.com/docs/6358/172953
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone

from voicectl.core.call import Call, CallId, CallState

CHINA = timezone(timedelta(hours=8))
PRODUCT = "vms"
STAMP = "%Y-%m-%d %H:%M:%S"
FINISHED = "3"
MOST_DIGITS = 9
STATES = {
    "1": (CallState.QUEUED, ""),
    "2": (CallState.RINGING, "dialled"),
    "4": (CallState.QUEUED, "may_be_dialled_again"),
    "5": (CallState.CANCELED, ""),
}
"""All but `finished`, which tells nothing of how. That a call was answered is told at its end only."""
NOT_TOLD = "ended_unanswered"


def call_in(found: Mapping[str, object], call: CallId) -> Call:
    """Return what the record of a single call tells."""
    word = text_of(found.get("State"))
    seconds = seconds_of(found.get("Duration"))
    state, reason = (
        ended(seconds) if word == FINISHED else STATES.get(word, (CallState.UNKNOWN, "unknown_state"))
    )
    is_over = word == FINISHED or state.is_final
    return Call(
        id=call,
        state=state,
        vendor_state=word,
        reason=reason,
        to=text_of(found.get("Phone")),
        reference=text_of(found.get("Ext")),
        created_at=moment_of(found.get("CreateTime")),
        ended_at=moment_of(found.get("ReleaseTime")) if is_over else None,
        duration_seconds=seconds if is_over else None,
    )


def ended(seconds: float | None) -> tuple[CallState, str]:
    """Return how a call ended: one that lasted was answered; of others the service tells no cause."""
    return (CallState.COMPLETED, "") if seconds else (CallState.UNKNOWN, NOT_TOLD)


def text_of(value: object) -> str:
    return "" if value is None else str(value)


def seconds_of(value: object) -> float | None:
    """Read a number of seconds; None for what is none."""
    text = text_of(value)
    return float(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None


def moment_of(value: object) -> datetime | None:
    """Read a time: milliseconds since 1970, or the clock of China; None for what is neither."""
    text = text_of(value)
    try:
        if text.isdecimal():
            return datetime.fromtimestamp(int(text) / 1000, UTC) if int(text) else None
        return datetime.strptime(text, STAMP).replace(tzinfo=CHINA).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def wall_time(moment: datetime) -> str:
    """Write a time as the clock of China shows it."""
    return moment.astimezone(CHINA).strftime(STAMP)


def day_of(moment: datetime) -> date:
    """Return the day on the calendar of China."""
    return moment.astimezone(CHINA).date()
