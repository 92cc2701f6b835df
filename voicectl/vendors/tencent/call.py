"""Calls by Tencent Cloud's voice messages: placing is all that there is. Its codes: `call_errors.py`.

Specification: https://cloud.tencent.com/document/product/1128/51558
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from voicectl.core.call import Call, CallId, CallState, Caps, NumberForm
from voicectl.core.errors import BadInput, BrokenAnswer, ConfigError, Unsupported, UsageError
from voicectl.core.placing import placing, refuse_settled
from voicectl.core.refusal import promised_object
from voicectl.core.wishes import refuse_outside, refuse_unknown
from voicectl.signing import schemes
from voicectl.vendors.tencent.actions import action_request
from voicectl.vendors.tencent.call_errors import judge_placing
from voicectl.vendors.tencent.call_pushed import PRODUCT, day_of, reported

if TYPE_CHECKING:
    from voicectl.core.call import CallOrder, CallSearch
    from voicectl.core.request import Reply, Request
    from voicectl.core.vendor import Access, Client

URL, VERSION, USUAL_REGION = "https://vms.tencentcloudapi.com", "2020-09-02", "ap-guangzhou"
SAY, CODE = "SendTtsVoice", "SendCodeVoice"
APP_ID, APP_SETTING = "VoiceSdkAppid", "voice_sdk_appid"
SETTLED = {
    "CalledNumber": "--to",
    "TemplateId": "--template",
    "TemplateParamSet": "--var",
    "PlayTimes": "--play-times",
    "SessionContext": "--out-id",
    "CodeMessage": "--text",
}
MOST_TIMES, LONGEST = 3, 350
NOTHING_TO_ASK = "tencent's voice messages have no {deed}: it reports a call's end by itself, and once"
LISTEN = "set the address of `voicectl call listen` as the call-back in the console"


class TencentCalls:
    """The calls of one account."""

    numbers = NumberForm.E164
    caps = Caps()

    def __init__(self, access: Access) -> None:
        self._access = access

    def settle(self, order: CallOrder) -> CallOrder:
        """Choose between a template and a code; refuse what the service has not."""
        refuse_unknown("--operation", order.operation, "tencent", (SAY, CODE))
        settled = replace(order, operation=order.operation or SAY)
        self._content(settled)
        return settled

    def is_idempotent(self, order: CallOrder) -> bool:
        """Say no: the service takes no key."""
        return False

    def create(self, order: CallOrder) -> Call:
        """Place the call; an answer without its id leaves the outcome unknown."""
        request = self._request(order)
        now = self._access.clock.moment().now
        with placing():
            reply = self._client.send(request, repeatable=False, action=order.operation)
            name, request_id = _placed_in(reply)
        return Call(
            id=CallId(vendor="tencent", product=PRODUCT, day=day_of(now), vendor_id=name),
            state=CallState.QUEUED,
            to=order.to,
            reference=order.reference,
            created_at=now,
            request_id=request_id,
        )

    def status(self, call: CallId) -> Call:
        """Say that there is no such deed."""
        raise Unsupported(NOTHING_TO_ASK, deed="way to ask for one", hint=LISTEN)

    def search(self, wanted: CallSearch) -> Iterator[Call]:
        """Say that there is no such deed."""
        raise Unsupported(NOTHING_TO_ASK, deed="list", hint=LISTEN)

    def cancel(self, call: CallId, *, hang_up: bool = False) -> None:
        """Say that there is no such deed."""
        raise Unsupported("tencent's voice messages cannot be taken back", hint=LISTEN)

    def pushed(self, request: Request) -> tuple[Call, ...]:
        """Read a call-back; it bears no signature."""
        return reported(request, self._access.clock.moment().now)

    def acknowledgement(self) -> bytes:
        return b'{"result":0,"errmsg":"OK"}'

    def _request(self, order: CallOrder) -> Request:
        body = json.dumps(self._content(order), ensure_ascii=False).encode()
        endpoint, region = self._access.endpoint("vms", URL), self._access.profile.region or USUAL_REGION
        return action_request(endpoint, order.operation, VERSION, region=region, body=body)

    def _content(self, order: CallOrder) -> dict[str, object]:
        _refuse_wishes(order)
        app = order.params.get(APP_ID) or self._access.profile.settings.get(APP_SETTING, "")
        if not app:
            raise ConfigError(
                "tencent wants the id of a voice application",
                hint="--param VoiceSdkAppid=1400006666   or: voicectl profile set NAME voice_sdk_appid=…",
            )
        content: dict[str, object] = _heard(order)
        content |= {"CalledNumber": order.to, APP_ID: app}
        if order.play_times:
            content["PlayTimes"] = order.play_times
        if order.reference:
            content["SessionContext"] = order.reference
        return content

    @cached_property
    def _client(self) -> Client:
        return self._access.client(schemes.build("tencent-tc3", service="vms"), judge_placing)


def _heard(order: CallOrder) -> dict[str, object]:
    if order.operation == CODE:
        if not (order.text.isascii() and order.text.isdecimal()):
            raise BadInput("{operation} speaks a code of digits", operation=CODE, hint="--text 123456")
        return {"CodeMessage": order.text}
    if order.text or not order.template:
        raise Unsupported(
            "tencent speaks approved templates only",
            hint="--template ID --var 1=…   or, for digits: --operation SendCodeVoice --text 123456",
        )
    return {"TemplateId": order.template, "TemplateParamSet": _in_order(order.variables)}


def _in_order(variables: Mapping[str, str]) -> list[str]:
    """Return the values for {1}, {2}…; each number once, from 1 without a gap."""
    wanted = [str(number + 1) for number in range(len(variables))]
    if set(wanted) != variables.keys():
        raise UsageError(
            "tencent's templates count their variables; these are called {names}",
            names=", ".join(variables),
            hint="--var 1=… --var 2=…",
        )
    values = [variables[name] for name in wanted]
    if sum(map(len, values)) > LONGEST:
        raise BadInput("the variables are longer than the {most} characters of a message", most=LONGEST)
    return values


def _refuse_wishes(order: CallOrder) -> None:
    refuse_settled("tencent", order.params, SETTLED)
    for name in order.params:
        refuse_unknown("--param", name, "tencent", (APP_ID,))
    refuse_outside("--play-times", order.play_times or None, "tencent", 1, MOST_TIMES)
    given: Mapping[str, object] = {
        "--from": order.caller,
        "--voice-file": order.voice_file,
        "--voice": order.voice,
        "--volume": order.volume is not None,
        "--schedule": order.schedule is not None,
        "--var": order.variables and order.operation == CODE,
        "--template": order.template and order.operation == CODE,
    }
    for option, value in given.items():
        if value:
            raise Unsupported(
                "tencent's voice messages have no {option} here", option=option, hint="leave out {option}"
            )


def _placed_in(reply: Reply) -> tuple[str, str]:
    """Return the call's id and the request's; BrokenAnswer where no call is named."""
    response = promised_object(reply).get("Response")
    status = response.get("SendStatus") if isinstance(response, dict) else None
    name = status.get("CallId") if isinstance(status, dict) else None
    if not isinstance(response, dict) or not isinstance(name, str) or not name:
        raise BrokenAnswer("the answer names no call", hint="check --endpoint-url")
    return name, str(response.get("RequestId") or "")
