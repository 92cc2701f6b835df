"""Volcengine's calls in the sandbox: VMS 2022-01-01, both generations of its actions, and its recordings.

The gateway before it: `volcengine_rules.py`.
Specification: https://www.volcengine.com/docs/6358/172952
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from voicectl.core.call import CallState
from voicectl.core.request import Request
from voicectl.gateway.sandbox.acts import Act, Asked
from voicectl.gateway.sandbox.asked import object_of
from voicectl.gateway.sandbox.calls import PhoneCall, Standing, filled
from voicectl.gateway.sandbox.cloud import No, Refused
from voicectl.gateway.sandbox.recordings import Archive

VERSION = "2022-01-01"
NO_JSON = No("InvalidParameter", 400, "the body is no JSON object")
CHINA = timezone(timedelta(hours=8))
STAMP = "%Y-%m-%d %H:%M:%S"
LINK_LASTS = timedelta(hours=6)
POOLS = {"NP000001": ("05710000000", "05710000001")}
TEMPLATES = {
    "tpl-sandbox": "Hello ${name}, this is a call of the sandbox.",
    "tpl-plain": "This is a call of the sandbox. Good bye.",
}
FILES = {"file-sandbox": "Hello, this is a sound file of the sandbox."}
FLOWS = {"ivr-sandbox": "Press one to go on."}
FILE, TEMPLATE, FLOW, TEXT = range(4)
KNOWN = {
    *("SingleOpenId", "Phone", "Type", "Resource", "NumberPoolNo", "NumberList", "NumberType"),
    *("SelectNumberRule", "RingAgainTimes", "RingAgainInterval", "TriggerTime", "PhoneParam"),
    *("TtsContent", "Ext", "ForbidTimeList", "CallRecordPostUrl", "AudioPostUrl", "SmsConfig"),
}
TEXTS = ("SingleOpenId", "Phone", "NumberPoolNo", "Resource", "Ext", "CallRecordPostUrl")
ACTIONS = {
    ("SingleBatchAppend", "POST"),
    ("SingleInfo", "GET"),
    ("QuerySingleInfo", "GET"),
    ("QuerySingleInfo", "POST"),
    ("SingleCancel", "GET"),
    ("SingleCancelV2", "POST"),
    ("QueryAudioRecordFileUrl", "POST"),
    ("QueryAudioRecordFileUrl", "GET"),
}
READY, DIALLED, FINISHED, DELETED = "1", "2", "3", "5"


class Vms:
    """The voice service. An order's `SingleOpenId` is taken once, whatever comes with it."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._telephone = archive.telephone
        self._cloud = archive.telephone.cloud

    def acts(self) -> dict[str, Act]:
        """Return what stands behind the actions."""
        return {name: Act((VERSION,), self._run, "vms") for name, _ in ACTIONS}

    async def _run(self, asked: Asked) -> dict[str, Any]:
        action, fields = asked.action, _fields(asked)
        if (action, asked.request.method) not in ACTIONS:
            raise Refused("InvalidActionOrVersion", 404, f"{action} is not asked by {asked.request.method}")
        if action == "SingleBatchAppend":
            return self._append(fields)
        if action == "QueryAudioRecordFileUrl":
            return await self._recorded(asked.request, str(fields.get("CallId") or ""))
        call = self._found(str(fields.get("SingleOpenId") or ""))
        if not action.startswith("SingleCancel"):
            return self._info(call, "Resource" if action == "SingleInfo" else "ResourceKey")
        if self._telephone.standing(call).state is not CallState.QUEUED:
            raise Refused("OperationDenied", 400, "the call was dialled already")
        self._telephone.stop(call)
        return {}

    def report(self, call: PhoneCall, stands: Standing) -> object:
        """Return what is posted to CallRecordPostUrl when a call has ended."""
        return {
            "callId": call.facts["uuid"],
            "singleOpenId": call.name,
            "caller": call.caller,
            "callee": call.to,
            "ext": call.reference,
            "beginCallTime": _milliseconds(call.starts_at),
            "startTime": _milliseconds(stands.answered_at),
            "endTime": _milliseconds(stands.ended_at),
            "callDuration": stands.seconds,
            "callResult": 0 if stands.seconds else 1,
        }

    # Placing ------------------------------------------------------------------------------------

    def _append(self, fields: Mapping[str, Any]) -> dict[str, object]:
        items = fields.get("List")
        if not isinstance(items, list) or not items:
            raise Refused("MissingParameter", 400, "The required parameter List is missing.")
        good: list[object] = []
        bad: list[object] = []
        for item in items:
            heard = _heard(item)
            told = {name: item.get(name, "") for name in ("Phone", "SingleOpenId", "Ext")}
            reason = self._refused(item)
            (bad if reason else good).append({**told, "Type": reason})
            if not reason:
                self._place(item, heard)
        return {"SuccessList": good, "FailList": bad}

    def _refused(self, item: dict[str, Any]) -> str:
        """Return why an order that is well-formed is not taken."""
        if self._telephone.find("volcengine", item["SingleOpenId"]):
            return "REDUPLICATED_ITEM"
        pool = POOLS.get(item["NumberPoolNo"])
        if pool is None:
            return "NOT_AUTH"
        if any(number not in pool for number in item.get("NumberList") or ()):
            return "NOT_IN_NUMBER_POOL"
        kinds = {FILE: FILES, TEMPLATE: TEMPLATES, FLOW: FLOWS}
        known = kinds.get(item.get("Type", FILE))
        return "" if known is None or item.get("Resource") in known else "RESOURCE_KEY_IS_NOT_EXIST"

    def _place(self, item: dict[str, Any], heard: str) -> None:
        now = self._cloud.now
        trigger = _moment(item["TriggerTime"]) if "TriggerTime" in item else now
        self._telephone.place(
            PhoneCall(
                vendor="volcengine",
                name=item["SingleOpenId"],
                to=str(item["Phone"]),
                caller=(item.get("NumberList") or POOLS[item["NumberPoolNo"]])[0],
                starts_at=max(now, trigger),
                placed_at=now,
                heard=heard,
                key=item["SingleOpenId"],
                reference=item.get("Ext", ""),
                report_to=str(item.get("CallRecordPostUrl") or ""),
                facts={"resource": item.get("Resource", ""), "uuid": f"V{self._cloud.name(24)}"},
            )
        )

    # Asking -------------------------------------------------------------------------------------

    def _found(self, key: str) -> PhoneCall:
        if not key:
            raise Refused("MissingParameter", 400, "The required parameter SingleOpenId is missing.")
        call = self._telephone.find("volcengine", key)
        if call is None:
            raise Refused("InvalidParameter", 400, "The SingleOpenId is not known.")
        return call

    def _info(self, call: PhoneCall, resource: str) -> dict[str, object]:
        stands = self._telephone.standing(call)
        states = {CallState.QUEUED: READY, CallState.RINGING: DIALLED, CallState.ANSWERED: DIALLED}
        state = states.get(stands.state, FINISHED)
        if stands.state is CallState.CANCELED and call.stopped_at:
            state = DELETED
        is_over = state == FINISHED
        return {
            "SingleOpenId": call.name,
            resource: call.facts["resource"],
            "Phone": call.to,
            "Ext": call.reference,
            "CreateTime": _wall_time(call.placed_at),
            "State": state,
            "ReleaseTime": _wall_time(stands.ended_at) if is_over and stands.ended_at else "",
            "Duration": stands.seconds,
            "CallUuid": call.facts["uuid"] if is_over else "",
        }

    async def _recorded(self, request: Request, call_id: str) -> dict[str, str]:
        if not call_id:
            raise Refused("MissingParameter", 400, "The required parameter CallId is missing.")
        calls = self._telephone.all("volcengine")
        call = next((each for each in calls if each.facts["uuid"] == call_id), None)
        kept = await self._archive.of(call) if call else None
        if kept is None:
            return {}
        url = self._archive.link("volcengine", request, kept.key, LINK_LASTS)
        return {"AudioRecordFileUrl": url, "AudioRecordLeftFileUrl": "", "AudioRecordRightFileUrl": ""}


