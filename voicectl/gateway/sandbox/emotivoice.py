"""EmotiVoice in the sandbox, in its three forms: the open server, a gateway before it, Youdao's cloud."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

from voicectl.core.request import Request
from voicectl.gateway.sandbox.accounts import EMOTIVOICE_KEY, YOUDAO_VENDOR
from voicectl.gateway.sandbox.asked import bearer, form_of, is_in, object_of
from voicectl.gateway.sandbox.check import Rules, caller
from voicectl.gateway.sandbox.cloud import Cloud, No, Refused
from voicectl.gateway.sandbox.openai import SPEECH
from voicectl.gateway.sandbox.sound import Studio
from voicectl.gateway.wire import Answer, as_json
from voicectl.signing.claims import Claims
from voicectl.vendors.emotivoice.feelings import OF_GATEWAY

ABOUT, SIMPLE, CLOUD = "/openapi.json", "/v1/tts", "/ttsapi"
TOKENS, LONGEST, LONGEST_BYTES = 510, 4096, 1000
FORMATS = ("wav", "mp3", "flac", "ogg", "opus")
SPEAKER = re.compile("[0-9]{1,5}")
"""There are about two thousand, each a number; which numbers is not known here."""
FILE_LIFE = timedelta(hours=1)
BROKEN = No("", 500, "Internal Server Error")
NO_JSON = No("", 422, "JSON decode error")
CODES = {
    "malformed": "101",
    "unknown_key": "108",
    "old": "206",
    "early": "206",
    "mismatch": "202",
    "replayed": "207",
}


class OpenServer:
    """The open-source server: it asks for no key, checks types, and fails over everything else.

    A request without any key is for it where it looks like one of its own.
    """

    vendor = "emotivoice"
    throttled = No("", 429, "Too Many Requests")

    def __init__(self, cloud: Cloud, studio: Studio) -> None:
        self._cloud = cloud
        self._studio = studio

    def knows(self, request: Request) -> bool:
        if request.path != SPEECH:
            return request.path == ABOUT
        shown = bearer(request)
        return shown == EMOTIVOICE_KEY or (not shown and _is_its_own(request.body))

    async def serve(self, request: Request) -> Answer:
        if request.path == ABOUT:
            return as_json(200, {"openapi": "3.1.0", "paths": {SPEECH: {"post": {}}, SIMPLE: {"post": {}}}})
        if request.method != "POST":
            raise Refused("", 405, "Method Not Allowed")
        asked = object_of(request.body, NO_JSON)
        for name in ("input", "voice", "prompt"):
            if not isinstance(asked.get(name, ""), str) or (name == "input" and name not in asked):
                wrong = {
                    "type": "string_type",
                    "loc": ["body", name],
                    "msg": "Input should be a valid string",
                }
                return as_json(422, {"detail": [wrong]})
        form, text = asked.get("response_format", "mp3"), asked["input"]
        is_known = SPEAKER.fullmatch(asked.get("voice", "8051")) is not None
        if not is_known or not 0 < len(text) <= TOKENS or form not in FORMATS:
            raise Refused(*BROKEN)
        sound = await self._studio.made(text, form, 16000)
        self._cloud.note("emotivoice", "synthesis", interface="openai", characters=len(text), format=form)
        return Answer(200, (("Content-Type", f"audio/{form}"),), sound.data)

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        if refused.status == 500:
            return Answer(500, (("Content-Type", "text/plain; charset=utf-8"),), refused.message.encode())
        return as_json(refused.status, {"detail": refused.message})


def _is_its_own(body: bytes) -> bool:
    try:
        asked = json.loads(body)
    except ValueError:
        return False
    if not isinstance(asked, dict):
        return False
    return asked.get("model", "emoti-voice") == "emoti-voice" or "prompt" in asked


class Simple:
    """The form that answers with a pointer to the sound."""

    vendor = "emotivoice"
    throttled = No("", 429, "Too Many Requests")

    def __init__(self, cloud: Cloud, studio: Studio) -> None:
        self._cloud = cloud
        self._studio = studio

    def knows(self, request: Request) -> bool:
        return request.path == SIMPLE or (request.path == "/v1/models" and bearer(request) == EMOTIVOICE_KEY)

    async def serve(self, request: Request) -> Answer:
        shown = bearer(request)
        if shown != EMOTIVOICE_KEY:
            raise Refused("", 401, "Invalid API Key" if shown else "Missing or invalid Authorization header")
        if request.method == "GET":
            return as_json(200, {"object": "list", "data": [{"id": "emoti-voice", "object": "model"}]})
        asked = object_of(request.body, No("", 400, "the body is no JSON object"))
        text, emotion = asked.get("text"), asked.get("emotion", OF_GATEWAY[0])
        if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
            raise Refused("", 400, f"text must have 1 to {LONGEST} characters")
        if emotion not in OF_GATEWAY or not is_in(asked.get("speed", 1), 0.1, 10):
            raise Refused("", 400, "emotion or speed is not valid")
        sound = await self._studio.made(text, "wav", 16000)
        path = f"/audio/output_{self._cloud.name(12)}.wav"
        self._cloud.offer(path, "audio/wav", sound.data, FILE_LIFE)
        self._cloud.note("emotivoice", "synthesis", interface="v1tts", characters=len(text), format="wav")
        told = {"status": "success", "audio_url": path, "text": text, "emotion": emotion}
        return as_json(200, told, ("x-request-id", f"sandbox-{self._cloud.number()}"))

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        return as_json(refused.status, {"error": refused.message}, ("x-request-id", request_id))


def _look(request: Request, claims: Claims) -> str:
    form = form_of(request)
    is_whole = {"q", "voiceName", "sign", "salt", "curtime"} <= form.keys() and request.method == "POST"
    return "" if is_whole and form.get("signType") == "v3" else "malformed"


RULES = Rules(
    vendor=YOUDAO_VENDOR,
    scheme="youdao-v3",
    words={kind: No(code, 200) for kind, code in CODES.items()},
    window=timedelta(minutes=10),
    has_nonce=True,
    look=_look,
)


class Youdao:
    """Youdao's cloud: every answer is a 200, and a refusal is a number."""

    vendor = "emotivoice"
    throttled = No("411", 200)

    def __init__(self, cloud: Cloud, studio: Studio) -> None:
        self._cloud = cloud
        self._studio = studio

    def knows(self, request: Request) -> bool:
        return request.path == CLOUD

    async def serve(self, request: Request) -> Answer:
        caller(self._cloud, RULES, request)
        form = form_of(request)
        text = form["q"]
        if not text.strip():
            raise Refused("101", 200)
        if len(text.encode()) > LONGEST_BYTES:
            raise Refused("103", 200)
        sound = await self._studio.made(text, "mp3", 16000)
        self._cloud.note("emotivoice", "synthesis", interface="youdao", characters=len(text), format="mp3")
        return Answer(200, (("Content-Type", "audio/mp3"),), sound.data)

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        told: dict[str, Any] = {"errorCode": refused.code, "requestId": request_id}
        return as_json(200, {**told, "message": refused.message} if refused.message else told)
