"""Promises about a running gateway's memory: changes are seen, counts are kept, whatever ends the process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.gateway.doors import FREE, START
from voicectl.core.errors import ConfigError
from voicectl.gateway.administration import Issued, Wish, issued
from voicectl.gateway.door import Admitted, Door, Refused, Reserved, Visit
from voicectl.gateway.doorkeeper import Doorkeeper
from voicectl.gateway.feelings import Wanted
from voicectl.gateway.key_file import FILE, Deed, KeyFile
from voicectl.gateway.keys import Env, Status
from voicectl.gateway.limits import Tick
from voicectl.gateway.office import Office
from voicectl.gateway.usage_file import UsageFile, file_of
from voicectl.signing.gateway_keys import SANDBOX_MASTER

DEED = Deed(START.unix, "ada", "issue", "x")
EVERYTHING: dict[str, Any] = {
    "tags": frozenset(("tts.basic",)),
    "profiles": ("*",),
    "models": ("*",),
    "voices": ("*",),
}


def put(directory: Path, **wish: Any) -> Issued:
    made = issued(
        Wish(**{"name": "web", "limits": FREE._replace(characters_a_day=100), **EVERYTHING, **wish}),
        now=START.unix,
        who="ada",
        below=Random(9).randrange,
    )
    with closing(KeyFile(directory / FILE)) as keys:
        keys.add(made.key, DEED)
    return made


def visit(door: Door, text: str) -> Admitted | Refused:
    headers = [(b"authorization", b"Bearer " + text.encode())]
    return door.admit(Visit(headers, "127.0.0.1", "tts.basic"), START)


def speak(door: Door, text: str, characters: int) -> bool:
    admitted = visit(door, text)
    assert isinstance(admitted, Admitted)
    found = door.reserve(admitted, Wanted(text="x" * characters, profile="w"), START)
    return isinstance(found, Reserved)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "gateway"


@pytest.fixture
def keeper(directory: Path) -> Iterator[Doorkeeper]:
    with closing(Doorkeeper(directory, Env.LIVE, START, master=SANDBOX_MASTER)) as found:
        yield found


def later(seconds: float) -> Tick:
    return Tick(START.unix + seconds, START.steady + seconds)


def test_a_key_that_is_issued_or_revoked_elsewhere_is_known_at_the_next_tick(
    keeper: Doorkeeper, directory: Path
) -> None:
    made = put(directory)
    assert isinstance(visit(keeper.door, made.text), Refused)
    assert keeper.tick(later(0.5)) == []
    assert isinstance(visit(keeper.door, made.text), Admitted)
    office = Office(
        directory=directory, who="ada", now=START.unix, below=len, make_master=lambda: SANDBOX_MASTER
    )
    office.switch(made.key.id, Status.REVOKED)
    keeper.tick(later(1))
    assert isinstance(visit(keeper.door, made.text), Refused)
    with closing(KeyFile(directory / FILE)) as keys:
        assert [(each.who, each.deed) for each in keys.deeds()] == [("ada", "issue"), ("ada", "revoke")]


def test_a_spent_quota_stays_spent_in_the_next_run(directory: Path) -> None:
    made = put(directory)
    with closing(Doorkeeper(directory, Env.LIVE, START, master=None)) as first:
        assert speak(first.door, made.text, 90)
    with closing(Doorkeeper(directory, Env.LIVE, START, master=None)) as second:
        assert not speak(second.door, made.text, 11)
        assert speak(second.door, made.text, 10)


CHILD = """
import sys, time
from pathlib import Path
from tests.gateway.test_doorkeeper import START, Doorkeeper, Env, later, speak
keeper = Doorkeeper(Path(sys.argv[1]), Env.LIVE, START, master=None)
for number in range(10_000):
    text = sys.stdin.readline().strip()
    assert speak(keeper.door, text, 1)
    assert keeper.tick(later(number)) == []
    print(number + 1, flush=True)
