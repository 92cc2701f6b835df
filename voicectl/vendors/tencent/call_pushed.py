"""What Tencent Cloud's voice messages report of a call by themselves. Who listens: `call listen`.

Source: https://cloud.tencent.com/document/product/1128/51534
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone

from voicectl.core.call import Call, CallId, CallState
from voicectl.core.errors import BadInput
from voicectl.core.refusal import object_in
from voicectl.core.request import Request

CHINA = timezone(timedelta(hours=8))
PRODUCT = "vms"
REPORT = "_callback"
RESULTS = {"0": CallState.COMPLETED, "1": CallState.NO_ANSWER, "2": CallState.FAILED}


def reported(request: Request, now: datetime) -> tuple[Call, ...]:
    """Return the calls that a report tells of; BadInput for what is none."""
    found = object_in(request.body) or {}
    reports = [each for name, each in found.items() if name.endswith(REPORT) and isinstance(each, dict)]
    if not reports:
        raise BadInput("the report names no call")
    return tuple(_call_in(each, now) for each in reports)


def day_of(moment: datetime) -> date:
    """Return the day on the calendar of China."""
    return moment.astimezone(CHINA).date()


def _call_in(report: Mapping[str, object], now: datetime) -> Call:
    name = _text(report.get("callid"))
    if not name:
        raise BadInput("the report names no call")
    word, accepted = _text(report.get("result")), _moment(report.get("accept_time"))
    state = RESULTS.get(word, CallState.UNKNOWN)
    answered, ended = _moment(report.get("start_calltime")), _moment(report.get("end_calltime"))
    is_answered = state is CallState.COMPLETED
    lasted = (ended - answered).total_seconds() if is_answered and answered and ended else None
    return Call(
        id=CallId(vendor="tencent", product=PRODUCT, day=day_of(accepted or now), vendor_id=name),
        state=state,
        vendor_state=word,
        reason="" if word in RESULTS else "no_state_told",
        to=_number(report),
        created_at=accepted,
        answered_at=answered if is_answered else None,
        ended_at=ended,
        duration_seconds=lasted if lasted is not None and lasted >= 0 else None,
        dtmf=_text(report.get("keypress")),
    )


def _number(report: Mapping[str, object]) -> str:
    land, own = _text(report.get("nationcode")), _text(report.get("mobile"))
    return f"+{land}{own}" if land and own else own


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _moment(value: object) -> datetime | None:
    """Read seconds since 1970; 0 and what is no number tell nothing."""
    text = _text(value)
    try:
        return datetime.fromtimestamp(int(text), UTC) if text.isdecimal() and int(text) else None
    except (ValueError, OverflowError, OSError):
        return None
