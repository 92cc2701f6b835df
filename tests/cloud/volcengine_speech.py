"""Volcengine's speech service on loopback: both HTTP interfaces, refusing what the real one refuses.

Its sockets: `volcengine_sockets.py`.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.cloud.server import Answer, Bytes, RawRequest
from tests.cloud.sounds import made, pcm, seconds_of

APP_ID, TOKEN, API_KEY = "1234567890", "EXAMPLE-access-token-0123456789", "EXAMPLE-api-key-0123456789"
LOG_ID = "20260102EXAMPLE"
VOICES = {
    "seed-tts-2.0": ("zh_female_vv_uranus_bigtts",),
    "seed-tts-1.0": ("zh_female_shuangkuaisisi_moon_bigtts", "zh_female_cancan_mars_bigtts"),
    "seed-icl-2.0": ("S_EXAMPLE1",),
    "seed-icl-1.0": (),
    "volcano_tts": ("BV001_streaming", "BV700_streaming", "zh_female_shuangkuaisisi_moon_bigtts"),
    "volcano_icl": ("S_EXAMPLE1",),
}
RATES_V1 = (8000, 16000, 24000)
RATES_V3 = (*RATES_V1, 22050, 32000, 44100, 48000)
RANGES_V1 = {
    "speed_ratio": (0.2, 3),
    "volume_ratio": (0.1, 3),
    "pitch_ratio": (0.1, 3),
    "loudness_ratio": (0.5, 2),
}
RANGES_V3 = {"speech_rate": (-50, 100), "loudness_rate": (-50, 100), "emotion_scale": (1, 5)}
LONGEST_V1 = 1024
BUSY = "quota exceeded for types: concurrency"


class No(Exception):
    """The service refuses."""

    def __init__(self, code: int, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@dataclass(frozen=True, slots=True)
class Pieces:
    """What goes back piece by piece, after which the connection lives on."""

    pieces: tuple[bytes, ...]

    def wire(self) -> Iterator[bytes]:
        yield head_of(LOG_ID) + b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in self.pieces)
        yield b"0\r\n\r\n"


def head_of(log_id: str) -> bytes:
    """Return the head of an answer in pieces."""
    return (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
        f"X-Tt-Logid: {log_id}\r\n\r\n"
    ).encode()


Fault = Callable[[list[bytes]], Any]
"""What goes back in place of the lines of a good answer."""


@dataclass
class VolcengineSpeech:
    """The service; `spoken` and `refused` are its ledger. The first `busy` requests meet others' work."""

    busy: int = 0
    fault: Fault | None = None
    spoken: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def __call__(self, request: RawRequest) -> Answer | Bytes:
        try:
            self._check_form(request)
            if request.path == "/api/v1/tts":
                return self._query(request)
            return self._stream(request)
        except No as no:
            self.refused.append(no.message)
            return self._no(no, request)

    def take(self, name: str) -> None:
        """Note the name of a request; one that was seen is refused, and so is one too many."""
        if not name:
            raise No(3001, "request.reqid is required")
        if name in self.names:
            raise No(3006, "reqid has been used")
        self.names.add(name)
        if len(self.names) <= self.busy:
            raise No(3003, BUSY)

    def _check_form(self, request: RawRequest) -> None:
        if request.path not in ("/api/v1/tts", "/api/v3/tts/unidirectional"):
            raise No(0, "no such path", 404)
        if request.method != "POST" or request.header("content-type") != "application/json":
            raise No(3001, "the body must be JSON", 400)

    def _query(self, request: RawRequest) -> Answer | Bytes:
        check_bearer(request.header("authorization"))
        body = read(request.body)
        check_v1(body, "query")
        self.take(body["request"].get("reqid", ""))
        self.spoken.append(body)
        text = body["request"]["text"]
        seconds = seconds_of(text)
        sound = made(body["audio"]["encoding"], seconds, body["audio"].get("rate", 24000))
        addition = {"duration": str(round(seconds * 1000))}
        if body["request"].get("with_timestamp") == 1:
            addition["frontend"] = json.dumps({"words": words_of(text, 1, "start_time", "end_time")})
        answer = {
            "reqid": body["request"]["reqid"],
            "code": 3000,
            "operation": "query",
            "message": "Success",
            "sequence": -1,
            "data": b64encode(sound).decode(),
            "addition": addition,
        }
        return self._answered([json.dumps(answer).encode()])

    def _stream(self, request: RawRequest) -> Answer | Bytes:
        engine = check_keys(request.header, ("X-Api-App-Id", "X-Api-App-Key"))
        body = read(request.body)
        parameters = body.get("req_params")
        check_v3(body, parameters, engine)
        name = request.header("x-api-request-id") or ""
        if len(self.names | {name}) <= self.busy:
            self.names.add(name)
            raise No(45000000, BUSY)
        self.spoken.append({**body, "engine": engine, "name": name})
        counts = request.header("x-control-require-usage-tokens-return") in ("*", "text_words")
        return self._answered(list(lines_of(parameters, engine, counts=counts)))

    def _answered(self, lines: list[bytes]) -> Answer | Bytes:
        if self.fault:
            return self.fault(lines)  # type: ignore[no-any-return]
        return Pieces(tuple(lines))  # type: ignore[return-value]

    def _no(self, no: No, request: RawRequest) -> Answer:
        body = {"reqid": "", "code": no.code, "message": no.message}
        headers = (("Content-Type", "application/json"), ("X-Tt-Logid", LOG_ID))
        return Answer(no.status, headers, json.dumps(body).encode() + b"\n")


