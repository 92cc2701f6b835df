"""Promises about how often and how many at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.gateway.doors import FREE, Gate
from voicectl.gateway.door import Admitted, Refused
from voicectl.gateway.keys import Limits
from voicectl.gateway.limits import Failures, Meter, Meters, SlidingWindow, TokenBucket

TEN_A_MINUTE = Limits(per_minute=10, concurrency=None, characters_a_day=None)


def passing(meter: Meter, limits: Limits, now: float, count: int) -> int:
    """Return how many of `count` requests at one moment pass."""
    passed = 0
    for _ in range(count):
        if meter.refusal(limits, now) is None:
            meter.enter()
            passed += 1
    return passed


def test_100_at_once_at_a_limit_of_10_are_10() -> None:
    gate = Gate()
    text = gate.key(limits=TEN_A_MINUTE).text
    found = [gate.visit(text) for _ in range(100)]
    assert sum(isinstance(each, Admitted) for each in found) == 10
    refused = [each.refusal for each in found if isinstance(each, Refused)]
    assert {(each.status, each.code, each.reason) for each in refused} == {
        (429, "rate_limit_exceeded", "rpm")
    }


def test_100_under_way_at_a_concurrency_of_10_are_10() -> None:
    gate = Gate()
    text = gate.key(limits=replace_limits(concurrency=10)).text
    found = [gate.visit(text) for _ in range(100)]
    inside = [each for each in found if isinstance(each, Admitted)]
    assert len(inside) == 10
    gate.door.leave(inside[0])
    gate.door.leave(inside[0])
    assert [isinstance(gate.visit(text), Admitted) for _ in range(2)] == [True, False]


def replace_limits(**limits: int | None) -> Limits:
    return FREE._replace(**limits)


def test_a_window_does_not_let_double_pass_at_its_edge() -> None:
    meter = Meter()
    assert passing(meter, TEN_A_MINUTE, 119.9, 100) == 10
    assert passing(meter, TEN_A_MINUTE, 120.0, 100) == 0
    assert passing(meter, TEN_A_MINUTE, 150.0, 100) == 5
    assert passing(meter, TEN_A_MINUTE, 240.0, 100) == 10


@pytest.mark.parametrize("start", [0.0, 1.0, 30.0, 59.9, 60.0, 3600.5])
def test_who_waits_as_long_as_told_gets_in_and_not_much_earlier(start: float) -> None:
    meter = Meter()
    assert passing(meter, TEN_A_MINUTE, start, 10) == 10
    for _ in range(30):
        refused = meter.refusal(TEN_A_MINUTE, start)
        if refused is None:
            meter.enter()
            continue
        assert 0 < refused.wait_seconds <= 120
        assert meter.refusal(TEN_A_MINUTE, start + refused.wait_seconds * 0.98) is not None
        start += refused.wait_seconds + 1e-6
        assert meter.refusal(TEN_A_MINUTE, start) is None
        meter.enter()


def test_refusals_do_not_count() -> None:
    meter = Meter()
    passing(meter, TEN_A_MINUTE, 0.0, 1000)
    assert meter.window.count(0.0) == 10


def test_a_window_forgets_after_two_minutes() -> None:
    window = SlidingWindow()
    window.count(10.0)
    window.current = 7
    assert (window.count(60.0), window.count(90.0)) == (7.0, 3.5)
    assert window.count(130.0) == 0


def test_a_burst_is_bounded_and_refills_at_the_rate() -> None:
    limits = Limits(per_minute=60, burst=5, concurrency=None)
    meter = Meter()
    assert passing(meter, limits, 0.0, 100) == 5
    refused = meter.refusal(limits, 0.0)
    assert refused is not None
    assert (refused.limit, refused.wait_seconds) == ("burst", 1.0)
    assert passing(meter, limits, 2.0, 100) == 2
    bucket = TokenBucket(5, 0.0)
    assert bucket.refill(1000.0, 5, 1.0) == 5


def test_a_request_that_the_vendor_fails_has_counted() -> None:
    gate = Gate()
    text = gate.key(limits=Limits(per_minute=1, concurrency=None)).text
    gate.door.leave(gate.admitted(text))
    assert gate.refused(text).refusal.status == 429


def test_no_limit_must_be_said_and_a_full_limit_tells_how_long() -> None:
    gate = Gate()
    text = gate.key(limits=TEN_A_MINUTE).text
    for _ in range(10):
        gate.admitted(text)
    headers = dict(gate.refused(text).refusal.headers)
    assert 1 <= int(headers["Retry-After"]) <= 120
    assert Limits().per_minute == 60
    assert Limits().concurrency == 4


def test_each_key_counts_for_itself() -> None:
    gate = Gate()
    first, second = (gate.key(limits=TEN_A_MINUTE).text for _ in range(2))
    for _ in range(11):
        gate.visit(first)
    assert isinstance(gate.visit(second), Admitted)


def test_failures_from_one_place_run_dry_and_refill() -> None:
    failures = Failures()
    assert [failures.count("1.1.1.1", 0.0) is None for _ in range(22)] == [True] * 20 + [False] * 2
    assert failures.count("2.2.2.2", 0.0) is None
    again = failures.count("1.1.1.1", 0.0)
    assert again is not None
    assert again.wait_seconds == pytest.approx(6.0)
    assert failures.count("1.1.1.1", 6.1) is None
    assert failures.count("1.1.1.1", 6.2) is not None


def test_the_table_of_failures_is_bounded_and_forgets_who_came_longest_ago() -> None:
    failures = Failures(most=100)
    for number in range(1000):
        failures.count(str(number), 0.0)
    assert len(failures) == 100


def test_meters_that_nobody_uses_are_forgotten_and_those_in_use_are_not() -> None:
    meters = Meters()
    for number in range(50):
        meters.of(str(number)).enter()
        if number:
            meters.of(str(number)).inside = 0
    meters.sweep(30.0)
    assert len(meters) == 50
    meters.sweep(150.0)
    assert len(meters) == 1


def test_a_changed_limit_holds_for_the_next_request() -> None:
    gate = Gate()
    made = gate.key(limits=TEN_A_MINUTE)
    for _ in range(5):
        gate.admitted(made.text)
    gate.put(replace(made.key, limits=Limits(per_minute=5, concurrency=None)))
    assert gate.refused(made.text).refusal.reason == "rpm"
