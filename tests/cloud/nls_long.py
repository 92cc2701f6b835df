"""NLS for long texts on loopback: handed in, asked after, fetched; beside the tokens of `nls.py`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from tests.cloud.nls import APPKEY, Nls, trouble_with
from tests.cloud.server import Answer, RawRequest
from tests.cloud.sounds import made, seconds_of

PATH = "/rest/v1/tts/async"


@dataclass
class NlsLong:
    """The interface; `looks` is how often a task is still on its way, `spoken` its ledger.

    `fails` is the error that the next answer brings; `address` stands in place of the sound's own.
    """

    nls: Nls = field(default_factory=Nls)
    looks: int = 2
    fails: list[tuple[int, str]] = field(default_factory=list)
    address: str = ""
    broken: bytes = b""
    spoken: list[dict[str, object]] = field(default_factory=list)
    asked: int = 0
    headers_of_fetch: list[list[tuple[str, str]]] = field(default_factory=list)

    def __call__(self, request: RawRequest) -> Answer:
        if request.path.startswith("/result/"):
            self.headers_of_fetch.append(request.texts)
            return self._sound(int(request.path.rpartition("/")[2]))
        if request.path != PATH:
            return self.nls(request)
        if self.broken:
            return Answer(200, (("Content-Type", "application/json"),), self.broken)
        if self.fails:
            return _no(*self.fails.pop(0))
        return self._handed_in(request) if request.method == "POST" else self._look(request)

    def _handed_in(self, request: RawRequest) -> Answer:
        body = json.loads(request.body)
        header, payload = body["header"], body["payload"]
        wrong = self._wrong(header.get("token"))
        wanted = {**payload["tts_request"], "appkey": header.get("appkey")}
        trouble = (40000001, wrong) if wrong else trouble_with(wanted)
        if trouble:
            return _no(*trouble)
        if not body["context"].get("device_id") or payload.get("enable_notify") is not False:
            return _no(40000003, "Gateway:PARAMETER_INVALID:device_id")
        self.spoken.append(payload["tts_request"])
        return _yes({"task_id": f"task-{len(self.spoken)}"}, "SUCCESS")

    def _look(self, request: RawRequest) -> Answer:
        asked = {name: values[0] for name, values in parse_qs(request.query).items()}
        wrong = self._wrong(asked.get("token"))
        if wrong:
            return _no(40000001, wrong)
        if asked.get("appkey") != APPKEY or asked.get("request_id") != "R-long":
            return _no(40000003, "Gateway:PARAMETER_INVALID:request_id")
        number = int(asked["task_id"].removeprefix("task-"))
        self.asked += 1
        if self.asked <= self.looks:
            return _yes({"task_id": asked["task_id"], "audio_address": None}, "RUNNING")
        wanted = self.spoken[number - 1]
        address = self.address or f"http://{request.header('host')}/result/{number}"
        data: dict[str, object] = {"task_id": asked["task_id"], "audio_address": address}
        if wanted.get("enable_subtitle"):
            end = str(round(1000 * seconds_of(str(wanted["text"]))))
            data["sentences"] = [{"text": wanted["text"], "begin_time": "0", "end_time": end}]
        return _yes(data, "SUCCESS")

    def _sound(self, number: int) -> Answer:
        wanted = self.spoken[number - 1]
        seconds = seconds_of(str(wanted["text"]))
        sound = made(str(wanted["format"]), seconds, int(str(wanted["sample_rate"])))
        return Answer(200, (("Content-Type", "audio/wav"),), sound)

    def _wrong(self, token: str | None) -> str:
        self.nls.heard.append(token or "")
        return self.nls.wrong_token(token)


def _yes(data: dict[str, object], message: str) -> Answer:
    return _json(200, {"error_code": 20000000, "error_message": message, "data": data})


def _no(code: int, message: str) -> Answer:
    return _json(400, {"error_code": code, "error_message": message, "url": PATH})


def _json(status: int, body: dict[str, object]) -> Answer:
    told = json.dumps({"status": status, "request_id": "R-long", **body}).encode()
    return Answer(status, (("Content-Type", "application/json"),), told)
