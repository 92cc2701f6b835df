"""Objects of OSS, signed by us. What its answers mean comes in XML; recordings of products: `recording.py`.

Specification: https://help.aliyun.com/en/oss/developer-reference/getobject
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

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
from voicectl.core.request import Reply
from voicectl.core.stores import BUCKET, KEY, request_for, way_to
from voicectl.core.vendor import Access
from voicectl.signing import schemes

Meaning = tuple[type[VoicectlError], str]
READ = "let this key's RAM user do oss:GetObject on the bucket"
CODES: Mapping[str, Meaning] = {
    "SignatureDoesNotMatch": (SignatureRejected, "check that key id and secret belong together"),
    "RequestTimeTooSkewed": (ClockSkewed, "set this machine's clock: timedatectl set-ntp true"),
    "InvalidAccessKeyId": (CredentialError, "check the key id, and that the key still exists"),
    "InvalidSecurityToken": (TokenRejected, "get a new temporary key, with its security token"),
    "SecurityTokenExpired": (TokenRejected, "get a new temporary key, with its security token"),
    "AccessDenied": (CredentialError, READ),
    "NoSuchKey": (NotFound, "check --key: it has no slash in front"),
    "NoSuchBucket": (NotFound, "check --bucket and --region"),
    "InvalidObjectState": (VendorRefused, "the object is archived: restore it in the console first"),
    "InvalidArgument": (VendorRefused, "check --region: it is the bucket's own"),
    "InternalError": (TryLater, "try again in a while"),
}


def located(access: Access, params: Mapping[str, str]) -> Location:
    """Return the way to an object; its bucket lies in the profile's region."""
    region, bucket, key = region_of(access), params[BUCKET], params[KEY]
    client = access.client(
        schemes.build("aliyun-oss-v4", region=region, service="oss", options={"bucket": bucket}), judge
    )
    request = request_for(access, "oss", f"{bucket}.oss-{region}.aliyuncs.com", params)
    return way_to(client, request, f"oss {region} {bucket} {key}", key)


def region_of(access: Access) -> str:
    """Return the bucket's region; ConfigError where none was given."""
    region = access.profile.region.removeprefix("oss-")
    if not region:
        raise ConfigError("no region was given for the bucket", hint="--region cn-shanghai")
    return region


def judge(reply: Reply) -> VoicectlError | None:
    """Judge by the code in the XML; None where there is none."""
    text = reply.body.decode("utf-8", "replace") if b"<Error>" in reply.body else ""
    code = _element("Code", text)
    if not code:
        return None
    kind, hint = CODES.get(code) or (TryLater if reply.status >= 500 else VendorRefused, "")
    facts: dict[str, Any] = {
        "vendor_code": code,
        "reason": _element("Message", text) or code,
        "request_id": _element("RequestId", text),
    }
    if shown := _element("StringToSignBytes", text):
        facts["server_string_to_sign"] = _from_hex(shown)
    return kind("oss refuses: {reason}", hint=hint, **facts)


def _element(name: str, xml: str) -> str:
    """Return an element's text without a parser, which a stranger's XML could lead astray."""
    found = re.search(rf"<{name}>([^<]*)</{name}>", xml)
    text = found[1] if found else ""
    for escape, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(escape, sign)
    return text.strip()


def _from_hex(text: str) -> str:
    """Read bytes in hex with blanks between them: the one form in which no line end gets lost."""
    try:
        return bytes.fromhex(text).decode("utf-8", "replace")
    except ValueError:
        return ""
