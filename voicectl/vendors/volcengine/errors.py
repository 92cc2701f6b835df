"""What the codes of Volcengine's OpenAPI gateway mean as our errors. Nothing is sent here.

Source: https://www.volcengine.com/docs/6369/68677
"""

from __future__ import annotations

from collections.abc import Mapping

from voicectl.core.errors import (
    ClockSkewed,
    CredentialError,
    SignatureRejected,
    TokenRejected,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.refusal import object_in
from voicectl.core.request import Reply

Meaning = tuple[type[VoicectlError], str]

POLICY_HINT = "attach a policy that allows it to the IAM user of this key"
CODES: Mapping[str, Meaning] = {
    "SignatureDoesNotMatch": (SignatureRejected, "check that key id and secret belong together"),
    "InvalidTimestamp": (ClockSkewed, "set this machine's clock: timedatectl set-ntp true"),
    "InvalidAccessKey": (CredentialError, "check the key id, and that the key is enabled"),
    "InvalidCredential": (CredentialError, "check the key id: it may hold no blanks or slashes"),
    "InvalidSecretToken": (TokenRejected, "get a new temporary key, with its session token"),
    "InvalidAuthorization": (CredentialError, "does a proxy change the request on its way?"),
    "MissingAuthenticationToken": (CredentialError, "does a proxy take headers away?"),
    "MissingSignature": (CredentialError, "does a proxy take headers away?"),
    "LackPolicy": (CredentialError, POLICY_HINT),
    "LackProjectPolicy": (CredentialError, POLICY_HINT),
    "AccessDenied": (CredentialError, POLICY_HINT),
    "FlowLimitExceeded": (TryLater, "try again in a while"),
    "InternalError": (TryLater, "try again in a while"),
    "InternalServiceTimeout": (TryLater, "try again in a while"),
    "ServiceNotFound": (VendorRefused, "check --endpoint-url and --region"),
    "InvalidActionOrVersion": (VendorRefused, "check --endpoint-url and --region"),
}


def judge(reply: Reply) -> VoicectlError | None:
    """Judge by `ResponseMetadata.Error`, whatever the status; None where there is none."""
    about = _table(object_in(reply.body) or {}, "ResponseMetadata")
    error = _table(about, "Error")
    code = str(error.get("Code") or "")
    if not code:
        return None
    kind, hint = CODES.get(code) or _by(reply.status)
    return kind(
        "volcengine refuses: {reason}",
        hint=hint,
        reason=str(error.get("Message") or code),
        vendor_code=code,
        request_id=str(about.get("RequestId") or reply.headers.get("x-tt-logid", "")),
    )


def _by(status: int) -> Meaning:
    match status:
        case 401 | 403:
            return CredentialError, "check what this key may do in the IAM console"
        case 429:
            return TryLater, "try again in a while"
        case _ if status >= 500:
            return TryLater, "try again in a while"
    return VendorRefused, ""


def _table(found: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = found.get(name)
    return value if isinstance(value, dict) else {}
