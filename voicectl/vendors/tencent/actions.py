"""How an action of Tencent Cloud is asked for: by headers, with JSON. Which actions: the other modules.

Specification: https://www.tencentcloud.com/document/product/1123/67529
"""

from __future__ import annotations

from voicectl.core.endpoint import Endpoint
from voicectl.core.request import Request

JSON = "application/json"


def action_request(
    endpoint: Endpoint, action: str, version: str, *, region: str = "", body: bytes = b"{}"
) -> Request:
    """Return the request for the scheme `tencent-tc3`; not every action wants a region."""
    headers = [("Content-Type", JSON), ("X-TC-Action", action), ("X-TC-Version", version)]
    if region:
        headers.append(("X-TC-Region", region))
    return endpoint.request("POST", "/", headers=headers, body=body)
