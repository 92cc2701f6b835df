"""Raw calls of Twilio's REST interface, by method and path. What calls ask for by themselves: `call.py`.

Specification: https://www.twilio.com/docs/usage/api
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from voicectl.core.api import FORM_TYPE, Prepared, RawCall, method_and_path, repeated
from voicectl.signing import schemes
from voicectl.vendors.twilio.errors import judge
from voicectl.vendors.twilio.places import VERSION, account_path, api

if TYPE_CHECKING:
    from voicectl.core.vendor import Access

ACCEPT = ("Accept", "application/json")
VERSIONED = re.compile(r"/(?:v\d+|\d{4}-\d\d-\d\d)(?:/|$)")


class TwilioApi:
    """The interface of one account; a path that begins with no version is below that account."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def prepare(self, call: RawCall) -> Prepared:
        """Return the call: parameters in the query of GET and DELETE, else as a form; see `core.api.Api`."""
        method, path, pairs = method_and_path(call)
        path = self._whole(path)
        given = repeated(call.parameters)
        in_query = method in ("GET", "DELETE") or call.body is not None
        body = call.body if call.body is not None else b"" if in_query else urlencode(given).encode()
        request = api(self._access).request(
            method,
            path,
            pairs=(*pairs, *given) if in_query else pairs,
            headers=(ACCEPT,) if method in ("GET", "DELETE") else (ACCEPT, FORM_TYPE),
            body=body,
        )
        client = self._access.client(schemes.build("basic"), judge)
        return Prepared(request=request, client=client, reads=method == "GET")

    def _whole(self, path: str) -> str:
        """Return a path with its account; the oldest version answers XML to a path without `.json`."""
        if not VERSIONED.match(path):
            path = (account_path(self._access) + path).rstrip("/")
        is_bare = "." not in path.rpartition("/")[2]
        return f"{path}.json" if is_bare and path.startswith(f"/{VERSION}/") else path
