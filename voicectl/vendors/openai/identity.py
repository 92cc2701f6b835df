"""Whether a key is good for an OpenAI-style server, by its list of models. Speech: `tts.py`.

Specification: https://platform.openai.com/docs/api-reference/models/list
"""

from __future__ import annotations

from voicectl.core.endpoint import Endpoint
from voicectl.core.errors import NotFound, Unsupported, VendorRefused
from voicectl.core.identity import Caller, Identity
from voicectl.core.refusal import error_in, promised_object
from voicectl.core.vendor import Access, Client
from voicectl.signing import schemes
from voicectl.signing.keyless import IfKeyed, KeyIfAny
from voicectl.vendors.openai.servers import OPENAI, server_at

NO_SUCH_ROUTE = (404, 405)


def identity(access: Access) -> Identity:
    """Return how the server is asked; it names nobody, but refuses a wrong key."""
    return Identity(ask=lambda: _caller(access), endpoints=lambda: (_endpoint(access),))


def _endpoint(access: Access) -> Endpoint:
    return access.endpoint("speech", _base_url(access))


def _base_url(access: Access) -> str:
    return access.profile.settings.get("base_url") or OPENAI.url


def client_of(access: Access) -> tuple[Endpoint, Client]:
    """Return where the server is, and what asks it with the key, if it wants one."""
    endpoint = _endpoint(access)
    needed = server_at(_base_url(access)).needs_key and not endpoint.is_custom
    source = KeyIfAny(access.keys("api_key", host=endpoint.host, needed=needed))
    signer = IfKeyed(schemes.build("bearer"))
    return endpoint, access.client(signer, lambda reply: error_in(reply, endpoint.host), source)


def _caller(access: Access) -> Caller:
    endpoint, client = client_of(access)
    try:
        reply = client.send(endpoint.request("GET", "/v1/models"), action="ListModels")
    except (NotFound, VendorRefused) as error:
        if error.facts.get("status") not in NO_SUCH_ROUTE:
            raise
        raise Unsupported(
            "{host} lists no models, and no other call tells for nothing whether a key is good",
            host=endpoint.host,
            hint="check the base URL: is /v1 there once?\n"
            "or let it say a word: voicectl --vendor openai say hi -o hi.wav",
        ) from error
    promised_object(reply)
    return Caller(request_id=reply.headers.get("x-request-id", ""))
