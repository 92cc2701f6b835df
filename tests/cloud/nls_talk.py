"""NLS over WebSockets on loopback: the three interfaces, beside the tokens of `nls.py`, and their faults."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection

from tests.cloud.nls import APPKEY, RANGES, RATES, Nls
from tests.cloud.server import RawRequest
from tests.cloud.sounds import made, seconds_of
from tests.cloud.websocket import TalkServer, cut, fall_silent, refusal, say_too_much, talking

WHOLE_TEXT = {"SpeechSynthesizer": 300, "SpeechLongSynthesizer": 100_000}
STREAM = "FlowingSpeechSynthesizer"
CHUNK = 3200
SPOKEN_MS = 20
"""How long a judge speaks a sign."""


class Failed(Exception):
    """A task that goes wrong, with the gateway's status and words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass
class NlsTalk:
    """The gateway's WebSocket; `spoken` is its ledger: payload and text of each task that was completed.

    `fault` names a way to fail in the middle of the sound; `refuses` answers handshakes in place of 101;
    `fails` are what the next tasks end with at once.
    """

    nls: Nls = field(default_factory=Nls)
    fault: str = ""
    refuses: Response | None = None
    fails: list[tuple[int, str]] = field(default_factory=list)
    slow_start: float = 0.0
    spoken: list[dict[str, object]] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    heard_at: list[float] = field(default_factory=list)

    def gate(self, request: Request) -> Response | None:
        """Let in who shows a good token; all that is no WebSocket is for the token service."""
        path = request.path.partition("?")[0]
        if path != "/ws/v1":
            return _as_http(self.nls, request)
        token = request.headers.get("X-NLS-Token")
        self.nls.heard.append(token or "")
        wrong = self.nls.wrong_token(token)
        if wrong:
            return refusal(403, {"status": 40000001, "message": wrong})
        return self.refuses

    def talk(self, connection: ServerConnection) -> None:
        """Serve one task after another."""
        for message in connection:
            order = json.loads(message)
            header = order["header"]
            try:
                self._task(connection, header, order["payload"])
            except Failed as failed:
                told = {"namespace": "Default", "status": failed.status, "status_text": failed.message}
                connection.send(_event(header, "TaskFailed", **told))
                return

    def _task(self, connection: ServerConnection, header: dict[str, str], wanted: dict[str, object]) -> None:
        _check_start(header, wanted, self.tasks)
        self.tasks.append(header["task_id"])
        if self.fails:
            raise Failed(*self.fails.pop(0))
        namespace = header["namespace"]
        if namespace == STREAM:
            self._flow(connection, header, wanted)
            return
        text = str(wanted.get("text", ""))
        if not text.strip():
            raise Failed(40000000, "Gateway:CLIENT_ERROR:Empty text!")
        if self._speak(connection, wanted, text[: WHOLE_TEXT[namespace]], self._times(header, wanted)):
            self._complete(connection, header, wanted, text)

    def _flow(self, connection: ServerConnection, header: dict[str, str], wanted: dict[str, object]) -> None:
        if "text" in wanted:
            raise Failed(40000003, "Gateway:PARAMETER_INVALID:text")
        if self.slow_start:
            _nothing_may_come(connection, self.slow_start)
        connection.send(_event(header, "SynthesisStarted"))
        times, text, spoken = self._times(header, wanted), "", ""
        for message in connection:
            order = json.loads(message)
            if order["header"]["task_id"] != header["task_id"]:
                raise Failed(40000002, "Gateway:MESSAGE_INVALID:task_id")
            match order["header"]["name"]:
                case "RunSynthesis":
                    self.heard_at.append(time.monotonic())
                    text += order["payload"]["text"]
                    spoken += order["payload"]["text"]
                    if spoken[-1:] in "。.!?！？":
                        if not self._speak(connection, wanted, spoken, times):
                            return
                        spoken = ""
                case "StopSynthesis":
                    if not text.strip():
                        raise Failed(40000000, "Gateway:CLIENT_ERROR:Empty text!")
                    if not spoken or self._speak(connection, wanted, spoken, times):
                        self._complete(connection, header, wanted, text)
                    return
                case name:
                    raise Failed(40010005, f"Gateway:TASK_STATE_ERROR:{name}")

    def _speak(
        self, connection: ServerConnection, wanted: dict[str, object], text: str, times: Callable[[str], str]
    ) -> bool:
        """Send the sound of a text; False where a fault has ended the task."""
        sound = made(str(wanted["format"]), seconds_of(text), int(str(wanted["sample_rate"])))
        half = len(sound) // 2 // 2 * 2
        for start in range(0, half, CHUNK):
            connection.send(sound[start : min(start + CHUNK, half)])
        if wanted.get("enable_subtitle"):
            connection.send(times(text))
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
                raise Failed(51020001, "TTS:TtsServerError:engine down")
            case "":
                return True
        return False

    def _times(self, header: dict[str, str], wanted: dict[str, object]) -> Callable[[str], str]:
        """Return what tells the times of texts, one after the other: sign by sign, then the sentence."""
        begun = 0

        def told(text: str) -> str:
            nonlocal begun
            begin, end = begun, begun + SPOKEN_MS * len(text)
            begun = end
            signs = [
                {"text": sign, "begin_time": begin + SPOKEN_MS * at, "end_time": begin + SPOKEN_MS * (at + 1)}
                for at, sign in enumerate(text)
            ]
            if header["namespace"] == "SpeechLongSynthesizer":
                sentence = {"text": "", "sentence": True, "begin_time": str(begin), "end_time": str(end)}
                signs.append({**sentence, "begin_index": 0, "end_index": len(text)})
            name = "SentenceSynthesis" if header["namespace"] == STREAM else "MetaInfo"
            return _event(header, name, payload={"subtitles": signs})

        return told

    def _complete(
        self, connection: ServerConnection, header: dict[str, str], wanted: dict[str, object], text: str
    ) -> None:
        self.spoken.append({**wanted, "text": text, "namespace": header["namespace"]})
        payload = {"measureType": "characters", "measureLength": len(text)} if "text" not in wanted else {}
        connection.send(_event(header, "SynthesisCompleted", payload=payload))


