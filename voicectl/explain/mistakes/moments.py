"""Mistakes in the time that is signed: written otherwise, of another zone, taken twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from voicectl.explain.attempt import Attempt, Mistake, Try
from voicectl.explain.mistakes.queries import reading
from voicectl.signing import times

WHERE = (
    "the time that was signed is",
    "the time in the string to sign is",
    "the time in the signed headers is",
)


def timed(attempt: Attempt, text: str, note: str) -> Iterator[Try]:
    """Sign another time: wherever it counts, in the string to sign alone, in the headers alone."""
    shown = attempt.claims.timestamp
    if attempt.has("signed_form"):
        changed = reading(attempt, lambda pairs: [(n, text if n == "Timestamp" else v) for n, v in pairs])
        yield Try(f"{WHERE[0]} {note}", changed)
        return
    claimed = attempt.claiming(timestamp=text)
    signed = {name.lower() for name in attempt.claims.signed_headers}
    carried = [n for n, v in attempt.request.headers if v.strip() == shown and n.lower() in signed]
    yield Try(f"{WHERE[1] if carried else WHERE[0]} {note}", claimed)
    if carried:
        headers = tuple((n, text if n in carried else v) for n, v in attempt.request.headers)
        yield Try(f"{WHERE[0]} {note}", claimed.sending(headers=headers))
        yield Try(f"{WHERE[2]} {note}", attempt.sending(headers=headers))


def _otherwise(attempt: Attempt) -> Iterator[Try]:
    now, shown = attempt.claims.moment.now, attempt.claims.timestamp
    if now == times.UNKNOWN or not shown:
        return
    seconds = int(now.timestamp())
    basic, iso = times.basic_time(now), times.iso_time(now)
    spelled = [
        basic,
        iso,
        str(seconds),
        str(seconds * 1000),
        times.http_date(now),
        times.http_date(now, "+0000"),
        basic[:-1],
        iso[:-1],
        basic[:8],
        iso[:10],
        iso.replace("T", " ")[:-1],
        iso.replace("Z", "+00:00"),
        iso.replace("Z", ".000Z"),
        basic.replace("Z", ".000Z"),
        basic.replace("Z", "000Z"),
        basic.replace("T", "").removesuffix("Z"),
        f"{seconds}.0",
        attempt.request.header("Date") or "",
        f"{shown} ",
        f" {shown}",
        "",
    ]
    for text in dict.fromkeys(spelled):
        if text != shown:
            yield from timed(attempt, text, f"written {text!r}, {shown!r} was sent")


def _written(attempt: Attempt, moment: datetime) -> str:
    """Write a moment as the time was sent."""
    write = attempt.of("write_time") if attempt.has("write_time") else times.http_date
    if attempt.claims.timestamp.isdigit():
        write = times.unix_seconds
    text: str = write(moment)
    return text


def _shifted(attempt: Attempt) -> Iterator[Try]:
    now, shown = attempt.claims.moment.now, attempt.claims.timestamp
    if now == times.UNKNOWN or not shown:
        return
    for hours in (*range(1, 15), *range(-1, -13, -1), 5.5, -3.5, 9.5, 3.5, 5.75, 4.5, 6.5):
        text = _written(attempt, now + timedelta(hours=hours))
        yield from timed(attempt, text, f"{text!r}, {hours:+g} hours from {shown!r}, which was sent")


def _twice(attempt: Attempt) -> Iterator[Try]:
    now, shown = attempt.claims.moment.now, attempt.claims.timestamp
    if now == times.UNKNOWN or not shown:
        return
    for seconds in (1, -1, 2, -2, 3, -3, 4, -4, 5, -5):
        text = _written(attempt, now + timedelta(seconds=seconds))
        yield from timed(attempt, text, f"{text!r}, {shown!r} was sent")


MISTAKES = (
    Mistake(
        id="ts-format",
        title="the time in the string to sign is written in another form than the scheme's",
        shows="every call fails; the second line differs from the server's",
        fix="Write the same text in header and string to sign: 20260102T030405Z for AWS, OSS version 4 and "
        "Volcengine, 2026-01-02T03:04:05Z for Aliyun, Unix seconds for Tencent.",
        weight=2,
        tries=_otherwise,
    ),
    Mistake(
        id="ts-local-in-string",
        title="the time in the string to sign is another zone's than the one that is sent",
        shows="fails everywhere but in the UTC zone",
        fix="Take the time once, in UTC, and use it in both places. Usual culprits: Java's SimpleDateFormat "
        "without a time zone, PHP's date(), Go's time.Now() without UTC().",
        weight=2,
        tries=_shifted,
    ),
    Mistake(
        id="ts-taken-twice",
        title="the time was taken twice: header and string to sign differ by seconds",
        shows="fails now and then",
        fix="Take the time once and use it in header, scope and string to sign.",
        weight=2,
        tries=_twice,
    ),
)
