"""What a server says when it says no: one reading for the many forms of those that speak OpenAI's way.

What a code of one vendor alone means is told in `vendors/<name>/errors.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from voicectl.core.errors import (
    BrokenAnswer,
    CredentialError,
    NotFound,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.request import Reply

LONGEST_EXCERPT = 200
QUOTA = frozenset(("insufficient_quota", "billing_hard_limit_reached", "billing_not_active"))
AUTH = frozenset(
    (
        "invalid_api_key",
        "invalid_authentication",
        "authentication_error",
        "permission_denied",
        "permission_error",
        "unauthorized",
        "forbidden",
        "account_deactivated",
    )
)
THROTTLED = frozenset(("rate_limit_exceeded", "rate_limit_error", "too_many_requests"))
IN_TROUBLE = frozenset(
    ("server_error", "internal_error", "internal_server_error", "service_unavailable", "overloaded_error")
)


class Refusal(NamedTuple):
    """A server's own words; empty where it has none."""

    message: str = ""
    code: str = ""
    kind: str = ""


def object_in(body: bytes) -> Mapping[str, object] | None:
    """Return the JSON object that a body is, or None."""
    if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"{":
        return None
    import json

    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def any_json(reply: Reply) -> object:
    """Return the JSON value that a good reply is, an empty object for an empty one; None for no JSON."""
    if not reply.body.strip():
        return {}
    import json

    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        return None


def promised_object(reply: Reply) -> Mapping[str, object]:
    """Return the JSON object that a good reply must be; BrokenAnswer for anything else."""
    found = object_in(reply.body)
    if found is None:
        raise BrokenAnswer(
            "the answer is not the JSON that was promised: {start}", start=_excerpt(reply.body)
        )
    return found


def refusal_of(body: bytes) -> Refusal | None:
    """Read why a request was refused; None for a body that tells of no error.

    Known forms: OpenAI's envelope, the same with a plain string, FastAPI's `detail` as list, object or
    string, a flat object, Youdao's `errorCode`; text that is no JSON is the message.
    """
    found = object_in(body)
    if found is None:
        return Refusal(message=_excerpt(body)) if body.strip() else None
    error, detail = found.get("error"), found.get("detail")
    match error, detail:
        case dict(), _:
            return _flat(error)
        case str() as message, _ if message:
            return Refusal(message=" ".join(filter(None, (message, _text(found.get("details"))))))
        case _, list():
            return Refusal(message="; ".join(_complaint(each) for each in detail))
        case _, dict():
            return _flat(detail)
        case _, str() as message if message:
            return Refusal(message=message)
    if found.get("message") and {"code", "type"} & found.keys():
        return _flat(found)
    code = _text(found.get("errorCode"))
    return Refusal(message=_text(found.get("message") or found.get("msg")), code=code) if code else None


def error_in(reply: Reply, host: str) -> VoicectlError | None:
    """Judge a reply by what is in it; None where it is good, or where only its status tells.

    Of a good status only JSON can say that it is none: anything else may be sound.
    """
    if reply.status < 300 and object_in(reply.body) is None:
        return None
    refusal = refusal_of(reply.body)
    return None if refusal is None else meaning(refusal, reply.status, host)


def meaning(refusal: Refusal, status: int, host: str) -> VoicectlError | None:
    """Return our error for a refusal: its code decides, then the status; None where neither tells."""
    words = {refusal.code.lower(), refusal.kind.lower()}
    # Some servers write the status as a code.
    number = int(refusal.code) if refusal.code.isdecimal() and len(refusal.code) == 3 else status
    facts = {
        "host": host,
        "told": refusal.message or f"HTTP {status}",
        "vendor_code": refusal.code or refusal.kind,
    }
    if words & QUOTA:
        return VendorRefused("{host}: the quota is used up: {told}", hint="check plan and billing", **facts)
    if words & AUTH or number == 401:
        return CredentialError("{host} rejects the key: {told}", **facts)
    if number == 403:
        return CredentialError("{host} forbids it: {told}", **facts)
    if words & THROTTLED or number in (408, 409, 425, 429):
        return TryLater("{host} asks to come back later: {told}", **facts)
    if words & IN_TROUBLE or number >= 500:
        return TryLater("{host} is in trouble: {told}", **facts)
    if number == 404 and refusal.code in ("", "404"):
        return NotFound(
            "{host} does not have it: {told}", hint="check the base URL: is /v1 there once?", **facts
        )
    if number == 413 or (number == 400 and "length" in facts["told"].lower()):
        return VendorRefused("{host} refuses the request: {told}", hint="say it in parts", **facts)
    if 300 <= status < 400:
        return None
    return VendorRefused("{host} refuses the request: {told}", **facts)


def _flat(found: Mapping[str, object]) -> Refusal:
    message = _text(found.get("message")) or _text(found.get("error"))
    return Refusal(message=message, code=_text(found.get("code")), kind=_text(found.get("type")))


def _complaint(item: object) -> str:
    """Write one entry of a validation error: where, and what."""
    if not isinstance(item, dict):
        return _text(item)
    place = item.get("loc")
    where = ".".join(map(str, place)) if isinstance(place, list) else _text(place)
    return f"{where}: {_text(item.get('msg'))}" if where else _text(item.get("msg"))


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _excerpt(body: bytes) -> str:
    text = body[: LONGEST_EXCERPT * 4].decode("utf-8", "replace")
    shown = "".join(sign for sign in text if sign.isprintable() or sign == " ")
    return shown.strip()[:LONGEST_EXCERPT]
