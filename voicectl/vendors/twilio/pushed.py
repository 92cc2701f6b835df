"""What Twilio reports by itself over HTTP, once its signature is right. The rule: `signing/webhook.py`.

Specification: https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from voicectl.core.call import Call, CallId, CallState
from voicectl.core.errors import BadInput, CredentialError
from voicectl.signing import webhook
from voicectl.vendors.twilio.places import is_account_key, region_of
from voicectl.vendors.twilio.states import STATES, moment_of, product_of, seconds_of

if TYPE_CHECKING:
    from voicectl.core.request import Request
    from voicectl.core.vendor import Access

TOKEN_FIELD, READY = "auth_token", "completed"
DECLINED = ("603", "607")
"""What a phone answers that was told to reject (RFC 3261, RFC 8197)."""


def reported(access: Access, request: Request) -> tuple[Call, ...]:
    """Return the call that a report tells of; CredentialError where Twilio cannot have sent it."""
    now = access.clock.moment().now
    source = access.keys() if is_account_key(access) else access.keys(TOKEN_FIELD)
    token = source.credentials(now)
    if token is None:
        raise CredentialError(
            "reports are signed with the account's auth token, which is not known here",
            hint="export TWILIO_AUTH_TOKEN=…",
        )
    webhook.check(request, token)
    return (_call_in(webhook.fields_of(request), region_of(access), now),)


def _call_in(fields: dict[str, str], region: str, now: datetime) -> Call:
    sid = fields.get("CallSid", "")
    if not sid.startswith("CA"):
        raise BadInput("the report names no call")
    word, told_at = fields.get("CallStatus", ""), moment_of(fields.get("Timestamp"))
    state = STATES.get(word, CallState.UNKNOWN)
    call = Call(
        id=CallId(
            vendor="twilio",
            product=product_of(region),
            day=(told_at or now).astimezone(UTC).date(),
            vendor_id=sid,
        ),
        state=state,
        vendor_state=word,
        vendor_code=fields.get("SipResponseCode", "") or fields.get("ErrorCode", ""),
        reason="" if word in STATES else "no_state_told",
        to=fields.get("To", ""),
        answered_at=told_at if state is CallState.ANSWERED else None,
        ended_at=told_at if state.is_final else None,
        duration_seconds=seconds_of(fields.get("CallDuration")),
        dtmf=fields.get("Digits", ""),
        recording_url=_recording_in(fields),
    )
    if state.is_final and state is not CallState.COMPLETED and call.vendor_code in DECLINED:
        return replace(call, state=CallState.REJECTED, reason="declined")
    return call


def _recording_in(fields: dict[str, str]) -> str:
    """Return where the recording is; of one that is not ready, or never will be, nowhere."""
    is_ready = fields.get("RecordingStatus", READY) == READY
    return fields.get("RecordingUrl", "") if is_ready else ""
