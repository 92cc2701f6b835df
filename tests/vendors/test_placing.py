"""Whatever befalls an answer at three vendors: a phone rings once, and no outcome is made up."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from tests.cloud.line_faults import AFTER_RINGING, Spoiling, Weather
from tests.cloud.server import Answer, Bytes, RawRequest, serving
from tests.cloud.volcengine_vms import No
from tests.transport.faults import refused_port
from tests.vendors.phones import PHONES, volcengine
from voicectl.core.call import CallSearch, CallState
from voicectl.core.errors import OutcomeUnknown, TryLater, Unreachable, UsageError, VoicectlError

EVERY = pytest.mark.parametrize("name", PHONES)
FAULTS = pytest.mark.parametrize(
    "fault", AFTER_RINGING, ids=[each.replace(" ", "-") for each in AFTER_RINGING]
)


@EVERY
def test_a_call_is_placed_once_and_named(name: str) -> None:
    phone = PHONES[name]()
    with serving(phone.judge) as server:
        call = phone.place(server.url)
    assert (len(phone.rang), call.state, call.id.vendor) == (1, CallState.QUEUED, name)
    assert (call.to, bool(call.id.vendor_id), call.created_at is not None) == (phone.order.to, True, True)


@EVERY
@FAULTS
@pytest.mark.slow
def test_a_lost_answer_is_an_unknown_outcome_and_rings_once(name: str, fault: str) -> None:
    phone = PHONES[name]()
    line = Spoiling(phone.judge, AFTER_RINGING[fault], phone.is_placing)
    with serving(line) as server, pytest.raises(OutcomeUnknown) as caught:
        phone.place(server.url, seconds=0.3, retries=5)
    assert (len(phone.rang), caught.value.exit) == (1, 15)
    assert "--reconcile" in caught.value.hint


@FAULTS
def test_a_key_that_the_vendor_knows_makes_a_lost_answer_good_again(fault: str) -> None:
    phone = volcengine()
    line = Spoiling(phone.judge, AFTER_RINGING[fault], phone.is_placing, times=1)
    with serving(line) as server:
        call = phone.place(server.url, seconds=0.3)
    assert (len(phone.rang), call.id.vendor_id, call.state) == (1, phone.order.key, CallState.QUEUED)
    asked = [request for request in server.requests if phone.is_placing(request)]
    assert len({request.body for request in asked}) == 1
    assert len(asked) == 2


@pytest.mark.parametrize("status", [400, 429])
def test_a_no_to_the_second_try_tells_nothing_of_the_first(status: int) -> None:
    phone = volcengine()
    line = Spoiling(phone.judge, AFTER_RINGING["cut"], phone.is_placing, times=1)

    def second_is_refused(request: RawRequest) -> Answer:
        return line(request) if not line.spoiled else Answer(status, (), b"no")  # type: ignore[return-value]

    with serving(second_is_refused) as server, pytest.raises(OutcomeUnknown):
        phone.place(server.url)
    assert len(phone.rang) == 1


def test_a_second_try_on_the_list_of_failures_tells_nothing_of_the_first() -> None:
    phone = volcengine()
    phone.service.fails[phone.order.to] = "FORBIDDEN_TIME"
    line = Spoiling(phone.judge, AFTER_RINGING["502"], phone.is_placing, times=1)
    with serving(line) as server, pytest.raises(OutcomeUnknown):
        phone.place(server.url)


@pytest.mark.parametrize("answer", ["an error", "another word on the list"])
def test_a_second_try_that_is_refused_finds_the_first_by_its_key(answer: str) -> None:
    phone = volcengine()
    line = Spoiling(phone.judge, AFTER_RINGING["reset"], phone.is_placing, times=1)

    def answers_in_its_own_way(request: RawRequest) -> Answer | Bytes:
        if line.spoiled and answer == "an error":
            phone.service.refuses = No("DuplicateOpenId")
        elif line.spoiled:
            phone.service.fails[phone.order.to] = "号码重复"
        return line(request)

    with serving(answers_in_its_own_way) as server:
        call = phone.place(server.url)
    assert (len(phone.rang), call.id.vendor_id, call.state) == (1, phone.order.key, CallState.QUEUED)


@EVERY
def test_a_refused_connection_is_no_doubt(name: str) -> None:
    phone = PHONES[name]()
    with pytest.raises(Unreachable) as caught:
        phone.place(f"http://127.0.0.1:{refused_port()}")
    assert caught.value.exit == 69


@EVERY
def test_a_busy_gateway_is_a_clean_no(name: str) -> None:
    phone = PHONES[name]()
    with serving(lambda request: Answer(429, (), b"slow down")) as server, pytest.raises(TryLater):
        phone.place(server.url)
    assert len(server.requests) == 1


@EVERY
def test_a_redirect_is_not_followed(name: str) -> None:
    phone = PHONES[name]()
    with serving(phone.judge) as elsewhere:
        away = Answer(307, (("Location", f"{elsewhere.url}/2010-04-01/x"),))
        with serving(lambda request: away) as server, pytest.raises(VoicectlError):
            phone.place(server.url)
    assert (elsewhere.requests, phone.rang) == ([], [])


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("twilio", "To"),
        ("twilio", "From"),
        ("volcengine", "Phone"),
        ("volcengine", "SingleOpenId"),
        ("tencent", "CalledNumber"),
    ],
)
def test_no_raw_parameter_goes_past_what_was_checked(name: str, parameter: str) -> None:
    phone = PHONES[name]()
    order = phone.ordered(params={**phone.order.params, parameter: "+8613900139000"})
    with serving(phone.judge) as server, pytest.raises(UsageError):
        phone.place(server.url, order)
    assert phone.rang == []


@pytest.mark.parametrize("name", ["volcengine", "twilio"])
def test_a_lost_call_is_found_again(name: str) -> None:
    phone = PHONES[name]()
    line = Spoiling(phone.judge, AFTER_RINGING["closed"], phone.is_placing)
    with serving(line) as server:
        calls = phone.calls(server.url)
        with pytest.raises(OutcomeUnknown):
            calls.create(calls.settle(phone.order))
        found = list(calls.search(wanted_of(phone.order.to, phone.order.key)))
        others = list(calls.search(wanted_of("+8613900139000", "f" * 32)))
    assert [call.to for call in found] == [phone.order.to]
    assert others == []


def wanted_of(number: str, key: str) -> CallSearch:
    now = datetime.now(UTC)
    return CallSearch(to=number, key=key, since=now - timedelta(minutes=2), until=now + timedelta(minutes=2))


@EVERY
@pytest.mark.slow
def test_in_any_weather_what_is_said_of_a_call_is_true(name: str) -> None:
    phone = PHONES[name]()
    said: dict[str, int] = {}
    with serving(Weather(phone.judge, Random(7))) as server:
        calls = phone.calls(server.url)
        for number in range(150):
            before = len(phone.rang)
            order = calls.settle(phone.ordered(key=f"{number:032x}"))
            try:
                calls.create(order)
                word, rang = "placed", {1}
            except OutcomeUnknown:
                word, rang = "unknown", {0, 1}
            except TryLater:
                word, rang = "refused", {0}
            said[word] = said.get(word, 0) + 1
            assert len(phone.rang) - before in rang, (number, word)
    assert said.keys() == {"placed", "unknown", "refused"}


@pytest.mark.slow
def test_in_any_weather_a_key_rings_once_however_often_and_wherever_it_is_tried() -> None:
    phone = volcengine()
    with serving(Weather(phone.judge, Random(11))) as server:
        machines = [phone.calls(server.url) for _ in range(3)]
        placed = set()
        for number in range(40):
            for attempt in range(6):
                calls = machines[attempt % 3]
                with suppress(OutcomeUnknown, TryLater):
                    placed.add(calls.create(calls.settle(phone.ordered(key=f"{number:032x}"))).id.vendor_id)
    keys = [item["SingleOpenId"] for item in phone.rang]
    assert len(keys) == len(set(keys)) == 40
    assert placed <= set(keys)
    assert len(placed) > 30
