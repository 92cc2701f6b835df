"""Phone calls by Dyvmsapi 2017-05-25. What its codes and states mean: `call_errors.py`, `call_states.py`.

Specification: https://help.aliyun.com/en/vms/developer-reference/api-dyvmsapi-2017-05-25-overview
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone

from voicectl.core.call import Call, CallId, CallOrder, CallSearch, CallState, Caps, NumberForm
from voicectl.core.errors import BadInput, BrokenAnswer, NotFound, Unsupported, UsageError
from voicectl.core.placing import refuse_settled
from voicectl.core.refusal import promised_object
from voicectl.core.request import Pairs, Reply, Request
from voicectl.core.vendor import Access
from voicectl.core.wishes import refuse_outside
from voicectl.signing import schemes
from voicectl.vendors.aliyun.call_errors import NO_RECORD, judge
from voicectl.vendors.aliyun.call_reports import calls_in, moment_of, seconds_of
from voicectl.vendors.aliyun.call_services import (
    CANCEL,
    CLICK,
    CODE,
    DIALS,
    FILE,
    PARAMETERS_ELSEWHERE,
    PRODUCTS,
    QUERY,
    TTS,
    VOICE,
    Dial,
)
from voicectl.vendors.aliyun.call_states import meaning
from voicectl.vendors.aliyun.rpc import rpc_request

USUAL_URL = "https://dyvmsapi.aliyuncs.com"
VERSION, REGION = "2017-05-25", "cn-hangzhou"
CHINA = timezone(timedelta(hours=8))
LONGEST_REFERENCE = 15
DAY = timedelta(days=1)
SETTLED = {"CalledNumber": "--to", "CallerNumber": "--from", "OutId": "--out-id"}
DETAIL = "Data"


class AliyunCalls:
    """Calls in mainland China; a record is found by its product and day only."""

    numbers = NumberForm.MAINLAND
    caps = Caps(minute=1, hour=5, day=20)

    def __init__(self, access: Access) -> None:
        self._access = access

    def settle(self, order: CallOrder) -> CallOrder:
        """Choose the operation and check what it takes; see `core.call.Calls`."""
        dial = chosen(order)
        _refuse_absent(order, dial)
        if order.volume is not None and dial.volume:
            refuse_outside("--volume", order.volume, "aliyun", *dial.volume)
        refuse_outside("--play-times", order.play_times or None, "aliyun", 1, 3)
        if len(order.reference.encode()) > LONGEST_REFERENCE:
            raise BadInput(
                "an OutId has at most {most} bytes", most=LONGEST_REFERENCE, hint="--out-id SHORTER"
            )
        params = _renamed(order.params)
        settled = replace(order, operation=dial.name, params=params, rings_caller=dial.name == CLICK)
        refuse_settled("aliyun", settled.params, SETTLED)
        _refuse_incomplete(dial, dict(parameters(settled)))
        return settled

    def is_idempotent(self, order: CallOrder) -> bool:
        """No: OutId comes back in reports, and nothing is told again by it."""
        return False

    def create(self, order: CallOrder) -> Call:
        """Place a settled order: one request, sent once."""
        dial = _dial_named(order.operation)
        now = self._access.clock.moment().now
        reply = self._send(order.operation, parameters(order), creates=True)
        found = promised_object(reply)
        return Call(
            id=CallId(
                vendor="aliyun",
                product=dial.product,
                day=now.astimezone(CHINA).date(),
                vendor_id=str(found["CallId"]),
            ),
            state=CallState.QUEUED,
            vendor_code=str(found["Code"]),
            to=order.to,
            reference=order.reference,
            created_at=now.replace(microsecond=0),
            request_id=str(found.get("RequestId") or ""),
        )

    def status(self, call: CallId) -> Call:
        """Look a call up, also on the day before: the vendor's clock may have been behind."""
        missing: NotFound | None = None
        for product in _product_ids(call.product):
            for day in (call.day, call.day - DAY):
                try:
                    return self._detail(call, product, day)
                except NotFound as error:
                    missing = error
        raise missing or NotFound("aliyun has no record of this call", hint=NO_RECORD)

    def search(self, wanted: CallSearch) -> Iterator[Call]:
        """Refuse: no operation finds a call without its CallId."""
        raise Unsupported(
            "aliyun can only be asked by CallId; the report of a call brings its OutId {reference!r} back",
            reference=wanted.reference,
            hint="voicectl call listen --port 8080",
        )

    def cancel(self, call: CallId, *, hang_up: bool = False) -> None:
        """Take back a call; the page tells of CancelCall's parameter only."""
        if hang_up:
            raise Unsupported("aliyun does not tell how a call is hung up", hint="leave out --hang-up")
        self._send(CANCEL, (("CallId", call.vendor_id),))

    def pushed(self, request: Request) -> tuple[Call, ...]:
        """Read reports: VoiceReport, VoiceCallReport, VoiceRecordReport, in one list."""
        return calls_in(request.body, self._access.clock.moment().now)

    def acknowledgement(self) -> bytes:
        """Return what is to be answered within 0.7 s."""
        return b'{"code":0}'

    def _detail(self, call: CallId, product: str, day: date) -> Call:
        begins = datetime.combine(day, time.min, CHINA)
        asked = (
            ("CallId", call.vendor_id),
            ("ProdId", product),
            ("QueryDate", str(int(begins.timestamp() * 1000))),
        )
        found = promised_object(self._send(QUERY, asked))
        return _call_in(call, found)

    def _send(self, action: str, pairs: Pairs, *, creates: bool = False) -> Reply:
        client = self._access.client(
            schemes.build("aliyun-acs3", region=REGION), judge(action, creates=creates)
        )
        endpoint = self._access.endpoint("dyvms", USUAL_URL)
        request = rpc_request(endpoint, action, VERSION, pairs)
        return client.send(request, repeatable=not creates, action=action)


