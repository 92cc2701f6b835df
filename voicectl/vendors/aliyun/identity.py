"""Who a key of Aliyun belongs to, by STS or by a speech token. What its answers mean: `errors.py`.

Specification: https://help.aliyun.com/en/ram/developer-reference/api-sts-2015-04-01-getcalleridentity
"""

from __future__ import annotations

from collections.abc import Mapping

from voicectl.core.endpoint import Endpoint
from voicectl.core.errors import BrokenAnswer
from voicectl.core.identity import Caller, Identity
from voicectl.core.refusal import promised_object
from voicectl.core.vendor import Access
from voicectl.signing import schemes
from voicectl.vendors.aliyun.errors import judge_rpc
from voicectl.vendors.aliyun.places import gateway, token_service
from voicectl.vendors.aliyun.token import answer_of

USUAL_URL = "https://sts.aliyuncs.com"
ASKED = {"Action": "GetCallerIdentity", "Format": "JSON", "Version": "2015-04-01"}


def identity(access: Access) -> Identity:
    """Return how Aliyun is asked: for a speech token where the account speaks, else STS.

    STS answers any key; the token also proves that the key may speak.
    """
    return Identity(ask=lambda: _caller(access), endpoints=lambda: _endpoints(access))


def _endpoints(access: Access) -> tuple[Endpoint, ...]:
    speech = (token_service(access)[1], gateway(access)) if _speaks(access) else ()
    return (access.endpoint("sts", USUAL_URL), *speech)


def _speaks(access: Access) -> bool:
    return bool(access.profile.settings.get("nls_appkey"))


def _caller(access: Access) -> Caller:
    if _speaks(access):
        found = promised_object(answer_of(access, *token_service(access)))
        token = found["Token"]
        name = str(token.get("UserId") or "") if isinstance(token, dict) else ""
        return Caller(name=name, request_id=_request_id(found))
    client = access.client(schemes.build("aliyun-rpc-v1"), judge_rpc)
    request = access.endpoint("sts", USUAL_URL).request("GET", "/", pairs=ASKED.items())
    found = promised_object(client.send(request))
    name = str(found.get("Arn") or found.get("AccountId") or "")
    if not name:
        raise BrokenAnswer("the answer names no identity", hint="check --endpoint-url")
    return Caller(name=name, request_id=_request_id(found))


def _request_id(found: Mapping[str, object]) -> str:
    return str(found.get("RequestId") or found.get("NlsRequestId") or "")
