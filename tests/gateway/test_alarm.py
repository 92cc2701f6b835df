"""Promises about the alarm: an operator hears of a match, once a minute for each key, and no secret leaks."""

from __future__ import annotations

import json
import time
from pathlib import Path
from threading import Event

import pytest

from tests.cloud.server import Answer, RawRequest, Server, serving
from tests.gateway.doors import NOON
from tests.gateway.house import program, running, waited
from voicectl.core.errors import UsageError
from voicectl.gateway.alarm import Alarm, Match
from voicectl.gateway.keys import Env
from voicectl.gateway.limits import Tick
from voicectl.gateway.team_start import sandbox
from voicectl.gateway.webhook import Webhook, request_to
from voicectl.transport.http import Http, Limits

pytestmark = pytest.mark.slow

MATCH = Match("K7abcdef", "web", "live", "threat", "4f" * 16, 403)
RULES = '[[rule]]\nid = "threat"\nemotions = "*"\nterms = ["forbidden"]\n'


def written(path: Path) -> str:
    waited(lambda: path.exists() and path.read_text(encoding="utf-8"), "the command to run")
    return path.read_text(encoding="utf-8")


def test_a_command_gets_key_and_rule_and_nothing_of_our_environment(tmp_path: Path) -> None:
    note, said = tmp_path / "note", list[str]()
    script = f'env | grep -c VOICECTL > "{note}.new"; echo "$@" >> "{note}.new"; mv "{note}.new" "{note}"'
    alarm = Alarm(("/bin/sh", "-c", script, "alarm"), said.append)
    for steady in (0.0, 59.0):
        alarm.ring(MATCH, Tick(NOON, steady))
    assert written(note).split() == ["0", "K7abcdef", "threat"]
    assert said == ["key K7abcdef wanted what rule threat is about"]


def test_a_command_that_is_not_there_stops_nothing() -> None:
    said: list[str] = []
    Alarm(("/nonexistent",), said.append).ring(MATCH, Tick(NOON, 0.0))
    assert said[1] == "/nonexistent cannot be run: No such file or directory"


def test_a_match_in_a_running_gateway_rings(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES, encoding="utf-8")
    with running(tmp_path / "gateway", sandbox(), env=Env.TEST, rules=str(rules)) as team:
        key = team.keys.issue(env=Env.TEST)
        assert [team.speak(key, text="forbidden").status for _ in range(3)] == [403] * 3
        told = [words for words in team.said if "rule threat" in words]
        assert told == [f"key {key[8:16]} wanted what rule threat is about"]


# A webhook ---------------------------------------------------------------------------------------


def posted(server: Server, count: int = 1) -> list[dict[str, object]]:
    waited(lambda: len(server.requests) >= count, "the webhook to be posted to")
    return [json.loads(each.body) for each in server.requests]


def hook(url: str, said: list[str], *, timeout: float = 5) -> Alarm:
    way = Http({}, limits=Limits(timeout=timeout, connect=timeout))
    return Alarm((), said.append, Webhook(url, lambda: way, said.append))


def test_a_webhook_hears_who_matched_what_once_a_minute_for_each_key() -> None:
    said: list[str] = []
    with serving(lambda request: Answer(204)) as server:
        alarm = hook(f"{server.url}/hooks/EXAMPLE?room=7", said)
        for steady in (0.0, 30.0, 59.9, 60.0):
            alarm.ring(MATCH, Tick(NOON + steady, steady))
        alarm.ring(MATCH._replace(key_id="Qother00"), Tick(NOON, 61.0))
        first, again, other = posted(server, 3)
        told = server.requests[0]
    assert (told.method, told.target) == ("POST", "/hooks/EXAMPLE?room=7")
    assert told.header("Content-Type") == "application/json"
    assert first == {"event": "rule_match", "time": "2027-01-15T12:00:00.000Z", **MATCH._asdict()}
    assert (again["time"], other["key_id"]) == ("2027-01-15T12:01:00.000Z", "Qother00")
    assert not any("webhook" in words for words in said)


def test_a_webhook_that_fails_is_told_by_its_host_alone_and_is_asked_again_next_time() -> None:
    said: list[str] = []
    with serving(lambda request: Answer(500, body=b"oh no")) as server:
        alarm = hook(f"{server.url}/hooks/EXAMPLE", said)
        alarm.ring(MATCH, Tick(NOON, 0.0))
        waited(lambda: len(said) > 1, "the failure to be told")
        host = server.host
    alarm.ring(MATCH, Tick(NOON, 60.0))
    waited(lambda: len(said) > 3, "the second failure to be told")
    assert said[1] == f"webhook {host}: answered 500"
    assert said[3].startswith(f"webhook {host}: ")
    assert "EXAMPLE" not in "".join(said)


def test_a_webhook_that_hangs_holds_nobody_up() -> None:
    said: list[str] = []
    over = Event()

    def hang(request: RawRequest) -> Answer:
        over.wait(10)
        return Answer(200)

    with serving(hang) as server:
        alarm = hook(server.url, said)
        begun = time.monotonic()
        for number in range(150):
            alarm.ring(MATCH._replace(key_id=f"key{number:05}"), Tick(NOON, 0.0))
        assert time.monotonic() - begun < 1
        over.set()
    assert sum("too many wait" in words for words in said) in (48, 49, 50)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org/x",
        "ftp://example.org",
        "https://",
        "http://example.org/x",
        "https://a:b@example.org/x",
    ],
)
def test_a_webhook_is_a_url_that_nobody_overhears(url: str) -> None:
    with pytest.raises(UsageError):
        request_to(url)


@pytest.mark.slow
def test_the_program_posts_a_match_without_text_or_key(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES, encoding="utf-8")
    with serving(lambda request: Answer(200)) as server:
        words = ("--env", "test", "--metrics-port", "0", "--rules", str(rules), "--rule-webhook", server.url)
        with program(tmp_path, *words) as team:
            key = team.keys.issue(env=Env.TEST, team="web")
            time.sleep(0.7)
            refused = team.speak(key, text="a private and forbidden thing")
            [told] = posted(server)
    assert refused.status == 403
    assert (told["rule"], told["team"], told["env"]) == ("threat", "web", "test")
    assert (told["key_id"], told["request_id"]) == (key[8:16], refused.headers["x-request-id"])
    sent = server.requests[0].raw
    assert b"private" not in sent
    assert key[16:].encode() not in sent
