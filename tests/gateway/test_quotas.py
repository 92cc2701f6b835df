"""Promises about characters: reserved before, given back after a failure, kept for hours and days."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.doors import FREE, NOON, Gate
from voicectl.gateway.door import Admitted, Reserved
from voicectl.gateway.feelings import Wanted
from voicectl.gateway.keys import Limits
from voicectl.gateway.limits import TooMuch
from voicectl.gateway.quotas import Quotas, Reservation, Used
from voicectl.gateway.refusals import Refusal

DAILY = FREE._replace(characters_a_day=100)
BOTH = FREE._replace(characters_an_hour=40, characters_a_day=100)


def reserved(quotas: Quotas, limits: Limits, characters: int, unix: float) -> Reservation:
    found = quotas.reserve("k", limits, characters, unix)
    assert isinstance(found, Reservation), found
    return found


def refused(quotas: Quotas, limits: Limits, characters: int, unix: float) -> TooMuch:
    found = quotas.reserve("k", limits, characters, unix)
    assert isinstance(found, TooMuch), found
    return found


def test_characters_are_set_aside_before_anybody_speaks() -> None:
    quotas = Quotas()
    for _ in range(10):
        reserved(quotas, DAILY, 10, NOON)
    assert refused(quotas, DAILY, 1, NOON) == TooMuch("chars-day", 43200)


def test_what_was_not_heard_is_given_back() -> None:
    quotas = Quotas()
    first = reserved(quotas, DAILY, 100, NOON)
    refused(quotas, DAILY, 1, NOON)
    quotas.refund(first)
    reserved(quotas, DAILY, 100, NOON)


def test_an_hour_that_is_full_takes_nothing_of_the_day() -> None:
    quotas = Quotas()
    reserved(quotas, BOTH, 40, NOON)
    assert refused(quotas, BOTH, 1, NOON + 10).limit == "chars-hour"
    assert refused(quotas, BOTH, 1, NOON + 10).wait_seconds == 3590
    reserved(quotas, BOTH, 40, NOON + 3600)
    assert refused(quotas, BOTH, 21, NOON + 7200).limit == "chars-day"
    reserved(quotas, BOTH, 20, NOON + 7200)


def test_a_day_is_new_at_midnight_of_utc() -> None:
    quotas = Quotas()
    reserved(quotas, DAILY, 100, NOON)
    refused(quotas, DAILY, 1, NOON + 12 * 3600 - 0.001)
    reserved(quotas, DAILY, 100, NOON + 12 * 3600)


def test_what_is_given_back_late_does_not_enlarge_the_next_day() -> None:
    quotas = Quotas()
    first = reserved(quotas, DAILY, 60, NOON)
    reserved(quotas, DAILY, 70, NOON + 86400)
    quotas.refund(first)
    assert refused(quotas, DAILY, 31, NOON + 86400).limit == "chars-day"


def test_a_clock_that_goes_back_gives_nobody_a_new_quota() -> None:
    quotas = Quotas()
    reserved(quotas, DAILY, 100, NOON)
    refused(quotas, DAILY, 1, NOON - 86400)
    refused(quotas, DAILY, 1, NOON - 2 * 86400)
    refused(quotas, DAILY, 1, NOON)
    reserved(quotas, DAILY, 1, NOON + 86400)


def test_what_was_used_outlives_the_process() -> None:
    quotas = Quotas()
    reserved(quotas, BOTH, 30, NOON)
    kept = quotas.changed()
    assert sorted(kept) == [
        Used("k", "day", int(NOON) // 86400, 30),
        Used("k", "hour", int(NOON) // 3600, 30),
    ]
    again = Quotas(kept)
    assert refused(again, BOTH, 11, NOON + 1).limit == "chars-hour"
    assert again.changed() == []


def test_only_what_changed_is_written_and_what_failed_is_written_again() -> None:
    quotas = Quotas()
    reserved(quotas, DAILY, 1, NOON)
    rows = quotas.changed()
    assert quotas.changed() == []
    reserved(quotas, DAILY, 1, NOON)
    quotas.changed_again(rows)
    assert {each.characters for each in quotas.changed()} == {2}


def speak(gate: Gate, admitted: Admitted, text: str, **more: Any) -> Reserved | Refusal:
    return gate.door.reserve(admitted, Wanted(text=text, profile="work", **more), gate.now)


def test_a_character_is_a_code_point_as_received() -> None:
    gate = Gate()
    admitted = gate.admitted(gate.key(limits=FREE._replace(characters_a_day=4)).text)
    assert isinstance(speak(gate, admitted, "你e\u0301😀"), Reserved)
    assert isinstance(speak(gate, admitted, "a"), Refusal)


def test_concurrent_requests_never_pass_a_spent_quota() -> None:
    gate = Gate()
    made = gate.key(limits=FREE._replace(characters_a_day=100))
    inside = [gate.admitted(made.text) for _ in range(50)]
    found = [speak(gate, admitted, "0123456789") for admitted in inside]
    assert sum(isinstance(each, Reserved) for each in found) == 10
    refusal = next(each for each in found if isinstance(each, Refusal))
    headers = dict(refusal.headers)
    assert (refusal.status, refusal.code, headers["x-should-retry"]) == (429, "quota_exceeded", "false")
    assert headers["Retry-After"] == "43200"


def test_a_failure_before_the_first_sound_costs_nothing() -> None:
    gate = Gate()
    admitted = gate.admitted(gate.key(limits=FREE._replace(characters_a_day=10)).text)
    first = speak(gate, admitted, "0123456789")
    assert isinstance(first, Reserved)
    gate.door.refund(first)
    assert isinstance(speak(gate, admitted, "0123456789"), Reserved)


@pytest.mark.parametrize("text", ["a\0b", "half \ud83d of one", "\udfff"])
def test_what_is_no_text_is_refused_and_costs_nothing(text: str) -> None:
    gate = Gate()
    refusal = speak(gate, gate.admitted(gate.key().text), text)
    assert isinstance(refusal, Refusal)
    assert (refusal.status, refusal.code, refusal.param) == (400, "invalid_request", "text")
    assert gate.door.quotas.changed() == []


def test_teams_together_stay_under_the_limit_of_a_profile() -> None:
    gate = Gate(profile_limits={"work": FREE._replace(per_minute=3)})
    inside = [gate.admitted(gate.key().text) for _ in range(4)]
    found = [speak(gate, each, "Hi") for each in inside]
    assert [isinstance(each, Reserved) for each in found] == [True, True, True, False]
    refusal = found[3]
    assert isinstance(refusal, Refusal)
    assert (refusal.status, refusal.reason) == (429, "profile")
    assert isinstance(gate.door.reserve(inside[3], Wanted(text="Hi", profile="other"), gate.now), Reserved)


def test_a_profile_holds_so_many_at_a_time() -> None:
    gate = Gate(profile_limits={"work": FREE._replace(concurrency=1)})
    first, second = (gate.admitted(gate.key().text) for _ in range(2))
    assert isinstance(speak(gate, first, "Hi"), Reserved)
    assert isinstance(speak(gate, second, "Hi"), Refusal)
    gate.door.leave(first)
    assert isinstance(speak(gate, second, "Hi"), Reserved)


def test_a_spent_quota_takes_no_place_of_the_profile() -> None:
    gate = Gate(profile_limits={"work": FREE._replace(concurrency=1)})
    poor, rich = gate.key(limits=FREE._replace(characters_a_day=1)), gate.key()
    assert isinstance(speak(gate, gate.admitted(poor.text), "long"), Refusal)
    assert isinstance(speak(gate, gate.admitted(rich.text), "long"), Reserved)
