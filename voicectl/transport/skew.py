"""How far this machine's clock is from a server's, in words. What is done about it: `signed.py`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from voicectl.core.dates import read_date

WORTH_SAYING = timedelta(seconds=60)
"""The `Date` header has whole seconds, and an answer is on its way for a while."""
UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def skew_of(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how much the server's clock is ahead of ours; None where it does not tell."""
    date = read_date(headers.get("date", ""))
    return None if date is None else date - now


def words_for(ahead: timedelta) -> str:
    """Return `8 min 5 s behind` where the server is ahead of us, and `ahead` where we are."""
    seconds = round(abs(ahead.total_seconds()))
    parts = []
    for unit, size in UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return f"{' '.join(parts[:2]) or '0 s'} {'behind' if ahead > timedelta(0) else 'ahead'}"
