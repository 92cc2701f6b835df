"""What a server's message tells beyond its words: the strings it signed itself, and its clock."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)(?:\.\d{1,9})?(?:Z|\+00:?00)")
_RFC_1123 = re.compile(r"[A-Za-z]{3}, (\d\d) ([A-Za-z]{3}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT")
_SKEW = re.compile(
    r"Signature (?:expired|not yet current): (\w{15,16}) is (?:now earlier|still later) than \w{15,16}"
    r" \((\w{15,16}) [-+] (\d{1,6}) ([a-z]{3})"
)
_SECONDS = {"sec": 1, "min": 60, "hou": 3600}

_AWS_CANONICAL = "The Canonical String for this request should have been\n'"
_AWS_BETWEEN = "'\n\nThe String-to-Sign should have been\n'"
_ALIYUN_STRING = re.compile(r"server StringToSign is \[", re.IGNORECASE)
_ALIYUN_REQUEST = re.compile(r"server CanonicalRequest is \[", re.IGNORECASE)
_RPC_STRING = re.compile(r"server string to sign is:\s{0,9}(\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """The strings that a server says it computed; None where it does not say."""

    canonical_request: str | None = field(default=None, repr=False)
    string_to_sign: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What a message says about time: when the request claims to be, the server's now, and the window."""

    request_time: datetime | None = None
    server_time: datetime | None = None
    tolerance_seconds: int | None = None


def echo_in(message: str) -> Echo:
    """Find the server's own strings in a message of AWS, Aliyun ACS3 or Aliyun RPC."""
    if _AWS_CANONICAL in message:
        return _aws_echo(message)
    if found := _ALIYUN_STRING.search(message):
        return _acs3_echo(message, found.end())
    found = _RPC_STRING.search(message)
    return Echo(string_to_sign=found[1] if found else None)


def _aws_echo(message: str) -> Echo:
    canonical, between, rest = message.partition(_AWS_CANONICAL)[2].partition(_AWS_BETWEEN)
    if not between:
        return Echo()
    return Echo(canonical_request=canonical, string_to_sign=rest.partition("'")[0])


def _acs3_echo(message: str, start: int) -> Echo:
    request = _ALIYUN_REQUEST.search(message, start)
    string_to_sign = _up_to_bracket(message, start, request.start() if request else len(message))
    canonical = _up_to_bracket(message, request.end(), len(message)) if request else None
    return Echo(canonical_request=canonical, string_to_sign=string_to_sign)


def _up_to_bracket(message: str, start: int, limit: int) -> str | None:
    """Return the text up to the last bracket; where it has no line break, `\\n` in two characters is one."""
    end = message.rfind("]", start, limit)
    text = message[start:end]
    if end < 0:
        return None
    return text if "\n" in text else text.replace("\\n", "\n")


def clock_in(message: str) -> Clock:
    """Find the times in a message about a signature that came too late or too early."""
    match = _SKEW.search(message)
    if not match:
        return Clock()
    return Clock(
        request_time=moment_of(match[1]),
        server_time=moment_of(match[2]),
        tolerance_seconds=int(match[3]) * _SECONDS.get(match[4], 1),
    )


def moment_of(text: str) -> datetime | None:
    """Read `20260102T030405Z`, `2026-01-02T03:04:05Z` or an HTTP date; None for all else."""
    text = text.strip()
    if match := _ISO.fullmatch(text):
        parts = [int(part) for part in match.groups()]
    elif (match := _RFC_1123.fullmatch(text)) and match[2].lower() in _MONTHS:
        day, month, *rest = match.groups()
        year, *clock = (int(part) for part in rest)
        parts = [year, _MONTHS.index(month.lower()) + 1, int(day), *clock]
    else:
        return None
    year, month_number, day_number, hour, minute, second = parts
    try:
        return datetime(year, month_number, day_number, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
