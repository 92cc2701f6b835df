"""Who a key of AWS belongs to, by STS, and where its services are. What its answers mean: `errors.py`.

Specification: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

from __future__ import annotations

import re

from voicectl.core.endpoint import Endpoint
from voicectl.core.errors import BrokenAnswer
from voicectl.core.identity import Caller, Identity
from voicectl.core.vendor import Access
from voicectl.signing import schemes
from voicectl.vendors.aws.errors import judge
from voicectl.vendors.aws.places import usual_url

FORM = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
GLOBAL_URL, GLOBAL_REGION = "https://sts.amazonaws.com", "us-east-1"
MIRROR = "https://checkip.amazonaws.com"


def identity(access: Access) -> Identity:
    """Return how AWS is asked; without a region its global STS is, which any key may."""
    return Identity(
        ask=lambda: _caller(access),
        endpoints=lambda: _endpoints(access),
        mirror=access.endpoint("checkip", MIRROR),
    )


def sts(access: Access) -> Endpoint:
    """Return where STS is: of the account's region, or the global one."""
    region = access.profile.region
    return access.endpoint("sts", usual_url("sts", region) if region else GLOBAL_URL)


def _endpoints(access: Access) -> tuple[Endpoint, ...]:
    region = access.profile.region
    speech = (access.endpoint("polly", usual_url("polly", region)),) if region else ()
    return (sts(access), *speech)


def _caller(access: Access) -> Caller:
    region = access.profile.region or GLOBAL_REGION
    client = access.client(schemes.build("aws-sigv4", region=region, service="sts"), judge)
    request = sts(access).request(
        "POST", "/", headers=(FORM,), body=b"Action=GetCallerIdentity&Version=2011-06-15"
    )
    text = client.send(request, action="GetCallerIdentity").body.decode("utf-8", "replace")
    name = _element("Arn", text)
    if not name:
        raise BrokenAnswer("the answer names no identity", hint="check --endpoint-url")
    return Caller(name=name, request_id=_element("RequestId", text))


def _element(name: str, xml: str) -> str:
    """Return the text of an element that holds no others; an ARN needs no unescaping."""
    found = re.search(rf"<{name}>([^<]*)</{name}>", xml)
    return found[1].strip() if found else ""
