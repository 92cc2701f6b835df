"""What the server's answer says of the cause: its code, its clock, the strings that it signed itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from voicectl.explain import scope_words
from voicectl.explain.answer_codes import (
    BY_CODE,
    BY_WORDS,
    CLOCK,
    CLOCK_WORDS,
    IN_NUMBERS,
    OTHERS,
    TIME_FORM,
    UNKNOWN_KEY,
    WRITTEN_WRONG,
    Row,
    is_mismatch,
    row_for,
)
from voicectl.explain.attempt import Attempt
from voicectl.explain.captured import Answer
from voicectl.explain.finding import Finding, found
from voicectl.signing import times

NEAR = timedelta(seconds=30)
WINDOW = timedelta(minutes=15)
MOST_ZONE = timedelta(hours=14)


def from_code(attempt: Attempt, answer: Answer, *, fits: bool) -> Iterator[Finding]:
    """Yield what the server's code names, other than a mismatch of the signature; `fits`: that is right."""
    code, message = _word(attempt, answer), answer.message
    told = f"the server answers {answer.code or answer.status}" + (f": {_short(message)}" if message else "")
    if TIME_FORM.search(f"{code} {message}"):
        yield _of(WRITTEN_WRONG, told)
    elif CLOCK.search(code) or CLOCK_WORDS.search(message):
        yield from _clock(attempt, answer, told)
    elif named := list(scope_words.scope_named(attempt, answer, told)):
        yield from named
    elif UNKNOWN_KEY.search(code):
        yield from _unknown_key(attempt, told)
    elif row := row_for(BY_WORDS, message) or row_for(BY_CODE, code):
        yield _of(row, told)
    elif not is_mismatch(code, message) and (code or fits):
        yield from _other(answer, code, told)


def _word(attempt: Attempt, answer: Answer) -> str:
    """Return the code as a word without underscores."""
    words = IN_NUMBERS.get(attempt.scheme.scheme, {})
    return words.get(answer.code, answer.code).replace("_", "")


