"""Objects of TOS, signed by us. Recordings of calls: `recording.py`.

Specification: https://www.volcengine.com/docs/6349/74850
"""

from __future__ import annotations

from collections.abc import Mapping

from voicectl.core.errors import (
    ClockSkewed,
    ConfigError,
    CredentialError,
    NotFound,
    SignatureRejected,
    TokenRejected,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.recording import Location
from voicectl.core.refusal import object_in
from voicectl.core.request import Reply
from voicectl.core.stores import BUCKET, KEY, request_for, way_to
from voicectl.core.vendor import Access
from voicectl.signing import schemes

Meaning = tuple[type[VoicectlError], str]
CODES: Mapping[str, Meaning] = {
    "SignatureDoesNotMatch": (SignatureRejected, "check that key id and secret belong together"),
    "RequestTimeTooSkewed": (ClockSkewed, "set this machine's clock: timedatectl set-ntp true"),
    "InvalidAccessKeyId": (CredentialError, "check the key id, and that the key is enabled"),
    "InvalidSecurityToken": (TokenRejected, "get a new temporary key, with its session token"),
    "ExpiredToken": (TokenRejected, "get a new temporary key, with its session token"),
    "AccessDenied": (CredentialError, "let this key's IAM user do tos:GetObject on the bucket"),
    "NoSuchKey": (NotFound, "check --key: it has no slash in front"),
    "NoSuchBucket": (NotFound, "check --bucket and --region"),
}


def located(access: Access, params: Mapping[str, str]) -> Location:
    """Return the way to an object; its bucket lies in the profile's region."""
    region, bucket, key = access.profile.region, params[BUCKET], params[KEY]
    if not region:
        raise ConfigError("no region was given for the bucket", hint="--region cn-beijing")
    client = access.client(schemes.build("tos4", region=region, service="tos"), judge)
    request = request_for(access, "tos", f"{bucket}.tos-{region}.volces.com", params)
    return way_to(client, request, f"tos {region} {bucket} {key}", key)


def judge(reply: Reply) -> VoicectlError | None:
    """Judge by the code in the JSON; None where there is none."""
    body = object_in(reply.body) or {}
    code = str(body.get("Code") or "")
    if not code or reply.status < 300:
        return None
    kind, hint = CODES.get(code) or (TryLater if reply.status >= 500 else VendorRefused, "")
    request_id = str(body.get("RequestId") or "")
    return kind(
        "tos refuses: {reason}",
        hint=hint,
        reason=str(body.get("Message") or code),
        vendor_code=code,
        request_id=request_id,
    )
