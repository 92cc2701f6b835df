"""May this error be tried again, and after how long? Pure; waiting and sending live in `signed.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import ceil
from typing import Any

from voicectl.core.dates import read_date
from voicectl.core.errors import (
    BrokenAnswer,
    OutcomeUnknown,
    TryLater,
    Unreachable,
    VoicectlError,
)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
LONGEST_RETRY_AFTER = 10.0
LASTING_CAUSES = {"certificate", "tls", "name"}
LOST_PATIENCE = 408


def pause_before_next(
    error: VoicectlError, *, attempt: int, retries: int, chance: Callable[[], float]
) -> float | None:
    """Return the seconds to wait before another try, or None where there is to be none.

    `attempt` counts from 1; `chance` gives a number from 0 to 1. What the server asks for is waited
    in full, up to ten seconds; else the pause is drawn from a range that doubles (full jitter).
    """
    if attempt > retries or not may_be_repeated(error):
        return None
    asked = error.retry_after if isinstance(error, TryLater) else None
    if asked is not None:
        return asked if asked <= LONGEST_RETRY_AFTER else None
    return chance() * min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempt - 1))


def may_be_repeated(error: VoicectlError) -> bool:
    """Say whether another try could end otherwise: not with a wrong name, certificate or redirect."""
    lasting = isinstance(error, Unreachable) and error.facts.get("cause") in LASTING_CAUSES
    return error.retryable and not lasting and not _is_redirect(error)


def as_single_deed(error: VoicectlError, status: int) -> VoicectlError:
    """Return what an error means for a request that must not be repeated: often, that nobody knows.

    A server in trouble may have done the deed, whatever it says; one that has lost patience too.
    """
    is_broken = isinstance(error, BrokenAnswer) and not _is_redirect(error)
    if isinstance(error, OutcomeUnknown) or not (is_broken or status >= 500 or status == LOST_PATIENCE):
        return error
    facts: dict[str, Any] = {**error.facts, "because": str(error)}
    return OutcomeUnknown(
        "the answer does not tell whether it was done: {because}",
        hint="look at the vendor's own list before you try again",
        **facts,
    )


def _is_redirect(error: VoicectlError) -> bool:
    status = error.facts.get("status")
    return isinstance(status, int) and 300 <= status < 400


def with_retry_after(error: VoicectlError, seconds: float | None) -> VoicectlError:
    """Return the error knowing how long the server wants to be left alone."""
    if not isinstance(error, TryLater):
        return error
    seconds = error.retry_after if error.retry_after is not None else seconds
    if seconds is None:
        return error
    return error.knowing(retry_after=seconds, hint="try again in {retry_after:g} seconds")


def seconds_of(retry_after: str | None, now: datetime) -> float | None:
    """Read a Retry-After header: seconds, or an HTTP date; None for what is neither (RFC 9110 10.2.3)."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isdecimal() and text.isascii():
        return float(text)
    date = read_date(text)
    # A date has no fractions of a second, so what is left until then is told without them.
    return None if date is None else float(max(0, ceil((date - now).total_seconds())))
