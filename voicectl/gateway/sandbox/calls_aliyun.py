"""Aliyun's calls in the sandbox: Dyvmsapi 2017-05-25. The gateway before it: `aliyun_rules.py`.

Specification: https://help.aliyun.com/en/vms/developer-reference/api-dyvmsapi-2017-05-25-overview
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

from voicectl.core.call import CallState
from voicectl.core.request import Request
from voicectl.gateway.sandbox.acts import Act, Asked
from voicectl.gateway.sandbox.calls import PhoneCall, Standing, filled
from voicectl.gateway.sandbox.cloud import Refused
from voicectl.gateway.sandbox.recordings import Archive, key_of

VERSION = "2017-05-25"
GOOD = {"Code": "OK", "Message": "OK"}
CHINA = timezone(timedelta(hours=8))
DAY = timedelta(days=1)
CAPS = ((timedelta(minutes=1), 1, "minute"), (timedelta(hours=1), 5, "hour"), (DAY, 20, "day"))
NOTICE, CODE = "11000000300006", "11010000138001"
NUMBERS = ("4001112222", "057100000000")
TEMPLATES = {
    "TTS_123456": "Hello ${name}, this is a call of the sandbox.",
    "TTS_10000001": "This is a call of the sandbox. Good bye.",
    "TTS_20000001": "Your code is ${code}.",
}
CODE_TEMPLATES = ("TTS_20000001",)
FILES = {"hello.wav": "Hello, this is a sound file of the sandbox."}
MOBILE_OR_LANDLINE = re.compile(r"1[3-9][0-9]{9}|0[1-9][0-9]{8,10}|[48]00[0-9]{7}|95[0-9]{3,6}")
STATES = {
    CallState.QUEUED: ("200101", "calling"),
    CallState.RINGING: ("200201", "ringing"),
    CallState.ANSWERED: ("200102", "answered"),
    CallState.COMPLETED: ("200000", "heard to the end"),
    CallState.BUSY: ("200002", "busy"),
    CallState.NO_ANSWER: ("200003", "no answer"),
    CallState.REJECTED: ("200111", "rejected"),
    CallState.FAILED: ("200004", "no such number"),
    CallState.CANCELED: ("487", "canceled"),
}
EARLY = ("200001", "hung up early")


class Dial(NamedTuple):
    """An operation that rings: what it wants, where what is heard is named, and its product."""

    needed: tuple[str, ...]
    shown: str = ""
    template: str = ""
    values: str = ""
    file: str = ""
    product: str = NOTICE


DIALS = {
    "SingleCallByTts": Dial(("CalledNumber", "TtsCode"), "CalledShowNumber", "TtsCode", "TtsParam"),
    "SingleCallByVoice": Dial(("CalledNumber", "VoiceCode"), "CalledShowNumber", file="VoiceCode"),
    "IvrCall": Dial(
        ("CalledNumber", "CalledShowNumber", "StartCode"),
        *("CalledShowNumber", "StartCode", "StartTtsParams", "StartCode", "11000000300005"),
    ),
    "SmartCall": Dial(
        ("CalledNumber", "CalledShowNumber", "VoiceCode"),
        *("CalledShowNumber", "VoiceCode", "VoiceCodeParam", "VoiceCode", "11030000180001"),
    ),
    "ClickToDial": Dial(
        ("CallerShowNumber", "CallerNumber", "CalledShowNumber", "CalledNumber"),
        shown="CallerShowNumber",
        product="11000000300004",
    ),
}
RECORDED = ("SmartCall", "ClickToDial")
REPORTED_LASTS = timedelta(days=7)
ASKED = {"QueryCallDetailByCallId": ("CallId", "ProdId", "QueryDate"), "CancelCall": ("CallId",)}


class Dyvms:
    """The voice service, with a handful of templates, files and numbers that are approved."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._telephone = archive.telephone
        self._cloud = archive.telephone.cloud

    def acts(self) -> dict[str, Act]:
        """Return what stands behind the actions."""
        return {name: Act((VERSION,), self._run) for name in (*DIALS, *ASKED)}

    async def _run(self, asked: Asked) -> dict[str, object]:
        action, fields = asked.action, asked.fields
        for name in DIALS[action].needed if action in DIALS else ASKED[action]:
            if not fields.get(name):
                raise Refused("Missing" + name, 400, f"{name} is mandatory for this action.")
        if action in DIALS:
            return {**GOOD, "CallId": self._placed(asked, DIALS[action]).name}
        call = self._telephone.find("aliyun", fields["CallId"])
        if action == "CancelCall":
            return {**GOOD, "Data": bool(call and self._telephone.stop(call))}
        return {**GOOD, "Data": json.dumps(self._detail(call, fields), ensure_ascii=False)}

    def report(self, call: PhoneCall, stands: Standing) -> object:
        """Return what is posted of a call that has ended: VoiceReport, perhaps VoiceRecordReport."""
        code, words = _state(stands)
        told: dict[str, object] = {
            "call_id": call.name,
            "out_id": call.reference,
            "callee": call.to,
            "status_code": code,
            "status_msg": words,
            "start_time": _written(stands.answered_at or call.placed_at),
            "end_time": _written(stands.ended_at or self._cloud.now),
            "duration": str(stands.seconds),
        }
        request, is_told = call.facts["request"], call.is_recorded and call.facts["tells_sound"]
        if not (is_told and stands.seconds and isinstance(request, Request)):
            return [told]
        url = self._archive.link("aliyun", request, key_of(call), REPORTED_LASTS)
        began = _written(stands.answered_at or call.placed_at)
        return [told, {"call_id": call.name, "record_file": url, "record_begin_time": began}]

    # Placing ------------------------------------------------------------------------------------

    def _placed(self, order: Asked, dial: Dial) -> PhoneCall:
        asked = order.fields
        to, reference = asked["CalledNumber"], asked.get("OutId", "")
        for number in filter(None, (to, asked.get("CallerNumber", ""))):
            if not MOBILE_OR_LANDLINE.fullmatch(number):
                raise _no("isv.MOBILE_NUMBER_ILLEGAL", f"{number} is no number of the mainland")
        if asked.get(dial.shown, NUMBERS[0]) not in NUMBERS:
            raise _no("isv.DISPLAY_NUMBER_ILLEGAL", "this account has not bought the number that is shown")
        if "OutId" in asked and not 1 <= len(reference.encode("utf-8", "replace")) <= 15:
            raise _no("isv.INVALID_PARAMETERS", "OutId has 1 to 15 bytes")
        for name, low, high in (("PlayTimes", 1, 3), ("Speed", -500, 500)):
            if name in asked and not (_is_number(asked[name]) and low <= int(asked[name]) <= high):
                raise _no("isv.INVALID_PARAMETERS", f"{name} is a number from {low} to {high}")
        heard = _heard(dial, asked)
        self._refuse_too_often(to)
        now, serial = self._cloud.now, self._cloud.number()
        return self._telephone.place(
            PhoneCall(
                vendor="aliyun",
                name=f"{116000000000 + serial}^{102800000000 + serial}",
                to=to,
                caller=asked.get(dial.shown, NUMBERS[0]),
                starts_at=now,
                placed_at=now,
                heard=heard,
                reference=reference,
                product=CODE if asked.get(dial.template) in CODE_TEMPLATES else dial.product,
                is_recorded=order.action not in RECORDED or asked.get("RecordFlag") == "true",
                facts={"request": order.request, "tells_sound": order.action in RECORDED},
            )
        )

    def _refuse_too_often(self, to: str) -> None:
        for within, most, word in CAPS if self._cloud.is_limited else ():
            if self._telephone.count("aliyun", to, within) >= most:
                raise _no("isv.BUSINESS_LIMIT_CONTROL", f"one number takes {most} calls a {word}")

    # Asking -------------------------------------------------------------------------------------

    def _detail(self, call: PhoneCall | None, asked: Mapping[str, str]) -> dict[str, object]:
        if not _is_number(asked["QueryDate"]) or len(asked["QueryDate"]) != 13:
            raise _no("isv.QUERY_DATE_ILLEGAL", "QueryDate counts milliseconds since 1970")
        day = datetime.fromtimestamp(int(asked["QueryDate"]) / 1000, UTC)
        stands = self._telephone.standing(call) if call else None
        is_there = stands is not None and stands.state is not CallState.QUEUED
        if call is None or stands is None or not is_there or asked["ProdId"] != call.product:
            raise _no("100008.0", "there is no record of this call")
        if not day <= call.placed_at < day + DAY:
            raise _no("100008.0", "there is no record of this call on that day")
        code, words = _state(stands)
        told: dict[str, object] = {
            "caller": call.caller,
            "callee": call.to,
            "gmtCreate": _written(call.placed_at),
            "state": code,
            "stateDesc": words,
        }
        if stands.answered_at:
            told["startDate"] = _written(stands.answered_at)
        if stands.ended_at:
            told |= {"endDate": _written(stands.ended_at), "duration": stands.seconds}
        return told


