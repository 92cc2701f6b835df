"""Promises about `/v1/tokens`: a key becomes a token that speaks for it, and only a key does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway.house import Running, running
from voicectl.gateway.keys import Env
from voicectl.gateway.team_start import sandbox

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("team"), sandbox(), env=Env.TEST) as gateway:
        yield gateway


def test_a_token_speaks_as_its_key_does(team: Running) -> None:
    key = team.keys.issue(env=Env.TEST)
    answer = team.ask("POST", "/v1/tokens", {"expires_in": 60, "scope": "tts.basic"}, key=key)
    told = answer.json
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert (told["token_type"], told["scope"]) == ("Bearer", "tts.basic")
    assert 58 <= told["expires_in"] <= 60
    assert team.speak(told["access_token"]).status == 200
    again = team.ask("POST", "/v1/tokens", {}, key=told["access_token"])
    assert (again.status, again.json["error"]["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "body",
    [{"scope": "tts.everything"}, {"scope": ["tts.basic"]}, {"expires_in": 901}, {"expires_in": "60"}, []],
)
def test_a_wrong_wish_for_a_token_is_told(team: Running, body: Any) -> None:
    answer = team.ask("POST", "/v1/tokens", body, key=team.keys.issue(env=Env.TEST))
    assert (answer.status, answer.json["error"]["code"]) == (400, "invalid_request")


def test_without_a_key_there_is_no_token(team: Running) -> None:
    assert team.ask("POST", "/v1/tokens", {}).status == 401
