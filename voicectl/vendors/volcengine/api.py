"""Raw calls of Volcengine's OpenAPI. What calls and recordings ask for by themselves: the other modules.

Specification: https://www.volcengine.com/docs/6369/65267
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicectl.core.api import (
    FORM_TYPE,
    JSON_TYPE,
    ApiService,
    Prepared,
    RawCall,
    flattened,
    is_reading,
    json_body,
    place_of,
    refuse_reserved,
    service_of,
)
from voicectl.signing import schemes
from voicectl.vendors.volcengine import call as calls
from voicectl.vendors.volcengine import identity
from voicectl.vendors.volcengine.call_errors import judge_call, judge_placing
from voicectl.vendors.volcengine.errors import judge

if TYPE_CHECKING:
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.request import Request
    from voicectl.core.vendor import Access, Judge

VMS = "vms"
SERVICES = (
    ApiService(VMS, calls.URL, calls.VERSION, ("cloud-vms",)),
    ApiService("sts", identity.STS, identity.ASKED["Version"]),
    ApiService("speech_saas_prod", "https://open.volcengineapi.com", "2025-05-20", ("speech-saas",)),
)
BY_BODY = (VMS, "speech_saas_prod")
"""Services whose actions that change something take JSON; all else stands in the query."""
ALSO_READING = frozenset(("SingleInfo",))


class VolcengineApi:
    """The interfaces of one account: actions with parameters in the query, or in a body."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def prepare(self, call: RawCall) -> Prepared:
        """Return the call as its service takes it; see `core.api.Api`."""
        service, region = service_of(SERVICES, call), self._access.profile.region or identity.USUAL_REGION
        endpoint = place_of(self._access, service, SERVICES)
        reads = is_reading(call.action) or call.action in ALSO_READING
        signer = schemes.build("volcengine-v4", region=region, service=service.name)
        return Prepared(
            request=_request(endpoint, call, service, reads=reads),
            client=self._access.client(signer, _judge(service.name, reads=reads)),
            reads=reads,
        )


def _request(endpoint: Endpoint, call: RawCall, service: ApiService, *, reads: bool) -> Request:
    """Return texts in the query of a look-up; a body for deeds and for what only JSON can say."""
    about = (("Action", call.action), ("Version", service.version))
    is_plain = all(isinstance(value, str) for value in call.parameters.values())
    if call.body is None and (service.name not in BY_BODY or (reads and is_plain)):
        refuse_reserved(call)
        return endpoint.request("GET", "/", pairs=(*about, *flattened(call.parameters)))
    if call.body is None:
        return endpoint.request("POST", "/", pairs=about, headers=(JSON_TYPE,), body=json_body(call))
    refuse_reserved(call)
    kind = JSON_TYPE if call.body.lstrip()[:1] in (b"{", b"[") else FORM_TYPE
    pairs = (*about, *flattened(call.parameters))
    return endpoint.request("POST", "/", pairs=pairs, headers=(kind,), body=call.body)


def _judge(service: str, *, reads: bool) -> Judge:
    if service != VMS:
        return judge
    return judge_call if reads else judge_placing