def _short(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= 160 else line[:157] + "…"


def _of(row: Row, told: str) -> Finding:
    return found(row.id, row.title, row.fix, told, proved=False)


def _other(answer: Answer, code: str, told: str) -> Iterator[Finding]:
    if row := row_for(OTHERS, code):
        yield _of(row, told)
    elif answer.code or answer.status >= 400:
        yield found(
            "server-other-fault",
            f"the server refuses the request for a reason of its own: {answer.code or answer.status}",
            "Look the code up in the vendor's list; the signature is not what it complains of.",
            told,
            proved=False,
        )


def _unknown_key(attempt: Attempt, told: str) -> Iterator[Finding]:
    region = attempt.context.region or attempt.claims.region
    host = attempt.request.host.partition(":")[0]
    if attempt.scheme.scheme.startswith("aws") and (region.startswith("cn-") or host.endswith(".cn")):
        yield found(
            "key-wrong-partition",
            "the key belongs to the other partition: AWS global, or AWS China",
            "Use a key of the partition's own account: AWS China has accounts and keys of its own.",
            f"{told}; {region or host!r} is in China's partition",
            proved=False,
        )
    yield found(
        "key-unknown",
        "the server does not know this key id, or has switched it off",
        "Check the key id in the vendor's console: copied whole, active, of the right account; a temporary "
        "key also needs its token.",
        told,
        proved=False,
    )


# The clock -------------------------------------------------------------------------------------


def _clock(attempt: Attempt, answer: Answer, told: str) -> Iterator[Finding]:
    ended = [] if "skew" in answer.code.lower() else _expired(attempt, answer, told)
    yield from ended or [_skewed(attempt, answer, told)]


def clock_alone(attempt: Attempt, answer: Answer) -> Iterator[Finding]:
    """Yield a finding where no code speaks of time, but the clocks are apart."""
    now, server = attempt.claims.moment.now, answer.now
    if server is None or now == times.UNKNOWN or _is_ends(attempt):
        return
    ends = _end_of(attempt)
    if abs(now - server) > WINDOW and not (ends and now < server <= ends):
        yield from _expired(attempt, answer, "") or [_skewed(attempt, answer, "")]


def _is_ends(attempt: Attempt) -> bool:
    """Say whether the time that was signed is an end, not a beginning: a URL of OSS version 1."""
    return attempt.scheme.scheme == "aliyun-oss-v1" and bool(attempt.of("presigned"))


def _expired(attempt: Attempt, answer: Answer, told: str) -> list[Finding]:
    """Return the finding that a presigned URL has come to its end."""
    server, ends = answer.now, _end_of(attempt)
    if server is None or ends is None or server <= ends:
        return []
    return [
        found(
            "url-expired",
            "the presigned URL has expired",
            "Make a new URL, or a longer one; with a temporary key it ends with the token at the latest.",
            _joined(told, f"it ended at {_utc(ends)}, the server's clock shows {_utc(server)}"),
            proved=False,
        )
    ]


def _end_of(attempt: Attempt) -> datetime | None:
    if not attempt.has("presigned") or not attempt.of("presigned"):
        return None
    now = attempt.claims.moment.now
    if now == times.UNKNOWN:
        return None
    if _is_ends(attempt):
        return now
    name = attempt.of("names").expires
    text = next((value for key, value in attempt.request.pairs() if key == name), "")
    return now + timedelta(seconds=int(text)) if re.fullmatch(r"\d{1,7}", text) else None


def _skewed(attempt: Attempt, answer: Answer, told: str) -> Finding:
    now = answer.request_time or attempt.claims.moment.now
    server = answer.now
    if server is None or now == times.UNKNOWN:
        return _off(told)
    apart = now - server
    evidence = _joined(told, f"the request says {_utc(now)}, the server's clock shows {_utc(server)}")
    if _is_zone(apart):
        hours = round(apart / timedelta(minutes=30)) / 2
        return found(
            "clock-local-as-utc",
            "local time was sent as if it were UTC",
            "Use a UTC clock. Usual culprits: Python's datetime.now() with a 'Z' behind it, Java's "
            "SimpleDateFormat without a time zone, PHP's date(), a container whose zone differs.",
            f"{evidence}: {hours:+g} hours, a whole zone",
            code="datetime.now(timezone.utc)",
            proved=False,
        )
    return _off(f"{evidence}: {_span(apart)}")


def _off(evidence: str) -> Finding:
    return found(
        "clock-skew",
        "the sender's clock shows the wrong time",
        "Let NTP set the clock, or take the difference from the answer's Date into account.",
        evidence,
        proved=False,
    )


def _is_zone(apart: timedelta) -> bool:
    half_hour = timedelta(minutes=30)
    steps = round(apart / half_hour)
    return steps != 0 and abs(apart - steps * half_hour) <= NEAR and half_hour <= abs(apart) <= MOST_ZONE


def _span(apart: timedelta) -> str:
    seconds = int(abs(apart).total_seconds())
    side = "ahead" if apart > timedelta() else "behind"
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = [
        f"{number} {unit}"
        for number, unit in ((days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s"))
        if number
    ]
    return f"{' '.join(parts) or '0 s'} {side}"


def _utc(moment: datetime) -> str:
    return times.iso_time(moment)


def _joined(told: str, more: str) -> str:
    return f"{told}; {more}" if told else more


def refused_though_right(attempt: Attempt, answer: Answer) -> Iterator[Finding]:
    """Yield what may be where the server refuses a signature that is right, and shows nothing of its own."""
    if not is_mismatch(_word(attempt, answer), answer.message):
        return
    told = f"the signature is right for this request and this secret, and the server answers {answer.code}"
    yield found(
        "key-wrong-secret",
        "the secret is not the one that the server holds for this key id",
        "Copy this key's secret anew, or make a new key.",
        told,
        proved=False,
    )
    yield found(
        "proxy-changed-request",
        "something changed the request on the way",
        "Look for what changes the request on the way: a proxy, a CDN, the HTTP library; sign what arrives.",
        told,
        proved=False,
    )
