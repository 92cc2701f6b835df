"""A call's order as the voice service takes it in a list. Sending it: `call.py`.

Specification: https://www.volcengine.com/docs/6358/172952
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from voicectl.core.call import CallOrder
from voicectl.core.errors import BadInput, ConfigError, Unsupported, UsageError
from voicectl.core.placing import refuse_settled
from voicectl.core.wishes import refuse_unknown
from voicectl.vendors.volcengine.call_states import wall_time

FILE, TEMPLATE, FLOW, TEXT = range(4)
LONGEST_TEXT, LONGEST_MARK, LONGEST_VARIABLES = 250, 250, 2048
SETTLED = {
    "Phone": "--to",
    "SingleOpenId": "--idempotency-key",
    "Ext": "--out-id",
    "TtsContent": "--text",
    "PhoneParam": "--var",
    "TriggerTime": "--schedule",
    "NumberList": "--from",
}
WORDS = ("NumberPoolNo", "Resource", "CallRecordPostUrl", "AudioPostUrl")
NUMBERS = {
    "Type": (FILE, TEXT),
    "NumberType": (0, 1),
    "SelectNumberRule": (1, 5),
    "RingAgainTimes": (0, 3),
    "RingAgainInterval": (5, 24 * 60),
}
VALUES = ("ForbidTimeList", "SmsConfig")
NUMBER_POOL, POOL_START = "number_pool", "NP"


def item_of(order: CallOrder, settings: Mapping[str, str]) -> dict[str, object]:
    """Return the one entry of the list; Unsupported, UsageError or BadInput for what cannot be asked."""
    _refuse_wishes(order)
    item = _heard(order)
    item |= {name: _value(name, text) for name, text in order.params.items()}
    named = order.caller if order.caller.startswith(POOL_START) else ""
    pool = named or item.get("NumberPoolNo") or settings.get(NUMBER_POOL)
    if not pool:
        raise ConfigError(
            "volcengine wants the pool that the caller's number is of",
            hint="--param NumberPoolNo=NP…, --from NP…   or: voicectl profile set NAME number_pool=NP…",
        )
    if item["Type"] != TEXT and not item.get("Resource"):
        raise UsageError(
            "nothing was said that could be heard in the call",
            hint="--template KEY, --voice-file KEY, --text T, or --param Type=2 --param Resource=KEY",
        )
    item |= {"SingleOpenId": order.key, "Phone": order.to, "NumberPoolNo": pool}
    if order.caller and not named:
        item |= {"NumberList": [order.caller], "NumberType": 1}
    if order.schedule is not None:
        item["TriggerTime"] = wall_time(order.schedule)
    if order.variables:
        item["PhoneParam"] = dict(order.variables)
        size = len(json.dumps(item["PhoneParam"], ensure_ascii=False))
        _refuse_longer("the variables", size, LONGEST_VARIABLES)
    if order.reference:
        _refuse_longer("--out-id", len(order.reference), LONGEST_MARK)
        item["Ext"] = order.reference
    return item


def _heard(order: CallOrder) -> dict[str, object]:
    match order:
        case CallOrder(text=text) if text:
            _refuse_longer("the text", len(text), LONGEST_TEXT)
            return {"Type": TEXT, "TtsContent": text}
        case CallOrder(template=key) if key:
            return {"Type": TEMPLATE, "Resource": key}
        case CallOrder(voice_file=key):
            return {"Type": FILE, "Resource": key}


def _value(name: str, text: str) -> object:
    if name in WORDS:
        return text
    try:
        value: object = json.loads(text)
    except ValueError:
        value = None
    if name in NUMBERS:
        low, high = NUMBERS[name]
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise UsageError(
            "--param {name} is a number from {low} to {high}, not {text!r}",
            name=name,
            low=low,
            high=high,
            text=text,
        )
    if isinstance(value, list | dict):
        return value
    raise UsageError("--param {name} wants JSON, not {text!r}", name=name, text=text)


def _refuse_wishes(order: CallOrder) -> None:
    refuse_settled("volcengine", order.params, SETTLED)
    for name in order.params:
        refuse_unknown("--param", name, "volcengine", (*WORDS, *NUMBERS, *VALUES))
    given: Mapping[str, object] = {
        "--volume": order.volume is not None,
        "--play-times": order.play_times,
        "--voice": order.voice,
        "--var": order.variables and (order.text or order.voice_file),
    }
    for option, value in given.items():
        if value:
            raise Unsupported(
                "volcengine's calls have no {option} here",
                option=option,
                hint="leave out {option}; pace, voice and repeats belong to the template",
            )
    resource = order.params.keys() & {"Resource", "Type"}
    if resource and (order.text or order.template or order.voice_file):
        raise UsageError(
            "--param {name} says once more what is heard", name=min(resource), hint="leave it out"
        )


def _refuse_longer(what: str, length: int, most: int) -> None:
    if length > most:
        raise BadInput(
            "{what} has {length} characters; volcengine takes {most}", what=what, length=length, most=most
        )