def chosen(order: CallOrder) -> Dial:
    """Return the operation that was named, else the one that follows from what was given."""
    if order.operation:
        return _dial_named(order.operation)
    names = tuple(_renamed(order.params))
    for dial in DIALS:
        if any(name.startswith(own) for name in names for own in dial.own):
            return dial
    if order.text:
        raise Unsupported(
            "aliyun speaks approved templates only, not --text",
            hint="--template TTS_123456 --var NAME=VALUE   (the phone calls console has the templates)",
        )
    if order.template or "TtsCode" in names:
        return _dial_named(TTS)
    if order.voice_file or "VoiceCode" in names:
        return _dial_named(FILE)
    raise UsageError(
        "nothing says what is to be heard",
        hint="--template TTS_123456 --var NAME=VALUE, or --voice-file ID, or --operation NAME",
    )


def parameters(order: CallOrder) -> Pairs:
    """Return the parameters of a settled order; `--param` has the last word."""
    dial = _dial_named(order.operation)
    told = {"CalledNumber": order.to, dial.caller: order.caller, "OutId": order.reference}
    if dial.template:
        told[dial.template] = order.template
    if dial.voice_file and order.voice_file:
        told[dial.voice_file] = order.voice_file
    if order.variables:
        told[dial.variables] = json.dumps(dict(order.variables), ensure_ascii=False, separators=(",", ":"))
    if order.play_times:
        told["PlayTimes"] = str(order.play_times)
    if order.volume is not None:
        told["Volume"] = str(order.volume)
    return tuple({**{name: value for name, value in told.items() if value}, **order.params}.items())


def _dial_named(name: str) -> Dial:
    found = next((dial for dial in DIALS if dial.name == name), None)
    if found is None:
        raise Unsupported(
            "aliyun has no operation {name!r} that calls; it has {known}",
            name=name,
            known=", ".join(dial.name for dial in DIALS),
            hint="voicectl help vendors shows which operation an article's name stands for",
        )
    return found


def _refuse_absent(order: CallOrder, dial: Dial) -> None:
    """Refuse what this operation has no place for."""
    taken = {
        "--text": not order.text,
        "--voice": not order.voice,
        "--schedule": order.schedule is None,
        "--template": not order.template or bool(dial.template),
        "--var": not order.variables or bool(dial.variables),
        "--voice-file": not order.voice_file or bool(dial.voice_file),
        "--volume": order.volume is None or dial.volume is not None,
        "--play-times": not order.play_times or dial.repeats,
    }
    refused = next((option for option, is_fine in taken.items() if not is_fine), "")
    if refused:
        raise Unsupported(
            "aliyun's {operation} has no place for {option}",
            operation=dial.name,
            option=refused,
            hint="leave out {option}; --param NAME=VALUE passes on what it has",
        )
    if order.template and order.voice_file:
        raise UsageError(
            "a call speaks a template or plays a file", hint="leave out --template or --voice-file"
        )


def _refuse_incomplete(dial: Dial, given: Mapping[str, str]) -> None:
    missing = next((name for name in dial.needed if not given.get(name)), "")
    if missing:
        raise UsageError(
            "aliyun's {operation} wants {name}",
            operation=dial.name,
            name=missing,
            option=_option_for(dial, missing),
            hint="{option}",
        )


def _option_for(dial: Dial, name: str) -> str:
    options = {dial.caller: "--from", dial.template: "--template", dial.voice_file: "--voice-file"}
    return f"{options[name]} …" if name in options and name else f"--param {name}=…"


def _renamed(params: Mapping[str, str]) -> dict[str, str]:
    return {PARAMETERS_ELSEWHERE.get(name, name): value for name, value in params.items()}


def _product_ids(product: str) -> tuple[str, ...]:
    if product.isascii() and product.isdecimal():
        return (product,)
    if product in PRODUCTS:
        return PRODUCTS[product]
    raise UsageError(
        "aliyun has no product {product!r}; it has {known}, or a ProdId",
        product=product,
        known=", ".join(PRODUCTS),
        usual=VOICE if product != CODE else CODE,
        hint="--product {usual}",
    )


def _call_in(call: CallId, found: Mapping[str, object]) -> Call:
    """Read a record; NotFound where it is empty, BrokenAnswer where it is no record."""
    text = found.get(DETAIL)
    if not text:
        raise NotFound("aliyun has no record of this call", hint=NO_RECORD)
    try:
        detail = json.loads(text) if isinstance(text, str) else text
    except (ValueError, RecursionError):
        detail = None
    if not isinstance(detail, dict):
        raise BrokenAnswer("the record is not the JSON that was promised")
    if not detail:
        raise NotFound("aliyun has no record of this call", hint=NO_RECORD)
    code = str(detail.get("state") or "")
    state, reason = meaning(code, str(detail.get("stateDesc") or ""))
    seconds = seconds_of(detail.get("duration"))
    was_heard = state in (CallState.COMPLETED, CallState.ANSWERED)
    return Call(
        id=call,
        state=state,
        vendor_state=code,
        vendor_code=str(found.get("Code") or ""),
        reason=reason,
        to=str(detail.get("callee") or ""),
        created_at=moment_of(detail.get("gmtCreate")),
        answered_at=moment_of(detail.get("startDate")) if was_heard else None,
        ended_at=moment_of(detail.get("endDate")) or moment_of(detail.get("bEndTime")),
        duration_seconds=seconds if was_heard else None,
        request_id=str(found.get("RequestId") or ""),
    )
