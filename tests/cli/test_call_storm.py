"""Calls under random faults and random kill -9, in many processes: nobody rings twice, no exit code lies."""

from __future__ import annotations

import pytest

from tests.bench.calls import faults, storm_of


@pytest.mark.slow
def test_in_a_storm_nobody_rings_twice_and_no_exit_code_lies() -> None:
    storm, weather, _ = storm_of(creates=60, processes=14, seed=1)
    assert list(faults(storm, weather)) == []
    codes = {attempt.code for attempt in storm.attempts}
    assert {0, 15} <= codes
    assert len(weather.rang) > 30
    assert weather.spoiled
