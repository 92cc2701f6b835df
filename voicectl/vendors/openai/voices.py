"""The lists of voices that OpenAI-style servers give, each in a form of its own. OpenAI itself gives none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from voicectl.core.errors import VoicectlError
from voicectl.core.refusal import promised_object
from voicectl.core.tts import Voice

if TYPE_CHECKING:
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.request import Reply
    from voicectl.core.vendor import Client

PATHS = ("/v1/audio/voices", "/v1/voices")
NO_SUCH_ROUTE = (404, 405)


def listed_voices(client: Client, endpoint: Endpoint) -> Iterator[Voice]:
    """Yield what the server lists; nothing where it has no such route."""
    for path in PATHS:
        try:
            reply = client.send(endpoint.request("GET", path), action="ListVoices")
        except VoicectlError as error:
            if error.facts.get("status") not in NO_SUCH_ROUTE:
                raise
        else:
            yield from voices_in(reply)
            return


def voices_in(reply: Reply) -> Iterator[Voice]:
    """Read a list of names or of objects, under `voices` or `data`."""
    found = promised_object(reply)
    listed = found.get("voices") or found.get("data")
    for entry in listed if isinstance(listed, list) else ():
        voice = entry if isinstance(entry, dict) else {"id": entry}
        identity = str(voice.get("id") or voice.get("voice_id") or voice.get("name") or "")
        if identity:
            yield Voice(
                id=identity,
                name=str(voice.get("name") or identity),
                lang=str(voice.get("language") or voice.get("lang") or ""),
                gender=str(voice.get("gender") or "").lower(),
                engines=(),
                vendor="openai",
            )
