"""What those are told who are refused: one table of codes, two forms of body. Who is: `door.py`."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from voicectl.core.request import Pairs

REALM = 'Bearer realm="voicectl"'
LONGEST_VALUE = 32
TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "invalid_request_error",
    405: "invalid_request_error",
    408: "invalid_request_error",
    413: "invalid_request_error",
    415: "invalid_request_error",
    421: "invalid_request_error",
    429: "rate_limit_error",
}
"""The kinds of error that OpenAI's clients know; all else is the server's."""
EMOTION = "tts.emotion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer that says no. Nothing that a client presented as its key is ever in it.

    `reason` and `rule` are for the audit and for metrics; they are not told to the client.
    """

    status: int
    code: str
    message: str
    param: str | None = None
    headers: Pairs = ()
    reason: str = ""
    rule: str = ""

    def with_headers(self, *more: tuple[str, str]) -> Refusal:
        """Return the same refusal with more headers."""
        return replace(self, headers=(*self.headers, *more))


def seed_body(refusal: Refusal, request_id: str) -> dict[str, Any]:
    """Return the body as `/v1/tts` has it: the error is a text."""
    return {"error": refusal.message, "code": refusal.code, "request_id": request_id}


def openai_body(refusal: Refusal) -> dict[str, Any]:
    """Return the body as every other route has it."""
    return {
        "error": {
            "message": refusal.message,
            "type": TYPES.get(refusal.status, "server_error"),
            "param": refusal.param,
            "code": refusal.code,
        }
    }


def missing_key(reason: str) -> Refusal:
    """No header, or none that can be read."""
    return Refusal(
        status=401,
        code="missing_api_key",
        message="Missing or invalid Authorization header",
        headers=(("WWW-Authenticate", REALM),),
        reason=reason,
    )


def invalid_key(reason: str) -> Refusal:
    """Unknown, mistyped, revoked and expired look alike, so that nobody can try keys out."""
    return Refusal(
        status=401,
        code="invalid_api_key",
        message="Invalid API Key",
        headers=(("WWW-Authenticate", f'{REALM}, error="invalid_token"'),),
        reason=reason,
    )


def invalid_signature(reason: str) -> Refusal:
    """Missing, stale, wrong and replayed look alike."""
    return Refusal(
        status=401,
        code="invalid_signature",
        message="Invalid request signature",
        headers=(("WWW-Authenticate", f'{REALM}, error="invalid_token"'),),
        reason=reason,
    )


def disabled_key() -> Refusal:
    return Refusal(status=403, code="api_key_disabled", message="API Key disabled", reason="disabled")


def missing_tag(tag: str) -> Refusal:
    return Refusal(
        status=403,
        code="insufficient_scope",
        message="Insufficient permissions for emotional TTS"
        if tag == EMOTION
        else f"Insufficient permissions: {tag}",
        headers=(("WWW-Authenticate", f'Bearer error="insufficient_scope", scope="{tag}"'),),
        reason=f"tag {tag}",
    )


def not_allowed(kind: str) -> Refusal:
    """A profile, model or voice that is not on the key's list; which exist is not told."""
    return Refusal(
        status=403,
        code=f"{kind}_not_allowed",
        message=f"Insufficient permissions: this {kind}",
        param=kind,
        reason=f"{kind} not listed",
    )


def address_not_allowed() -> Refusal:
    return Refusal(
        status=403, code="ip_not_allowed", message="IP address not allowed", reason="address not listed"
    )


def wrong_environment() -> Refusal:
    return Refusal(
        status=403,
        code="wrong_environment",
        message="This API key belongs to another environment",
        reason="environment",
    )


def blocked(rule: str) -> Refusal:
    """A sensitive combination; the rule is told to the audit only."""
    return Refusal(
        status=403,
        code="content_blocked",
        message="This content cannot be spoken",
        reason="rule",
        rule=rule,
    )


def invalid_request(message: str, param: str | None = None) -> Refusal:
    """The request itself is wrong; the message is ours and repeats no more than `cut` leaves of a value."""
    return Refusal(
        status=400, code="invalid_request", message=message, param=param, reason=param or "request"
    )


def unsupported_emotion(value: str) -> Refusal:
    return invalid_request(f"Unsupported emotion: {cut(value)}", "emotion")


def text_too_long(most: int) -> Refusal:
    return Refusal(
        status=400,
        code="text_too_long",
        message=f"The text has more than {most} characters",
        param="text",
        reason="text too long",
    )


def body_too_large(most: int) -> Refusal:
    return Refusal(
        status=413,
        code="body_too_large",
        message=f"The body has more than {most} bytes",
        reason="body too large",
    )


def rate_limited(reason: str, wait_seconds: float) -> Refusal:
    """Too many requests; `reason` names the limit for metrics."""
    return Refusal(
        status=429,
        code="rate_limit_exceeded",
        message="Rate limit exceeded",
        headers=(retry_after(wait_seconds),),
        reason=reason,
    )


def quota_exceeded(reason: str, wait_seconds: float) -> Refusal:
    """The characters of the hour or day are spent; clients are told not to try again by themselves."""
    return Refusal(
        status=429,
        code="quota_exceeded",
        message="Character quota exceeded",
        headers=(retry_after(wait_seconds), ("x-should-retry", "false")),
        reason=reason,
    )


def upstream_failed(*, timed_out: bool = False) -> Refusal:
    """The vendor failed, was too slow, or would not have our credentials: never a 401 of its own."""
    return Refusal(
        status=504 if timed_out else 502,
        code="upstream_error",
        message="The speech service did not answer in time" if timed_out else "The speech service failed",
        reason="upstream timeout" if timed_out else "upstream",
    )


def unavailable(reason: str, wait_seconds: float = 1) -> Refusal:
    return Refusal(
        status=503,
        code="unavailable",
        message="The gateway cannot decide about this now",
        headers=(retry_after(wait_seconds),),
        reason=reason,
    )


def retry_after(seconds: float) -> tuple[str, str]:
    """Return the header in whole seconds, rounded up, at least one."""
    return "Retry-After", str(max(1, math.ceil(seconds)))


def cut(value: str) -> str:
    """Return as much of a client's value as an answer repeats, without anything that is not printed."""
    return "".join(sign for sign in value[:LONGEST_VALUE] if sign.isprintable())
