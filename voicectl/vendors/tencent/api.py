"""Raw calls of Tencent Cloud. What speech and calls ask for by themselves: the other modules.

Specification: https://www.tencentcloud.com/document/api
"""

from __future__ import annotations

from voicectl.core.api import (
    ApiService,
    Prepared,
    RawCall,
    is_reading,
    json_body,
    place_of,
    refuse_both,
    service_of,
)
from voicectl.core.vendor import Access
from voicectl.signing import schemes
from voicectl.vendors.tencent import call as calls
from voicectl.vendors.tencent import identity, tts
from voicectl.vendors.tencent.actions import action_request
from voicectl.vendors.tencent.call_errors import judge_placing
from voicectl.vendors.tencent.errors import judge

SERVICES = (
    ApiService("vms", calls.URL, calls.VERSION),
    ApiService("tts", tts.URL, tts.VERSION),
    ApiService("sts", identity.STS, identity.VERSION),
)


class TencentApi:
    """The interfaces of one account: actions in headers, parameters as JSON."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def prepare(self, call: RawCall) -> Prepared:
        """Return the call, JSON by POST; see `core.api.Api`."""
        refuse_both(call)
        service, reads = service_of(SERVICES, call), is_reading(call.action)
        endpoint = place_of(self._access, service, SERVICES)
        region = self._access.profile.region or calls.USUAL_REGION
        signer = schemes.build("tencent-tc3", service=service.name)
        return Prepared(
            request=action_request(
                endpoint, call.action, service.version, region=region, body=json_body(call)
            ),
            client=self._access.client(signer, judge if reads or service.name != "vms" else judge_placing),
            reads=reads,
        )
