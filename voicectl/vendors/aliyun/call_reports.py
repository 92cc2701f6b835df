"""Reports that Aliyun sends by itself over HTTP: lists of calls, several kinds in one form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

from voicectl.core.call import Call, CallId, CallState
from voicectl.core.errors import BadInput
from voicectl.vendors.aliyun.call_services import VOICE
from voicectl.vendors.aliyun.call_states import meaning

CHINA = timezone(timedelta(hours=8))
LONGEST_DURATION = 6
"""Digits: a call of eleven days is none."""
FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y%m%d%H%M%S")


def calls_in(body: bytes, now: datetime) -> tuple[Call, ...]:
    """Return the calls that a report tells of; BadInput for what is no report.

    A report has no signature: what it says is worth what its address is worth.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput("the report is no JSON") from None
    items = found if isinstance(found, list) else [found]
    if not items or not all(isinstance(item, dict) and _text(item, "call_id") for item in items):
        raise BadInput("the report names no call")
    return tuple(_call(item, now) for item in items)


def moment_of(value: object) -> datetime | None:
    """Read a time as Aliyun writes it: in China's time without a zone, or in milliseconds."""
    text = str(value if value is not None else "").strip()
    if text.isascii() and text.isdecimal() and len(text) == 13:
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    for form in FORMS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC if form.endswith("Z") else CHINA)
        except ValueError:
            continue
    return None


def seconds_of(value: object) -> float | None:
    """Read a duration in whole seconds; None for what cannot be one."""
    text = str(value if value is not None else "")
    return float(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_DURATION else None


def _call(item: Mapping[str, object], now: datetime) -> Call:
    """Read one report; that of a recording says nothing about how the call went."""
    code = _text(item, "status_code") or _text(item, "state")
    state, reason = meaning(code, _text(item, "status_msg")) if code else (CallState.UNKNOWN, "")
    began = moment_of(item.get("start_time"))
    was_heard = state in (CallState.COMPLETED, CallState.ANSWERED)
    return Call(
        id=CallId(
            vendor="aliyun",
            product=VOICE,
            day=(began or now).astimezone(CHINA).date(),
            vendor_id=_text(item, "call_id"),
        ),
        state=state,
        vendor_state=code,
        reason=reason,
        to=_text(item, "callee"),
        reference=_text(item, "out_id"),
        answered_at=began if was_heard else None,
        ended_at=moment_of(item.get("end_time")),
        duration_seconds=seconds_of(item.get("duration")) if was_heard else None,
        dtmf=_text(item, "dtmf"),
        recording_url=_text(item, "record_file"),
    )


def _text(item: Mapping[str, object], name: str) -> str:
    value = item.get(name)
    return "" if value is None else str(value)
