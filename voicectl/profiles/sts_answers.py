"""What the vendors' STS answer: keys, or a refusal in each one's own form. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from voicectl.core.credentials import Credentials
from voicectl.core.errors import ClockSkewed, CredentialError, TryLater, VoicectlError
from voicectl.core.request import Reply
from voicectl.core.vendor import Judge
from voicectl.profiles.spellings import keys_in

CLOCK = (
    "RequestExpired",
    "InvalidTimeStamp",
    "InvalidTimestamp",
    "RequestTimeTooSkewed",
    "AuthFailure.SignatureExpire",
    "Signature expired",
    "Signature not yet current",
)
BUSY = ("Throttling", "RequestLimitExceeded", "FlowLimitExceeded", "InternalError", "ServiceUnavailable")
MOST_WORDS = 200


def judge_of(place: str) -> Judge:
    """Return the judge of a reply to somebody who wants keys; `place` is what wanted them."""

    def judge(reply: Reply) -> VoicectlError | None:
        code, words = _refusal_in(reply.body)
        if reply.status < 300 and not code:
            return None
        facts: dict[str, Any] = {
            "place": place,
            "status": reply.status,
            "vendor_code": code,
            "words": _safe(code, words),
        }
        if code.startswith(CLOCK) or words.startswith(CLOCK):
            return ClockSkewed("{place}: this machine's clock is wrong, says the STS", **facts)
        if code.startswith(BUSY) or reply.status >= 500 or reply.status == 429:
            return TryLater("{place}: the STS is busy (HTTP {status}): {vendor_code}", **facts)
        return CredentialError(
            "{place}: the STS gives no keys (HTTP {status}): {vendor_code} {words}",
            **facts,
            hint="check the role, whom it trusts, and the keys that ask for it",
        )

    return judge


def read(reply: Reply, place: str) -> Credentials:
    """Return the keys of a good reply; raise CredentialError where there are none."""
    keys = keys_in(_credentials_in(reply.body), place)
    if keys is None:
        raise CredentialError("{place}: the STS answered without keys", place=place, hint="try again")
    return keys


def _credentials_in(body: bytes) -> Mapping[str, object]:
    """Return what stands below `Credentials`, or beside it for Tencent's time of expiry."""
    if body.lstrip()[:1] == b"<":
        return dict(re.findall(r"<(\w+)>([^<>]+)</\1>", body.decode(errors="replace")))
    answer = _object(body)
    inner = _below(answer, "Response") or _below(answer, "Result") or answer
    beside = {"ExpiredTime": inner["ExpiredTime"]} if "ExpiredTime" in inner else {}
    return {**beside, **_below(inner, "Credentials")}


def _refusal_in(body: bytes) -> tuple[str, str]:
    """Return code and words of a refusal; empty for what is none."""
    if body.lstrip()[:1] == b"<":
        texts = dict(re.findall(r"<(Code|Message)>([^<>]*)</", body.decode(errors="replace")))
        return texts.get("Code", ""), texts.get("Message", "")
    answer = _object(body)
    for error in (
        _below(_below(answer, "Response"), "Error"),
        _below(_below(answer, "ResponseMetadata"), "Error"),
        _below(answer, "Error"),
        answer,
    ):
        if code := error.get("Code") or error.get("__type"):
            return str(code), str(error.get("Message") or error.get("message") or "")
    return "", ""


def _safe(code: str, words: str) -> str:
    """Return the vendor's words, but not where they repeat what was signed: a token may be in that."""
    return "" if "Signature" in code else words.partition("\n")[0][:MOST_WORDS]


def _object(body: bytes) -> Mapping[str, object]:
    import json

    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _below(answer: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = answer.get(name)
    return found if isinstance(found, dict) else {}
