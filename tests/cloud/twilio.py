"""Twilio on loopback: HTTP Basic, the calls of one account, and the ledger of which phones rang.

Its webhooks are signed here by the vendor's own SDK.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from twilio.request_validator import RequestValidator

from tests.cloud.court import pairs_of, system_now
from tests.cloud.server import Answer, RawRequest

ACCOUNT, TOKEN = "AC" + "a" * 32, "0123456789abcdef0123456789abcdef"
API_KEY, API_SECRET = "SK" + "c" * 32, "EXAMPLEsecret0123456789012345678"
ROOT = f"/2010-04-01/Accounts/{ACCOUNT}"
JSON = ("Content-Type", "application/json")
REQUEST_ID = "RQ" + "e" * 32
SOURCES = ("Url", "Twiml", "ApplicationSid")
FIELDS = {
    *("To", "From", *SOURCES, "Method", "FallbackUrl", "FallbackMethod", "StatusCallback"),
    *("StatusCallbackMethod", "StatusCallbackEvent", "Timeout", "TimeLimit", "SendDigits", "Record"),
    *("RecordingChannels", "RecordingTrack", "Trim", "MachineDetection", "CallReason"),
}
EVENTS = {"initiated", "ringing", "answered", "completed"}


class No(Exception):
    """The service refuses."""

    def __init__(self, code: int, status: int = 400, message: str = "") -> None:
        super().__init__(code)
        self.code, self.status, self.message = code, status, message or f"error {code} in a test"


@dataclass
class Twilio:
    """One account. `rang` is the ledger; `refuses` answers every placing with this error."""

    now: Callable[[], datetime] = system_now
    rang: list[dict[str, Any]] = field(default_factory=list)
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)
    refuses: No | None = None
    page: int = 50

    def __call__(self, request: RawRequest) -> Answer:
        try:
            status, body = self._served(request)
        except No as no:
            more = f"https://www.twilio.com/docs/errors/{no.code}"
            status = no.status
            body = {"code": no.code, "message": no.message, "more_info": more, "status": no.status}
        return Answer(status, (JSON, ("Twilio-Request-Id", REQUEST_ID)), json.dumps(body).encode())

    def _served(self, request: RawRequest) -> tuple[int, dict[str, Any]]:
        self._check_key(request)
        place = request.path.removeprefix(ROOT)
        one = re.fullmatch(r"/Calls/(CA[0-9a-f]{32})\.json", place)
        form = pairs_of(request.body.decode()) if request.method == "POST" else []
        match request.method, place:
            case "GET", ".json":
                return 200, {"sid": ACCOUNT, "friendly_name": "a test", "status": "active"}
            case "POST", "/Calls.json":
                return 201, self._create(form)
            case "GET", "/Calls.json":
                return 200, self._list(dict(pairs_of(request.query)))
            case "GET", _ if one:
                return 200, self._found(one[1])
            case "POST", _ if one:
                return 200, self._update(self._found(one[1]), dict(form))
        raise No(20404, 404, f"The requested resource {request.path} was not found")

    def _check_key(self, request: RawRequest) -> None:
        kind, _, shown = (request.header("authorization") or "").partition(" ")
        good = {f"{ACCOUNT}:{TOKEN}", f"{API_KEY}:{API_SECRET}"}
        if kind != "Basic" or b64decode(shown).decode() not in good:
            raise No(20003, 401, "Authenticate")

    def _create(self, form: list[tuple[str, str]]) -> dict[str, Any]:
        fields = dict(form)
        if unknown := fields.keys() - FIELDS:
            raise No(20001, message=f"Unknown parameter {sorted(unknown)}")
        if not fields.get("To"):
            raise No(21201)
        if not fields.get("From"):
            raise No(21213)
        if not re.fullmatch(r"\+[1-9]\d{6,14}|(sip|client):.+", fields["To"]):
            raise No(21211)
        if not any(fields.get(name) for name in SOURCES):
            raise No(21205)
        if len(fields.get("Twiml", "")) > 4000:
            raise No(32018)
        if "Twiml" in fields and ElementTree.fromstring(fields["Twiml"]).tag != "Response":
            raise No(12100)
        if {value for name, value in form if name == "StatusCallbackEvent"} - EVENTS:
            raise No(21626)
        if self.refuses:
            raise self.refuses
        sid = f"CA{len(self.calls) + 1:032x}"
        stamp = format_datetime(self.now())
        call = {
            "sid": sid,
            "account_sid": ACCOUNT,
            "to": fields["To"],
            "from": fields["From"],
            "status": "queued",
            "start_time": None,
            "end_time": None,
            "duration": None,
            "price": None,
            "date_created": stamp,
            "date_updated": stamp,
            "direction": "outbound-api",
            "uri": f"{ROOT}/Calls/{sid}.json",
        }
        self.calls[sid] = call
        self.rang.append({**call, "form": form})
        return call

    def _found(self, sid: str) -> dict[str, Any]:
        if sid not in self.calls:
            raise No(20404, 404, f"The requested resource {ROOT}/Calls/{sid}.json was not found")
        return self.calls[sid]

    def _list(self, query: Mapping[str, str]) -> dict[str, Any]:
        wanted = {"To": "to", "From": "from", "Status": "status"}
        found = [
            call
            for call in reversed(self.calls.values())
            if all(call[ours] == query[name] for name, ours in wanted.items() if name in query)
        ]
        start = int(query.get("Page", 0)) * self.page
        following = {**query, "Page": str(int(query.get("Page", 0)) + 1), "PageToken": "PACA+1/x"}
        is_last = start + self.page >= len(found)
        uri = None if is_last else f"{ROOT}/Calls.json?{urlencode(following)}"
        return {"calls": found[start : start + self.page], "next_page_uri": uri, "page_size": self.page}

    def _update(self, call: dict[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
        ends = {"canceled": {"queued", "ringing"}, "completed": {"queued", "ringing", "in-progress"}}
        status = form.get("Status", "")
        if status not in ends:
            raise No(21218)
        if call["status"] in ends[status]:
            call["status"] = "completed" if call["status"] == "in-progress" else "canceled"
        elif call["status"] not in ("in-progress",):
            raise No(21220, message="Call is not in-progress. Cannot redirect.")
        return call


def is_placing(request: RawRequest) -> bool:
    """Say whether a request is one that rings a phone."""
    return request.method == "POST" and request.path == f"{ROOT}/Calls.json"


def signature(url: str, form: Mapping[str, str], token: str = TOKEN) -> str:
    """Sign a webhook as Twilio does, by its own SDK."""
    signed: str = RequestValidator(token).compute_signature(url, form)
    return signed


KEYS = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN}
KEY_PAIR = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_API_KEY": API_KEY, "TWILIO_API_SECRET": API_SECRET}
