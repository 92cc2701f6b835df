"""Youdao's cloud, which sells EmotiVoice's voices: a signed form, sound or JSON back, always with a 200.

Specification: https://ai.youdao.com/DOCSIRMA/html/tts/api/yyhc/index.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import (
    ClockSkewed,
    CredentialError,
    SignatureRejected,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.refusal import error_in, refusal_of
from voicectl.core.request import percent_encode
from voicectl.core.tts import SpeechStream, TextLimit, Utterance, Voice
from voicectl.core.wishes import refuse_beyond
from voicectl.signing import schemes
from voicectl.vendors.emotivoice.services import YOUDAO
from voicectl.vendors.emotivoice.tts import endpoint_of

if TYPE_CHECKING:
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.request import Reply, Request
    from voicectl.core.vendor import Access, Client

URL = "https://openapi.youdao.com"
FORMATS = (AudioFormat(Container.MP3, 0),)
LIMIT = TextLimit(1000, unit="bytes")
DEFAULT_VOICE = "Maria Kasper"
LAST_OF_BASIC_PLANE = "\uffff"

REFUSED = "Youdao refuses the request: {told}"
MEANINGS: dict[str, tuple[type[VoicectlError], str, str]] = {
    "101": (VendorRefused, "a parameter is missing", ""),
    "102": (VendorRefused, "the language is not supported", ""),
    "103": (VendorRefused, "the text is too long", "say it in parts"),
    "108": (CredentialError, "the app key is not known", ""),
    "110": (CredentialError, "no speech service is bound to this app", "bind one in Youdao's console"),
    "111": (CredentialError, "the account is not valid", ""),
    "202": (SignatureRejected, "it computed another signature", ""),
    "206": (ClockSkewed, "the time is out of range", "set this machine's clock"),
    "207": (TryLater, "the request was seen before", ""),
    "401": (VendorRefused, "the account has no credit left", "top it up in Youdao's console"),
    "411": (TryLater, "too many requests", ""),
    "412": (TryLater, "too many long requests", ""),
}
"""What a code means; others are refusals of the request."""


class YoudaoTts:
    """Speaks as one app."""

    formats = FORMATS
    text_limit = LIMIT

    def __init__(self, access: Access) -> None:
        self._access = access

    def settle(self, utterance: Utterance) -> Utterance:
        """Fill in the voice; what the service has not is refused."""
        refuse_beyond(YOUDAO, utterance, "emotivoice")
        return replace(
            utterance, voice=utterance.voice or DEFAULT_VOICE, text=without_pictures(utterance.text)
        )

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        """Speak one piece."""
        LIMIT.refuse_longer(utterance.text, "emotivoice")
        with self._client.stream(speech_request(self._endpoint, utterance), action="ttsapi") as reply:
            yield SpeechStream(
                format=FORMATS[0], chunks=reply.chunks, request_id=reply.headers.get("x-request-id", "")
            )

    def voices(self) -> Iterator[Voice]:
        """Yield nothing: there is no list to ask for."""
        yield from ()

    @cached_property
    def _endpoint(self) -> Endpoint:
        return endpoint_of(self._access, URL)

    @cached_property
    def _client(self) -> Client:
        host = self._endpoint.host
        source = self._access.keys("access_key_secret")
        return self._access.client(schemes.build("youdao-v3"), lambda reply: judge(reply, host), source)


def without_pictures(text: str) -> str:
    """Drop emoji and their like, which nobody speaks.

    Of a text over 20 characters its length is signed, and vendors count such signs as one or as two.
    """
    return "".join(sign for sign in text if sign <= LAST_OF_BASIC_PLANE or sign.isalnum())


def speech_request(endpoint: Endpoint, utterance: Utterance) -> Request:
    """Return the unsigned form for one piece of text."""
    pairs = [("q", utterance.text), ("voiceName", utterance.voice), ("format", "mp3")]
    if utterance.rate is not None:
        pairs.append(("speed", f"{utterance.rate:g}"))
    if utterance.volume is not None:
        pairs.append(("volume", f"{utterance.volume:.2f}"))
    form = "&".join(f"{name}={percent_encode(value)}" for name, value in pairs)
    # A GET would leave text and signature in the logs of every proxy.
    return endpoint.request("POST", "/ttsapi", body=form.encode())


def judge(reply: Reply, host: str) -> VoicectlError | None:
    """Say what a code in a reply means; it comes with HTTP 200."""
    refusal = refusal_of(reply.body) if reply.body[:1] == b"{" else None
    if refusal is None or not refusal.code:
        return error_in(reply, host)
    if refusal.code == "0":
        return None
    kind, meaning, hint = MEANINGS.get(refusal.code, (VendorRefused, "", ""))
    told = ": ".join(filter(None, (meaning, refusal.message))) or f"code {refusal.code}"
    return kind(REFUSED, hint=hint, told=told, vendor_code=refusal.code)
