"""DashScope's speech in the sandbox: tasks of CosyVoice over a WebSocket, for one API key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from voicectl.core.measure import Unit
from voicectl.core.request import Request
from voicectl.core.tts import TextLimit
from voicectl.gateway.sandbox.accounts import DASHSCOPE
from voicectl.gateway.sandbox.asked import bearer, below, is_in, order_of
from voicectl.gateway.sandbox.cloud import Cloud, No, Refused
from voicectl.gateway.sandbox.sound import Flow, Studio, chunks, plain, spoken_now, timed
from voicectl.gateway.wire import Answer, Line, as_json

PATH = "/api-ws/v1/inference"
RATES = (8000, 16000, 22050, 24000, 44100, 48000)
FORMATS = ("pcm", "wav", "mp3", "opus")
RANGES = {"volume": (0, 100), "rate": (0.5, 2), "pitch": (0.5, 2), "seed": (0, 65535)}
MESSAGE, WHOLE = TextLimit(20_000, Unit.HAN_TWICE), TextLimit(200_000, Unit.HAN_TWICE)
LONGEST_INSTRUCTION = 128
IDLE_SECONDS = 23.0


class DashScope:
    """One task after another, until one of them fails."""

    vendor = "aliyun"
    throttled = No("Throttling.RateQuota", 429, "Requests rate limit exceeded, please try again later.")

    def __init__(self, cloud: Cloud, studio: Studio) -> None:
        self._cloud = cloud
        self._studio = studio
        self._tasks: set[str] = set()

    def knows(self, request: Request) -> bool:
        return request.path.rstrip("/") == PATH

    async def serve(self, request: Request) -> Answer:
        raise Refused("InvalidParameter", 400, "this is a WebSocket")

    def greet(self, request: Request) -> None:
        if bearer(request) != DASHSCOPE:
            raise Refused("InvalidApiKey", 401, "Invalid API-key provided.")

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        told = {"code": refused.code, "message": refused.message, "request_id": request_id}
        return as_json(refused.status, told)

    async def talk(self, line: Line) -> None:
        await line.open()
        while True:
            header, payload = order_of(await line.hear())
            try:
                await self._task(line, header, payload)
            except Refused as refused:
                told = {"error_code": refused.code, "error_message": refused.message}
                await line.say(_event(str(header.get("task_id", "")), "task-failed", {}, **told))
                await line.close()
                return

    async def _task(self, line: Line, header: dict[str, Any], payload: dict[str, Any]) -> None:
        name = str(header.get("task_id") or "")
        if header.get("action") != "run-task" or header.get("streaming") != "duplex":
            raise Refused("InvalidParameter", 400, "action or streaming")
        if not name or name in self._tasks:
            raise Refused("InvalidParameter", 400, "task_id was used before")
        self._tasks.add(name)
        wanted = _checked(payload)
        await line.say(_event(name, "task-started", {}))
        flow = Flow(self._studio, wanted["format"], wanted["sample_rate"])
        text = await self._flowed(line, name, wanted, flow)
        for chunk in chunks(await flow.rest()):
            await line.say(chunk)
        self._cloud.note("aliyun", "synthesis", interface="cosyvoice", characters=len(text))
        usage = {"output": {}, "usage": {"characters": WHOLE.measure(text, ssml=False)}}
        await line.say(_event(name, "task-finished", usage))

    async def _flowed(self, line: Line, name: str, wanted: dict[str, Any], flow: Flow) -> str:
        text = waiting = ""
        while True:
            header, payload = order_of(await self._heard(line))
            if header.get("task_id") != name or header.get("streaming") != "duplex":
                raise Refused("InvalidParameter", 400, "task_id or streaming")
            action, given = header.get("action"), below(payload, "input")
            if action not in ("continue-task", "finish-task"):
                raise Refused("InvalidParameter", 400, "action")
            more = str(given.get("text") or "") if action == "continue-task" else ""
            text, waiting = text + more, waiting + more
            if not MESSAGE.holds(plain(more)) or not WHOLE.holds(plain(text)):
                raise Refused("InvalidParameter", 400, "Range of input length is exceeded")
            is_over = action == "finish-task"
            if is_over and not text.strip():
                raise Refused("InvalidParameter", 400, "Text is empty!")
            every = is_over or given.get("flush") is True
            parts, waiting = spoken_now(waiting, every=every)
            for part in parts:
                await self._spoken(line, name, wanted, flow, part)
            if is_over:
                return text

    async def _heard(self, line: Line) -> str | bytes:
        try:
            return await line.hear(IDLE_SECONDS)
        except TimeoutError:
            raise Refused("RequestTimeOut", 408, "request timeout after 23 seconds.") from None

    async def _spoken(self, line: Line, name: str, wanted: Mapping[str, Any], flow: Flow, text: str) -> None:
        data, begun = await flow.say(text)
        for chunk in chunks(data):
            await line.say(chunk)
        words = [
            {"text": each.text, "begin_time": each.begin_ms, "end_time": each.end_ms}
            for each in timed(plain(text), begun, flow.milliseconds - begun)
        ]
        told = {"index": begun, "words": words if wanted.get("word_timestamp_enabled") else []}
        output = {"type": "sentence-end", "sentence": told}
        await line.say(_event(name, "result-generated", {"output": output}))


def _checked(payload: dict[str, Any]) -> dict[str, Any]:
    """Refuse what is not spoken so; return the parameters, format and rate filled in."""
    asked = (payload.get("task_group"), payload.get("task"), payload.get("function"))
    if asked != ("audio", "tts", "SpeechSynthesizer"):
        raise Refused("InvalidParameter", 400, "task_group, task or function")
    model = str(payload.get("model") or "")
    if not model.startswith("cosyvoice-v"):
        raise Refused("ModelNotFound", 404, "Model not exist.")
    wanted = {"format": "mp3", "sample_rate": 22050, **below(payload, "parameters")}
    voice = str(wanted.get("voice") or "")
    is_known = voice.startswith(("long", "cosyvoice-"))
    if not is_known or voice.endswith("_v2") != (model == "cosyvoice-v2" and voice.startswith("long")):
        raise Refused("InvalidParameter", 400, "[cosyvoice:]Engine return error code: 418")
    if wanted["format"] not in FORMATS or wanted["sample_rate"] not in RATES:
        raise Refused("InvalidParameter", 400, "format or sample_rate")
    if wanted["format"] == "opus" and wanted["sample_rate"] in (22050, 44100):
        raise Refused("InvalidParameter", 400, "opus has no such sample_rate")
    for name, (low, high) in RANGES.items():
        if name in wanted and not is_in(wanted[name], low, high):
            raise Refused("InvalidParameter", 400, name)
    if len(str(wanted.get("instruction") or "")) > LONGEST_INSTRUCTION:
        raise Refused("InvalidParameter", 400, "instruction is too long")
    return wanted


def _event(name: str, event: str, payload: object, **told: str) -> str:
    header = {"task_id": name, "event": event, "attributes": {}, **told}
    return json.dumps({"header": header, "payload": payload}, ensure_ascii=False)
