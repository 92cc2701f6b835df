"""The form of a gateway before EmotiVoice: `/v1/tts` answers with JSON that points to the sound.

What a URL in an answer may lead to is held by `Access.fetch`; the key goes to the gateway itself only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer, VendorRefused, VoicectlError
from voicectl.core.refusal import error_in, object_in
from voicectl.core.request import Reply, ReplyStream, Request
from voicectl.core.tts import SpeechStream, TextLimit, Utterance, Voice
from voicectl.core.wishes import refuse_beyond
from voicectl.vendors.emotivoice.feelings import OF_GATEWAY
from voicectl.vendors.emotivoice.services import GATEWAY
from voicectl.vendors.emotivoice.tts import endpoint_of, keyed_client

if TYPE_CHECKING:
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.vendor import Access, Client

JSON = ("Content-Type", "application/json")
FORMATS = (AudioFormat(Container.WAV, 0),)
LIMIT = TextLimit(4096)
LEGAL = "/%:=&?~#+!$,;'@()*-._"
PORTS = {"http": ":80", "https": ":443"}


class GatewayTts:
    """Speaks through one gateway."""

    formats = FORMATS
    text_limit = LIMIT

    def __init__(self, access: Access) -> None:
        self._access = access

    def settle(self, utterance: Utterance) -> Utterance:
        """Refuse what the form has not; the gateway chooses the voice where none is named."""
        refuse_beyond(GATEWAY, utterance, "emotivoice")
        return utterance

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        """Speak one piece, and follow where the answer points; sound in place of JSON is taken as well."""
        LIMIT.refuse_longer(utterance.text, "emotivoice")
        with ExitStack() as stack:
            request = speech_request(self._endpoint, utterance)
            reply = stack.enter_context(self._client.stream(request, action="CreateSpeech"))
            request_id = reply.headers.get("x-request-id", "")
            reply, body = _body_of(reply)
            if found := object_in(body):
                reply = self._follow(request, found.get("audio_url"), stack)
            yield SpeechStream(format=FORMATS[0], chunks=reply.chunks, request_id=request_id)

    def voices(self) -> Iterator[Voice]:
        """Yield nothing: the form has no list."""
        yield from ()

    def _follow(self, asked: Request, pointer: object, stack: ExitStack) -> ReplyStream:
        if not pointer or not isinstance(pointer, str):
            raise BrokenAnswer("{host} answered without sound and without an audio_url", host=asked.host)
        url = urljoin(asked.url, quote(pointer, safe=LEGAL))
        if _origin(url) != _origin(asked.url):
            return stack.enter_context(self._access.fetch(url))
        parts = urlsplit(url)
        request = Request(
            method="GET", scheme=asked.scheme, host=asked.host, path=parts.path or "/", query=parts.query
        )
        return stack.enter_context(self._client.stream(request, action="GetAudio"))

    @cached_property
    def _endpoint(self) -> Endpoint:
        return endpoint_of(self._access)

    @cached_property
    def _client(self) -> Client:
        endpoint = self._endpoint
        return keyed_client(self._access, endpoint, lambda reply: judge(reply, endpoint.host))


def speech_request(endpoint: Endpoint, utterance: Utterance) -> Request:
    """Return the request, without its key; beyond text and emotion only what was asked for is sent."""
    import json

    extras = {"voice": utterance.voice, "language": utterance.lang, "speed": utterance.rate}
    body = {
        "text": utterance.text,
        "emotion": utterance.emotion or OF_GATEWAY[0],
        **{name: value for name, value in extras.items() if value not in ("", None)},
    }
    written = json.dumps(body, ensure_ascii=False).encode()
    return endpoint.request("POST", "/v1/tts", headers=(JSON,), body=written)


def judge(reply: Reply, host: str) -> VoicectlError | None:
    """Say what is wrong with a reply; JSON that does not call itself a success is none."""
    error = error_in(reply, host)
    found = object_in(reply.body)
    if error or found is None or reply.status >= 300 or found.get("status", "success") == "success":
        return error
    told = found.get("message") or found.get("status")
    return VendorRefused(
        "{host} could not do it: {told}", host=host, told=told, vendor_code=found.get("status")
    )


def _body_of(reply: ReplyStream) -> tuple[ReplyStream, bytes]:
    """Return the reply and, where it is JSON, which comes in one piece, its body."""
    from dataclasses import replace
    from itertools import chain

    chunks = iter(reply.chunks)
    first = next(chunks, b"")
    if object_in(first) is not None:
        return reply, first
    return replace(reply, chunks=chain((first,), chunks)), b""


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower().removesuffix(PORTS.get(parts.scheme, "\0"))
