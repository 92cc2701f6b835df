"""Dyvmsapi on loopback: behind the judge of signatures, phones that note each time that they ring."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from tests.cloud.aliyun import AliyunJudge
from tests.cloud.court import Account, pairs_of, system_now
from tests.cloud.server import Answer, Bytes, RawRequest

KEY = Account("LTAIEXAMPLE0001", "EXAMPLE/secret+0001")
VERSION = "2017-05-25"
CHINA = timezone(timedelta(hours=8))
NEEDED = {
    "SingleCallByTts": ("CalledNumber", "TtsCode"),
    "SingleCallByVoice": ("CalledNumber", "VoiceCode"),
    "IvrCall": ("CalledNumber", "CalledShowNumber", "StartCode"),
    "SmartCall": ("CalledNumber", "CalledShowNumber", "VoiceCode"),
    "ClickToDial": ("CalledNumber", "CalledShowNumber", "CallerNumber", "CallerShowNumber"),
}
PRODUCTS = {
    "SingleCallByTts": "11000000300006",
    "SingleCallByVoice": "11000000300006",
    "IvrCall": "11000000300005",
    "SmartCall": "11030000180001",
    "ClickToDial": "11000000300004",
}


@dataclass(frozen=True, slots=True)
class Ring:
    """A phone that has rung: which, by which operation, under which name and mark."""

    number: str
    operation: str
    call_id: str
    out_id: str
    at: datetime
    parameters: Mapping[str, str]
    product: str


@dataclass
class Dyvms:
    """The service; `rang` is the ledger of what really happened.

    `refuses` answers each creation with this code instead. A call's record goes through `course`: states,
    the last of which stays; None stands for no record yet. `code_template` books its calls as verification
    codes. `day_behind` keeps records under the day before.
    """

    now: Callable[[], datetime] = system_now
    refuses: str = ""
    refuses_with: int = 200
    course: tuple[str | None, ...] = ("200000",)
    detail: Mapping[str, object] = field(default_factory=dict)
    code_template: str = "TTS_CODE"
    day_behind: bool = False
    rang: list[Ring] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    canceled: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _polls: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.judge = AliyunJudge((KEY,), now=self.now, serve=self._serve, host="dyvmsapi.aliyuncs.com")  # type: ignore[arg-type]

    def __call__(self, request: RawRequest) -> Answer | Bytes:
        return self.judge(request)

    def times(self) -> Counter[str]:
        """Count how often each phone rang."""
        return Counter(ring.number for ring in self.rang)

    def _serve(self, request: RawRequest) -> Answer:
        action = request.header("x-acs-action") or ""
        asked = dict(pairs_of(request.query))
        with self._lock:
            self.asked.append((action, asked))
            if request.header("x-acs-version") != VERSION or request.method != "POST" or request.body:
                return reply("InvalidVersion", status=404)
            match action:
                case _ if action in NEEDED:
                    return self._create(action, asked)
                case "QueryCallDetailByCallId":
                    return self._detail(asked)
                case "CancelCall":
                    self.canceled.append(asked.get("CallId", ""))
                    return reply("OK", Data=True)
            return reply("InvalidAction.NotFound", status=404)

    def _create(self, action: str, asked: dict[str, str]) -> Answer:
        if self.refuses:
            return reply(self.refuses, status=self.refuses_with)
        for name in NEEDED[action]:
            if not asked.get(name):
                return reply(f"Missing{name}", status=400)
        number = asked["CalledNumber"]
        if not number.isdecimal() or number.startswith("86"):
            return reply("isv.MOBILE_NUMBER_ILLEGAL")
        if not 1 <= len(asked.get("OutId", "x").encode()) <= 15:
            return reply("isv.INVALID_PARAMETERS")
        call_id = f"1160128542{len(self.rang):06d}^10281427{len(self.rang):04d}"
        product = PRODUCTS[action]
        if asked.get("TtsCode") == self.code_template:
            product = "11010000138001"
        ring = Ring(number, action, call_id, asked.get("OutId", ""), self.now(), asked, product)
        self.rang.append(ring)
        return reply("OK", CallId=call_id)

    def _detail(self, asked: dict[str, str]) -> Answer:
        ring = next((ring for ring in self.rang if ring.call_id == asked.get("CallId")), None)
        day = datetime.fromtimestamp(int(asked.get("QueryDate", "0")) / 1000, UTC)
        if ring is None or asked.get("ProdId") != ring.product:
            return reply("100008.0")
        booked = ring.at - timedelta(days=1) if self.day_behind else ring.at
        if not day <= booked < day + timedelta(days=1):
            return reply("100008.0")
        step = self._polls[ring.call_id]
        self._polls[ring.call_id] += 1
        state = self.course[min(step, len(self.course) - 1)]
        return reply("100008.0") if state is None else reply("OK", Data=json.dumps(self._record(ring, state)))

    def _record(self, ring: Ring, state: str) -> dict[str, object]:
        def written(seconds: float) -> str:
            return (ring.at + timedelta(seconds=seconds)).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")

        record: dict[str, object] = {
            "caller": "4001234567",
            "callee": ring.number,
            "gmtCreate": written(0),
            "state": state,
            "stateDesc": f"state {state}",
        }
        if state in ("200000", "200001", "300000"):
            record |= {"startDate": written(5), "endDate": written(17), "duration": 12}
        return {**record, **self.detail}


def reply(code: str, *, status: int = 200, **more: object) -> Answer:
    """Return an answer in the form of all RPC products."""
    body = {"Code": code, "Message": code, "RequestId": f"R-{code}-EXAMPLE", **more}
    headers = (("Content-Type", "application/json;charset=utf-8"),)
    return Answer(status, headers, json.dumps(body).encode())
