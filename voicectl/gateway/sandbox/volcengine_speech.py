"""Volcengine's speech in the sandbox over HTTP, both interfaces. Its sockets: `volcengine_sockets.py`."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from typing import Any

from voicectl.core.request import Request
from voicectl.core.text import is_speakable
from voicectl.gateway.sandbox.accounts import SPEECH_APP, SPEECH_KEY, SPEECH_TOKEN
from voicectl.gateway.sandbox.asked import below, is_in, object_of
from voicectl.gateway.sandbox.cloud import Cloud, No, Refused
from voicectl.gateway.sandbox.sound import Studio, chunks, plain, timed
from voicectl.gateway.wire import Answer, as_json
from voicectl.vendors.volcengine.engines import CLONES_V1, ENGINES, FAMILIES, STANDARD_V1
from voicectl.vendors.volcengine.services import LIMIT_BYTES, RATES_V1, RATES_V3

V1, V3 = "/api/v1/tts", "/api/v3/tts/unidirectional"
BUSY = "quota exceeded for types: concurrency"
NO_GRANT = "authenticate request: load grant: requested grant not found"
CLUSTERS = (STANDARD_V1, *CLONES_V1)
FORMATS = {"wav": "wav", "pcm": "pcm", "mp3": "mp3", "ogg_opus": "opus"}
RANGES_V1 = {
    "speed_ratio": (0.2, 3),
    "volume_ratio": (0.1, 3),
    "pitch_ratio": (0.1, 3),
    "loudness_ratio": (0.5, 2),
}
RANGES_V3 = {"speech_rate": (-50, 100), "loudness_rate": (-50, 100), "emotion_scale": (1, 5)}
PIECE = 12_000


def check_bearer(request: Request) -> None:
    """Take `Bearer;TOKEN`, with a blank after the semicolon or without."""
    scheme, semicolon, token = (request.header("authorization") or "").partition(";")
    if scheme != "Bearer" or not semicolon or token.removeprefix(" ") != SPEECH_TOKEN:
        raise Refused("3001", 401, NO_GRANT)


def check_keys(request: Request) -> str:
    """Check the headers of the newer interface; return the resource that is asked for."""
    key, token = request.header("x-api-key"), request.header("x-api-access-key")
    app = request.header("x-api-app-id") or request.header("x-api-app-key")
    if key is not None and key != SPEECH_KEY:
        raise Refused("45000010", 401, "Invalid X-Api-Key")
    if key is None and (app, token) != (SPEECH_APP, SPEECH_TOKEN):
        raise Refused("45000010", 401, "load grant: requested grant not found")
    engine = request.header("x-api-resource-id") or ""
    if engine not in ENGINES or engine in CLUSTERS:
        raise Refused("45000030", 403, f"[resource_id={engine}] requested resource not granted")
    return engine


def check_v1(body: Mapping[str, Any], operation: str) -> tuple[str, str, int]:
    """Refuse what the first interface does not take; return text, format and rate."""
    app, audio, asked = below(body, "app"), below(body, "audio"), below(body, "request")
    for place, names in ((app, ("appid", "token", "cluster")), (below(body, "user"), ("uid",))):
        for name in names:
            if not place.get(name):
                raise Refused("3001", 200, f"{name} is required")
    if app["appid"] != SPEECH_APP:
        raise Refused("3001", 403, NO_GRANT)
    _check_voice_v1(str(audio.get("voice_type") or ""), str(app["cluster"]))
    if asked.get("operation") != operation:
        raise Refused("3001", 200, f"operation must be {operation}")
    text = asked.get("text")
    if not isinstance(text, str) or not is_speakable(plain(text)):
        raise Refused("3011", 200, "illegal input text!")
    if len(text.encode()) > LIMIT_BYTES and not str(app["cluster"]).startswith("volcano_icl"):
        raise Refused("3010", 200, "text too long")
    form, rate = str(audio.get("encoding", "pcm")), audio.get("rate", 24000)
    if form not in FORMATS or rate not in RATES_V1 or (form == "wav" and operation == "submit"):
        raise Refused("3001", 200, "encoding or rate is invalid")
    _check_ranges(audio, RANGES_V1, "3001")
    return text, FORMATS[form], rate


def _check_voice_v1(voice: str, cluster: str) -> None:
    family = next((each for each in FAMILIES if each.names.search(voice)), None)
    if family is None:
        raise Refused("3050", 200, "voice not found")
    if cluster not in family.engines:
        raise Refused("3031", 200, "Fail to feed text, reason Init Engine Instance failed")


def check_v3(
    body: Mapping[str, Any], engine: str, *, has_text: bool = True
) -> tuple[dict[str, Any], str, str, int]:
    """Refuse what the newer interface does not take; return `req_params`, text, format and rate."""
    found = below(body, "req_params")
    if not found or not below(body, "user").get("uid"):
        raise Refused("45000001", 400, "req_params and user.uid are required")
    voice = str(found.get("speaker") or "")
    family = next((each for each in FAMILIES if each.names.search(voice)), None)
    if family is None:
        raise Refused("45000000", 403, "speaker permission denied: get resource id: access denied")
    if engine not in family.engines:
        raise Refused("45000000", 400, "resource ID is mismatched with speaker related resource")
    audio = below(found, "audio_params")
    form, rate = str(audio.get("format", "mp3")), audio.get("sample_rate", 24000)
    if form not in FORMATS or form == "wav" or rate not in RATES_V3:
        raise Refused("45000001", 400, "format or sample_rate is invalid")
    _check_ranges(audio, RANGES_V3, "45000001")
    if "additions" in found:
        _check_additions(found["additions"])
    text = found.get("text") or found.get("ssml") or ""
    if has_text and (not isinstance(text, str) or not is_speakable(plain(text))):
        raise Refused("45000001", 400, "text is empty")
    return found, str(text), FORMATS[form], rate


def _check_additions(additions: object) -> None:
    no = No("45000001", 400, "additions must be a string that holds JSON")
    if not isinstance(additions, str):
        raise Refused(*no)
    object_of(additions.encode(), no)


def _check_ranges(audio: Mapping[str, Any], ranges: Mapping[str, tuple[float, float]], code: str) -> None:
    for name, (low, high) in ranges.items():
        if name in audio and not is_in(audio[name], low, high):
            raise Refused(code, 200 if code == "3001" else 400, f"{name} is out of range")


def marks_are_wanted(found: Mapping[str, Any], engine: str) -> bool:
    """Say whether words are told: each generation has a parameter of its own for that."""
    name = "enable_subtitle" if engine.endswith("2.0") else "enable_timestamp"
    return below(found, "audio_params").get(name) is True


def sentence_of(text: str, begun: int, milliseconds: int) -> dict[str, Any]:
    """Return a sentence with its words' times in seconds."""
    words = [
        {"word": each.text, "startTime": each.begin_ms / 1000, "endTime": each.end_ms / 1000, "confidence": 1}
        for each in timed(plain(text), begun, milliseconds)
    ]
    return {"phonemes": [], "text": text, "words": words}


