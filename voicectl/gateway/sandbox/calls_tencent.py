"""Tencent Cloud's calls in the sandbox: VMS 2020-09-02. The gateway before it: `tencent_rules.py`.

Specification: https://cloud.tencent.com/document/product/1128/51558
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from voicectl.core.call import CallState
from voicectl.gateway.sandbox.acts import Act, Asked
from voicectl.gateway.sandbox.calls import PhoneCall, Standing, Telephone
from voicectl.gateway.sandbox.cloud import Refused

VERSION = "2020-09-02"
APPLICATION = "1400006666"
TEMPLATES = {"4356": "Hello {1}, this is a call of the sandbox.", "4357": "This is a call of the sandbox."}
LONGEST, MOST_TIMES = 350, 3
OWN = {"SendTtsVoice": {"TemplateId", "TemplateParamSet"}, "SendCodeVoice": {"CodeMessage"}}
COMMON = {"CalledNumber", "VoiceSdkAppid", "PlayTimes", "SessionContext"}
OPTIONAL = {"TemplateParamSet", "PlayTimes", "SessionContext"}
NUMBER = re.compile(r"\+([1-9][0-9]{0,2}?)([0-9]{6,12})")
LANDS = ("86", "852", "853", "886", "65", "1")


class Vms:
    """The voice service with one application and two templates."""

    def __init__(self, telephone: Telephone) -> None:
        self._telephone = telephone
        self._cloud = telephone.cloud

    def acts(self) -> dict[str, Act]:
        """Return what stands behind the actions."""
        return {name: Act((VERSION,), self._run, "vms") for name in OWN}

    async def _run(self, asked: Asked) -> dict[str, object]:
        order = dict(asked.fields)
        heard, now = _heard(asked.action, order), self._cloud.now
        call = self._telephone.place(
            PhoneCall(
                vendor="tencent",
                name=f"sandbox-{self._cloud.name(12)}",
                to=order["CalledNumber"],
                starts_at=now,
                placed_at=now,
                heard=heard,
                reference=str(order.get("SessionContext", "")),
            )
        )
        return {"SendStatus": {"CallId": call.name, "SessionContext": call.reference}}

    def report(self, call: PhoneCall, stands: Standing) -> object:
        """Return what is posted when a call has ended."""
        result = {CallState.COMPLETED: "0", CallState.NO_ANSWER: "1", CallState.BUSY: "1"}
        land = next((land for land in LANDS if call.to.startswith(f"+{land}")), "")
        told = {
            "result": result.get(stands.state, "2"),
            "accept_time": _seconds(call.placed_at),
            "call_from": call.caller,
            "callid": call.name,
            "end_calltime": _seconds(stands.ended_at),
            "fee": str(-(-stands.seconds // 60)),
            "mobile": call.to.removeprefix(f"+{land}"),
            "nationcode": land,
            "start_calltime": _seconds(stands.answered_at),
        }
        return {"voiceprompt_callback": told}


def _heard(action: str, order: dict[str, Any]) -> str:
    """Return what is said; Refused for an order that is not well-formed or not approved."""
    if unknown := order.keys() - OWN[action] - COMMON:
        raise Refused("UnknownParameter", 200, f"The parameter `{min(unknown)}` is not recognized.")
    for name in sorted((OWN[action] | COMMON) - OPTIONAL):
        if not order.get(name):
            raise Refused("MissingParameter", 200, f"The request is missing a required parameter `{name}`.")
    if not NUMBER.fullmatch(str(order["CalledNumber"])):
        raise Refused("InvalidParameterValue.CalledNumberVerifyFail", 200, "CalledNumber is +86138…")
    if order["VoiceSdkAppid"] != APPLICATION:
        raise Refused("InvalidParameterValue.SdkAppidNotExist", 200, "VoiceSdkAppid does not exist")
    times = order.get("PlayTimes", 2)
    if not isinstance(times, int) or not 1 <= times <= MOST_TIMES:
        raise Refused("InvalidParameterValue", 200, "PlayTimes is 1 to 3")
    said = _code(order) if action == "SendCodeVoice" else _filled(order)
    if len(said) > LONGEST:
        raise Refused("InvalidParameterValue.ContentLengthLimit", 200, f"{LONGEST} characters are the most")
    return " ".join([said] * times)


def _code(order: dict[str, Any]) -> str:
    code = order["CodeMessage"]
    if not (isinstance(code, str) and code.isascii() and code.isdecimal()):
        raise Refused("FailedOperation.ParametersOtherError", 200, "CodeMessage has digits only")
    return f"Your code is {' '.join(code)}."


def _filled(order: dict[str, Any]) -> str:
    template, values = TEMPLATES.get(str(order["TemplateId"])), order.get("TemplateParamSet") or []
    if template is None:
        raise Refused("FailedOperation.TemplateIncorrectOrUnapproved", 200, "the template is not approved")
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Refused("InvalidParameter", 200, "TemplateParamSet is a list of texts")
    if len(values) != template.count("{"):
        raise Refused("FailedOperation.InvalidParameters", 200, "the template wants other variables")
    for position, value in enumerate(values):
        template = template.replace(f"{{{position + 1}}}", value)
    return template


def _seconds(moment: datetime | None) -> str:
    return str(int(moment.timestamp())) if moment else "0"