def _heard(item: object) -> str:
    """Return what is said in a call; Refused where its order is not well-formed."""
    if not isinstance(item, dict):
        raise _wrong("List")
    if unknown := item.keys() - KNOWN:
        raise _wrong(min(unknown))
    for name in ("SingleOpenId", "Phone", "NumberPoolNo"):
        if not item.get(name):
            raise Refused("MissingParameter", 400, f"The required parameter {name} is missing.")
    for name in TEXTS:
        if not isinstance(item.get(name, ""), str):
            raise _wrong(name)
    numbers = item.get("NumberList") or []
    if not item["Phone"].isdecimal() or not isinstance(numbers, list):
        raise _wrong("Phone or NumberList")
    if "TriggerTime" in item:
        _moment(item["TriggerTime"])
    kind, values = item.get("Type", FILE), item.get("PhoneParam", {})
    if kind not in range(4) or not isinstance(values, dict) or len(str(item.get("Ext", ""))) > 250:
        raise _wrong("Type, PhoneParam or Ext")
    if kind == TEXT:
        text = str(item.get("TtsContent", ""))
        if not 0 < len(text) <= 250:
            raise _wrong("TtsContent")
        return text
    resource = str(item.get("Resource", ""))
    said = {**FILES, **FLOWS, **TEMPLATES}.get(resource, "")
    return filled(said, {name: str(value) for name, value in values.items()})


def _fields(asked: Asked) -> Mapping[str, Any]:
    """Return the parameters: of query and form, and of a body that says that it is JSON."""
    kind = (asked.request.header("content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json" or not asked.request.body:
        return asked.fields
    return {**asked.fields, **object_of(asked.request.body, NO_JSON)}


def _wrong(name: str) -> Refused:
    return Refused("InvalidParameter", 400, f"The parameter {name} is invalid.")


def _moment(text: object) -> datetime:
    try:
        return datetime.strptime(str(text), STAMP).replace(tzinfo=CHINA)
    except ValueError:
        raise _wrong("TriggerTime") from None


def _wall_time(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime(STAMP)


def _milliseconds(moment: datetime | None) -> int:
    return int(moment.timestamp() * 1000) if moment else 0
