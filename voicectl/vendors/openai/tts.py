"""Speech by OpenAI's interface: one request a text, with a bearer key or none. Servers: `servers.py`.

Specification: https://platform.openai.com/docs/api-reference/audio/createSpeech
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from voicectl.core.audio import AudioFormat
from voicectl.core.errors import TryLater, Unsupported, UsageError, VoicectlError
from voicectl.core.refusal import error_in
from voicectl.core.tts import SpeechStream, TextLimit, Utterance, Voice
from voicectl.core.wishes import refuse_others, refuse_outside, refuse_unknown
from voicectl.signing import schemes
from voicectl.signing.keyless import IfKeyed, KeyIfAny
from voicectl.vendors.openai.events import error_at_start, sound_of
from voicectl.vendors.openai.servers import OPENAI, server_at
from voicectl.vendors.openai.services import RATE, TAKES
from voicectl.vendors.openai.voices import listed_voices

if TYPE_CHECKING:
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.request import Reply, ReplyStream, Request
    from voicectl.core.vendor import Access, Client
    from voicectl.vendors.openai.servers import Server

JSON = ("Content-Type", "application/json")
PLAIN_MODELS = ("tts-1", "tts-1-hd")
"""OpenAI's models that take no instructions and send no events."""
STREAMS = ("audio", "sse")
OWN_VOICE = "voice_"
"""How a custom voice's id begins; it is written as an object."""
OWN_OPTIONS = {
    "input": "the text itself",
    "model": "--engine",
    "voice": "--voice",
    "response_format": "--format",
    "speed": "--rate",
}
"""Parameters that voicectl writes itself, and what is meant for them."""


class OpenAiTts:
    """Speaks through one server."""

    def __init__(self, access: Access) -> None:
        self._access = access

    @property
    def formats(self) -> tuple[AudioFormat, ...]:
        return self._server.formats

    @property
    def text_limit(self) -> TextLimit:
        return self._server.limit

    def settle(self, utterance: Utterance) -> Utterance:
        """Fill in model and voice; what the interface or the model has not is refused."""
        server = self._server
        refuse_others(utterance, "openai", TAKES)
        refuse_outside("--rate", utterance.rate, "openai", RATE.low or 0, RATE.high or 0)
        model = utterance.engine or next(iter(server.models), "")
        if not model:
            raise UsageError(
                "no model was named, and {server} has its own", server=server.name, hint="--engine NAME"
            )
        _check_style(utterance, model, server)
        _check_stream(utterance, model, server)
        for name in utterance.params:
            if name in OWN_OPTIONS:
                raise Unsupported(
                    "--param {name} is not for you to set; it follows from {option}",
                    name=name,
                    option=OWN_OPTIONS[name],
                    vendor="openai",
                )
        return replace(utterance, engine=model, voice=_full_voice(utterance.voice, model, server))

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        """Speak one piece."""
        self._server.limit.refuse_longer(utterance.text, "openai")
        audio = utterance.format or self.formats[0]
        request = speech_request(self._endpoint, utterance, audio)
        as_lines = utterance.params.get("stream_format") == "sse"
        with self._client.stream(request, action="CreateSpeech", as_lines=as_lines) as reply:
            yield SpeechStream(
                format=audio, chunks=self._sound(reply), request_id=reply.headers.get("x-request-id", "")
            )

    def voices(self) -> Iterator[Voice]:
        """Yield the voices that the server lists, else those that are known of it."""
        if self._server.lists_voices:
            yield from listed_voices(self._client, self._endpoint)
            return
        model = self._server.models[0]
        for name in self._server.voices:
            yield Voice(
                id=_full_voice(name, model, self._server),
                name=name,
                lang="",
                gender="",
                engines=(),
                vendor="openai",
            )

    def _sound(self, reply: ReplyStream) -> Iterator[bytes]:
        """Yield the sound; what a server says in the middle of it gets the name of the request."""
        try:
            yield from sound_of(reply, self._endpoint.host)
        except VoicectlError as error:
            request_id = reply.headers.get("x-request-id", "")
            raise error.knowing(vendor="openai", request_id=request_id) from None

    @cached_property
    def _base_url(self) -> str:
        return self._access.profile.settings.get("base_url") or OPENAI.url

    @cached_property
    def _server(self) -> Server:
        # --endpoint-url leads elsewhere, but what is spoken to stays the same kind of server.
        return server_at(self._base_url)

    @cached_property
    def _endpoint(self) -> Endpoint:
        return self._access.endpoint("speech", self._base_url)

    @cached_property
    def _source(self) -> KeyIfAny:
        endpoint = self._endpoint
        needed = self._server.needs_key and not endpoint.is_custom
        return KeyIfAny(self._access.keys("api_key", host=endpoint.host, needed=needed))

    @cached_property
    def _client(self) -> Client:
        host = self._endpoint.host
        return self._access.client(
            IfKeyed(schemes.build("bearer")), lambda reply: judge(reply, host), self._source
        )


