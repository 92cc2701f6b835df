"""What the voice service posts by itself: records of calls that are over. Who listens: `call listen`.

Source: https://www.volcengine.com/docs/6358/173372
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from voicectl.core.call import Call, CallId, CallState
from voicectl.core.errors import BadInput
from voicectl.core.request import Request
from voicectl.vendors.volcengine.call_states import PRODUCT, day_of, ended, moment_of, seconds_of, text_of

MOST = 1000


def reported(request: Request, now: datetime) -> tuple[Call, ...]:
    """Return the calls that a report tells of: one object, or a list of them; BadInput for else."""
    import json

    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        raise BadInput("the report is no JSON") from None
    records = found if isinstance(found, list) else [found]
    if len(records) > MOST:
        raise BadInput("the report has more than {most} calls", most=MOST)
    return tuple(_call_in(each, now) for each in records)


def _call_in(record: object, now: datetime) -> Call:
    if not isinstance(record, Mapping):
        raise BadInput("the report is no record of a call")
    # A call that somebody placed under a key is known here by that; any other by the service's own id.
    name = text_of(record.get("singleOpenId")) or text_of(record.get("callId"))
    if not name:
        raise BadInput("the report names no call")
    seconds = seconds_of(record.get("callDuration"))
    state, reason = ended(seconds) if seconds is not None else (CallState.UNKNOWN, "no_state_told")
    began = moment_of(record.get("beginCallTime"))
    return Call(
        id=CallId(vendor="volcengine", product=PRODUCT, day=day_of(began or now), vendor_id=name),
        state=state,
        vendor_state=text_of(record.get("callResult")),
        vendor_code=text_of(record.get("releaseType")),
        reason=reason,
        to=text_of(record.get("callee")),
        reference=text_of(record.get("ext")),
        created_at=began,
        answered_at=moment_of(record.get("startTime")) if seconds else None,
        ended_at=moment_of(record.get("endTime")),
        duration_seconds=seconds,
        dtmf=text_of(record.get("digits")),
        recording_url=text_of(record.get("audioRecordFileUrl")),
    )
