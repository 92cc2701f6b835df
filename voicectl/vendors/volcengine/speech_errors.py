"""What the codes of Volcengine's speech service mean as our errors. Nothing is sent here.

Source: https://www.volcengine.com/docs/6561/79823 (first interface), https://www.volcengine.com/docs/6561/1598757
"""

from __future__ import annotations

from collections.abc import Mapping

from voicectl.core.errors import (
    CredentialError,
    NotFound,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.refusal import object_in
from voicectl.core.request import Reply

Meaning = tuple[type[VoicectlError], str]

GOOD_V1, GOOD_V3 = 3000, 20000000
GOOD = frozenset((0, GOOD_V1, GOOD_V3))
SERVER_CODES = range(55000000, 56000000)

AGAIN = "try again in a while"
FEWER = "the account's concurrency is used up: try again in a while"
SHORTER = "say it in parts"
ENGINE_AND_VOICE = "check that --engine and --voice belong together"
WORDS: tuple[tuple[str, Meaning], ...] = (
    ("quota exceeded for types: concurrency", (TryLater, FEWER)),
    ("quota exceeded", (VendorRefused, "the trial is used up: order the service in the speech console")),
    (
        "grant not found",
        (CredentialError, "check app id and access token: both are in the speech console"),
    ),
    (
        "not granted",
        (CredentialError, "order this service in the speech console, or name another --engine"),
    ),
    (
        "access denied",
        (CredentialError, "order this voice in the speech console, or name another --voice"),
    ),
    ("permission denied", (CredentialError, "the account may not use this voice: name another --voice")),
    ("mismatched with speaker", (VendorRefused, ENGINE_AND_VOICE)),
    ("init engine instance failed", (VendorRefused, ENGINE_AND_VOICE)),
)
"""What a message says more exactly than its code does; the first that is in it counts."""
CODES: Mapping[int, Meaning] = {
    3001: (VendorRefused, "check the --param values"),
    3003: (TryLater, FEWER),
    3005: (TryLater, AGAIN),
    3006: (VendorRefused, "something repeated the request: check the proxy"),
    3010: (VendorRefused, SHORTER),
    3011: (VendorRefused, "check the text: it may be of a language that this voice does not speak"),
    3030: (TryLater, AGAIN),
    3031: (TryLater, AGAIN),
    3032: (TryLater, AGAIN),
    3040: (TryLater, AGAIN),
    3050: (NotFound, "check --voice"),
    40402003: (VendorRefused, SHORTER),
    45000000: (VendorRefused, ""),
    45000001: (VendorRefused, "check --engine, --voice and the --param values"),
    45000010: (CredentialError, "it wants a key of the speech console; one for Ark models is another"),
    45000030: (CredentialError, "order this service in the speech console, or name another --engine"),
    45000081: (TryLater, AGAIN),
    55002070: (TryLater, AGAIN),
}


def judge_speech(reply: Reply) -> VoicectlError | None:
    """Judge by the code in the body or in the headers, whatever the status; None where there is none."""
    body = object_in(reply.body) or {}
    told = body.get("header") if isinstance(body.get("header"), dict) else body
    assert isinstance(told, Mapping)
    code = number(told.get("code")) or number(reply.headers.get("x-api-status-code"))
    message = told.get("message") or told.get("error") or reply.headers.get("x-api-message") or ""
    if code in GOOD and (reply.status < 300 or not message):
        return None
    request_id = reply.headers.get("x-tt-logid") or told.get("reqid") or ""
    return error_of(code, str(message), str(request_id), reply.status)


def error_of(code: int, message: str, request_id: str = "", status: int = 200) -> VoicectlError:
    """Return our error for a code that is none of the good ones; its message may tell more exactly."""
    kind, hint = _by_words(message) or CODES.get(code) or _by_number(code, status)
    facts = {"vendor_code": str(code or ""), "request_id": request_id}
    return kind(
        "volcengine cannot do it now: {reason}" if kind is TryLater else "volcengine refuses: {reason}",
        hint=hint,
        reason=message or f"code {code}",
        **{name: text for name, text in facts.items() if text},
    )


def _by_words(message: str) -> Meaning | None:
    said = message.lower()
    return next((meaning for words, meaning in WORDS if words in said), None)


def _by_number(code: int, status: int) -> Meaning:
    if status in (401, 403):
        return CredentialError, "check the key: it is in the speech console"
    if status == 429 or status >= 500 or code in SERVER_CODES:
        return TryLater, AGAIN
    return VendorRefused, ""


def number(value: object) -> int:
    """Read a number, also one that came as text; 0 for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) else 0
