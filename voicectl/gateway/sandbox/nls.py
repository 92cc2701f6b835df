"""Aliyun's NLS in the sandbox over HTTP: tokens, short texts, long texts. Its WebSocket: `nls_socket.py`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from voicectl.core.request import Request
from voicectl.gateway.sandbox.accounts import APPKEY
from voicectl.gateway.sandbox.acts import Act, Asked
from voicectl.gateway.sandbox.asked import below, is_in, object_of
from voicectl.gateway.sandbox.cloud import Cloud, No, Refused
from voicectl.gateway.sandbox.sound import Sound, Studio, plain
from voicectl.gateway.wire import Answer, as_json

SHORT, LONG = "/stream/v1/tts", "/rest/v1/tts/async"
VERSIONS = ("2019-02-28", "2019-07-17")
TOKEN_LIFE, LINK_LIFE = timedelta(hours=24), timedelta(days=7)
QUEUEING = timedelta(seconds=0.2)
LONGEST_SHORT, LONGEST_LONG = 300, 100_000
RATES = (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000)
RANGES = {"volume": (0, 100), "speech_rate": (-500, 500), "pitch_rate": (-500, 500)}
VOICE = re.compile("[a-z][a-z0-9_]{2,30}")
UNDECODABLE = No("40000003", 400, "Gateway:PARAMETER_INVALID:The parameters are not decodable!")
BUSY = No("40000005", 400, "Gateway:TOO_MANY_REQUESTS:Too many requests!")
SHORT_AT_ONCE, LONG_AT_ONCE, FLOWING_AT_ONCE = 200, 100, 10


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens that CreateToken has given out, and when each ends."""

    cloud: Cloud
    ends: dict[str, datetime]

    def acts(self) -> dict[str, Act]:
        """Return the action that gives them out."""
        return {"CreateToken": Act(VERSIONS, self._create)}

    async def _create(self, asked: Asked) -> dict[str, Any]:
        # A token of its own look: one that shared its start with other ids would be hidden in them.
        token = sha256(self.cloud.name().encode()).hexdigest()[:32]
        self.ends[token] = self.cloud.now + TOKEN_LIFE
        self.cloud.note("aliyun", "token", key_id=asked.caller.key_id)
        told = {"Id": token, "ExpireTime": int(self.ends[token].timestamp()), "UserId": "200000000001"}
        return {"NlsRequestId": self.cloud.name(), "ErrMsg": "", "Token": told}

    def check(self, token: str, status: int = 400) -> None:
        """Refuse a token that was not given out, or has ended."""
        if not token:
            raise Refused("40000001", status, "Gateway:ACCESS_DENIED:Missing authorization header!")
        ends = self.ends.get(token)
        if ends is None:
            raise Refused("40000001", status, f"Meta:ACCESS_DENIED:The token '{token}' is invalid!")
        if self.cloud.has_ended(ends):
            raise Refused("40000001", status, f"Gateway:ACCESS_DENIED:The token '{token}' has expired!")


def check_wishes(wanted: Mapping[str, Any]) -> tuple[str, int]:
    """Refuse how a text is not spoken; return the format and the rate."""
    form, rate = str(wanted.get("format", "pcm")), str(wanted.get("sample_rate", 16000))
    if form not in ("pcm", "wav", "mp3"):
        raise Refused("40010003", 400, "Gateway:DIRECTIVE_INVALID:Unsupported format!")
    if not re.fullmatch("[0-9]{4,5}", rate) or int(rate) not in RATES:
        raise Refused("41010101", 400, "TTS:UNSUPPORTED_SAMPLE_RATE")
    if not VOICE.fullmatch(str(wanted.get("voice", "xiaoyun"))):
        raise Refused("41020001", 400, "TTS:TtsClientError:Engine return error code: 418")
    for name, (low, high) in RANGES.items():
        value = wanted.get(name, 0)
        number = int(value) if re.fullmatch("-?[0-9]{1,4}", str(value)) else None
        if not is_in(number, low, high):
            raise Refused("40000003", 400, f"Gateway:PARAMETER_INVALID:{name}")
    return form, int(rate)


def check_text(text: object) -> str:
    """Refuse no text and broken markup."""
    if not isinstance(text, str) or not text.strip():
        raise Refused("40010003", 400, "Gateway:DIRECTIVE_INVALID:No text specified!")
    if text.lstrip().startswith("<speak") and not text.rstrip().endswith("</speak>"):
        raise Refused("41020001", 400, "TTS:TtsClientError:Illegal ssml text")
    return text


def check_appkey(appkey: object) -> None:
    """Refuse an application that is not this account's."""
    if not appkey:
        raise Refused("40000003", 400, "Gateway:PARAMETER_INVALID:appkey not set")
    if appkey != APPKEY:
        raise Refused("40020105", 400, "Meta:APPKEY_NOT_EXIST:Appkey not exist!")


