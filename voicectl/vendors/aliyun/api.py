"""Raw calls of Aliyun's RPC products. What speech and calls ask for by themselves: the other modules.

Specification: https://api.aliyun.com
"""

from __future__ import annotations

from voicectl.core.api import (
    ApiService,
    Prepared,
    RawCall,
    flattened,
    is_reading,
    place_of,
    refuse_body,
    refuse_reserved,
    service_of,
)
from voicectl.core.vendor import Access, Judge
from voicectl.signing import schemes
from voicectl.vendors.aliyun import call, call_errors, identity
from voicectl.vendors.aliyun.call_services import DIALS
from voicectl.vendors.aliyun.errors import judge_rpc, judge_token
from voicectl.vendors.aliyun.places import token_service
from voicectl.vendors.aliyun.rpc import rpc_request

RPC_V1, ACS3 = "aliyun-rpc-v1", "aliyun-acs3"
CALLS, TOKENS = "dyvms", "nls-meta"
USUAL_REGION = call.REGION
SERVICES = (
    ApiService(CALLS, call.USUAL_URL, call.VERSION, ("dyvmsapi",)),
    ApiService(TOKENS, known_as=("nls-cloud-meta", "nlsmeta"), scheme=RPC_V1),
    ApiService("sts", identity.USUAL_URL, identity.ASKED["Version"], scheme=RPC_V1),
    ApiService("dypls", "https://dyplsapi.aliyuncs.com", "2017-05-25", ("dyplsapi",)),
    ApiService("aiccs", "https://aiccs.aliyuncs.com", "2019-10-15"),
    ApiService("ccc", "https://ccc.{region}.aliyuncs.com", "2020-07-01"),
    ApiService("outboundbot", "https://outboundbot.{region}.aliyuncs.com", "2019-12-26"),
)


class AliyunApi:
    """The interfaces of one account: actions with parameters, in the query."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def prepare(self, call: RawCall) -> Prepared:
        """Return the call by the scheme that its service wants; see `core.api.Api`."""
        refuse_body(call)
        refuse_reserved(call)
        service, region = self._located(service_of(SERVICES, call))
        endpoint = place_of(self._access, service, SERVICES)
        reads, pairs = is_reading(call.action), tuple(flattened(call.parameters))
        if service.scheme == RPC_V1:
            about = {"Action": call.action, "Format": "JSON", "Version": service.version}
            request = endpoint.request("GET", "/", pairs={**about, **dict(pairs)}.items())
        else:
            request = rpc_request(endpoint, call.action, service.version, pairs)
        signer = schemes.build(service.scheme or ACS3, region=region)
        client = self._access.client(signer, _judge(service.name, call.action))
        return Prepared(request=request, client=client, reads=reads)

    def _located(self, service: ApiService) -> tuple[ApiService, str]:
        """Return a service with its place in the region, and that region."""
        region = self._access.profile.region or USUAL_REGION
        if service.name != TOKENS:
            return service._replace(url=service.url.format(region=region)), region
        tokens, _ = token_service(self._access)
        version = service.version or tokens.version
        return service._replace(url=f"https://{tokens.host}", version=version), tokens.region


def _judge(service: str, action: str) -> Judge:
    if service == CALLS:
        return call_errors.judge(action, creates=any(action == dial.name for dial in DIALS))
    return judge_token if (service, action) == (TOKENS, "CreateToken") else judge_rpc
