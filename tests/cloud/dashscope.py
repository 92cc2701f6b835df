"""DashScope's speech on loopback: tasks of CosyVoice over a WebSocket, for one API key, and their faults."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection

from tests.cloud.nls_talk import CHUNK, SPOKEN_MS
from tests.cloud.sounds import made, seconds_of
from tests.cloud.websocket import TalkServer, cut, fall_silent, refusal, say_too_much, talking

KEY = "sk-EXAMPLE0001"
PATH = "/api-ws/v1/inference"
VOICES = {
    "cosyvoice-v1": ("longxiaochun",),
    "cosyvoice-v2": ("longxiaochun_v2", "longwan_v2"),
    "cosyvoice-v3-flash": ("longanyang",),
}
RATES = (8000, 16000, 22050, 24000, 44100, 48000)
RANGES = {"volume": (0, 100), "rate": (0.5, 2), "pitch": (0.5, 2), "seed": (0, 65535)}
ENDS = "。.!?！？"


class Failed(Exception):
    """A task that goes wrong, with the service's code and words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass
class DashScope:
    """The service; `spoken` is its ledger: model, parameters and text of each task that was finished.

    `fault` names a way to fail in the middle of the sound; `refuses` answers handshakes in place of 101;
    `fails` are what the next tasks end with at once. With `counts_anew` each sentence begins at 0 ms.
    """

    fault: str = ""
    refuses: Response | None = None
    fails: list[tuple[str, str]] = field(default_factory=list)
    counts_anew: bool = False
    spoken: list[dict[str, object]] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    heard_at: list[float] = field(default_factory=list)

    def gate(self, request: Request) -> Response | None:
        """Let in who shows the key."""
        if request.path.rstrip("/") != PATH:
            return refusal(404, {"code": "NotFound", "message": "no such path", "request_id": "R-no"})
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            told = {"code": "InvalidApiKey", "message": "Invalid API-key provided.", "request_id": "R-no"}
            return refusal(401, told)
        return self.refuses

    def talk(self, connection: ServerConnection) -> None:
        """Serve one task after another."""
        for message in connection:
            order = json.loads(message)
            name = order["header"]["task_id"]
            try:
                self._task(connection, order)
            except Failed as failed:
                told = {"error_code": failed.code, "error_message": failed.message}
                connection.send(_event(name, "task-failed", {}, **told))
                return

    def _task(self, connection: ServerConnection, order: dict[str, dict[str, object]]) -> None:
        header, payload = order["header"], order["payload"]
        wanted = _checked(header, payload, self.tasks)
        name = str(header["task_id"])
        self.tasks.append(name)
        if self.fails:
            raise Failed(*self.fails.pop(0))
        connection.send(_event(name, "task-started", {}))
        text = spoken = ""
        while True:
            more = json.loads(connection.recv())
            if more["header"]["task_id"] != name or more["header"]["streaming"] != "duplex":
                raise Failed("InvalidParameter", "task_id or streaming")
            if more["header"]["action"] == "finish-task":
                break
            if more["header"]["action"] != "continue-task":
                raise Failed("InvalidParameter", "action")
            self.heard_at.append(time.monotonic())
            said = str(more["payload"]["input"].get("text", ""))
            text, spoken = text + said, spoken + said
            if spoken[-1:] in ENDS:
                if not self._speak(connection, name, wanted, spoken, text):
                    return
                spoken = ""
        if not text.strip():
            raise Failed("InvalidParameter", "Text is empty!")
        if not spoken or self._speak(connection, name, wanted, spoken, text):
            self.spoken.append({"model": payload["model"], **wanted, "text": text})
            connection.send(_event(name, "task-finished", {"usage": {"characters": _billed(text)}}))

    def _speak(
        self, connection: ServerConnection, name: str, wanted: dict[str, object], text: str, so_far: str
    ) -> bool:
        """Send the sound of a text; False where a fault has ended the task."""
        sound = made(str(wanted["format"]), seconds_of(text), int(str(wanted["sample_rate"])))
        half = len(sound) // 2 // 2 * 2
        for start in range(0, half, CHUNK):
            connection.send(sound[start : min(start + CHUNK, half)])
        begun = 0 if self.counts_anew else SPOKEN_MS * (len(so_far) - len(text))
        words = [
            {"text": sign, "begin_time": begun + SPOKEN_MS * at, "end_time": begun + SPOKEN_MS * (at + 1)}
            for at, sign in enumerate(text)
        ]
        told: dict[str, object] = {
            "index": len(so_far) - len(text),
            "words": words if wanted.get("word_timestamp_enabled") else [],
        }
        output = {"type": "sentence-synthesis", "sentence": told}
        usage = {"characters": _billed(so_far)}
        connection.send(_event(name, "result-generated", {"output": output, "usage": usage}))
        if not self._goes_on(connection):
            return False
        connection.send(sound[half:])
        return True

    def _goes_on(self, connection: ServerConnection) -> bool:
        match self.fault:
            case "cut":
                cut(connection)
            case "silence":
                fall_silent(connection)
            case "oversize":
                say_too_much(connection)
            case "text for sound":
                connection.send("no sound today")
            case "no end":
                connection.close()
            case "later":
                connection.close(1013, "busy")
            case "error frame":
                raise Failed("InternalError.Algo", "engine down")
            case "":
                return True
        return False


def _checked(header: dict[str, object], payload: dict[str, object], seen: list[str]) -> dict[str, object]:
    name = str(header.get("task_id", ""))
    if header.get("action") != "run-task" or header.get("streaming") != "duplex":
        raise Failed("InvalidParameter", "action or streaming")
    if not name or name in seen:
        raise Failed("InvalidParameter", "task_id was used before")
    asked = (payload.get("task_group"), payload.get("task"), payload.get("function"))
    if asked != ("audio", "tts", "SpeechSynthesizer") or payload.get("input") != {}:
        raise Failed("InvalidParameter", "task")
    model, wanted = str(payload.get("model")), payload.get("parameters")
    if model not in VOICES:
        raise Failed("ModelNotFound", "Model not exist.")
    assert isinstance(wanted, dict)
    if wanted.get("voice") not in VOICES[model]:
        raise Failed("InvalidParameter", "[cosyvoice:]Engine return error code: 418")
    if wanted.get("format") not in ("pcm", "wav", "mp3", "opus") or wanted.get("sample_rate") not in RATES:
        raise Failed("InvalidParameter", "format or sample_rate")
    if wanted["format"] == "opus" and wanted["sample_rate"] in (22050, 44100):
        raise Failed("InvalidParameter", "opus at this sample_rate")
    for each, (low, high) in RANGES.items():
        value = wanted.get(each, low)
        if not isinstance(value, int | float) or not low <= value <= high:
            raise Failed("InvalidParameter", each)
    return wanted


def _billed(text: str) -> int:
    return sum(2 if "\u4e00" <= sign <= "\u9fff" else 1 for sign in text)


def _event(name: str, event: str, payload: object, **told: str) -> str:
    return json.dumps(
        {"header": {"task_id": name, "event": event, "attributes": {}, **told}, "payload": payload}
    )


@contextmanager
def dashscope_talking(judge: DashScope | None = None) -> Iterator[tuple[DashScope, TalkServer]]:
    """Open the service for the time of a `with` block."""
    judge = judge or DashScope()
    with talking(judge.talk, gate=judge.gate) as server:
        yield judge, server
