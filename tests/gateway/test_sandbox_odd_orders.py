"""Orders with the oddest values in them, rightly signed, are taken or refused; nothing breaks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from voicectl.core.clock import Moment
from voicectl.core.request import Request
from voicectl.gateway.sandbox import accounts
from voicectl.gateway.sandbox.acts import Asked
from voicectl.gateway.sandbox.calls import Telephone
from voicectl.gateway.sandbox.calls_aliyun import Dyvms
from voicectl.gateway.sandbox.calls_tencent import Vms as TencentVms
from voicectl.gateway.sandbox.calls_twilio import Twilio
from voicectl.gateway.sandbox.calls_volcengine import Vms as VolcengineVms
from voicectl.gateway.sandbox.cloud import Cloud, Refused
from voicectl.gateway.sandbox.recordings import Archive
from voicectl.gateway.sandbox.recordings_twilio import Recordings
from voicectl.gateway.sandbox.sound import Studio, tone
from voicectl.signing import schemes

pytestmark = pytest.mark.slow

ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 10**30, 1.5, "", "\0", "\ud800", "9" * 5000, "²", "٣" * 11, "[", "http://["),
    *([], [[]], [None], {}, {"a": []}, {"": {}}, "<!DOCTYPE a>", "<Response><Say>&#1;</Say></Response>"),
)
ORDERS: dict[str, dict[str, Any]] = {
    "SingleCallByTts": {"CalledNumber": "13800138000", "TtsCode": "TTS_123456", "TtsParam": '{"name":"a"}'},
    "ClickToDial": {
        "CallerShowNumber": "4001112222",
        "CallerNumber": "13900139000",
        "CalledShowNumber": "4001112222",
        "CalledNumber": "13800138000",
        "PlayTimes": "1",
        "OutId": "x",
    },
    "QueryCallDetailByCallId": {"CallId": "1", "ProdId": "11000000300006", "QueryDate": "1767312000000"},
    "SingleBatchAppend": {
        "SingleOpenId": "k",
        "Phone": "13800138000",
        "NumberPoolNo": "NP000001",
        "Type": 1,
        "Resource": "tpl-sandbox",
        "PhoneParam": {"name": "Li"},
        "NumberList": ["05710000000"],
        "TriggerTime": "2026-01-02 03:04:05",
        "Ext": "x",
        "CallRecordPostUrl": "http://127.0.0.1/",
    },
    "SingleInfo": {"SingleOpenId": "k"},
    "SendTtsVoice": {
        "TemplateId": "4356",
        "TemplateParamSet": ["Li"],
        "CalledNumber": "+8613800138000",
        "VoiceSdkAppid": "1400006666",
        "PlayTimes": 1,
        "SessionContext": "x",
    },
    "Calls": {
        "To": "+14155550123",
        "From": "+15005550006",
        "Twiml": "<Response/>",
        "StatusCallback": "http://127.0.0.1/",
        "StatusCallbackEvent": "ringing",
        "PageSize": "1",
        "Page": "0",
        "StartTime>": "2026-01-02",
    },
}


async def ordered(action: str, fields: Mapping[str, Any]) -> None:
    """Give an order, and look at what has come of it."""
    cloud = Cloud(keys=accounts.keys(), real_now=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    archive = Archive(Telephone(cloud), Studio(tone))
    if action == "Calls":
        await asked_of_twilio(Twilio(archive.telephone, Recordings(archive)), fields)
        return
    acts = {
        **Dyvms(archive).acts(),
        **VolcengineVms(archive).acts(),
        **TencentVms(archive.telephone).acts(),
    }
    if action == "SingleBatchAppend":
        fields = {"List": [fields]}
    method = "GET" if action == "SingleInfo" else "POST"
    asked = Asked(action, fields, accounts.keys()["aliyun"], Request(method=method, host="127.0.0.1"))
    json.dumps(await acts[action].run(asked))
    json.dumps([dict(deed.facts) for deed in cloud.ledger])


async def asked_of_twilio(twilio: Twilio, fields: Mapping[str, Any]) -> None:
    known = accounts.keys()["twilio"]
    form = urlencode({name: str(text).encode("utf-8", "replace") for name, text in fields.items()})
    path = f"/2010-04-01/Accounts/{known.key_id}/Calls.json"
    for method, query, body in (("POST", "", form.encode()), ("GET", form, b"")):
        request = Request(method=method, host="127.0.0.1", path=path, query=query, body=body)
        signer = schemes.build("basic")
        signed = signer.sign(request, known, Moment(datetime(2026, 1, 2, tzinfo=UTC), "")).request
        with suppress(Refused):
            await twilio.serve(signed)


def only_text(odd: Any) -> str:
    """Return a value as it comes in a query."""
    return odd if isinstance(odd, str) else json.dumps(odd)


@pytest.mark.parametrize("action", ORDERS)
def test_odd_values_are_taken_or_refused(action: str) -> None:
    is_json = action in ("SingleBatchAppend", "SendTtsVoice")
    shaped: Callable[[Any], Any] = (lambda odd: odd) if is_json else only_text
    for name in ORDERS[action]:
        for odd in ODD:
            with suppress(Refused):
                asyncio.run(ordered(action, {**ORDERS[action], name: shaped(odd)}))


@pytest.mark.parametrize("action", [*ORDERS][:-1])
def test_an_order_that_lacks_something_is_taken_or_refused(action: str) -> None:
    for name in ORDERS[action]:
        order = {other: value for other, value in ORDERS[action].items() if other != name}
        with suppress(Refused):
            asyncio.run(ordered(action, order))
