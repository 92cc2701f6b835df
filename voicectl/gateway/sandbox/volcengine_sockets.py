"""Volcengine's two speech sockets in the sandbox. What they refuse is told in `volcengine_speech.py`."""

from __future__ import annotations

import json
from typing import Any

from voicectl.core.errors import BrokenAnswer
from voicectl.core.request import Request
from voicectl.gateway.sandbox import volcengine_speech as speech
from voicectl.gateway.sandbox.asked import below, object_of
from voicectl.gateway.sandbox.cloud import Cloud, No, Refused
from voicectl.gateway.sandbox.sound import Flow, Studio, chunks
from voicectl.gateway.wire import Answer, Line, as_json
from voicectl.vendors.volcengine.frames import Event, Frame, Kind, decode, encode

FIRST, SECOND = "/api/v1/tts/ws_binary", "/api/v3/tts/bidirection"
NO_FRAME = No("3001", 400, "malformed frame")


class FirstSocket:
    """One synthesis a connection: a request, numbered sound."""

    vendor = "volcengine"
    throttled = No("3003", 429, speech.BUSY)

    def __init__(self, cloud: Cloud, studio: Studio, names: set[str]) -> None:
        self._cloud = cloud
        self._studio = studio
        self._names = names

    def knows(self, request: Request) -> bool:
        return request.path == FIRST

    async def serve(self, request: Request) -> Answer:
        raise Refused("3001", 400, "this is a WebSocket")

    def greet(self, request: Request) -> None:
        speech.check_bearer(request)

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        return _refused(refused, request_id)

    async def talk(self, line: Line) -> None:
        await line.open(("X-Tt-Logid", f"sandbox-{self._cloud.number()}"))
        try:
            frame = _frame(await line.hear())
            body = object_of(frame.payload, NO_FRAME)
            text, form, rate = speech.check_v1(body, "submit")
            speech.take(self._names, below(body, "request").get("reqid"))
        except Refused as refused:
            await line.say(_failure(refused))
            await line.close()
            return
        sound = await self._studio.made(text, form, rate)
        self._cloud.note("volcengine", "synthesis", interface="v1 socket", characters=len(text), format=form)
        await line.say(encode(Frame(kind=Kind.AUDIO, is_json=False)))
        pieces = chunks(sound.data, speech.PIECE)
        for number, piece in enumerate(pieces, 1):
            await line.say(encode(Frame(kind=Kind.AUDIO, sequence=number, payload=piece, is_json=False)))
        await line.say(encode(Frame(kind=Kind.AUDIO, sequence=-len(pieces) - 1, is_json=False)))
        await line.close()


class SecondSocket:
    """Sessions told by events, one after another in a connection."""

    vendor = "volcengine"
    throttled = No("45000000", 429, speech.BUSY)

    def __init__(self, cloud: Cloud, studio: Studio) -> None:
        self._cloud = cloud
        self._studio = studio
        self._sessions: set[str] = set()

    def knows(self, request: Request) -> bool:
        return request.path == SECOND

    async def serve(self, request: Request) -> Answer:
        raise Refused("45000001", 400, "this is a WebSocket")

    def greet(self, request: Request) -> None:
        speech.check_keys(request)

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        return _refused(refused, request_id)

    async def talk(self, line: Line) -> None:
        await line.open(("X-Tt-Logid", f"sandbox-{self._cloud.number()}"))
        try:
            if _frame(await line.hear()).event != Event.START_CONNECTION:
                raise Refused("45000001", 400, "StartConnection comes first")
            connection = self._cloud.name(12)
            await _tell(line, Event.CONNECTION_STARTED, connection)
            while (frame := _frame(await line.hear())).event != Event.FINISH_CONNECTION:
                await self._session(line, frame)
            await _tell(line, Event.CONNECTION_FINISHED, connection)
        except Refused as refused:
            await line.say(_failure(refused))
        await line.close()

    async def _session(self, line: Line, frame: Frame) -> None:
        name = frame.name
        try:
            said = await self._spoken(line, frame)
        except Refused as refused:
            await _tell(
                line, Event.SESSION_FAILED, name, status_code=int(refused.code), message=refused.message
            )
            return
        usage = {"usage": {"text_words": said}}
        await _tell(line, Event.SESSION_FINISHED, name, status_code=20000000, message="ok", **usage)

    async def _spoken(self, line: Line, frame: Frame) -> int:
        """Hold one session; return how many signs were spoken."""
        body, engine, name = object_of(frame.payload, NO_FRAME), speech.check_keys(line.request), frame.name
        if frame.event != Event.START_SESSION or not name or name in self._sessions:
            raise Refused("45000001", 400, "StartSession with a name of its own comes now")
        self._sessions.add(name)
        if body.get("namespace") != "BidirectionalTTS":
            raise Refused("45000001", 400, "namespace")
        found, _, form, rate = speech.check_v3(body, engine, has_text=False)
        await _tell(line, Event.SESSION_STARTED, name)
        flow, said = Flow(self._studio, form, rate), 0
        while True:
            frame = _frame(await line.hear())
            if frame.name != name or frame.event not in (Event.TASK_REQUEST, Event.FINISH_SESSION):
                raise Refused("45000000", 400, f"event {frame.event} is not for this session")
            if frame.event == Event.FINISH_SESSION:
                break
            text = str(below(object_of(frame.payload, NO_FRAME), "req_params").get("text") or "")
            said += len(text)
            if text.strip():
                await self._say(line, name, text, found, engine, flow)
        await _sound(line, name, await flow.rest())
        self._cloud.note("volcengine", "synthesis", interface="v3 socket", characters=said, format=form)
        return said

    async def _say(
        self, line: Line, name: str, text: str, found: dict[str, Any], engine: str, flow: Flow
    ) -> None:
        await _tell(line, Event.SENTENCE_START, name, res_params={"text": text})
        data, begun = await flow.say(text)
        await _sound(line, name, data)
        is_marked = speech.marks_are_wanted(found, engine)
        end = speech.sentence_of(text, begun, flow.milliseconds - begun) if is_marked else {"text": text}
        await _tell(line, Event.SUBTITLE if engine.endswith("2.0") else Event.SENTENCE_END, name, **end)


async def _sound(line: Line, name: str, data: bytes) -> None:
    for piece in chunks(data, speech.PIECE):
        frame = Frame(kind=Kind.AUDIO, event=Event.SOUND, name=name, payload=piece, is_json=False)
        await line.say(encode(frame))


async def _tell(line: Line, event: Event, name: str, **payload: object) -> None:
    written = json.dumps(payload, ensure_ascii=False).encode()
    await line.say(encode(Frame(kind=Kind.RESPONSE, event=event, name=name, payload=written)))


def _frame(message: str | bytes) -> Frame:
    try:
        frame = decode(message)
    except BrokenAnswer:
        raise Refused(*NO_FRAME) from None
    if frame.kind is not Kind.REQUEST:
        raise Refused(*NO_FRAME)
    return frame


def _failure(refused: Refused) -> bytes:
    told = json.dumps({"reqid": "", "code": int(refused.code), "message": refused.message}).encode()
    return encode(Frame(kind=Kind.ERROR, code=int(refused.code), payload=told))


def _refused(refused: Refused, request_id: str) -> Answer:
    status = refused.status if refused.status > 299 else 400
    told = {"code": int(refused.code), "message": refused.message}
    return as_json(status, told, ("X-Tt-Logid", request_id))
