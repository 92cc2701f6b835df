"""Whether an EmotiVoice of any form is there and takes the key, by a call that costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from voicectl.core.errors import BrokenAnswer, NotFound, Unsupported, VendorRefused
from voicectl.core.identity import Caller, Identity
from voicectl.core.refusal import promised_object
from voicectl.vendors.emotivoice import gateway, server, youdao
from voicectl.vendors.emotivoice.tts import endpoint_of, form_of, keyed_client

if TYPE_CHECKING:
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.errors import VoicectlError
    from voicectl.core.request import Reply
    from voicectl.core.vendor import Access

NO_SUCH_ROUTE = (404, 405)
SPEECH = "/v1/audio/speech"


def identity(access: Access) -> Identity:
    """Return how the form that the profile names is asked; it names nobody."""
    form = form_of(access)
    place = endpoint_of(access, youdao.URL if form == "youdao" else "")
    asks = {"openai": _server, "v1tts": _gateway, "youdao": _youdao}
    return Identity(ask=lambda: asks[form](access, place), endpoints=lambda: (place,))


def _server(access: Access, place: Endpoint) -> Caller:
    """Read what the server says of itself: it has no other call, and wants no key for this one either."""
    # That page is beside the interface, not in it.
    root = place._replace(path=place.path.removesuffix("/v1"))
    reply = _got(access, root, "/openapi.json", server.judge)
    paths = promised_object(reply).get("paths")
    if not isinstance(paths, dict) or not any(str(path).endswith(SPEECH) for path in paths):
        raise BrokenAnswer(
            "{host} is there, but is no server that speaks by {path}",
            host=place.host,
            path=SPEECH,
            hint="wrong port? the API is on 8000, the demo on 8501",
        )
    return Caller(request_id=reply.headers.get("x-request-id", ""))


def _gateway(access: Access, place: Endpoint) -> Caller:
    reply = _got(access, place, "/v1/models", gateway.judge)
    promised_object(reply)
    return Caller(request_id=reply.headers.get("x-request-id", ""))


def _youdao(access: Access, place: Endpoint) -> Caller:
    raise Unsupported(
        "Youdao has no call that tells for nothing whether a key is good", hint="voicectl say hi -o hi.mp3"
    )


def _got(
    access: Access, place: Endpoint, path: str, judge: Callable[[Reply, str], VoicectlError | None]
) -> Reply:
    client = keyed_client(access, place, lambda reply: judge(reply, place.host))
    try:
        return client.send(place.request("GET", path), action="Probe")
    except (NotFound, VendorRefused) as error:
        if error.facts.get("status") not in NO_SUCH_ROUTE:
            raise
        raise Unsupported(
            "{host} has no {path}, and no other call tells for nothing whether it takes the key",
            host=place.host,
            path=path,
            hint="check the base URL and the port\nor let it say a word: voicectl say hi -o hi.wav",
        ) from error