def _heard(dial: Dial, asked: Mapping[str, str]) -> str:
    """Return what is said; Refused for what is not approved, or not whole."""
    # A talk names several pieces; the first is what the callee hears first.
    named = asked.get(dial.template, "").partition(",")[0] if dial.template else ""
    file = asked.get(dial.file, "").partition(",")[0] if dial.file else ""
    if file in FILES:
        return FILES[file]
    if not dial.template and not dial.file:
        return "This is a talk between two people."
    if named not in TEMPLATES:
        code = "isv.TTS_TEMPLATE_ILLEGAL" if dial.template else "isv.VOICE_FILE_ILLEGAL"
        raise _no(code, f"{named or file} is not approved here; GET /_sandbox/telephony tells what is")
    values = _values(asked.get(dial.values, ""))
    if missing := sorted(set(re.findall(r"\$\{(\w+)\}", TEMPLATES[named])) - values.keys()):
        raise _no("isv.TEMPLATE_MISSING_PARAMETERS", f"the template wants {', '.join(missing)}")
    if any("://" in value for value in values.values()):
        raise _no("isv.PARAM_NOT_SUPPORT_URL", "no URL can be said")
    return filled(TEMPLATES[named], values)


def _values(text: str) -> dict[str, str]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise _no("isv.INVALID_JSON_PARAM", "the values are no JSON object")
    return {name: str(value) for name, value in found.items()}


def _state(stands: Standing) -> tuple[str, str]:
    return EARLY if stands.reason == "hung_up_early" else STATES[stands.state]


def _written(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def _is_number(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").isdecimal() and len(text) < 20


def _no(code: str, message: str) -> Refused:
    """Return a refusal of the service itself, which comes with the status of success."""
    return Refused(code, 200, message)
