"""OpenAI's speech in the sandbox, whole and as events, with the lists of models and of voices."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

from voicectl.core.request import Request
from voicectl.gateway.sandbox.accounts import API_KEY
from voicectl.gateway.sandbox.asked import bearer, is_in, object_of
from voicectl.gateway.sandbox.cloud import Cloud, No, Refused
from voicectl.gateway.sandbox.sound import Flow, Studio, chunks
from voicectl.gateway.wire import Answer, as_json
from voicectl.vendors.openai.servers import OPENAI, SERVERS

SPEECH, MODELS, VOICES = "/v1/audio/speech", "/v1/models", "/v1/audio/voices"
RATE, LONGEST = 24000, 4096
KINDS = {
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
NEVER = ("aac",)
"""What the real one writes and nothing here can."""
OWN_VOICE = "voice_"
ALL_MODELS = tuple(dict.fromkeys(model for server in SERVERS for model in server.models))
NO_JSON = No("", 400, "We could not parse the JSON body of your request.")


class OpenAi:
    """The server; other servers' models speak with any voice."""

    vendor = "openai"
    throttled = No("rate_limit_exceeded", 429, "Rate limit reached for requests")

    def __init__(self, cloud: Cloud, studio: Studio) -> None:
        self._cloud = cloud
        self._studio = studio

    def knows(self, request: Request) -> bool:
        # Some servers have their own word before that.
        return request.path.removeprefix("/openai") in (SPEECH, MODELS, VOICES)

    async def serve(self, request: Request) -> Answer:
        shown = bearer(request)
        if not shown:
            raise Refused("", 401, "You didn't provide an API key.")
        if shown != API_KEY:
            masked = f"{shown[:3]}***{shown[-4:]}" if len(shown) > 12 else "***"
            raise Refused("invalid_api_key", 401, f"Incorrect API key provided: {masked}.")
        match request.method, request.path.removeprefix("/openai"):
            case "POST", path if path == SPEECH:
                return await self._speech(object_of(request.body, NO_JSON))
            case "GET", path if path == MODELS:
                about = {"object": "model", "created": 1698785189, "owned_by": "sandbox"}
                return self._json({"object": "list", "data": [{"id": name, **about} for name in ALL_MODELS]})
            case "GET", path if path == VOICES:
                return self._json({"voices": [{"id": name, "name": name} for name in OPENAI.voices]})
        raise Refused("", 405, "Not allowed to use this method on this path.")

    async def _speech(self, asked: dict[str, Any]) -> Answer:
        form = check(asked)
        text, events = asked["input"], asked.get("stream_format") == "sse"
        self._cloud.note("openai", "synthesis", characters=len(text), format=form, events=events)
        request_id = ("x-request-id", f"req_{self._cloud.name()}")
        if form == "wav":
            # Its wav never tells how long it is.
            data = (await Flow(self._studio, "wav", RATE).say(text))[0]
        else:
            data = (await self._studio.made(text, form, RATE)).data
        if events:
            return Answer(200, (("Content-Type", "text/event-stream"), request_id), _events(data, len(text)))
        return Answer(200, (("Content-Type", KINDS[form]), request_id), _pieces(data))

    def _json(self, body: object) -> Answer:
        return as_json(200, body, ("x-request-id", f"req_{self._cloud.name()}"))

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        kinds = {401: "authentication_error", 429: "requests"}
        kind = kinds.get(refused.status, "server_error" if refused.status > 499 else "invalid_request_error")
        error = {"message": refused.message, "type": kind, "param": None, "code": refused.code or None}
        return as_json(refused.status, {"error": error}, ("x-request-id", request_id))


def check(asked: dict[str, Any]) -> str:
    """Refuse what the interface does not take; return the format."""
    for name in ("input", "model", "voice"):
        if not asked.get(name):
            raise Refused("missing_required_parameter", 400, f"Missing required parameter: '{name}'.")
    text, model, voice = asked["input"], asked["model"], asked["voice"]
    if not isinstance(text, str) or not isinstance(model, str):
        raise Refused("invalid_type", 400, "input and model must be strings")
    if len(text) > LONGEST:
        raise Refused("string_above_max_length", 400, f"String should have at most {LONGEST} characters")
    # A dated model is one of the same name.
    known = next((each for each in ALL_MODELS if model == each or model.startswith(f"{each}-20")), "")
    if not known:
        raise Refused("model_not_found", 404, f"The model '{model}' does not exist")
    voice_id = voice.get("id") if isinstance(voice, dict) else voice
    if known in OPENAI.models and voice_id not in OPENAI.voices and not str(voice_id).startswith(OWN_VOICE):
        raise Refused("invalid_value", 400, f"Input should be one of: {', '.join(OPENAI.voices)}")
    if not is_in(asked.get("speed", 1), 0.25, 4):
        raise Refused("invalid_value", 400, "speed must be between 0.25 and 4.0")
    if model.startswith("tts-1") and ("instructions" in asked or asked.get("stream_format") == "sse"):
        raise Refused("unsupported_parameter", 400, "tts-1 takes neither instructions nor stream_format sse")
    form = str(asked.get("response_format", "mp3"))
    if form in NEVER:
        raise Refused("sandbox_cannot", 501, f"the sandbox cannot write {form}")
    if form not in KINDS:
        raise Refused("invalid_value", 400, f"Input should be one of: {', '.join((*KINDS, *NEVER))}")
    return form


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    for piece in chunks(data, 16_384):
        yield piece


async def _events(data: bytes, size: int) -> AsyncIterator[bytes]:
    for piece in chunks(data, 6_000):
        yield _event(type="speech.audio.delta", audio=b64encode(piece).decode())
    usage = {
        "input_tokens": size,
        "output_tokens": len(data) // 1000,
        "total_tokens": size + len(data) // 1000,
    }
    yield _event(type="speech.audio.done", usage=usage)


def _event(**told: object) -> bytes:
    return b"data: " + json.dumps(told).encode() + b"\n\n"
