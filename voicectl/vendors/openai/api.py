"""Raw calls of an OpenAI-style server, by method and path. Speech itself: `tts.py`.

Specification: https://platform.openai.com/docs/api-reference
"""

from __future__ import annotations

from voicectl.core.api import JSON_TYPE, Prepared, RawCall, json_body, method_and_path, repeated
from voicectl.core.vendor import Access
from voicectl.vendors.openai.identity import client_of


class OpenAiApi:
    """The interface of one server."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def prepare(self, call: RawCall) -> Prepared:
        """Return the call: parameters in the query of GET and DELETE, else as JSON; see `core.api.Api`."""
        method, path, pairs = method_and_path(call)
        endpoint, client = client_of(self._access)
        if method in ("GET", "DELETE"):
            request = endpoint.request(method, path, pairs=(*pairs, *repeated(call.parameters)))
        else:
            # Beside a body of its own there is no other place for parameters.
            beside = repeated(call.parameters) if call.body is not None else ()
            request = endpoint.request(
                method, path, pairs=(*pairs, *beside), headers=(JSON_TYPE,), body=json_body(call)
            )
        brings_file = method == "POST" and path.endswith("/audio/speech")
        return Prepared(request=request, client=client, reads=method == "GET", brings_file=brings_file)
