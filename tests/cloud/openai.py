"""OpenAI-style servers on loopback: the key is checked, errors have a form of their own, sound is real."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.cloud import sounds
from tests.cloud.server import Answer, RawRequest

KEY = "sk-EXAMPLE-0123456789abcdef"
REQUEST_ID = "req_EXAMPLE"
KINDS = {
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
OPENAI_VOICES = {
    "alloy",
    "ash",
    "ballad",
    "coral",
    "echo",
    "fable",
    "onyx",
    "nova",
    "sage",
    "shimmer",
    "verse",
}

Form = Callable[[int, str, str, str], bytes]
"""Write an error: status, message, code, type."""


def envelope(status: int, message: str, code: str, kind: str) -> bytes:
    error = {"message": message, "type": kind, "param": None, "code": code or None}
    return json.dumps({"error": error}).encode()


def proxied(status: int, message: str, code: str, kind: str) -> bytes:
    """Write as LiteLLM does: the status is the code, and a string."""
    return json.dumps({"error": {"message": message, "type": kind, "code": str(status)}}).encode()


def flat(status: int, message: str, code: str, kind: str) -> bytes:
    return json.dumps({"message": message, "code": code, "type": kind, "param": None}).encode()


def plain(status: int, message: str, code: str, kind: str) -> bytes:
    return json.dumps({"error": message, "details": kind}).encode()


def detail_text(status: int, message: str, code: str, kind: str) -> bytes:
    return json.dumps({"detail": message}).encode()


def detail_object(status: int, message: str, code: str, kind: str) -> bytes:
    return json.dumps({"detail": {"error": code, "message": message, "type": kind}}).encode()


def detail_list(status: int, message: str, code: str, kind: str) -> bytes:
    return json.dumps({"detail": [{"type": kind, "loc": ["body", "input"], "msg": message}]}).encode()


def no_json(status: int, message: str, code: str, kind: str) -> bytes:
    return b"Internal Server Error" if status == 500 else message.encode()


FORMS: dict[str, Form] = {
    form.__name__: form
    for form in (envelope, proxied, flat, plain, detail_text, detail_object, detail_list, no_json)
}


class No(Exception):
    """The server refuses."""

    def __init__(
        self, status: int, message: str, code: str = "", kind: str = "invalid_request_error"
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.kind = status, message, code, kind


@dataclass
class OpenAiServer:
    """A server; with an empty `key` it wants none. `listing` answers for voices, None is no route.

    With `knows_events` it streams events where they are asked for; others do not know the word.
    """

    key: str = KEY
    form: Form = envelope
    prefix: str = "/v1"
    voices: set[str] | None = field(default_factory=lambda: OPENAI_VOICES)
    listing: object = None
    label: str = ""
    knows_events: bool = True
    models: object = field(default_factory=lambda: {"object": "list", "data": []})
    spoken: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: RawRequest) -> Answer:
        try:
            return self._serve(request)
        except No as no:
            headers = (("Content-Type", "application/json"), ("x-request-id", REQUEST_ID))
            return Answer(no.status, headers, self.form(no.status, no.message, no.code, no.kind))

    def _serve(self, request: RawRequest) -> Answer:
        shown = request.header("authorization")
        if self.key and shown != f"Bearer {self.key}":
            raise No(401, f"Incorrect API key provided: {(shown or '')[7:]}.", "invalid_api_key")
        match request.method, request.path.removeprefix(self.prefix):
            case "POST", "/audio/speech":
                return self._speech(json.loads(request.body))
            case "GET", "/audio/voices" if self.listing is not None:
                return Answer(200, (("Content-Type", "application/json"),), json.dumps(self.listing).encode())
            case "GET", "/models" if self.models is not None:
                return Answer(200, (("Content-Type", "application/json"),), json.dumps(self.models).encode())
        raise No(404, "Not Found", "", "")

    def _speech(self, body: dict[str, Any]) -> Answer:
        for name in ("input", "model", "voice"):
            if not body.get(name):
                raise No(400, f"Missing required parameter: '{name}'.", "missing_required_parameter")
        if len(body["input"]) > 4096:
            raise No(400, "String should have at most 4096 characters: length", "string_above_max_length")
        voice = body["voice"]
        name = voice.get("id") if isinstance(voice, dict) else voice
        if self.voices is not None and name not in self.voices:
            raise No(404, f"voice {name!r} does not exist", "voice_not_found")
        if body["model"].startswith("tts-1") and "instructions" in body:
            raise No(400, "instructions are not supported by this model", "unsupported_parameter")
        if not 0.25 <= body.get("speed", 1) <= 4:
            raise No(400, "speed is out of range", "invalid_value")
        form = body.get("response_format", "mp3")
        if form not in KINDS:
            raise No(400, f"unknown format {form}", "invalid_value")
        self.spoken.append(body)
        seconds = sounds.seconds_of(body["input"])
        sound = (
            sounds.wav(seconds, 24000, sized=False) if form == "wav" else sounds.made(form, seconds, 24000)
        )
        headers = (("Content-Type", self.label or KINDS[form]), ("x-request-id", REQUEST_ID))
        if self.knows_events and body.get("stream_format") == "sse":
            if body["model"].startswith("tts-1"):
                raise No(400, "sse is not supported by this model", "unsupported_value")
            kind = ("Content-Type", "text/event-stream; charset=utf-8")
            return Answer(200, (kind, headers[1]), told_in_events(sound))
        return Answer(200, headers, sound)


def event(**fields: object) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def told_in_events(sound: bytes, size: int = 1000) -> bytes:
    """Write sound as OpenAI does: pieces of base64, and what it cost."""
    pieces = [sound[at : at + size] for at in range(0, len(sound), size)]
    deltas = [event(type="speech.audio.delta", audio=b64encode(piece).decode()) for piece in pieces]
    usage = {"input_tokens": 3, "output_tokens": 90, "total_tokens": 93}
    return b"".join((*deltas, event(type="speech.audio.done", usage=usage)))
