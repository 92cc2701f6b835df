"""What the codes of Tencent Cloud's API gateway mean as our errors. Nothing is sent here.

Source: https://www.tencentcloud.com/document/product/1123/67534
"""

from __future__ import annotations

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

# A code's meaning is that of the first row it begins with; more comes after a dot.
CODES: tuple[tuple[str, Meaning], ...] = (
    ("AuthFailure.SignatureFailure", (SignatureRejected, "check that key id and secret belong together")),
    ("AuthFailure.SignatureExpire", (ClockSkewed, "set this machine's clock: timedatectl set-ntp true")),
    ("AuthFailure.SecretIdNotFound", (CredentialError, "check the key id, and that the key is enabled")),
    ("AuthFailure.InvalidSecretId", (CredentialError, "this key is none for the cloud's API")),
    ("AuthFailure.TokenFailure", (TokenRejected, "get a new temporary key, with its token")),
    ("AuthFailure.MFAFailure", (CredentialError, "the account wants a second factor for this")),
    ("AuthFailure", (CredentialError, "check what this key may do in the CAM console")),
    (
        "UnsupportedOperation.Authorization",
        (CredentialError, "check what this key may do in the CAM console"),
    ),
    ("UnsupportedOperation.ForbiddenUse", (CredentialError, "the account is barred from this service")),
    *(
        (f"UnsupportedOperation.{each}", (VendorRefused, "top the account up in its console"))
        for each in ("AccountArrears", "NoBanlance", "NoFreeAccount", "PkgExhausted")
    ),
    ("UnsupportedOperation.Server", (VendorRefused, "open the service in its console")),
    ("UnsupportedOperation.TextTooLong", (VendorRefused, "say it in parts")),
    ("InvalidParameterValue.TextTooLong", (VendorRefused, "say it in parts")),
    ("InvalidParameterValue.SSML", (VendorRefused, "leave out --ssml if the text is no markup")),
    ("InvalidParameterValue.TextSsml", (VendorRefused, "leave out --ssml if the text is no markup")),
    ("InvalidParameterValue.VoiceType", (VendorRefused, "check --voice: it is the number of a voice")),
    ("InvalidParameterValue.SampleRate", (VendorRefused, "leave out --sample-rate")),
    ("UnauthorizedOperation", (CredentialError, "check what this key may do in the CAM console")),
    ("RequestLimitExceeded", (TryLater, "try again in a while")),
    ("LimitExceeded", (TryLater, "try again in a while")),
    ("InternalError", (TryLater, "try again in a while")),
    ("UnsupportedRegion", (VendorRefused, "check --region")),
    ("InvalidAction", (VendorRefused, "check --endpoint-url")),
    ("NoSuchVersion", (VendorRefused, "check --endpoint-url")),
)


def judge(reply: Reply) -> VoicectlError | None:
    """Judge by `Response.Error`: the status is 200 whatever happened. None where there is none."""
    response = (object_in(reply.body) or {}).get("Response")
    error = response.get("Error") if isinstance(response, dict) else None
    if not isinstance(response, dict) or not isinstance(error, dict):
        return None
    code = str(error.get("Code") or "")
    kind, hint = next((meaning for start, meaning in CODES if code.startswith(start)), (VendorRefused, ""))
    return kind(
        "tencent refuses: {reason}",
        hint=hint,
        reason=str(error.get("Message") or code),
        vendor_code=code,
        request_id=str(response.get("RequestId") or ""),
    )
