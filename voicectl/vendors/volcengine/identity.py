"""Who a key of Volcengine belongs to, by STS, and where its services are. Its codes: `errors.py`.

Specification: https://www.volcengine.com/docs/6257
"""

from __future__ import annotations

from voicectl.core.endpoint import Endpoint
from voicectl.core.errors import BrokenAnswer
from voicectl.core.identity import Caller, Identity
from voicectl.core.refusal import promised_object
from voicectl.core.request import Reply
from voicectl.core.vendor import Access
from voicectl.signing import schemes
from voicectl.vendors.volcengine.errors import judge

STS, SPEECH = "https://sts.volcengineapi.com", "https://openspeech.bytedance.com"
USUAL_REGION = "cn-north-1"
FORM = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
ASKED = {"Action": "GetCallerIdentity", "Version": "2018-01-01"}
SPEECH_SECRETS = ("speech_access_token", "speech_api_key")


def identity(access: Access) -> Identity:
    """Return how Volcengine is asked; keys of the speech service alone are none that STS knows."""
    return Identity(ask=lambda: _caller(access), endpoints=lambda: _endpoints(access))


def _endpoints(access: Access) -> tuple[Endpoint, ...]:
    speaks = any(name in access.profile.secrets for name in SPEECH_SECRETS)
    speech = (access.endpoint("speech", SPEECH),) if speaks else ()
    return (access.endpoint("sts", STS), *speech)


def _caller(access: Access) -> Caller:
    region = access.profile.region or USUAL_REGION
    client = access.client(schemes.build("volcengine-v4", region=region, service="sts"), judge)
    request = access.endpoint("sts", STS).request("POST", "/", pairs=ASKED.items(), headers=(FORM,))
    return _caller_in(client.send(request, action="GetCallerIdentity"))


def _caller_in(reply: Reply) -> Caller:
    found = promised_object(reply)
    about, result = found.get("ResponseMetadata"), found.get("Result")
    if not isinstance(about, dict) or not isinstance(result, dict):
        raise BrokenAnswer("the answer names no identity", hint="check --endpoint-url")
    name = str(result.get("Trn") or result.get("AccountId") or "")
    return Caller(name=name, request_id=str(about.get("RequestId") or ""))