def judge(reply: Reply, host: str) -> VoicectlError | None:
    """Say what is wrong with a reply, and how long to wait where the server counts in milliseconds."""
    error = error_in(reply, host) or error_at_start(reply.body, host)
    wait = reply.headers.get("retry-after-ms", "")
    if isinstance(error, TryLater) and wait.isascii() and wait.isdecimal():
        return error.knowing(retry_after=int(wait) / 1000)
    return error


def speech_request(endpoint: Endpoint, utterance: Utterance, audio: AudioFormat) -> Request:
    """Return the request, without its key, for one piece of text."""
    import json

    body: dict[str, object] = {
        "model": utterance.engine,
        "input": utterance.text,
        "voice": {"id": utterance.voice} if utterance.voice.startswith(OWN_VOICE) else utterance.voice,
        "response_format": audio.container.value,
    }
    if utterance.rate is not None:
        body["speed"] = utterance.rate
    if instructions := _instructions(utterance):
        body["instructions"] = instructions
    body |= {name: _value(text) for name, text in utterance.params.items()}
    written = json.dumps(body, ensure_ascii=False).encode()
    return endpoint.request("POST", "/v1/audio/speech", headers=(JSON,), body=written)


def _check_style(utterance: Utterance, model: str, server: Server) -> None:
    """Raise Unsupported where emotion or style would be ignored without a word."""
    given = [name for name in ("emotion", "style") if getattr(utterance, name)]
    if given and "instructions" in utterance.params:
        raise Unsupported(
            "--{option} and --param instructions say the same", option=given[0], hint="leave out --{option}"
        )
    # A proxy puts the name of the maker before that of the model.
    if not given or model.rpartition("/")[2].startswith("gpt-"):
        return
    raise Unsupported(
        "model {model!r} has no --{option}; {better} has",
        model=model,
        option=given[0],
        better=OPENAI.models[0],
        vendor="openai",
        hint="--engine {better}" if server is OPENAI else "--param instructions=TEXT if the model takes them",
    )


def _check_stream(utterance: Utterance, model: str, server: Server) -> None:
    """Raise Unsupported for a way of streaming that there is not, or not with this model of OpenAI's."""
    refuse_unknown("--param stream_format", utterance.params.get("stream_format", ""), "openai", STREAMS)
    asks = [name for name in ("stream_format", "instructions") if name in utterance.params]
    if asks and server is OPENAI and model in PLAIN_MODELS:
        raise Unsupported(
            "model {model!r} has no --param {name}; {better} has",
            model=model,
            name=asks[0],
            better=OPENAI.models[0],
            vendor="openai",
            hint="--engine {better}",
        )


def _full_voice(voice: str, model: str, server: Server) -> str:
    voice = voice or next(iter(server.voices), "")
    return voice if ":" in voice else server.voice_prefix.format(model=model) + voice


def _instructions(utterance: Utterance) -> str:
    feeling = f"Speak in a {utterance.emotion} tone." if utterance.emotion else ""
    return " ".join(filter(None, (feeling, utterance.style)))


def _value(text: str) -> object:
    """Read a parameter as JSON where it is that, else as text."""
    import json

    try:
        return json.loads(text)
    except ValueError:
        return text