"""


@pytest.mark.slow
def test_what_was_counted_a_tick_before_kill_9_is_counted_after_it(directory: Path) -> None:
    made = put(directory)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    for number in range(1, 31):
        child.stdin.write(made.text + "\n")
        child.stdin.flush()
        assert child.stdout.readline() == f"{number}\n"
    child.kill()
    child.communicate(timeout=30)
    with closing(Doorkeeper(directory, Env.LIVE, START, master=None)) as keeper:
        assert not speak(keeper.door, made.text, 71)
        assert speak(keeper.door, made.text, 70)


def test_nothing_is_written_while_nothing_is_counted(keeper: Doorkeeper, directory: Path) -> None:
    beside = Path(f"{file_of(directory, Env.LIVE)}-wal")
    before = beside.stat()
    for number in range(20):
        assert keeper.tick(later(number / 2)) == []
    assert (beside.stat().st_mtime_ns, beside.stat().st_size) == (before.st_mtime_ns, before.st_size)


def last_uses(directory: Path) -> dict[tuple[str, int], float]:
    with closing(UsageFile(file_of(directory, Env.LIVE), is_counting=False)) as usage:
        return usage.last_used()


def test_the_last_use_of_a_key_is_written_once_a_minute_at_most_and_at_the_end(directory: Path) -> None:
    made = put(directory)
    keeper = Doorkeeper(directory, Env.LIVE, START, master=None)
    place = (made.key.id, 1)
    keeper.door.last_used[place] = START.unix
    keeper.tick(later(1))
    keeper.door.last_used[place] = START.unix + 30
    keeper.tick(later(30))
    assert last_uses(directory) == {place: START.unix}
    keeper.door.last_used[place] = START.unix + 61
    keeper.tick(later(61))
    assert last_uses(directory) == {place: START.unix + 61}
    keeper.door.last_used[place] = START.unix + 62
    keeper.close()
    assert last_uses(directory) == {place: START.unix + 62}


def test_two_gateways_that_count_alone_do_not_run_side_by_side(keeper: Doorkeeper, directory: Path) -> None:
    with pytest.raises(ConfigError, match="another gateway counts"):
        Doorkeeper(directory, Env.LIVE, START, master=None)
    Doorkeeper(directory, Env.TEST, START, master=None).close()
    Doorkeeper(directory, Env.LIVE, START, master=None, shares_limits=True).close()


def test_gateways_that_count_elsewhere_note_the_last_use_side_by_side(directory: Path) -> None:
    made = put(directory)
    shared: dict[str, Any] = {"master": None, "shares_limits": True}
    with (
        closing(Doorkeeper(directory, Env.LIVE, START, **shared)) as one,
        closing(Doorkeeper(directory, Env.LIVE, START, **shared)) as two,
    ):
        for keeper in (one, two):
            assert speak(keeper.door, made.text, 60)
            assert keeper.tick(later(1)) == []
    assert last_uses(directory) == {(made.key.id, 1): START.unix}
    with closing(UsageFile(file_of(directory, Env.LIVE), is_counting=True)) as usage:
        assert usage.used() == []


def test_bad_rules_keep_the_door_as_it_was_and_are_told_once(directory: Path, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('[[rule]]\nid = "a"\nemotions = "*"\nterms = ["forbidden"]\n', encoding="utf-8")
    made = put(directory)
    with closing(Doorkeeper(directory, Env.LIVE, START, master=None, rules=file)) as keeper:
        admitted = visit(keeper.door, made.text)
        assert isinstance(admitted, Admitted)
        wanted = Wanted(text="forbidden", profile="w")
        assert not isinstance(keeper.door.reserve(admitted, wanted, START), Reserved)
        file.write_text("[[rule", encoding="utf-8")
        assert len(keeper.tick(later(1))) == 1
        assert (keeper.tick(later(2)), keeper.has_bad_rules) == ([], True)
        assert not isinstance(keeper.door.reserve(admitted, wanted, START), Reserved)
        file.write_text("", encoding="utf-8")
        assert len(keeper.tick(later(3))) == 1
        assert not isinstance(keeper.door.reserve(admitted, wanted, START), Reserved)
        file.write_text("rule = []", encoding="utf-8")
        assert (keeper.tick(later(4)), keeper.has_bad_rules) == ([], False)
        assert isinstance(keeper.door.reserve(admitted, wanted, START), Reserved)


def test_a_bad_file_of_rules_keeps_the_gateway_from_starting(directory: Path, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text("[[rule", encoding="utf-8")
    with pytest.raises(ConfigError):
        Doorkeeper(directory, Env.LIVE, START, master=None, rules=file)
