"""Checks of the machine: each fault is a finding with its next step."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from voicectl.actions import check_machine
from voicectl.core.checkup import Status
from voicectl.core.errors import Unavailable


@pytest.mark.parametrize(("version", "status"), [((3, 10), Status.FAILED), ((3, 11), Status.OK)])
def test_an_old_python_fails(version: tuple[int, ...], status: Status) -> None:
    assert check_machine.python(version, "CPython").status is status


def test_an_absent_library_fails_and_is_named() -> None:
    assert check_machine.libraries({"httpx": "0.28.1"}).status is Status.OK
    found = check_machine.libraries({"httpx": "0.28.1", "rich": ""})
    assert (found.status, found.detail) == (Status.FAILED, "not installed: rich")
    assert "pip install" in found.hint


@pytest.mark.parametrize(
    ("answer", "status", "hint"),
    [
        ("yes", Status.OK, ""),
        ("no", Status.FAILED, "sudo timedatectl set-ntp true"),
        ("", Status.NOT_CHECKED, "voicectl doctor --network"),
        (None, Status.NOT_CHECKED, "voicectl doctor --network"),
    ],
)
def test_a_clock_that_nobody_tells_of_is_not_called_good(
    answer: str | None, status: Status, hint: str
) -> None:
    found = check_machine.time_sync(answer)
    assert (found.status, found.hint) == (status, hint)


@pytest.mark.parametrize(
    ("script", "answer"), [("echo no", "no"), ("exit 1", None), ("env | grep -c SECRET", None)]
)
def test_the_systems_own_program_is_asked_without_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, answer: str | None
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "CANARY-EXAMPLE")
    program = tmp_path / "timedatectl"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    assert check_machine.ask_timedatectl(f"{tmp_path}:{os.environ['PATH']}") == answer


def test_without_the_systems_program_there_is_no_answer(tmp_path: Path) -> None:
    assert check_machine.ask_timedatectl(str(tmp_path)) is None


def silent() -> bool:
    raise Unavailable("nothing here can play sound", hint="write a file with -o FILE")


def test_no_player_is_a_warning_with_the_way_round() -> None:
    found = check_machine.player(silent)
    assert (found.status, found.hint) == (Status.WARNING, "write a file with -o FILE")
    assert check_machine.player(lambda: True).status is Status.OK


def test_no_engine_is_a_warning_with_the_line_that_installs_one() -> None:
    found = check_machine.extras({"engine nano": False, "lameenc": True}, "pip install 'voicectl[local]'")
    assert (found.status, found.hint) == (Status.WARNING, "pip install 'voicectl[local]'")
    assert check_machine.extras({"engine nano": True, "lameenc": False}, "").status is Status.OK
