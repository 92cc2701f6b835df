"""Who a key of Tencent Cloud belongs to, by STS, and where its services are. Its codes: `errors.py`.

Specification: https://www.tencentcloud.com/document/product/1150/49453
"""

from __future__ import annotations

from voicectl.core.errors import BrokenAnswer
from voicectl.core.identity import Caller, Identity
from voicectl.core.refusal import promised_object
from voicectl.core.request import Reply
from voicectl.core.vendor import Access
from voicectl.signing import schemes
from voicectl.vendors.tencent.actions import action_request
from voicectl.vendors.tencent.errors import judge

STS, SPEECH = "https://sts.tencentcloudapi.com", "https://tts.tencentcloudapi.com"
USUAL_REGION, VERSION = "ap-guangzhou", "2018-08-13"


def identity(access: Access) -> Identity:
    """Return how Tencent Cloud is asked."""
    return Identity(
        ask=lambda: _caller(access),
        endpoints=lambda: (access.endpoint("sts", STS), access.endpoint("tts", SPEECH)),
    )


def _caller(access: Access) -> Caller:
    client = access.client(schemes.build("tencent-tc3", service="sts"), judge)
    region = access.profile.region or USUAL_REGION
    request = action_request(access.endpoint("sts", STS), "GetCallerIdentity", VERSION, region=region)
    return _caller_in(client.send(request, action="GetCallerIdentity"))


def _caller_in(reply: Reply) -> Caller:
    found = promised_object(reply).get("Response")
    if not isinstance(found, dict) or not found.get("Arn"):
        raise BrokenAnswer("the answer names no identity", hint="check --endpoint-url")
    return Caller(name=str(found["Arn"]), request_id=str(found.get("RequestId") or ""))
