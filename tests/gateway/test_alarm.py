"""Promises about the alarm: an operator hears of a match, once a minute for each key, and no secret leaks."""

from __future__ import annotations

from pathlib import Path

from tests.gateway.house import running, waited
from voicectl.gateway.alarm import Alarm
from voicectl.gateway.keys import Env
from voicectl.gateway.team_start import sandbox


def written(path: Path) -> str:
    waited(lambda: path.exists() and path.read_text(encoding="utf-8"), "the command to run")
    return path.read_text(encoding="utf-8")


def test_a_command_gets_key_and_rule_and_nothing_of_our_environment(tmp_path: Path) -> None:
    note, said = tmp_path / "note", list[str]()
    script = f'env | grep -c VOICECTL > "{note}.new"; echo "$@" >> "{note}.new"; mv "{note}.new" "{note}"'
    alarm = Alarm(("/bin/sh", "-c", script, "alarm"), said.append)
    for steady in (0.0, 59.0):
        alarm.ring("K7abcdef", "threat", steady)
    assert written(note).split() == ["0", "K7abcdef", "threat"]
    assert said == ["key K7abcdef wanted what rule threat is about"]


def test_a_command_that_is_not_there_stops_nothing() -> None:
    said: list[str] = []
    Alarm(("/nonexistent",), said.append).ring("K7abcdef", "threat", 0.0)
    assert said[1] == "/nonexistent cannot be run: No such file or directory"


def test_a_match_in_a_running_gateway_rings(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nid = "threat"\nemotions = "*"\nterms = ["forbidden"]\n', encoding="utf-8")
    with running(tmp_path / "gateway", sandbox(), env=Env.TEST, rules=str(rules)) as team:
        key = team.keys.issue(env=Env.TEST)
        assert [team.speak(key, text="forbidden").status for _ in range(3)] == [403] * 3
        told = [words for words in team.said if "rule threat" in words]
        assert told == [f"key {key[8:16]} wanted what rule threat is about"]
