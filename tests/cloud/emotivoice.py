"""EmotiVoice on loopback in its three forms: the open server, a gateway before it, Youdao's cloud."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from tests.cloud import sounds
from tests.cloud.court import Account, system_now
from tests.cloud.server import Answer, RawRequest

JSON = (("Content-Type", "application/json"), ("x-request-id", "gw-EXAMPLE"))
SPEAKERS = {"8051", "11614", "9017", "6097"}
FORMATS = {"wav", "mp3", "flac", "ogg", "opus"}
TOKENS = 510
APP = Account("testAppKey01EXAMPLE", "testSecret01EXAMPLE")


@dataclass
class OpenServer:
    """The open-source server: it checks types, and fails over everything else.

    A `key` is wanted by the proxy that stands before it; `paths` are what it says it has.
    """

    key: str = ""
    paths: tuple[str, ...] = ("/v1/audio/speech",)
    spoken: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: RawRequest) -> Answer:
        if self.key and request.header("authorization") != f"Bearer {self.key}":
            return Answer(401, JSON, b'{"error": "Invalid API key"}')
        if (request.method, request.path) == ("GET", "/openapi.json") and self.paths:
            about = {"openapi": "3.1.0", "paths": {path: {"post": {}} for path in self.paths}}
            return Answer(200, JSON, json.dumps(about).encode())
        if (request.method, request.path) != ("POST", "/v1/audio/speech"):
            return Answer(404, JSON, b'{"detail":"Not Found"}')
        body = json.loads(request.body)
        for name in ("input", "voice", "prompt"):
            if not isinstance(body.get(name, ""), str):
                wrong = {
                    "type": "string_type",
                    "loc": ["body", name],
                    "msg": "Input should be a valid string",
                }
                return Answer(422, JSON, json.dumps({"detail": [wrong]}).encode())
        form = body.get("response_format", "mp3")
        if body.get("voice", "8051") not in SPEAKERS or len(body["input"]) > TOKENS or form not in FORMATS:
            return Answer(500, (("Content-Type", "text/plain; charset=utf-8"),), b"Internal Server Error")
        self.spoken.append(body)
        sound = sounds.made(form, sounds.seconds_of(body["input"]), 16000)
        return Answer(200, (("Content-Type", f"audio/{form}"),), sound)


def demo_page(request: RawRequest) -> Answer:
    """Answer as the web demo on the other port does."""
    return Answer(403, (("Content-Type", "text/html"),), b"<html>403: Forbidden</html>")


@dataclass
class Gateway:
    """The form that answers with a pointer; with an empty `pointer` it answers with sound."""

    key: str = "ak_live_EXAMPLE"
    pointer: str = "/audio/output_1.wav"
    says: dict[str, Any] | None = None
    models: dict[str, Any] | None = field(default_factory=lambda: {"object": "list", "data": []})
    spoken: list[dict[str, Any]] = field(default_factory=list)
    fetched: list[RawRequest] = field(default_factory=list)

    def __call__(self, request: RawRequest) -> Answer:
        if request.header("authorization") != f"Bearer {self.key}":
            return Answer(401, JSON, b'{"error": "Invalid API Key"}')
        if request.path == "/v1/models":
            known = self.models is not None
            return Answer(
                200 if known else 404, JSON, json.dumps(self.models or {"error": "Not Found"}).encode()
            )
        if request.method == "GET":
            self.fetched.append(request)
            return self._sound()
        body = json.loads(request.body)
        self.spoken.append(body)
        if self.says is not None:
            return Answer(200, JSON, json.dumps(self.says).encode())
        if not self.pointer:
            return self._sound()
        return Answer(
            200, JSON, json.dumps({"status": "success", "audio_url": self.pointer, **body}).encode()
        )

    def _sound(self) -> Answer:
        return Answer(
            200, (("Content-Type", "audio/wav"),), sounds.wav(sounds.seconds_of(self.spoken[-1]["text"]))
        )


@dataclass
class Youdao:
    """The cloud: the hash is computed as its Python sample does, every answer is a 200."""

    account: Account = APP
    now: Callable[[], datetime] = system_now
    busy: int = 0
    salts: set[str] = field(default_factory=set)
    spoken: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, request: RawRequest) -> Answer:
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        code = self._refusal(request, form)
        if code:
            return Answer(
                200,
                (("Content-Type", "application/json;charset=UTF-8"),),
                json.dumps({"errorCode": code}).encode(),
            )
        self.spoken.append(form)
        return Answer(200, (("Content-Type", "audio/mp3"),), sounds.mp3(sounds.seconds_of(form["q"]), 16000))

    def _refusal(self, request: RawRequest, form: dict[str, str]) -> str:
        if self.busy:
            self.busy -= 1
            return "411"
        if request.method != "POST" or not {"q", "voiceName", "sign", "salt", "curtime"} <= form.keys():
            return "101"
        if form["appKey"] != self.account.key_id:
            return "108"
        if abs(self.now().timestamp() - int(form["curtime"])) > 600:
            return "206"
        text = form["q"]
        shown = text if len(text) <= 20 else text[:10] + str(len(text)) + text[-10:]
        told = form["appKey"] + shown + form["salt"] + form["curtime"] + self.account.secret
        if form["sign"] != hashlib.sha256(told.encode()).hexdigest() or form["signType"] != "v3":
            return "202"
        if form["salt"] in self.salts:
            return "207"
        self.salts.add(form["salt"])
        return "103" if len(text.encode()) > 1000 else ""
