"""Speech by NLS over its REST gateway, a request a piece. The token it needs: `token.py`.

Specification: https://help.aliyun.com/en/isi/developer-reference/restful-api-3
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer
from voicectl.core.request import Reply, ReplyStream, Request
from voicectl.core.tts import SpeechStream, TextLimit, Utterance
from voicectl.signing import schemes
from voicectl.vendors.aliyun.errors import judge_speech
from voicectl.vendors.aliyun.nls import Gateway, formats, text_of, wishes_of

if TYPE_CHECKING:
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.vendor import Access, Client

# Bare samples come last: nothing in them tells sound from noise, or a whole from a part.
FORMATS = formats(Container.WAV, Container.MP3, Container.PCM)
# The server cuts off what is longer, and says nothing. Two at once is what a trial may do.
LIMIT = TextLimit(300, jobs=2)
ERROR_BYTES = 1 << 16


class NlsRest:
    """Speaks at the gateway of the profile's region."""

    formats = FORMATS

    def __init__(self, access: Access) -> None:
        self._gateway = Gateway(access)

    def limit(self, utterance: Utterance) -> TextLimit:
        """Return what it takes in one request."""
        return LIMIT

    def ready(self) -> None:
        """Refuse an account that cannot speak."""
        self._gateway.ready()

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        """Speak one piece of at most 300 characters."""
        LIMIT.refuse_longer(utterance.text, "aliyun")
        audio = utterance.format or FORMATS[0]
        request = request_of(self._gateway.endpoint(), self._gateway.appkey, utterance, audio)
        with self._client.stream(request, action="SpeechSynthesizer") as reply:
            yield SpeechStream(
                format=audio, chunks=_sound(reply), request_id=reply.headers.get("x-nls-requestid", "")
            )

    @cached_property
    def _client(self) -> Client:
        signer = schemes.build("bearer", options={"header": "X-NLS-Token", "prefix": ""})
        return self._gateway.client(signer, judge_speech)


def request_of(endpoint: Endpoint, appkey: str, utterance: Utterance, audio: AudioFormat) -> Request:
    """Return the request for one piece."""
    import json

    wanted = {"appkey": appkey, "text": text_of(utterance), **wishes_of(utterance, audio)}
    body = json.dumps(wanted, ensure_ascii=False).encode()
    return endpoint.request(
        "POST", "/stream/v1/tts", headers=(("Content-Type", "application/json"),), body=body
    )


def _sound(reply: ReplyStream) -> Iterator[bytes]:
    """Return the chunks, if they are sound: all of it comes as audio/mpeg, a failure sometimes as nothing.

    What is wav or mp3 is told by its own first bytes, elsewhere.
    """
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith("audio/"):
        return reply.chunks
    first = next(reply.chunks, b"")
    if kind in ("", "application/octet-stream") and not first.lstrip().startswith(b"{"):
        return chain((first,), reply.chunks)
    body = bytearray(first)
    for chunk in reply.chunks:
        if len(body) > ERROR_BYTES:
            break
        body += chunk
    judged = judge_speech(Reply(status=reply.status, headers=reply.headers, body=bytes(body)))
    raise judged or BrokenAnswer("{kind} came where sound was promised", kind=kind or "something else")
