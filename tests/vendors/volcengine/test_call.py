"""Volcengine's calls: what leaves, what each state means, and which refusal is which exit code."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.cloud.server import Answer, serving
from tests.cloud.volcengine_vms import FILES, POOL, REQUEST_ID, TEMPLATES, No
from tests.vendors.phones import KEY, NUMBER, Phone, StillClock, volcengine
from voicectl.core.call import CallId, CallSearch, CallState
from voicectl.core.errors import (
    BadInput,
    ConfigError,
    NotFound,
    OutcomeUnknown,
    Unsupported,
    UsageError,
    VoicectlError,
)
from voicectl.core.request import Request
from voicectl.vendors.volcengine.call_item import item_of as written

CHINA = timezone(timedelta(hours=8))
GENERATIONS = pytest.mark.parametrize("generation", [1, 2, 3])


def item_of(phone: Phone) -> dict[str, Any]:
    return phone.rang[0]


def test_the_order_leaves_as_the_vendor_wants_it() -> None:
    phone = volcengine()
    schedule = datetime(2026, 1, 2, 23, 30, tzinfo=UTC)
    params = {**phone.order.params, "RingAgainTimes": "2", "ForbidTimeList": '[{"Times": ["22:00-09:00"]}]'}
    order = phone.ordered(caller="4001234567", schedule=schedule, params=params)
    with serving(phone.judge) as server:
        phone.place(server.url, order)
    assert server.requests[0].target == "/?Action=SingleBatchAppend&Version=2022-01-01"
    assert item_of(phone) == {
        "Type": 1,
        "Resource": TEMPLATES[0],
        "SingleOpenId": KEY,
        "Phone": NUMBER,
        "NumberPoolNo": POOL,
        "NumberList": ["4001234567"],
        "NumberType": 1,
        "TriggerTime": "2026-01-03 07:30:00",
        "PhoneParam": {"code": "0123"},
        "Ext": "vc0123456789ab",
        "RingAgainTimes": 2,
        "ForbidTimeList": [{"Times": ["22:00-09:00"]}],
    }


@pytest.mark.parametrize(
    ("changes", "kind", "field", "value"),
    [
        ({"template": "", "variables": {}, "text": "你好"}, 3, "TtsContent", "你好"),
        ({"template": "", "variables": {}, "voice_file": FILES[0]}, 0, "Resource", FILES[0]),
        (
            {"template": "", "params": {"NumberPoolNo": POOL, "Type": "2", "Resource": "flow-EXAMPLE"}},
            2,
            "Resource",
            "flow-EXAMPLE",
        ),
    ],
    ids=["text", "file", "flow"],
)
def test_what_is_heard_decides_the_type(changes: Any, kind: int, field: str, value: str) -> None:
    phone = volcengine()
    with serving(phone.judge) as server:
        phone.place(server.url, phone.ordered(**changes))
    assert (item_of(phone)["Type"], item_of(phone)[field]) == (kind, value)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"text": "x" * 251, "template": "", "variables": {}}, BadInput),
        ({"reference": "x" * 251}, BadInput),
        ({"variables": {"a": "x" * 2048}}, BadInput),
        ({"template": "", "variables": {}}, UsageError),
        ({"params": {}}, ConfigError),
        ({"params": {"NumberPoolNo": POOL, "RingAgainTimse": "2"}}, Unsupported),
        ({"params": {"NumberPoolNo": POOL, "RingAgainTimes": "4"}}, UsageError),
        ({"params": {"NumberPoolNo": POOL, "RingAgainTimes": "x"}}, UsageError),
        ({"params": {"NumberPoolNo": POOL, "ForbidTimeList": "1"}}, UsageError),
        ({"params": {"NumberPoolNo": POOL, "Resource": "x"}}, UsageError),
        ({"play_times": 2}, Unsupported),
        ({"volume": 5}, Unsupported),
        ({"voice": "BV001"}, Unsupported),
        ({"text": "x", "template": ""}, Unsupported),
        ({"operation": "SingleCallByTts"}, Unsupported),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(changes: Any, error: type[VoicectlError]) -> None:
    phone = volcengine()
    with serving(phone.judge) as server, pytest.raises(error) as caught:
        phone.place(server.url, phone.ordered(**changes))
    assert (type(caught.value), server.requests) == (error, [])


@pytest.mark.parametrize(
    ("caller", "settings"), [("", {"number_pool": "NP7"}), ("NP7", {"number_pool": "NP8"})]
)
def test_the_pool_may_be_the_profiles_or_the_caller(caller: str, settings: dict[str, str]) -> None:
    item = written(volcengine().ordered(params={}, caller=caller), settings)
    assert (item["NumberPoolNo"], "NumberList" in item) == ("NP7", False)


@pytest.mark.parametrize("code", ["AccessDenied", "LackPolicy", "LackProjectPolicy"])
def test_a_missing_right_is_named(code: str) -> None:
    phone = volcengine()
    phone.service.refuses = No(code, status=403)
    with serving(phone.judge) as server, pytest.raises(VoicectlError) as caught:
        phone.place(server.url)
    assert "vms:SingleBatchAppend" in caught.value.hint


STATES = [
    ("1", 0, CallState.QUEUED, "", False),
    ("2", 0, CallState.RINGING, "dialled", False),
    ("3", 17, CallState.COMPLETED, "", True),
    ("3", 0, CallState.UNKNOWN, "ended_unanswered", True),
    ("4", 0, CallState.QUEUED, "may_be_dialled_again", False),
    ("5", 0, CallState.CANCELED, "", True),
    ("9", 0, CallState.UNKNOWN, "unknown_state", False),
]


@GENERATIONS
@pytest.mark.parametrize(("word", "seconds", "state", "reason", "is_over"), STATES)
def test_each_state_is_read_in_every_generation(
    generation: int, word: str, seconds: int, state: CallState, reason: str, is_over: bool
) -> None:
    phone = volcengine(generation)
    with serving(phone.judge) as server:
        calls = phone.calls(server.url)
        placed = calls.create(calls.settle(phone.order))
        record = phone.service.calls[KEY]
        record |= {"State": word, "Duration": seconds, "ReleaseTime": "2026-01-02 11:05:00"}
        call = calls.status(placed.id)
    assert (call.id, call.state, call.vendor_state, call.reason) == (placed.id, state, word, reason)
    assert (call.to, call.reference, call.request_id) == (NUMBER, "vc0123456789ab", REQUEST_ID)
    assert call.created_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (call.ended_at is not None, call.duration_seconds) == (is_over, seconds if is_over else None)


@GENERATIONS
def test_a_call_is_taken_back_before_it_is_dialled(generation: int) -> None:
    phone = volcengine(generation)
    with serving(phone.judge) as server:
        calls = phone.calls(server.url)
        placed = calls.create(calls.settle(phone.order))
        calls.cancel(placed.id)
        assert calls.status(placed.id).state is CallState.CANCELED
        with pytest.raises(VoicectlError) as caught:
            calls.cancel(placed.id)
    assert (caught.value.exit, caught.value.facts["vendor_code"]) == (76, "OperationDenied")


def test_nothing_ends_an_answered_call() -> None:
    phone = volcengine()
    with serving(phone.judge) as server, pytest.raises(Unsupported):
        phone.calls(server.url).cancel(id_of(KEY), hang_up=True)
    assert server.requests == []


def id_of(name: str) -> CallId:
    return CallId(vendor="volcengine", product="vms", day=datetime.now(CHINA).date(), vendor_id=name)


@GENERATIONS
def test_a_call_that_nobody_knows_is_not_found(generation: int) -> None:
    phone = volcengine(generation)
    with serving(phone.judge) as server, pytest.raises(NotFound) as caught:
        phone.calls(server.url).status(id_of("f" * 32))
    assert caught.value.exit == 5


def test_an_answer_without_a_state_is_no_call() -> None:
    body = json.dumps({"ResponseMetadata": {"RequestId": "r"}, "Result": {}}).encode()
    answer = Answer(200, (("Content-Type", "application/json"),), body)
    with serving(lambda request: answer) as server, pytest.raises(NotFound):
        volcengine().calls(server.url).status(id_of(KEY))


FAILURES = [
    ("QUALIFICATION_REJECTED", 76),
    ("QUALIFICATION_MISSING", 76),
    ("NOT_AUTH", 77),
    ("NOT_IN_NUMBER_POOL", 76),
    ("NO_USABLE_NUMBER", 76),
    ("RESOURCE_NOT_FOUND", 76),
    ("RESOURCE_KEY_IS_NOT_EXIST", 76),
    ("BLACK_LIST_PHONE", 76),
    ("FORBIDDEN_TIME", 76),
    ("号码不可用 {x}", 76),
]


@pytest.mark.parametrize(("reason", "exit_code"), FAILURES)
def test_a_call_on_the_list_of_failures_was_not_placed(reason: str, exit_code: int) -> None:
    phone = volcengine()
    phone.service.fails[NUMBER] = reason
    with serving(phone.judge) as server, pytest.raises(VoicectlError) as caught:
        phone.place(server.url)
    facts = caught.value.facts
    assert (caught.value.exit, facts["vendor_code"], facts["request_id"]) == (exit_code, reason, REQUEST_ID)
    assert reason in str(caught.value)
    assert (phone.rang, len(server.requests)) == ([], 1)


CODES = [
    ("MissingParameter", 400, 76),
    ("InvalidParameter", 400, 76),
    ("OperationDenied", 400, 76),
    ("OperationDenied", 200, 76),
    ("AccessDenied", 403, 77),
    ("LackPolicy", 403, 77),
    ("FlowLimitExceeded", 429, 75),
    ("200006", 400, 76),
    ("InternalServiceTimeout", 504, 15),
    ("InternalServiceTimeout", 200, 15),
    ("InternalError", 500, 15),
    ("InternalError", 400, 15),
    ("-1", 200, 15),
    ("AccessDenied", 502, 15),
]


@pytest.mark.parametrize(("code", "status", "exit_code"), CODES)
def test_each_code_has_its_exit_code(code: str, status: int, exit_code: int) -> None:
    phone = volcengine()
    phone.service.refuses = No(code, status=status)
    with serving(phone.judge) as server, pytest.raises(VoicectlError) as caught:
        phone.place(server.url)
    assert (caught.value.exit, caught.value.facts["vendor_code"]) == (exit_code, code)
    assert (phone.rang, caught.value.facts["request_id"]) == ([], REQUEST_ID)


def test_a_second_run_with_the_same_key_gets_the_first_call() -> None:
    phone = volcengine()
    with serving(phone.judge) as server:
        first = phone.place(server.url)
        phone.service.calls[KEY] |= {"State": "3", "Duration": 17, "ReleaseTime": "2026-01-02 11:05:00"}
        second = phone.place(server.url)
    assert (len(phone.rang), second.id, second.state) == (1, first.id, CallState.COMPLETED)


def test_a_key_that_is_there_and_cannot_be_looked_up_is_an_unknown_outcome() -> None:
    phone = volcengine()
    phone.service.fails[NUMBER] = "REDUPLICATED_ITEM"
    with serving(phone.judge) as server, pytest.raises(OutcomeUnknown) as caught:
        phone.place(server.url)
    assert caught.value.facts["vendor_id"] == KEY


def test_an_answer_about_another_call_is_an_unknown_outcome() -> None:
    listed = [{"Phone": "13900139000", "SingleOpenId": "f" * 32}]
    result = {"ResponseMetadata": {"RequestId": "r"}, "Result": {"SuccessList": listed, "FailList": []}}
    answer = Answer(200, (("Content-Type", "application/json"),), json.dumps(result).encode())
    with serving(lambda request: answer) as server, pytest.raises(OutcomeUnknown):
        volcengine().place(server.url)


def test_the_day_in_the_id_is_that_of_china() -> None:
    phone = volcengine()
    phone.judge.now = lambda: StillClock().now  # type: ignore[attr-defined]
    with serving(phone.judge) as server:
        call = phone.place(server.url, clock=StillClock())
    assert str(call.id) == f"volcengine.vms.20260103.{KEY}"


def test_without_a_key_nothing_can_be_searched_for() -> None:
    now = datetime.now(UTC)
    with pytest.raises(Unsupported):
        list(volcengine().calls("http://127.0.0.1:9").search(CallSearch(to=NUMBER, since=now, until=now)))


RECORD = {
    "accountId": "2100",
    "callId": "V1-EXAMPLE",
    "singleOpenId": KEY,
    "callee": NUMBER,
    "ext": "vc0123456789ab",
    "beginCallTime": 1767323045000,
    "startTime": 1767323050000,
    "endTime": 1767323067000,
    "callDuration": 17,
    "callResult": 1,
    "releaseType": 2,
    "digits": "12#",
}


def pushed(body: object) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request(method="POST", host="127.0.0.1", path="/r", body=data)
    return volcengine().calls("http://127.0.0.1:9").pushed(request)


def test_a_record_that_is_posted_is_read() -> None:
    (call,) = pushed(RECORD)
    began = datetime.fromtimestamp(1767323045, UTC)
    assert str(call.id) == f"volcengine.vms.20260102.{KEY}"
    assert (call.state, call.vendor_state, call.vendor_code) == (CallState.COMPLETED, "1", "2")
    assert (call.to, call.reference, call.dtmf, call.duration_seconds) == (
        NUMBER,
        "vc0123456789ab",
        "12#",
        17,
    )
    assert (call.created_at, call.answered_at) == (began, began + timedelta(seconds=5))
    assert call.ended_at == began + timedelta(seconds=22)


def test_an_unanswered_record_does_not_say_why() -> None:
    (call,) = pushed({**RECORD, "callDuration": 0, "singleOpenId": ""})
    assert (call.state, call.reason, call.answered_at) == (CallState.UNKNOWN, "ended_unanswered", None)
    assert call.id.vendor_id == "V1-EXAMPLE"


def test_a_recording_alone_says_nothing_of_the_state() -> None:
    (call,) = pushed({"callId": "V1-EXAMPLE", "audioRecordFileUrl": "https://h.example/a.wav"})
    assert (call.state, call.reason, call.ended_at) == (CallState.UNKNOWN, "no_state_told", None)
    assert call.recording_url == "https://h.example/a.wav"


def test_several_records_come_at_once() -> None:
    assert len(pushed([RECORD, {**RECORD, "singleOpenId": "f" * 32}])) == 2


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[1]", {}, {"callId": None}, [RECORD] * 1001, b"[" * 100_000]
)
def test_what_is_no_record_is_bad_input(body: object) -> None:
    with pytest.raises(BadInput):
        pushed(body)


def test_times_that_no_calendar_has_are_not_known() -> None:
    (call,) = pushed({**RECORD, "beginCallTime": 10**30, "endTime": "soon", "startTime": 0})
    assert (call.created_at, call.ended_at, call.answered_at) == (None, None, None)
    (call,) = pushed({**RECORD, "callDuration": 10**400})
    assert (call.state, call.duration_seconds) == (CallState.UNKNOWN, None)


def test_a_wrong_secret_rings_nowhere() -> None:
    phone = volcengine()
    wrong = replace(phone, environ={**phone.environ, "VOLCENGINE_SECRET_KEY": "other-EXAMPLE"})
    with serving(phone.judge) as server, pytest.raises(VoicectlError) as caught:
        wrong.place(server.url)
    assert (caught.value.exit, phone.rang) == (77, [])
