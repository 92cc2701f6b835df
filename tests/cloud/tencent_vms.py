"""Tencent Cloud's voice messages on loopback: takes calls, and keeps which ones rang.

Signatures are decided over in `tencent.py`, by the vendor's own SDK.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.cloud.court import Account, system_now
from tests.cloud.server import Answer, RawRequest
from tests.cloud.tencent import TencentJudge

KEY = Account("AKIDEXAMPLE000001", "EXAMPLEsecret0001")
REQUEST_ID = "b2f4-EXAMPLE"
APP_ID, TEMPLATE = "1400006666", "4356"
JSON = ("Content-Type", "application/json")


class No(Exception):
    """The service refuses."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code, self.message = code, message or f"{code} in a test"


@dataclass
class Vms:
    """The service behind the judge. `rang` is the ledger; `refuses` answers every call with this code."""

    rang: list[dict[str, Any]] = field(default_factory=list)
    refuses: str = ""

    def __call__(self, request: RawRequest) -> Answer:
        try:
            response = self._response(request)
        except No as no:
            response = {"Error": {"Code": no.code, "Message": no.message}}
        body = {"Response": {**response, "RequestId": REQUEST_ID}}
        return Answer(200, (JSON,), json.dumps(body).encode())

    def _response(self, request: RawRequest) -> dict[str, Any]:
        if request.header("x-tc-version") != "2020-09-02":
            raise No("NoSuchVersion")
        body = json.loads(request.body)
        match request.header("x-tc-action"):
            case "SendTtsVoice":
                self._check(body, {"TemplateId", "TemplateParamSet"})
                if body["TemplateId"] != TEMPLATE:
                    raise No("FailedOperation.TemplateIncorrectOrUnapproved")
                if not all(isinstance(each, str) for each in body.get("TemplateParamSet", [])):
                    raise No("InvalidParameter")
            case "SendCodeVoice":
                self._check(body, {"CodeMessage"})
                if not re.fullmatch("[0-9]+", body["CodeMessage"]):
                    raise No("FailedOperation.ParametersOtherError")
            case _:
                raise No("InvalidAction")
        if self.refuses:
            raise No(self.refuses)
        self.rang.append(body)
        status = {
            "CallId": f"call-EXAMPLE-{len(self.rang)}",
            "SessionContext": body.get("SessionContext", ""),
        }
        return {"SendStatus": status}

    def _check(self, body: dict[str, Any], own: set[str]) -> None:
        if unknown := body.keys() - own - {"CalledNumber", "VoiceSdkAppid", "PlayTimes", "SessionContext"}:
            raise No("UnknownParameter", f"unknown {sorted(unknown)}")
        if missing := {"CalledNumber", "VoiceSdkAppid", *own} - {"TemplateParamSet"} - body.keys():
            raise No("MissingParameter", f"missing {sorted(missing)}")
        if not re.fullmatch(r"\+[1-9][0-9]{6,14}", body["CalledNumber"]):
            raise No("InvalidParameterValue.CalledNumberVerifyFail")
        if body["VoiceSdkAppid"] != APP_ID:
            raise No("InvalidParameterValue.SdkAppidNotExist")
        if not isinstance(body.get("PlayTimes", 1), int) or not 1 <= body.get("PlayTimes", 1) <= 3:
            raise No("InvalidParameterValue")


def vms(service: Vms | None = None, *, now: Callable[[], datetime] = system_now) -> TencentJudge:
    """Return the voice service with one key that it knows."""
    return TencentJudge((KEY,), now=now, serve=service or Vms(), service="vms")


def is_placing(request: RawRequest) -> bool:
    """Say whether a request is one that rings a phone."""
    return request.method == "POST"
