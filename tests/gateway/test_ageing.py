"""Keys that nobody rotates: an operator is reminded, by a line a day and a number."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.doors import START, Gate
from tests.gateway.house import running
from voicectl.gateway.ageing import DAY, Ageing
from voicectl.gateway.keys import Env, Key, Status, is_old
from voicectl.gateway.limits import Tick

NOW = Tick(START.unix + 100 * DAY, 0.0)


def old_key(**changes: Any) -> Key:
    return replace(Gate().key().key, **changes)


def later(days: float) -> Tick:
    return Tick(NOW.unix + days * DAY, NOW.steady + days * DAY)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Status.REVOKED},
        {"status": Status.DISABLED},
        {"expires": NOW.unix - 1},
        {"env": Env.TEST},
        {"created": 0.0, "generations": ()},
    ],
    ids=["revoked", "disabled", "expired", "of another gateway", "just rotated"],
)
def test_nobody_is_reminded_of_a_key_that_needs_no_rotation(changes: dict[str, Any]) -> None:
    key = old_key()
    if "generations" in changes:
        changes["generations"] = (replace(key.newest, number=2, created=NOW.unix),)
    said: list[str] = []
    Ageing(Env.LIVE, 90 * DAY, said.append).tick([replace(key, **changes)], NOW)
    assert said == []


def test_an_expired_key_is_no_longer_old() -> None:
    key = old_key(expires=NOW.unix)
    assert is_old(key, NOW.unix - 1)
    assert not is_old(key, NOW.unix)


def test_it_is_said_at_the_start_and_then_once_a_day() -> None:
    key, said = old_key(name="web\nak_live_" + "a" * 46), []
    ageing = Ageing(Env.LIVE, 90 * DAY, said.append)
    for hours in range(49):
        ageing.tick([key], later(hours / 24))
    assert len(said) == 3
    assert said[0] == (
        f"key {key.id} (web?ak_live_***) was not rotated for 100 days: voicectl gateway key rotate {key.id}"
    )
    assert "102 days" in said[2]


def test_a_key_that_was_rotated_is_spoken_of_no_more() -> None:
    key, said = old_key(), []
    ageing = Ageing(Env.LIVE, 90 * DAY, said.append)
    ageing.tick([key], NOW)
    fresh = replace(key, generations=(replace(key.newest, created=later(1).unix),))
    ageing.tick([fresh], later(1.5))
    ageing.tick([fresh], later(95))
    assert [words.partition(" for ")[2].partition(":")[0] for words in said] == ["100 days", "94 days"]


@pytest.mark.slow
def test_a_running_gateway_says_it_and_counts_it(tmp_path: Path) -> None:
    with running(tmp_path / "g", env=Env.TEST, max_age_seconds=-1.0) as team:
        team.keys.issue(env=Env.TEST)
        told = team.metrics()
    assert 'voicectl_gateway_keys_to_rotate{env="test"} 1.0' in told
    with running(tmp_path / "g", env=Env.TEST, max_age_seconds=-1.0) as team:
        until = time.monotonic() + 5
        while not team.said:
            assert time.monotonic() < until
            time.sleep(0.01)
    assert ["was not rotated" in words for words in team.said] == [True]