def lines_of(parameters: Mapping[str, Any], engine: str, *, counts: bool) -> Iterator[bytes]:
    """Yield the lines of a good answer: three pieces of sound, the words in between, the end."""
    text = parameters.get("text") or parameters["ssml"]
    audio = parameters["audio_params"]
    sound = made(audio["format"], seconds_of(text), audio.get("sample_rate", 24000))
    borders = [0, len(sound) // 3, 2 * len(sound) // 3, len(sound)]
    for start, end in pairwise(borders):
        yield line(code=0, message="", data=b64encode(sound[start:end]).decode())
    if marks_are_wanted(audio, engine):
        yield line(code=0, message="", data=None, sentence=sentence_of(text))
    usage = {"usage": {"text_words": len(text)}} if counts else {}
    yield line(code=20000000, message="OK", data=None, **usage)


def line(**told: Any) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def marks_are_wanted(audio: Mapping[str, Any], engine: str) -> bool:
    """Say whether words are told: each generation of models has a parameter of its own for it."""
    name = "enable_subtitle" if engine in ("seed-tts-2.0", "seed-icl-2.0") else "enable_timestamp"
    return audio.get(name) is True


def sentence_of(text: str) -> dict[str, object]:
    return {"phonemes": [], "text": text, "words": words_of(text, 1000, "startTime", "endTime")}


def words_of(text: str, divisor: float, begin: str, end: str) -> list[dict[str, object]]:
    """Return a word for each sign, twenty milliseconds long."""
    return [
        {"word": sign, begin: at * 20 / divisor, end: (at + 1) * 20 / divisor, "confidence": 0.9}
        for at, sign in enumerate(text)
    ]


def read(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        raise No(3001, "the body is no JSON", 400) from None
    return found if isinstance(found, dict) else {}


def check_bearer(shown: str | None) -> None:
    """Accept `Bearer;TOKEN`, with or without a blank, and nothing else."""
    scheme, semicolon, token = (shown or "").partition(";")
    if scheme != "Bearer" or not semicolon or token.removeprefix(" ") != TOKEN:
        raise No(3001, "authenticate request: load grant: requested grant not found", 401)


def check_keys(header: Callable[[str], str | None], app_names: tuple[str, ...]) -> str:
    """Return the resource that may be used with these headers."""
    key, token = header("X-Api-Key"), header("X-Api-Access-Key")
    app_id = next((shown for name in app_names if (shown := header(name))), None)
    if key is not None and key != API_KEY:
        raise No(45000010, "Invalid X-Api-Key", 401)
    if key is None and (app_id, token) != (APP_ID, TOKEN):
        raise No(45000010, "load grant: requested grant not found", 401)
    engine = header("X-Api-Resource-Id") or ""
    if engine not in VOICES or engine.startswith("volcano"):
        raise No(45000030, f"[resource_id={engine}] requested resource not granted", 403)
    return engine


def check_v1(body: dict[str, Any], operation: str) -> None:
    """Refuse what the first interface refuses."""
    app, audio, asked = (body.get(name) or {} for name in ("app", "audio", "request"))
    for place, fields in ((app, ("appid", "token", "cluster")), (body.get("user") or {}, ("uid",))):
        for name in fields:
            if not place.get(name):
                raise No(3001, f"{name} is required")
    if app["appid"] != APP_ID:
        raise No(3001, "load grant: requested grant not found", 403)
    if app["token"] == TOKEN:
        raise No(3001, "the judge wants the token in the header alone")
    voice = audio.get("voice_type")
    if not any(voice in known for known in VOICES.values()):
        raise No(3050, "voice not found")
    if voice not in VOICES.get(app["cluster"], ()):
        raise No(3031, "Fail to feed text, reason Init Engine Instance failed")
    if asked.get("operation") != operation:
        raise No(3001, f"operation must be {operation}")
    check_text(asked.get("text"))
    if len(asked["text"].encode()) > LONGEST_V1:
        raise No(3010, "text too long")
    if audio.get("encoding", "pcm") not in ("wav", "pcm", "mp3", "ogg_opus"):
        raise No(3001, "encoding")
    if audio.get("rate", 24000) not in RATES_V1:
        raise No(3001, "rate")
    check_ranges(audio, RANGES_V1, 3001)
    large = voice.endswith("_bigtts")
    wrong = {"pitch_ratio", "volume_ratio"} if large else {"loudness_ratio", "enable_emotion"}
    if wrong & audio.keys():
        raise No(3001, f"this voice does not take {sorted(wrong & audio.keys())}")


def check_v3(body: dict[str, Any], parameters: Any, engine: str, *, has_text: bool = True) -> None:
    """Refuse what the newer interface refuses."""
    if not isinstance(parameters, dict) or not (body.get("user") or {}).get("uid"):
        raise No(45000001, "req_params and user.uid are required")
    voice = parameters.get("speaker")
    if not any(voice in known for known in VOICES.values()):
        raise No(45000000, "speaker permission denied: get resource id: access denied", 403)
    if voice not in VOICES[engine]:
        raise No(45000000, "resource ID is mismatched with speaker related resource")
    if "ssml" in parameters and engine.endswith("2.0"):
        raise No(45000001, "this model takes no ssml")
    if has_text:
        check_text(parameters.get("ssml") or parameters.get("text"), code=45000001)
    audio = parameters.get("audio_params")
    if not isinstance(audio, dict) or audio.get("format") not in ("mp3", "pcm", "ogg_opus"):
        raise No(45000001, "format")
    if audio.get("sample_rate", 24000) not in RATES_V3:
        raise No(45000001, "sample_rate")
    check_ranges(audio, RANGES_V3, 45000001)
    check_additions(parameters.get("additions"), engine)


def check_additions(additions: Any, engine: str) -> None:
    if additions is None:
        return
    if not isinstance(additions, str):
        raise No(45000001, "additions must be a text that holds JSON")
    found = json.loads(additions)
    pitch = found.get("post_process", {}).get("pitch", 0)
    if not isinstance(pitch, int) or not -12 <= pitch <= 12:
        raise No(45000001, "post_process.pitch")
    if "context_texts" in found and not engine.endswith("2.0"):
        raise No(45000001, "context_texts")
    if any(not isinstance(found.get(name, ""), str) for name in ("mute_cut_threshold", "explicit_language")):
        raise No(45000001, "these are texts")


def check_text(text: Any, *, code: int = 3011) -> None:
    if not isinstance(text, str) or not any(sign.isalnum() for sign in text):
        raise No(code, "illegal input text!")


def check_ranges(audio: Mapping[str, Any], ranges: Mapping[str, tuple[float, float]], code: int) -> None:
    for name, (low, high) in ranges.items():
        value = audio.get(name, low)
        if not isinstance(value, int | float) or not low <= value <= high:
            raise No(code, f"{name} is out of range")


def expected_sound(text: str, rate: int = 24000) -> bytes:
    """Return the samples that a text becomes."""
    return pcm(seconds_of(text), rate)


# Faults ----------------------------------------------------------------------------------------


def _ended(lines: list[bytes], *more: bytes) -> Pieces:
    return Pieces((*lines[:2], *more))


def _stopped(lines: list[bytes]) -> Bytes:
    whole = b"".join(lines)[: len(lines[0]) + 40]
    return Bytes((head_of(LOG_ID) + b"%x\r\n%s" % (len(whole) + 100, whole),))


def _page(lines: list[bytes]) -> Answer:
    return Answer(200, (("Content-Type", "text/html"),), b"<html><body>login</body></html>")


FAULTS_V3: dict[str, tuple[Fault, str]] = {
    "an error line first": (lambda lines: Pieces((line(code=55000000, message="oops"),)), "TryLater"),
    "an error line in between": (
        lambda lines: _ended(lines, line(code=45000081, message="waiting for the next packet")),
        "TryLater",
    ),
    "a refusal in between": (
        lambda lines: _ended(lines, line(code=45000000, message="session is gone")),
        "VendorRefused",
    ),
    "no last line": (lambda lines: _ended(lines), "BrokenAnswer"),
    "half a line": (lambda lines: _ended(lines, lines[2][:50]), "BrokenAnswer"),
    "a cut connection": (_stopped, "BrokenAnswer"),
    "a page": (_page, "BrokenAnswer"),
    "a page that calls itself json": (lambda lines: Pieces((b"<html>login</html>",)), "BrokenAnswer"),
    "no base64": (lambda lines: Pieces((line(code=0, data="!!!"), lines[-1])), "BrokenAnswer"),
    "a number for sound": (lambda lines: Pieces((line(code=0, data=7), lines[-1])), "BrokenAnswer"),
    "an object without a code": (lambda lines: Pieces((line(data="AAAA"), lines[-1])), "VendorRefused"),
    "a list": (lambda lines: Pieces((b"[]\n",)), "BrokenAnswer"),
    "empty": (lambda lines: Pieces(()), "BrokenAnswer"),
}
FAULTS_V1: dict[str, tuple[Fault, str]] = {
    "half of it": (lambda lines: Pieces((lines[0][:200],)), "BrokenAnswer"),
    "a cut connection": (_stopped, "BrokenAnswer"),
    "a page": (_page, "BrokenAnswer"),
    "no base64": (lambda lines: Pieces((line(code=3000, data="!!!"),)), "BrokenAnswer"),
    "no sound": (lambda lines: Pieces((line(code=3000, data=""),)), "BrokenAnswer"),
    "two of it": (lambda lines: Pieces((*lines, *lines)), "BrokenAnswer"),
    "a code of its own": (lambda lines: Pieces((line(code=3999, message="what"),)), "VendorRefused"),
    "a server in trouble": (lambda lines: Answer(502, (), b"bad gateway"), "TryLater"),
    "empty": (lambda lines: Answer(200, (("Content-Type", "application/json"),), b""), "BrokenAnswer"),
}
