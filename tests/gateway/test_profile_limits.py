"""What all keys together may ask of a profile, and what does not count: over real sockets, in memory."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.gateway.house import NO_LIMITS, running
from voicectl.gateway.keys import Env, Limits

pytestmark = pytest.mark.slow


def limits(**given: int) -> dict[str, Limits]:
    return {"sandbox": NO_LIMITS._replace(**given)}


def test_all_keys_together_stay_under_the_limit_of_a_profile(tmp_path: Path) -> None:
    with running(tmp_path / "g", env=Env.TEST, profile_limits=limits(per_minute=10)) as team:
        keys = [team.keys.issue(env=Env.TEST) for _ in range(5)]
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda number: team.speak(keys[number % 5]), range(40)))
        told = team.metrics()
    assert Counter(each.status for each in answers) == {200: 10, 429: 30}
    refused = next(each for each in answers if each.status == 429)
    assert refused.json["error"]["code"] == "rate_limit_exceeded"
    assert 1 <= int(refused.headers["retry-after"]) <= 120
    assert refused.headers["ratelimit-policy"] == '"profile";q=10;w=60'
    assert refused.headers["ratelimit"].startswith('"profile";r=0;t=')
    assert 'voicectl_gateway_rate_limited_total{limit="profile"} 30.0' in told


def test_a_profile_that_is_full_is_free_again_when_somebody_has_gone(tmp_path: Path) -> None:
    with running(tmp_path / "g", env=Env.TEST, profile_limits=limits(concurrency=1)) as team:
        key = team.keys.issue(env=Env.TEST)
        assert [team.speak(key).status for _ in range(3)] == [200] * 3


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {}, 400),
        ({"input": "hi", "speed": 99}, {}, 400),
        ({"input": "x" * 5000}, {}, 400),
        (b"x" * 70_000, {}, 413),
        (b"{}", {"Content-Type": "text/plain"}, 415),
    ],
    ids=["no json", "speed", "long text", "long body", "no json said"],
)
def test_what_is_wrong_in_itself_does_not_count(
    tmp_path: Path, body: object, headers: dict[str, str], status: int
) -> None:
    with running(tmp_path / "g", env=Env.TEST) as team:
        key = team.keys.issue(env=Env.TEST, limits=NO_LIMITS._replace(per_minute=3, burst=3))
        answers = [team.ask("POST", "/v1/audio/speech", body, key, headers) for _ in range(5)]
        assert {each.status for each in answers} == {status}
        assert answers[-1].headers["x-ratelimit-remaining-requests"] == "3"
        assert [team.speak(key).status for _ in range(4)] == [200, 200, 200, 429]


def test_what_a_spent_quota_refuses_does_not_count_either(tmp_path: Path) -> None:
    with running(tmp_path / "g", env=Env.TEST) as team:
        few = NO_LIMITS._replace(per_minute=3, characters_a_day=5)
        key = team.keys.issue(env=Env.TEST, limits=few)
        assert {team.speak(key, "more than five").json["error"]["code"] for _ in range(5)} == {
            "quota_exceeded"
        }
        assert team.speak(key, "five.").status == 200
