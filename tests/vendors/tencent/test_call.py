"""Tencent's calls: placing is all there is; each code's meaning, and what its call-backs say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.cloud.server import serving
from tests.cloud.tencent_vms import APP_ID, REQUEST_ID, TEMPLATE
from tests.vendors.phones import NUMBER_E164, StillClock, tencent
from voicectl.core.call import CallId, CallSearch, CallState
from voicectl.core.errors import BadInput, ConfigError, Unsupported, UsageError, VoicectlError
from voicectl.core.request import Request
from voicectl.vendors.tencent.call_errors import CODES


def test_a_template_leaves_as_the_vendor_wants_it() -> None:
    phone = tencent()
    with serving(phone.judge) as server:
        call = phone.place(server.url, phone.ordered(play_times=3))
    assert phone.rang == [
        {
            "TemplateId": TEMPLATE,
            "TemplateParamSet": ["0123", "b"],
            "CalledNumber": NUMBER_E164,
            "VoiceSdkAppid": APP_ID,
            "PlayTimes": 3,
            "SessionContext": "vc0123456789ab",
        }
    ]
    assert (call.id.vendor_id, call.reference) == ("call-EXAMPLE-1", "vc0123456789ab")
    assert (call.request_id, call.state) == (REQUEST_ID, CallState.QUEUED)
    request = server.requests[0]
    assert (request.header("x-tc-action"), request.header("x-tc-region")) == ("SendTtsVoice", "ap-guangzhou")


def test_a_template_without_variables_gets_an_empty_list() -> None:
    phone = tencent()
    with serving(phone.judge) as server:
        phone.place(server.url, phone.ordered(variables={}))
    assert phone.rang[0]["TemplateParamSet"] == []


def test_a_code_is_spoken_where_that_is_asked_for() -> None:
    phone = tencent()
    order = phone.ordered(template="", variables={}, text="0123", operation="SendCodeVoice")
    with serving(phone.judge) as server:
        phone.place(server.url, order)
    assert phone.rang[0]["CodeMessage"] == "0123"
    assert server.requests[0].header("x-tc-action") == "SendCodeVoice"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"template": "", "text": "hello", "variables": {}}, Unsupported),
        ({"template": "", "variables": {}}, Unsupported),
        ({"operation": "SendCodeVoice", "template": "", "variables": {}, "text": "12a"}, BadInput),
        ({"operation": "SendCodeVoice", "template": "", "variables": {}, "text": "１２"}, BadInput),
        ({"operation": "SendCodeVoice", "text": "12"}, Unsupported),
        ({"operation": "SingleCallByTts"}, Unsupported),
        ({"variables": {"name": "x"}}, UsageError),
        ({"variables": {"1": "x", "3": "y"}}, UsageError),
        ({"variables": {"1": "x" * 351}}, BadInput),
        ({"params": {}}, ConfigError),
        ({"params": {"VoiceSdkAppid": APP_ID, "Other": "x"}}, Unsupported),
        ({"play_times": 4}, Unsupported),
        ({"caller": "+8657188880000"}, Unsupported),
        ({"voice": "x"}, Unsupported),
        ({"volume": 1}, Unsupported),
        ({"voice_file": "x"}, Unsupported),
        ({"schedule": datetime(2026, 1, 2, tzinfo=UTC)}, Unsupported),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(changes: Any, error: type[VoicectlError]) -> None:
    phone = tencent()
    with serving(phone.judge) as server, pytest.raises(error) as caught:
        phone.place(server.url, phone.ordered(**changes))
    assert (type(caught.value), server.requests) == (error, [])


EXITS = {
    15: (
        "FailedOperation.AccessUpstreamTimeout",
        "InternalError.AccessUpstreamTimeout",
        "InternalError.SsoSendRecvFail",
        "InternalError.UpstreamError",
        "InternalError",
        "InternalError.SomethingNew",
    ),
    65: ("InvalidParameterValue.CalledNumberVerifyFail", "InvalidParameterValue.ContentLengthLimit"),
    75: ("LimitExceeded.DeliveryFrequencyLimit", "RequestLimitExceeded", "LimitExceeded.SomethingNew"),
    76: (
        "FailedOperation.ContainSensitiveWord",
        "FailedOperation.FailResolvePacket",
        "FailedOperation.InsufficientBalanceInVoicePackage",
        "FailedOperation.InvalidJsonParameters",
        "FailedOperation.InvalidParameters",
        "FailedOperation.JsonParseFail",
        "FailedOperation.ParametersOtherError",
        "FailedOperation.PhonenumberUnappliedOrExpired",
        "FailedOperation.TemplateIncorrectOrUnapproved",
        "InternalError.RestApiInterfaceNotExist",
        "InvalidParameterValue.SdkAppidNotExist",
        "UnauthorizedOperation.ServiceSuspendDueToArrears",
        "UnsupportedOperation",
        "MissingParameter",
    ),
    77: (
        "InternalError.RequestTimeException",
        "InternalError.SigVerificationFail",
        "UnauthorizedOperation.SdkAppidIsDisabled",
        "UnauthorizedOperation.VoiceSdkAppidVerifyFail",
        "UnauthorizedOperation.CamNoAuth",
    ),
}
ROWS = [(code, exit_code) for exit_code, codes in EXITS.items() for code in codes]


@pytest.mark.parametrize(("code", "exit_code"), ROWS)
def test_each_code_has_its_exit_code(code: str, exit_code: int) -> None:
    phone = tencent()
    phone.service.refuses = code
    with serving(phone.judge) as server, pytest.raises(VoicectlError) as caught:
        phone.place(server.url)
    facts = caught.value.facts
    assert (caught.value.exit, facts["vendor_code"], facts["request_id"]) == (exit_code, code, REQUEST_ID)
    assert (phone.rang, len(server.requests)) == ([], 1)


@pytest.mark.parametrize("code", ["UnauthorizedOperation.CamNoAuth", "AuthFailure.UnauthorizedOperation"])
def test_a_missing_right_is_named(code: str) -> None:
    phone = tencent()
    phone.service.refuses = code
    with serving(phone.judge) as server, pytest.raises(VoicectlError) as caught:
        phone.place(server.url)
    assert "vms:SendTtsVoice" in caught.value.hint


def test_every_row_of_the_table_is_tested() -> None:
    assert CODES.keys() <= {code for code, _ in ROWS}


def test_status_list_and_cancel_do_not_exist_and_say_so() -> None:
    calls = tencent().calls("http://127.0.0.1:9")
    now = datetime.now(UTC)
    call = CallId(vendor="tencent", product="vms", day=now.date(), vendor_id="x")
    deeds = (
        lambda: calls.status(call),
        lambda: calls.cancel(call),
        lambda: calls.search(CallSearch(since=now, until=now)),
    )
    for deed in deeds:
        with pytest.raises(Unsupported) as caught:
            deed()
        assert (caught.value.exit, "listen" in caught.value.hint) == (2, True)


REPORT = {
    "result": "0",
    "accept_time": "1767323045",
    "call_from": "",
    "callid": "call-EXAMPLE-1",
    "start_calltime": "1767323050",
    "end_calltime": "1767323067",
    "fee": "1",
    "mobile": "13800138000",
    "nationcode": "86",
}


def pushed(body: object) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request(method="POST", host="127.0.0.1", path="/r", body=data)
    return tencent().calls("http://127.0.0.1:9", clock=StillClock()).pushed(request)


@pytest.mark.parametrize(
    ("result", "state"),
    [
        ("0", CallState.COMPLETED),
        ("1", CallState.NO_ANSWER),
        ("2", CallState.FAILED),
        ("7", CallState.UNKNOWN),
        (0, CallState.COMPLETED),
    ],
)
def test_each_result_is_read(result: object, state: CallState) -> None:
    (call,) = pushed({"voiceprompt_callback": {**REPORT, "result": result}})
    is_answered = state is CallState.COMPLETED
    assert (call.state, call.vendor_state, call.to) == (state, str(result), NUMBER_E164)
    assert (call.duration_seconds, call.answered_at is not None) == (17 if is_answered else None, is_answered)
    assert str(call.id) == "tencent.vms.20260102.call-EXAMPLE-1"


def test_the_answer_to_a_call_back_is_the_vendors_own() -> None:
    told = json.loads(tencent().calls("http://127.0.0.1:9").acknowledgement())
    assert told == {"result": 0, "errmsg": "OK"}


@pytest.mark.parametrize(
    "body", [b"", b"<html>", {}, {"voiceprompt_callback": {}}, {"voiceprompt_callback": 1}, []]
)
def test_what_is_no_report_is_bad_input(body: object) -> None:
    with pytest.raises(BadInput):
        pushed(body)
