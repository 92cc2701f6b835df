"""How the schemes write a moment, and how it is read back. All times are UTC; no clock is here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from voicectl.core.dates import MONTHS, read_date

UNKNOWN = datetime.fromtimestamp(0, UTC)
"""Stands for a time that is not written as its scheme wants it."""

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def iso_time(now: datetime) -> str:
    """Write 2026-03-04T05:06:07Z."""
    return f"{now.date().isoformat()}T{now.time().isoformat()[:8]}Z"


def iso_date(now: datetime) -> str:
    """Write 2026-03-04."""
    return now.date().isoformat()


def basic_date(now: datetime) -> str:
    """Write 20260304."""
    return now.date().isoformat().replace("-", "")


def basic_time(now: datetime) -> str:
    """Write 20260304T050607Z."""
    return f"{basic_date(now)}T{now.hour * 10000 + now.minute * 100 + now.second:06}Z"


def unix_seconds(now: datetime) -> str:
    """Write the whole seconds since 1970."""
    return str(int(now.timestamp()))


def http_date(now: datetime, zone: str = "GMT") -> str:
    """Write Wed, 04 Mar 2026 05:06:07 GMT, in English whatever the locale."""
    day = f"{WEEKDAYS[now.weekday()]}, {now.day:02} {MONTHS[now.month - 1]} {now.year:04}"
    return f"{day} {now.hour:02}:{now.minute:02}:{now.second:02} {zone}"


def by_form(form: str) -> Callable[[str], datetime]:
    """Return a reader of times in this form of `strptime`."""

    def read(text: str) -> datetime:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            return UNKNOWN

    return read


read_basic_time = by_form("%Y%m%dT%H%M%SZ")
read_iso_time = by_form("%Y-%m-%dT%H:%M:%SZ")


def read_unix_seconds(text: str) -> datetime:
    """Read seconds since 1970."""
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        return UNKNOWN


def read_http_date(text: str) -> datetime:
    """Read a Date header in any of its old forms."""
    return read_date(text) or UNKNOWN
