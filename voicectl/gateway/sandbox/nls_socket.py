"""Aliyun's NLS in the sandbox over a WebSocket: short, long and flowing texts. The tokens: `nls.py`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from voicectl.core.request import Request
from voicectl.gateway.sandbox import nls
from voicectl.gateway.sandbox.asked import order_of
from voicectl.gateway.sandbox.cloud import Cloud, Refused
from voicectl.gateway.sandbox.nls import Tokens
from voicectl.gateway.sandbox.sound import Flow, Studio, chunks, plain, spoken_now, timed
from voicectl.gateway.wire import Answer, Line, as_json

PATH = "/ws/v1"
STREAM = "FlowingSpeechSynthesizer"
LONGEST = {"SpeechSynthesizer": 300, "SpeechLongSynthesizer": 100_000}
AT_ONCE = {
    "SpeechSynthesizer": nls.SHORT_AT_ONCE,
    "SpeechLongSynthesizer": nls.LONG_AT_ONCE,
    STREAM: nls.FLOWING_AT_ONCE,
}
LONGEST_MESSAGE, LONGEST_FLOW = 10_000, 100_000
IDLE_SECONDS = 23.0
NAME = re.compile("[0-9a-zA-Z]{32}")


class NlsSocket:
    """One task after another, until one of them fails."""

    vendor = "aliyun"
    throttled = nls.BUSY

    def __init__(self, cloud: Cloud, studio: Studio, tokens: Tokens) -> None:
        self._cloud = cloud
        self._studio = studio
        self._tokens = tokens
        self._tasks: set[str] = set()

    def knows(self, request: Request) -> bool:
        return request.path == PATH

    async def serve(self, request: Request) -> Answer:
        raise Refused("40010001", 400, "Gateway:NAMESPACE_NOT_FOUND")

    def greet(self, request: Request) -> None:
        shown = request.header("x-nls-token") or dict(request.pairs()).get("token", "")
        self._tokens.check(shown, 403)

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        return as_json(refused.status, {"status": int(refused.code), "message": refused.message})

    async def talk(self, line: Line) -> None:
        await line.open()
        while True:
            header, wanted = order_of(await line.hear())
            try:
                await self._task(line, header, wanted)
            except Refused as refused:
                status = int(refused.code) if refused.code.isdigit() else 50000000
                told = {"namespace": "Default", "status": status, "status_text": refused.message}
                await line.say(_event(header, "TaskFailed", {}, **told))
                await line.close()
                return

    async def _task(self, line: Line, header: dict[str, Any], wanted: dict[str, Any]) -> None:
        form, rate = self._started(header, wanted)
        namespace = header["namespace"]
        with self._cloud.under_way(namespace, AT_ONCE[namespace], nls.BUSY):
            flow = Flow(self._studio, form, rate)
            if namespace == STREAM:
                text = await self._flowed(line, header, wanted, flow)
            else:
                text = nls.check_text(wanted.get("text"))
                text = text if plain(text) != text else text[: LONGEST[namespace]]
                await self._spoken(line, header, wanted, flow, text)
        self._cloud.note("aliyun", "synthesis", interface=namespace, characters=len(text), format=form)
        told = {"measureType": "characters", "measureLength": len(text)} if namespace == STREAM else {}
        await line.say(_event(header, "SynthesisCompleted", told))

    def _started(self, header: dict[str, Any], wanted: dict[str, Any]) -> tuple[str, int]:
        if header.get("name") != "StartSynthesis":
            raise Refused("40010005", 400, f"Gateway:TASK_STATE_ERROR:{header.get('name')}")
        if header.get("namespace") not in AT_ONCE:
            raise Refused("40010001", 400, "Gateway:NAMESPACE_NOT_FOUND")
        for name in ("message_id", "task_id"):
            if not NAME.fullmatch(str(header.get(name, ""))):
                raise Refused("40000002", 400, f"Gateway:MESSAGE_INVALID:{name}")
        if header["task_id"] in self._tasks:
            raise Refused("40000002", 400, "Gateway:MESSAGE_INVALID:task_id was used before")
        self._tasks.add(header["task_id"])
        nls.check_appkey(header.get("appkey"))
        return nls.check_wishes(wanted)

    async def _flowed(self, line: Line, header: dict[str, Any], wanted: dict[str, Any], flow: Flow) -> str:
        """Hear text and speak it by sentences, until its end was told; return all of it."""
        await line.say(_event(header, "SynthesisStarted", {}))
        text = waiting = ""
        while True:
            order, payload = order_of(await self._heard(line))
            name = order.get("name")
            if order.get("task_id") != header["task_id"]:
                raise Refused("40000002", 400, "Gateway:MESSAGE_INVALID:task_id")
            if name not in ("RunSynthesis", "FlushText", "StopSynthesis"):
                raise Refused("40010005", 400, f"Gateway:TASK_STATE_ERROR:{name}")
            more = str(payload.get("text") or "") if name == "RunSynthesis" else ""
            text, waiting = text + more, waiting + more
            if len(more) > LONGEST_MESSAGE or len(text) > LONGEST_FLOW:
                raise Refused("40000003", 400, "Gateway:PARAMETER_INVALID:text is too long")
            is_over = name == "StopSynthesis"
            if is_over and not text.strip():
                raise Refused("40000000", 400, "Gateway:CLIENT_ERROR:Empty text!")
            parts, waiting = spoken_now(waiting, every=name != "RunSynthesis")
            for part in parts:
                await self._spoken(line, header, wanted, flow, part)
            if is_over:
                return text

    async def _heard(self, line: Line) -> str | bytes:
        try:
            return await line.hear(IDLE_SECONDS)
        except TimeoutError:
            told = "Gateway:IDLE_TIMEOUT:Websocket session is idle for too long"
            raise Refused("40000004", 400, told) from None

    async def _spoken(
        self, line: Line, header: dict[str, Any], wanted: Mapping[str, Any], flow: Flow, text: str
    ) -> None:
        is_flow = header["namespace"] == STREAM
        if is_flow:
            await line.say(_event(header, "SentenceBegin", {"index": flow.milliseconds}))
        data, begun = await flow.say(text)
        for chunk in chunks(data):
            await line.say(chunk)
        if wanted.get("enable_subtitle"):
            told = {"subtitles": _subtitles(header["namespace"], text, begun, flow.milliseconds)}
            await line.say(_event(header, "SentenceSynthesis" if is_flow else "MetaInfo", told))
        if is_flow:
            await line.say(_event(header, "SentenceEnd", {}))


def _subtitles(namespace: str, text: str, begun: int, ends: int) -> list[dict[str, Any]]:
    signs: list[dict[str, Any]] = [
        {"text": each.text, "begin_time": each.begin_ms, "end_time": each.end_ms}
        for each in timed(plain(text), begun, ends - begun)
    ]
    if namespace == "SpeechLongSynthesizer":
        place = {"begin_index": 0, "end_index": len(text)}
        signs.append({"text": "", "sentence": True, "begin_time": begun, "end_time": ends, **place})
    return signs


def _event(header: Mapping[str, Any], name: str, payload: Mapping[str, Any], **told: object) -> str:
    head = {
        "namespace": header.get("namespace", ""),
        "name": name,
        "status": 20000000,
        "status_text": "Gateway:SUCCESS:Success.",
        "task_id": header.get("task_id", ""),
        "message_id": header.get("message_id", ""),
    }
    return json.dumps({"header": {**head, **told}, "payload": payload}, ensure_ascii=False)