def _check_start(header: dict[str, str], wanted: dict[str, object], seen: list[str]) -> None:
    if header.get("name") != "StartSynthesis" or header.get("namespace") not in {*WHOLE_TEXT, STREAM}:
        raise Failed(40010003, "Gateway:DIRECTIVE_INVALID")
    for name in ("message_id", "task_id"):
        if len(header.get(name, "")) != 32 or not header[name].isalnum():
            raise Failed(40000002, f"Gateway:MESSAGE_INVALID:{name}")
    if header["task_id"] in seen:
        raise Failed(40000002, "Gateway:MESSAGE_INVALID:task_id was used before")
    if "namespace" in wanted or "engine" in wanted:
        raise Failed(40000003, "Gateway:PARAMETER_INVALID:namespace")
    if header.get("appkey") != APPKEY:
        raise Failed(40020105, "APPKEY_NOT_EXIST")
    if wanted.get("format") not in ("pcm", "wav", "mp3") or wanted.get("sample_rate") not in RATES:
        raise Failed(41010101, "UNSUPPORTED_SAMPLE_RATE")
    if wanted.get("voice") not in ("xiaoyun", "aixia", "longxiaochun"):
        raise Failed(41020001, "TTS:TtsClientError:Engine return error code: 418")
    for name, (low, high) in RANGES.items():
        value = wanted.get(name, 0)
        if not isinstance(value, int) or not low <= value <= high:
            raise Failed(40000003, f"Gateway:PARAMETER_INVALID:{name}")


def _nothing_may_come(connection: ServerConnection, seconds: float) -> None:
    try:
        connection.recv(timeout=seconds)
    except TimeoutError:
        return
    raise Failed(40010005, "Gateway:TASK_STATE_ERROR:text before SynthesisStarted")


def _event(header: dict[str, str], name: str, payload: object = None, **told: object) -> str:
    head = {"namespace": header["namespace"], "name": name, "status": 20000000, "task_id": header["task_id"]}
    head |= {"message_id": "0" * 32, "status_text": "Gateway:SUCCESS:Success."}
    return json.dumps({"header": {**head, **told}, "payload": payload or {}})


def _as_http(nls: Nls, request: Request) -> Response:
    """Answer a plain request, which must be a GET, as the token service does."""
    headers = tuple((name.encode(), value.encode()) for name, value in request.headers.raw_items())
    raw = RawRequest(f"GET {request.path} HTTP/1.1".encode(), headers, b"", b"")
    answer = nls(raw)
    return refusal(answer.status, answer.body)


@contextmanager
def nls_talking(judge: NlsTalk | None = None) -> Iterator[tuple[NlsTalk, TalkServer]]:
    """Open the gateway and the token service at one address for the time of a `with` block."""
    judge = judge or NlsTalk()
    with talking(judge.talk, gate=judge.gate) as server:
        yield judge, server