class VolcengineSpeech:
    """Both interfaces over HTTP; `names` are the requests that were seen, by any way."""

    vendor = "volcengine"
    throttled = No("45000000", 429, BUSY)

    def __init__(self, cloud: Cloud, studio: Studio, names: set[str]) -> None:
        self._cloud = cloud
        self._studio = studio
        self._names = names

    def knows(self, request: Request) -> bool:
        return request.path in (V1, V3)

    async def serve(self, request: Request) -> Answer:
        if request.method != "POST":
            raise Refused("3001", 405, "method not allowed")
        return await (self._query(request) if request.path == V1 else self._stream(request))

    async def _query(self, request: Request) -> Answer:
        check_bearer(request)
        body = object_of(request.body, No("3001", 400, "the body is no JSON object"))
        text, form, rate = check_v1(body, "query")
        name = take(self._names, below(body, "request").get("reqid"))
        sound = await self._studio.made(text, form, rate)
        addition = {"duration": str(sound.milliseconds)}
        if below(body, "request").get("with_timestamp") in (1, "1"):
            words = [
                {"word": each.text, "start_time": each.begin_ms, "end_time": each.end_ms}
                for each in timed(plain(text), 0, sound.milliseconds)
            ]
            addition["frontend"] = json.dumps({"words": words}, ensure_ascii=False)
        self._cloud.note("volcengine", "synthesis", interface="v1", characters=len(text), format=form)
        told = {
            "reqid": name,
            "code": 3000,
            "operation": "query",
            "message": "Success",
            "sequence": -1,
            "data": b64encode(sound.data).decode(),
            "addition": addition,
        }
        return as_json(200, told, ("X-Tt-Logid", f"sandbox-{self._cloud.number()}"))

    async def _stream(self, request: Request) -> Answer:
        engine = check_keys(request)
        body = object_of(request.body, No("45000001", 400, "the body is no JSON object"))
        found, text, form, rate = check_v3(body, engine)
        sound = await self._studio.made(text, form, rate)
        self._cloud.note("volcengine", "synthesis", interface="v3", characters=len(text), format=form)
        sentence = sentence_of(text, 0, sound.milliseconds) if marks_are_wanted(found, engine) else None
        counts = request.header("x-control-require-usage-tokens-return") in ("*", "text_words")
        usage = {"usage": {"text_words": len(text)}} if counts else {}
        log = ("X-Tt-Logid", f"sandbox-{self._cloud.number()}")
        return Answer(200, (("Content-Type", "application/json"), log), _lines(sound.data, sentence, usage))

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        code = int(refused.code) if refused.code.isdigit() else 55000000
        told = {"reqid": "", "code": code, "message": refused.message}
        return as_json(refused.status, told, ("X-Tt-Logid", request_id))


async def _lines(
    sound: bytes, sentence: Mapping[str, Any] | None, usage: Mapping[str, Any]
) -> AsyncIterator[bytes]:
    """Yield the objects of a good answer: the sound in pieces, the words, the end."""
    for piece in chunks(sound, PIECE):
        yield _line(code=0, message="", data=b64encode(piece).decode())
    if sentence:
        yield _line(code=0, message="", data=None, sentence=sentence)
    yield _line(code=20000000, message="OK", data=None, **usage)


def _line(**told: object) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def take(names: set[str], name: object) -> str:
    """Note the name of a request, which none before it may have had."""
    if not isinstance(name, str) or not name:
        raise Refused("3001", 200, "request.reqid is required")
    if name in names:
        raise Refused("3006", 200, "reqid has been used")
    names.add(name)
    return name
