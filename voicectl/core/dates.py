"""Dates as headers and mail have them, read; times as results have them. Of schemes: `signing/times.py`."""

from __future__ import annotations

from datetime import UTC, datetime

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def written(moment: datetime | None) -> str | None:
    """Write a time in UTC, to the second, as all results show it."""
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def read_date(text: str) -> datetime | None:
    """Return the time in UTC; None for what is no date (RFC 9110, 5.6.7; RFC 5322, 3.3)."""
    return _usual(text) or _by_mail(text)


def _usual(text: str) -> datetime | None:
    """Read `Wed, 04 Mar 2026 05:06:07 GMT`, which nearly all send, without the weight of `email`."""
    match text.split(" "):
        case [_, day, month, year, time, "GMT"] if month in MONTHS:
            try:
                return datetime.fromisoformat(f"{year}-{MONTHS.index(month) + 1:02}-{day}T{time}Z")
            except ValueError:
                return None
    return None


def _by_mail(text: str) -> datetime | None:
    from email.utils import parsedate_to_datetime

    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
