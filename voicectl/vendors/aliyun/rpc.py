"""How an action of Aliyun's RPC products is asked for today: all in the query. Which actions: other modules.

Specification: https://help.aliyun.com/en/sdk/product-overview/v3-request-structure-and-signature
"""

from __future__ import annotations

from collections.abc import Iterable

from voicectl.core.endpoint import Endpoint
from voicectl.core.request import Request


def rpc_request(endpoint: Endpoint, action: str, version: str, pairs: Iterable[tuple[str, str]]) -> Request:
    """Return the request for the scheme `aliyun-acs3`, which names the action in a header."""
    headers = (("x-acs-action", action), ("x-acs-version", version), ("Accept", "application/json"))
    return endpoint.request("POST", "/", pairs=sorted(pairs), headers=headers)
