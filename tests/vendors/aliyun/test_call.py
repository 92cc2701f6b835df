"""Calls by Dyvmsapi: what is sent, and what each of its states, codes and reports means."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.cloud import dyvms
from tests.cloud.call_faults import SPOILS
from tests.cloud.dyvms import Dyvms
from tests.cloud.line_faults import Spoiling
from tests.cloud.server import RawRequest, serving
from tests.transport.faults import refused_port
from tests.vendors.phones import Phone, StillClock
from voicectl.actions.call_status import exit_of
from voicectl.core.call import Call, CallId, CallOrder, CallSearch, CallState
from voicectl.core.errors import (
    BadInput,
    CredentialError,
    Exit,
    NotFound,
    OutcomeUnknown,
    TryLater,
    Unreachable,
    Unsupported,
    UsageError,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.request import Request
from voicectl.vendors.aliyun.call import parameters
from voicectl.vendors.aliyun.call_errors import CODES
from voicectl.vendors.aliyun.call_services import CALLS, DIALS
from voicectl.vendors.aliyun.call_states import STATES

NUMBER, SHOWN = "13800138000", "4001234567"
KEYS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": dyvms.KEY.key_id,
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": dyvms.KEY.secret,
}


def is_placing(request: RawRequest) -> bool:
    return (request.header("x-acs-action") or "") in dyvms.NEEDED


def phone(**service: Any) -> Phone:
    made = Dyvms(**service)
    order = CallOrder(
        to=NUMBER, template="TTS_1", variables={"code": "0123", "name": "李 & Co"}, reference="vc0123456789ab"
    )
    return Phone("aliyun", made, made, KEYS, order, is_placing)  # type: ignore[arg-type]


def sent(order: CallOrder) -> tuple[str, dict[str, str]]:
    """Return the operation and the parameters of an order, as they would be sent."""
    settled = phone().calls("http://127.0.0.1:9").settle(order)
    return settled.operation, dict(parameters(settled))


def test_a_template_is_called_by_tts_with_its_variables_as_text() -> None:
    one = phone()
    with serving(one.judge) as server:
        call = one.place(server.url)
    [ring] = one.rang
    assert (ring.operation, ring.number, ring.out_id) == ("SingleCallByTts", NUMBER, "vc0123456789ab")
    assert json.loads(ring.parameters["TtsParam"]) == {"code": "0123", "name": "李 & Co"}
    assert (call.id.product, call.id.vendor_id, call.state) == ("voice", ring.call_id, CallState.QUEUED)
    assert CallId.read(str(call.id)) == call.id
    assert (call.request_id, call.reference) == ("R-OK-EXAMPLE", "vc0123456789ab")


def test_only_click_to_dial_rings_at_both_ends() -> None:
    calls = phone().calls("http://127.0.0.1:9")
    shows = {"CallerShowNumber": SHOWN, "CalledShowNumber": SHOWN}
    both = CallOrder(to=NUMBER, caller="13900139000", operation="ClickToDial", params=shows)
    assert calls.settle(both).rings_caller
    assert not calls.settle(CallOrder(to=NUMBER, caller=SHOWN, template="TTS_1")).rings_caller


@pytest.mark.parametrize(
    ("given", "operation", "expected"),
    [
        (
            {"template": "TTS_1", "play_times": 2, "volume": 80, "caller": SHOWN, "params": {"Speed": "-5"}},
            "SingleCallByTts",
            {"TtsCode": "TTS_1", "PlayTimes": "2", "Volume": "80", "CalledShowNumber": SHOWN, "Speed": "-5"},
        ),
        ({"voice_file": "a.wav"}, "SingleCallByVoice", {"VoiceCode": "a.wav"}),
        ({"params": {"VoiceCode": "a.wav"}}, "SingleCallByVoice", {"VoiceCode": "a.wav"}),
        (
            {
                "template": "TTS_1",
                "variables": {"a": "1"},
                "caller": SHOWN,
                "params": {"MenuKeyMap.1.Key": "1", "MenuKeyMap.1.Code": "TTS_2"},
            },
            "IvrCall",
            {
                "StartCode": "TTS_1",
                "StartTtsParams": '{"a":"1"}',
                "CalledShowNumber": SHOWN,
                "MenuKeyMap.1.Key": "1",
                "MenuKeyMap.1.Code": "TTS_2",
            },
        ),
        (
            {"voice_file": "a.wav", "caller": SHOWN, "volume": -4, "params": {"ActionCodeBreak": "true"}},
            "SmartCall",
            {"VoiceCode": "a.wav", "CalledShowNumber": SHOWN, "Volume": "-4", "ActionCodeBreak": "true"},
        ),
        (
            {"voice_file": "a.wav", "caller": SHOWN, "operation": "SmartCall"},
            "SmartCall",
            {"VoiceCode": "a.wav", "CalledShowNumber": SHOWN},
        ),
        (
            {
                "operation": "ClickToDial",
                "caller": "13900139000",
                "params": {"CallerShowNumber": SHOWN, "CalledShowNum": SHOWN},
            },
            "ClickToDial",
            {"CallerNumber": "13900139000", "CallerShowNumber": SHOWN, "CalledShowNumber": SHOWN},
        ),
        (
            {"caller": "13900139000", "params": {"CallerShowNumber": SHOWN, "CalledShowNum": SHOWN}},
            "ClickToDial",
            {"CallerNumber": "13900139000", "CallerShowNumber": SHOWN, "CalledShowNumber": SHOWN},
        ),
    ],
)
def test_the_operation_follows_from_what_was_given(
    given: dict[str, Any], operation: str, expected: dict[str, str]
) -> None:
    assert sent(CallOrder(to=NUMBER, reference="r", **given)) == (
        operation,
        {"CalledNumber": NUMBER, "OutId": "r", **expected},
    )


@pytest.mark.parametrize("dial", DIALS, ids=lambda dial: dial.name)
def test_each_operation_rings_where_the_sdk_finds_it_rightly_signed(dial: Any) -> None:
    one = phone()
    params = dict.fromkeys(set(dial.needed) - {"CallerNumber"}, SHOWN)
    order = CallOrder(to=NUMBER, caller=SHOWN, operation=dial.name, params=params, reference="r")
    with serving(one.judge) as server:
        call = one.place(server.url, order)
        assert one.calls(server.url).status(call.id).state is CallState.COMPLETED
    assert [ring.operation for ring in one.rang] == [dial.name]


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"text": "hello"}, Unsupported, "approved templates only"),
        ({}, UsageError, "what is to be heard"),
        ({"template": "a", "text": "b"}, Unsupported, "--text"),
        ({"template": "a", "voice_file": "b"}, Unsupported, "--voice-file"),
        ({"template": "a", "voice": "xiaoyun"}, Unsupported, "--voice"),
        ({"template": "a", "schedule": datetime(2026, 1, 2, tzinfo=UTC)}, Unsupported, "--schedule"),
        ({"template": "a", "play_times": 4}, Unsupported, "--play-times 4 is out of range"),
        ({"template": "a", "volume": 101}, Unsupported, "--volume 101 is out of range"),
        ({"template": "a", "reference": "x" * 16}, BadInput, "at most 15 bytes"),
        ({"template": "a", "reference": "六个汉字多啊"}, BadInput, "at most 15 bytes"),
        (
            {"template": "a", "params": {"CalledNumber": "13900139000"}},
            UsageError,
            "CalledNumber would go past",
        ),
        ({"template": "a", "params": {"Callee": "13900139000"}}, UsageError, "CalledNumber would go past"),
        ({"operation": "ClickToDial", "params": {"Caller": "1"}}, UsageError, "CallerNumber would go past"),
        ({"template": "a", "params": {"OutId": "x"}}, UsageError, "OutId would go past"),
        ({"operation": "CreateCall"}, Unsupported, "CreateCall"),
        ({"operation": "QueryCallDetailByCallId"}, Unsupported, "that calls"),
        ({"operation": "IvrCall", "template": "a"}, UsageError, "CalledShowNumber"),
        ({"operation": "SmartCall", "caller": SHOWN}, UsageError, "VoiceCode"),
        ({"operation": "ClickToDial"}, UsageError, "CallerShowNumber"),
        ({"operation": "SmartCall", "voice_file": "a", "play_times": 2}, Unsupported, "--play-times"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_sent(
    given: dict[str, Any], error: type[VoicectlError], words: str
) -> None:
    calls = phone().calls("http://127.0.0.1:9")
    with pytest.raises(error, match=words) as caught:
        calls.settle(CallOrder(to=NUMBER, **given))
    assert caught.value.hint


@pytest.mark.parametrize("spoil", SPOILS, ids=[each.replace(" ", "-") for each in SPOILS])
def test_an_answer_that_tells_nothing_is_no_refusal_and_nothing_is_repeated(spoil: str) -> None:
    one = phone()
    line = Spoiling(one.judge, SPOILS[spoil], is_placing)
    with serving(line) as server, pytest.raises(VoicectlError) as caught:
        one.place(server.url, seconds=0.3, retries=5)
    # A redirect is made a doubt by who places calls, for every vendor.
    assert isinstance(caught.value, OutcomeUnknown) or (spoil == "302" and caught.value.exit == 74)
    assert (len(one.rang), len(server.requests)) == (1, 1)


def test_a_refused_connection_is_no_doubt() -> None:
    with pytest.raises(Unreachable):
        phone().place(f"http://127.0.0.1:{refused_port()}")


REFUSALS = {
    CredentialError: "isp.RAM_PERMISSION_DENY Forbidden.RAM NoPermission InvalidAccessKeyId.NotFound",
    TryLater: "isv.BUSINESS_LIMIT_CONTROL isv.VOICE_ROBOT_CALLEE_LIMIT isv.VOICE_ROBOT_NOT_PERIOD "
    "isv.VOICE_CALL_PERIOD_ERROR Throttling Throttling.User Throttling.Api",
    OutcomeUnknown: "isp.SYSTEM_ERROR isp.GATEWAY_ERROR isp.UNKNOWN isp.NEW InternalError "
    "ServiceUnavailable UnknownError",
    NotFound: "100008.0",
    VendorRefused: "isv.OUT_OF_SERVICE isv.AMOUNT_NOT_ENOUGH isv.AMOUNT_NOT_ENOUG isv.PRODUCT_UN_SUBSCRIPT "
    "isv.PRODUCT_UNSUBSCRIBE isv.ACCOUNT_NOT_EXISTS isv.ACCOUNT_ABNORMAL isv.TTS_TEMPLATE_ILLEGAL "
    "isv.TEMPLATE_ILLEGAL isv.TEMPLATE_PARAMS_ILLEGAL isv.TEMPLATE_MISSING_PARAMETERS isv.VOICE_FILE_ILLEGAL "
    "isv.INVALID_JSON_PARAM isv.PARAM_NOT_SUPPORT_URL isv.PARAM_LENGTH_LIMIT isv.ASR_MODEL_ERROR "
    "isv.DISPLAY_NUMBER_ILLEGAL isv.MOBILE_NUMBER_ILLEGAL isv.MOBILE_COUNT_OVER_LIMIT "
    "isv.BLACK_KEY_CONTROL_LIMIT isv.BILLID_NOT_EXIST BillidNotExist isv.COMPLAINT_REJECT ComplaintReject "
    "isv.QUERY_DATE_ILLEGAL InvalidParameter.date isv.INVALID_PARAMETERS isv.VOICE_CALL_FAIL isv.NEW "
    "MissingTtsCode InvalidAction.NotFound",
}
ROWS = [(code, kind) for kind, codes in REFUSALS.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "kind"), ROWS, ids=[code for code, _ in ROWS])
@pytest.mark.parametrize("status", [200, 400])
def test_each_code_that_refuses_a_call(code: str, kind: type[VoicectlError], status: int) -> None:
    one = phone(refuses=code, refuses_with=status)
    with serving(one.judge) as server, pytest.raises(VoicectlError) as caught:
        one.place(server.url)
    error = caught.value
    assert (type(error).exit, error.facts["vendor_code"], len(server.requests)) == (kind.exit, code, 1)
    assert error.facts["request_id"] == f"R-{code}-EXAMPLE"
    assert one.rang == []
    assert bool(error.hint) is (code not in ("isv.NEW", "MissingTtsCode"))


def test_every_row_of_the_table_is_tested() -> None:
    assert CODES.keys() <= {code for code, _ in ROWS}


@pytest.mark.parametrize("code", ["isp.RAM_PERMISSION_DENY", "Forbidden.RAM", "NoPermission"])
def test_a_missing_permission_names_action_and_policy(code: str) -> None:
    one = phone(refuses=code)
    with serving(one.judge) as server, pytest.raises(CredentialError) as caught:
        one.place(server.url)
    assert "AliyunDyvmsFullAccess" in caught.value.hint
    assert "dyvms:SingleCallByTts" in caught.value.hint


ENDS = {
    Exit.OK: "200000 200001 300000",
    Exit.CALL_BUSY: "200002 200112",
    Exit.CALL_NO_ANSWER: "200003 200113",
    Exit.CALL_REJECTED: "200111",
    Exit.CALL_CANCELED: "487",
    Exit.CALL_FAILED: "200004 200005 200006 200007 200008 200010 200011 200012 200104 200105 200116 200117 "
    "200118 200119 200120 200121 200130 9996 999999 400 408 476 482 500 502",
    Exit.WAIT_TIMEOUT: "200100 200101 200102 200103 200201 123456",
}
STATE_ROWS = [(state, code) for code, states in ENDS.items() for state in states.split()]
ON_THE_WAY = {
    "200101": CallState.QUEUED,
    "200102": CallState.ANSWERED,
    "200103": CallState.ANSWERED,
    "200201": CallState.RINGING,
    "200100": CallState.UNKNOWN,
    "123456": CallState.UNKNOWN,
}


def looked_up(**service: Any) -> Call:
    one = phone(**service)
    with serving(one.judge) as server:
        return one.calls(server.url).status(one.place(server.url).id)


@pytest.mark.parametrize(("state", "code"), STATE_ROWS)
def test_each_state_of_a_record_and_its_exit_code(state: str, code: Exit) -> None:
    call = looked_up(course=(state,))
    assert (call.vendor_state, exit_of(call)) == (state, code)
    assert call.state is ON_THE_WAY.get(state, call.state)
    assert call.to == NUMBER


def test_every_state_of_the_table_is_tested() -> None:
    assert STATES.keys() <= {state for state, _ in STATE_ROWS}


def test_a_state_that_no_page_tells_of_is_unknown_in_the_vendors_words() -> None:
    call = looked_up(course=("123456",), detail={"endDate": "2026-01-02 10:00:00", "stateDesc": "新状态"})
    assert (call.state, call.reason, exit_of(call)) == (CallState.UNKNOWN, "新状态", Exit.OUTCOME_UNKNOWN)


def test_a_record_tells_times_with_their_zone() -> None:
    call = looked_up(detail={"gmtCreate": "2026-01-02 10:00:00", "startDate": "2026-01-02 10:00:05"})
    assert call.created_at == datetime(2026, 1, 2, 2, 0, tzinfo=UTC)
    assert call.answered_at == datetime(2026, 1, 2, 2, 0, 5, tzinfo=UTC)
    assert call.duration_seconds == 12
    assert call.ended_at is not None


@pytest.mark.parametrize("seconds", [0, 1])
def test_hung_up_at_once_is_completed_with_a_reason(seconds: int) -> None:
    call = looked_up(course=("200001",), detail={"duration": seconds})
    assert (call.state, call.reason, call.duration_seconds) == (CallState.COMPLETED, "hung_up_early", seconds)


@pytest.mark.parametrize("data", ["", "{}", None])
def test_an_empty_record_is_none_yet(data: str | None) -> None:
    one = phone()
    with serving(lambda request: dyvms.reply("OK", Data=data)) as server, pytest.raises(NotFound):
        one.calls(server.url).status(CallId.read("aliyun.voice.20260102.1_5E2"))


@pytest.mark.parametrize("data", ["{", "[]", "7", '"x"'])
def test_a_record_that_is_none_is_a_broken_answer(data: str) -> None:
    with (
        serving(lambda request: dyvms.reply("OK", Data=data)) as server,
        pytest.raises(VoicectlError) as caught,
    ):
        phone().calls(server.url, retries=0).status(CallId.read("aliyun.voice.20260102.1_5E2"))
    assert caught.value.exit == 74


def test_a_verification_code_is_found_under_its_own_product() -> None:
    one = phone()
    with serving(one.judge) as server:
        call = one.place(server.url, one.ordered(template="TTS_CODE"))
        assert one.calls(server.url).status(call.id).state is CallState.COMPLETED


def test_near_midnight_the_day_before_is_asked_too() -> None:
    one = phone(day_behind=True)
    with serving(one.judge) as server:
        call = one.place(server.url)
        assert one.calls(server.url).status(call.id).state is CallState.COMPLETED
    days = [int(asked["QueryDate"]) for action, asked in one.service.asked if "QueryDate" in asked]
    assert days[0] - days[1] == timedelta(days=1) / timedelta(milliseconds=1)


def test_the_day_of_a_call_is_chinas() -> None:
    late = datetime(2026, 1, 2, 16, 30, tzinfo=UTC)
    one = phone(now=lambda: late)
    with serving(one.judge) as server:
        call = one.place(server.url, clock=StillClock(late))
        assert one.calls(server.url).status(call.id).state is CallState.COMPLETED
    assert call.id.day == date(2026, 1, 3)
    [asked] = [asked for action, asked in one.service.asked if "QueryDate" in asked]
    assert asked["QueryDate"] == str(int(datetime(2026, 1, 2, 16, tzinfo=UTC).timestamp() * 1000))


@pytest.mark.parametrize("product", ["ivr", "click", "sip", "smart", "11000000300005"])
def test_a_call_of_another_product_is_not_found_there(product: str) -> None:
    one = phone()
    with serving(one.judge) as server:
        placed = replace(one.place(server.url).id, product=product)
        with pytest.raises(NotFound) as caught:
            one.calls(server.url).status(placed)
    assert (caught.value.exit, caught.value.facts["vendor_code"]) == (5, "100008.0")


def test_a_product_that_there_is_not() -> None:
    with pytest.raises(UsageError, match="voice, code, ivr"):
        phone().calls("http://127.0.0.1:9").status(CallId.read("aliyun.fax.20260102.1"))


def test_a_call_is_taken_back_by_its_name() -> None:
    one = phone()
    with serving(one.judge) as server:
        call = one.place(server.url)
        one.calls(server.url).cancel(call.id)
        with pytest.raises(Unsupported):
            one.calls(server.url).cancel(call.id, hang_up=True)
    assert one.service.canceled == [call.id.vendor_id]


def test_nothing_can_be_searched() -> None:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    with pytest.raises(Unsupported, match="vc1"):
        phone().calls("http://127.0.0.1:9").search(CallSearch(reference="vc1", since=moment, until=moment))


def pushed(*items: dict[str, object]) -> tuple[Call, ...]:
    request = Request(method="POST", host="h", body=json.dumps(items).encode())
    return phone().calls("http://127.0.0.1:9").pushed(request)


def test_reports_come_in_lists_and_are_acknowledged() -> None:
    calls = pushed(
        {
            "call_id": "1^2",
            "out_id": "vc1",
            "status_code": "200000",
            "start_time": "2026-01-02 10:00:05",
            "end_time": "2026-01-02 10:00:17",
            "duration": "12",
            "dtmf": "5",
        },
        {"call_id": "3^4", "status_code": "200100"},
        {"call_id": "5^6", "record_file": "https://x.example/a?Expires=1", "record_begin_time": "1"},
    )
    assert [(call.id.vendor_id, call.state) for call in calls] == [
        ("1^2", CallState.COMPLETED),
        ("3^4", CallState.UNKNOWN),
        ("5^6", CallState.UNKNOWN),
    ]
    assert (calls[0].reference, calls[0].dtmf, calls[0].duration_seconds) == ("vc1", "5", 12.0)
    assert calls[0].answered_at == datetime(2026, 1, 2, 2, 0, 5, tzinfo=UTC)
    assert calls[2].recording_url == "https://x.example/a?Expires=1"
    assert json.loads(phone().calls("http://127.0.0.1:9").acknowledgement()) == {"code": 0}


def test_a_duration_that_is_none_is_left_out() -> None:
    for duration in ("9" * 400, "-1", "1.5", "soon", None):
        [call] = pushed({"call_id": "1^2", "status_code": "200000", "duration": duration})
        assert call.duration_seconds is None


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"7", b"[1]", b'[{"call_id": ""}]', b"{}", b"[" * 99999]
)
def test_what_is_no_report_is_refused(body: bytes) -> None:
    request = Request(method="POST", host="h", body=body)
    with pytest.raises(BadInput):
        phone().calls("http://127.0.0.1:9").pushed(request)


def test_names_of_articles_lead_to_real_ones() -> None:
    known = {name: operation.name for operation in CALLS.operations for name in operation.known_as}
    assert known["QueryCallStatus"] == "QueryCallDetailByCallId"
    assert known["Callee"] == "CalledNumber"
    assert known["CalledShowNum"] == "CalledShowNumber"
    assert known["CreateCall"] == "ClickToDial"
    assert known["Caller"] == "CallerNumber"