class NlsRest:
    """Short texts; what is over 300 characters is cut off without a word, as there."""

    vendor = "aliyun"
    throttled = BUSY

    def __init__(self, cloud: Cloud, studio: Studio, tokens: Tokens) -> None:
        self._cloud = cloud
        self._studio = studio
        self._tokens = tokens

    def knows(self, request: Request) -> bool:
        return request.path == SHORT

    async def serve(self, request: Request) -> Answer:
        wanted = self._wanted(request)
        self._tokens.check(request.header("x-nls-token") or str(wanted.get("token") or ""))
        check_appkey(wanted.get("appkey"))
        text = check_text(wanted.get("text"))
        form, rate = check_wishes(wanted)
        text = text if plain(text) != text else text[:LONGEST_SHORT]
        with self._cloud.under_way("nls", SHORT_AT_ONCE, BUSY):
            sound = await self._studio.made(text, form, rate)
        self._cloud.note("aliyun", "synthesis", interface="nls-rest", characters=len(text), format=form)
        # Every format is called so there.
        headers = (("Content-Type", "audio/mpeg"), ("X-NLS-RequestId", self._cloud.name()))
        return Answer(200, headers, sound.data)

    def _wanted(self, request: Request) -> Mapping[str, Any]:
        if request.method == "GET":
            return dict(request.pairs())
        if not (request.header("content-type") or "").startswith("application/json"):
            raise Refused(*UNDECODABLE)
        return object_of(request.body, UNDECODABLE)

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        task = self._cloud.name()
        status = int(refused.code) if refused.code.isdigit() else 50000000
        body = {"task_id": task, "result": "", "status": status, "message": refused.message}
        return as_json(refused.status, body, ("X-NLS-RequestId", task))


@dataclass(frozen=True, slots=True)
class Order:
    """A long text that was handed in."""

    begun: datetime
    request_id: str
    wanted: Mapping[str, Any]
    work: asyncio.Task[Sound]


class NlsLong:
    """Long texts: handed in, asked after, fetched by a link that lasts a week."""

    vendor = "aliyun"
    throttled = BUSY

    def __init__(self, cloud: Cloud, studio: Studio, tokens: Tokens) -> None:
        self._cloud = cloud
        self._studio = studio
        self._tokens = tokens
        self._orders: dict[str, Order] = {}

    def knows(self, request: Request) -> bool:
        return request.path == LONG

    async def serve(self, request: Request) -> Answer:
        if request.method == "POST":
            return self._handed_in(object_of(request.body, UNDECODABLE))
        return self._looked_at(request)

    def _handed_in(self, body: dict[str, Any]) -> Answer:
        header, payload = below(body, "header"), below(body, "payload")
        wanted = below(payload, "tts_request")
        self._tokens.check(str(header.get("token") or ""))
        check_appkey(header.get("appkey"))
        text = check_text(wanted.get("text"))
        form, rate = check_wishes(wanted)
        if len(text) > LONGEST_LONG:
            raise Refused("40000003", 400, "Gateway:PARAMETER_INVALID:text is too long")
        if not below(body, "context").get("device_id"):
            raise Refused("40000003", 400, "Gateway:PARAMETER_INVALID:device_id")
        name, request_id = self._cloud.name(), self._cloud.name()
        work = asyncio.ensure_future(self._studio.made(text, form, rate))
        self._orders[name] = Order(self._cloud.now, request_id, wanted, work)
        self._cloud.note("aliyun", "synthesis", interface="nls-async", characters=len(text), format=form)
        return _yes(request_id, "SUCCESS", {"task_id": name})

    def _looked_at(self, request: Request) -> Answer:
        asked = dict(request.pairs())
        self._tokens.check(asked.get("token", ""))
        check_appkey(asked.get("appkey"))
        name = asked.get("task_id", "")
        order = self._orders.get(name)
        if order is None:
            raise Refused("40000003", 400, "Gateway:PARAMETER_INVALID:task_id")
        if self._cloud.now < order.begun + QUEUEING or not order.work.done():
            is_new = self._cloud.now < order.begun + QUEUEING
            words = "QUEUEING" if is_new else "RUNNING"
            return _yes(order.request_id, words, {"task_id": name, "audio_address": None})
        return _yes(order.request_id, "SUCCESS", self._done(request, name, order))

    def _done(self, request: Request, name: str, order: Order) -> dict[str, Any]:
        sound, form = order.work.result(), str(order.wanted.get("format", "pcm"))
        path = f"/_files/nls/{name}.{form}"
        if path not in self._cloud.files:
            self._cloud.offer(path, f"audio/{form}", sound.data, LINK_LIFE)
        told: dict[str, Any] = {"task_id": name, "audio_address": f"http://{request.host}{path}"}
        if order.wanted.get("enable_subtitle"):
            text = plain(str(order.wanted["text"]))
            told["sentences"] = [{"text": text, "begin_time": "0", "end_time": str(sound.milliseconds)}]
        return told

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        code = int(refused.code) if refused.code.isdigit() else 50000000
        told = {"error_code": code, "error_message": refused.message, "request_id": request_id, "url": LONG}
        return as_json(refused.status, {"status": refused.status, **told})


def _yes(request_id: str, message: str, data: dict[str, Any]) -> Answer:
    told = {"error_code": 20000000, "error_message": message, "request_id": request_id, "data": data}
    return as_json(200, {"status": 200, **told})
