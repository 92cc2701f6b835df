"""Volcengine's voice service on loopback: takes calls in both generations, and keeps which ones rang.

Signatures are decided over in `volcengine.py`, by the vendor's own SDK.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.cloud.court import Account, pairs_of, system_now
from tests.cloud.server import Answer, RawRequest
from tests.cloud.volcengine import VolcengineJudge

KEY = Account("AKLTEXAMPLE000001", "EXAMPLE/secret+0001==")
JSON = ("Content-Type", "application/json")
REQUEST_ID = "20260102030405EXAMPLE"
POOL = "NP000001"
TEMPLATES, FILES = ("tpl-EXAMPLE",), ("file-EXAMPLE",)
KNOWN_FIELDS = {
    *("SingleOpenId", "Phone", "Type", "Resource", "NumberPoolNo", "NumberList", "NumberType"),
    *("SelectNumberRule", "RingAgainTimes", "RingAgainInterval", "TriggerTime", "PhoneParam"),
    *("TtsContent", "Ext", "ForbidTimeList", "CallRecordPostUrl", "AudioPostUrl", "SmsConfig"),
}


class No(Exception):
    """The service refuses."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message or f"{code} in a test", status


@dataclass
class Vms:
    """The service behind the judge. `rang` is the ledger: one entry for each time that a phone rang.

    `generation` 1 has the actions of the older kits, 2 those of the newer, 3 those of a time in between.
    `fails` puts numbers into the FailList with this type; `refuses` answers every placing with this error.
    """

    generation: int = 1
    rang: list[dict[str, Any]] = field(default_factory=list)
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)
    fails: dict[str, str] = field(default_factory=dict)
    refuses: No | None = None

    def __call__(self, request: RawRequest) -> Answer:
        query = dict(pairs_of(request.query))
        about = {"RequestId": REQUEST_ID, "Action": query.get("Action"), "Version": query.get("Version")}
        try:
            result = self._result(request, query)
        except No as no:
            error = {"CodeN": 100000, "Code": no.code, "Message": no.message}
            body = {"ResponseMetadata": {**about, "Error": error}}
            return Answer(no.status, (JSON,), json.dumps(body).encode())
        body = {"ResponseMetadata": about, **({} if result is None else {"Result": result})}
        return Answer(200, (JSON,), json.dumps(body).encode())

    def _result(self, request: RawRequest, query: dict[str, str]) -> object:
        if query.get("Version") != "2022-01-01" or request.path != "/":
            raise No("InvalidActionOrVersion", status=404)
        match query.get("Action"), request.method, self.generation:
            case "SingleBatchAppend", "POST", _:
                return self._append(_json_of(request))
            case "SingleInfo", "GET", 1:
                return self._info(query.get("SingleOpenId", ""), "Resource")
            case "QuerySingleInfo", "POST", 2:
                return self._info(_json_of(request).get("SingleOpenId", ""), "ResourceKey")
            case "QuerySingleInfo", "GET", 3:
                return self._info(query.get("SingleOpenId", ""), "ResourceKey")
            case "QuerySingleInfo", "POST", 3:
                raise No("MissingParameter", "The required parameter SingleOpenId is missing.")
            case "SingleCancel", "GET", 1 | 3:
                return self._cancel(query.get("SingleOpenId", ""))
            case "SingleCancelV2", "POST", 2:
                return self._cancel(_json_of(request).get("SingleOpenId", ""))
        raise No("InvalidActionOrVersion", status=404)

    def _append(self, body: dict[str, Any]) -> object:
        if self.refuses:
            raise self.refuses
        good, bad = [], []
        for item in body["List"]:
            self._check(item)
            told = {name: item.get(name, "") for name in ("Phone", "SingleOpenId", "Ext")}
            key = item["SingleOpenId"]
            reason = self.fails.get(item["Phone"]) or ("REDUPLICATED_ITEM" if key in self.calls else "")
            if reason:
                bad.append({**told, "Type": reason})
                continue
            self.calls[key] = {"item": item, "State": "1", "Duration": 0}
            self.rang.append(item)
            good.append({**told, "Type": ""})
        return {"SuccessList": good, "FailList": bad}

    def _check(self, item: dict[str, Any]) -> None:
        if unknown := item.keys() - KNOWN_FIELDS:
            raise No("InvalidParameter", f"unknown {sorted(unknown)}")
        for name in ("SingleOpenId", "Phone", "NumberPoolNo"):
            if not item.get(name):
                raise No("MissingParameter", f"The required parameter {name} is missing.")
        kind, resource = item.get("Type", 0), item.get("Resource")
        if not str(item["Phone"]).isdecimal() or not isinstance(kind, int) or item["NumberPoolNo"] != POOL:
            raise No("InvalidParameter", "number, type or pool")
        if kind == 3 and not (0 < len(item.get("TtsContent", "")) <= 250):
            raise No("InvalidParameter", "TtsContent")
        if kind in (0, 1) and resource not in (FILES, TEMPLATES)[kind]:
            raise No("InvalidParameter", "Resource")
        if not isinstance(item.get("PhoneParam", {}), dict) or not isinstance(
            item.get("NumberList", []), list
        ):
            raise No("InvalidParameter", "PhoneParam or NumberList")
        if "TriggerTime" in item:
            datetime.strptime(item["TriggerTime"], "%Y-%m-%d %H:%M:%S")

    def _info(self, key: str, resource: str) -> object:
        if not key:
            raise No("MissingParameter", "The required parameter SingleOpenId is missing.")
        if key not in self.calls:
            raise No("InvalidParameter", "the call does not exist")
        call = self.calls[key]
        item = call["item"]
        known = {"SingleOpenId": key, "Phone": item["Phone"], "Ext": item.get("Ext", "")}
        times = {"CreateTime": "2026-01-02 11:04:05", "ReleaseTime": call.get("ReleaseTime", "")}
        state = {"State": call["State"], "Duration": call["Duration"], "CallUuid": call.get("CallUuid", "")}
        return {**known, **times, **state, resource: item.get("Resource", "")}

    def _cancel(self, key: str) -> object:
        if key not in self.calls or self.calls[key]["State"] not in ("1", "4"):
            raise No("OperationDenied", "the call cannot be cancelled")
        self.calls[key]["State"] = "5"
        return None


def _json_of(request: RawRequest) -> dict[str, Any]:
    if not (request.header("content-type") or "").startswith("application/json"):
        raise No("InvalidParameter", "no JSON")
    body: dict[str, Any] = json.loads(request.body)
    return body


def vms(service: Vms | None = None, *, now: Callable[[], datetime] = system_now) -> VolcengineJudge:
    """Return the voice service in cn-north-1 with one key that it knows."""
    return VolcengineJudge((KEY,), now=now, serve=service or Vms())


def is_placing(request: RawRequest) -> bool:
    """Say whether a request is one that rings a phone."""
    return "Action=SingleBatchAppend" in request.query
