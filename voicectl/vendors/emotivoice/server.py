"""The open-source EmotiVoice server: OpenAI's request with a prompt for the feeling, and no key of its own.

Source: https://github.com/netease-youdao/EmotiVoice (openaiapi.py). Unknown fields are ignored there
without a word, so nothing is sent that it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import CredentialError, VoicectlError
from voicectl.core.note import Note
from voicectl.core.refusal import error_in, object_in
from voicectl.core.tts import SpeechStream, TextLimit, Utterance, Voice
from voicectl.core.wishes import refuse_beyond
from voicectl.vendors.emotivoice.feelings import LABELS
from voicectl.vendors.emotivoice.services import SERVER
from voicectl.vendors.emotivoice.tts import endpoint_of, keyed_client

if TYPE_CHECKING:
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.request import Reply, Request
    from voicectl.core.vendor import Access, Client

JSON = ("Content-Type", "application/json")
# Of aac and pcm the server knows no encoder by these names; the rest goes through its ffmpeg.
FORMATS = (
    AudioFormat(Container.WAV, 16000),
    *(AudioFormat(each, 0) for each in (Container.MP3, Container.FLAC, Container.OGG, Container.OPUS)),
)
# The model takes 510 tokens; one character is one at most as it stands, but numbers are first written out.
# The server has one model and no queue.
LIMIT = TextLimit(300, jobs=2)
DEFAULT_VOICE = "8051"
SPEAKERS = (
    ("8051", "Maria Kasper", "female"),
    ("11614", "Sylviamb", "female"),
    ("9017", "John Van Stan", "male"),
    ("6097", "Phil Benson", "male"),
    ("6671", "Tony Oliva", "male"),
    ("6670", "Mike Pelton", "male"),
    ("9136", "Helen Taylor", "female"),
    ("11697", "Celine Major", "female"),
    ("92", "Cori Samuel", "female"),
    ("12787", "LikeManyWaters", "female"),
)
"""The first ten of about two thousand; the server itself has no list to ask for."""


class ServerTts:
    """Speaks through one server."""

    formats = FORMATS
    text_limit = LIMIT

    def __init__(self, access: Access) -> None:
        self._access = access

    def settle(self, utterance: Utterance) -> Utterance:
        """Fill in the voice; what the server has not is refused."""
        refuse_beyond(SERVER, utterance, "emotivoice")
        voice = utterance.voice or DEFAULT_VOICE
        strange = Note(
            "voice {voice!r} is no number: only a voice trained there is called so", {"voice": voice}
        )
        return replace(utterance, voice=voice, notes=() if voice.isdecimal() else (strange,))

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        """Speak one piece. Nothing comes before the server has spoken all of it."""
        LIMIT.refuse_longer(utterance.text, "emotivoice")
        audio = utterance.format or FORMATS[0]
        with ExitStack() as stack:
            request = speech_request(self._endpoint, utterance, audio)
            try:
                reply = stack.enter_context(self._client.stream(request, action="CreateSpeech"))
            except VoicectlError as error:
                raise _with_hint(error, utterance.voice) from error.__cause__
            yield SpeechStream(
                format=audio, chunks=reply.chunks, request_id=reply.headers.get("x-request-id", "")
            )

    def voices(self) -> Iterator[Voice]:
        """Yield the voices that are known by name."""
        for number, name, gender in SPEAKERS:
            yield Voice(id=number, name=name, lang="zh", gender=gender, engines=(), vendor="emotivoice")

    @cached_property
    def _endpoint(self) -> Endpoint:
        return endpoint_of(self._access)

    @cached_property
    def _client(self) -> Client:
        endpoint = self._endpoint
        return keyed_client(self._access, endpoint, lambda reply: judge(reply, endpoint.host))


def speech_request(endpoint: Endpoint, utterance: Utterance, audio: AudioFormat) -> Request:
    """Return the request, without a key, for one piece of text."""
    import json

    body: dict[str, object] = {
        "model": "emoti-voice",
        "input": utterance.text,
        "voice": utterance.voice,
        "response_format": audio.container.value,
    }
    if prompt := " ".join(filter(None, (LABELS.get(utterance.emotion), utterance.style))):
        body["prompt"] = prompt
    if utterance.rate is not None:
        body["speed"] = utterance.rate
    written = json.dumps(body, ensure_ascii=False).encode()
    return endpoint.request("POST", "/v1/audio/speech", headers=(JSON,), body=written)


def judge(reply: Reply, host: str) -> VoicectlError | None:
    """Say what is wrong with a reply. The server itself never answers 403, but the demo beside it does."""
    if reply.status == 403 and object_in(reply.body) is None:
        return CredentialError(
            "{host} forbids it (HTTP 403)", host=host, hint="wrong port? the API is on 8000, the demo on 8501"
        )
    return error_in(reply, host)


def _with_hint(error: VoicectlError, voice: str) -> VoicectlError:
    """Tell what a 500 usually means: the server does not check what it is asked."""
    if error.facts.get("status") != 500:
        return error
    hint = "the server may not know voice {voice!r}, or the text is too long or in a script it does not read"
    return error.knowing(hint=hint, voice=voice)
