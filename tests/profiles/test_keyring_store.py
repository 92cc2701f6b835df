"""The keyring: a real one under a private session bus, and everything that can be wrong with one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.profiles.keyring_session import (
    MISSING,
    bare_environment,
    bus,
    keyring,
    name_is_owned,
    own_home,
    running,
    wait_until,
)
from voicectl.core.credentials import Secret
from voicectl.core.errors import ConfigError
from voicectl.profiles.keyring_store import MAX_CHARACTERS, KeyringStore

CANARY = "CANARY-EXAMPLE-密钥-☎"
ASK = """
import json, os, sys
from voicectl.core.credentials import Secret
from voicectl.core.errors import VoicectlError
from voicectl.profiles.keyring_store import KeyringStore
steps, limit = json.loads(sys.argv[1])
store = KeyringStore(environment=os.environ, limit_seconds=limit)
for verb, profile, field, *text in steps:
    answer = {}
    try:
        found = getattr(store, verb)(profile, field, *map(Secret, text))
        answer["found"] = found and found.reveal()
    except VoicectlError as error:
        answer = {"exit": error.exit, "message": str(error), "hint": error.hint}
    answer["imported"] = sorted({"keyring", "secretstorage"} & {*sys.modules})
    print(json.dumps(answer))
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]


def ask_all(
    environment: Mapping[str, str], *steps: tuple[str, ...], limit: float | None = 5.0
) -> list[dict[str, Any]]:
    """Use the store in a process of its own, which is the only way to choose its bus."""
    command = [sys.executable, "-c", ASK, json.dumps([steps, limit])]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def ask(environment: Mapping[str, str], *step: str, limit: float | None = 5.0) -> dict[str, Any]:
    return ask_all(environment, step, limit=limit)[0]


def assert_refused(answer: Mapping[str, Any], reason: str) -> None:
    assert answer["exit"] == 78
    assert reason in answer["message"]
    assert "--store file" in answer["hint"]
    assert "variables" in answer["hint"]
    assert CANARY not in answer["message"] + answer["hint"]


@pytest.fixture(scope="module")
def unlocked() -> Iterator[dict[str, str]]:
    with own_home() as home, keyring(home) as environment:
        yield environment


@pytest.fixture
def nowhere(tmp_path: Path) -> dict[str, str]:
    return bare_environment(tmp_path)


@pytest.mark.parametrize("limit", [5.0, None], ids=["in a worker", "with a prompt allowed"])
def test_a_secret_survives_and_is_forgotten(unlocked: dict[str, str], limit: float | None) -> None:
    name = ("x", "api_key")
    steps = [("set", *name, CANARY), ("get", *name), ("get", "x", "other")]
    answers = ask_all(unlocked, *steps, ("delete", *name), ("get", *name), ("delete", *name), limit=limit)
    assert [answer["found"] for answer in answers] == [None, CANARY, None, None, None, None]


def test_other_programs_find_it_under_the_names_that_the_contract_gives(unlocked: dict[str, str]) -> None:
    ask(unlocked, "set", "y", "api_key", CANARY)
    command = ["secret-tool", "lookup", "service", "voicectl", "username", "y/api_key"]
    assert subprocess.run(command, env=unlocked, capture_output=True, text=True).stdout == CANARY


def test_a_read_goes_straight_to_the_secret_service(unlocked: dict[str, str]) -> None:
    ask(unlocked, "set", "z", "api_key", CANARY)
    assert ask(unlocked, "get", "z", "api_key")["imported"] == ["secretstorage"]


def test_a_backend_chosen_by_the_user_is_asked_instead(unlocked: dict[str, str]) -> None:
    chosen = unlocked | {"PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring"}
    answer = ask_all(chosen, ("set", "c", "api_key", CANARY), ("get", "c", "api_key"))[1]
    assert (answer["found"], "keyring" in answer["imported"]) == (CANARY, True)


@pytest.mark.slow
def test_a_read_costs_at_most_nine_bare_starts(unlocked: dict[str, str]) -> None:
    ask(unlocked, "set", "t", "api_key", CANARY)
    reads, bare = [], []
    for _ in range(5):
        bare.append(cpu_seconds([sys.executable, "-c", "pass"], unlocked))
        words = json.dumps([[["get", "t", "api_key"]], 5.0])
        reads.append(cpu_seconds([sys.executable, "-c", ASK, words], unlocked))
    assert min(reads) - min(bare) <= 9 * min(bare)


def cpu_seconds(command: list[str], environment: Mapping[str, str]) -> float:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    assert status == 0
    return usage.ru_utime + usage.ru_stime


def test_without_a_bus_it_says_so(nowhere: dict[str, str]) -> None:
    for answer in ask_all(nowhere, ("set", "x", "api_key", CANARY), ("get", "x", "api_key")):
        assert_refused(answer, "no session bus")


def test_a_bus_without_a_keyring_is_as_good_as_none() -> None:
    with own_home() as home, bus(home) as environment:
        assert_refused(ask(environment, "get", "x", "api_key"), "no session bus, or nobody")


def test_a_locked_keyring_is_said_to_be_locked() -> None:
    with own_home() as home:
        with keyring(home) as environment:
            ask(environment, "set", "x", "api_key", CANARY)
        with keyring(home, password="another") as environment:
            for answer in ask_all(environment, ("get", "x", "api_key"), ("set", "x", "api_key", CANARY)):
                assert_refused(answer, "it is locked")


def test_the_null_backend_is_found_out(nowhere: dict[str, str]) -> None:
    chosen = nowhere | {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    for answer in ask_all(chosen, ("set", "x", "api_key", CANARY), ("get", "x", "api_key")):
        assert_refused(answer, "keeps nothing")


def test_a_backend_that_drops_what_it_is_given_is_found_out(nowhere: dict[str, str], tmp_path: Path) -> None:
    assert_refused(ask(with_backend(nowhere, tmp_path, "pass"), "set", "x", "f", CANARY), "did not keep")


@pytest.mark.parametrize("name", ["no.such.Keyring", "keyring.backends.null.Missing", "bare"])
def test_a_backend_that_does_not_exist_is_named(nowhere: dict[str, str], name: str) -> None:
    chosen = nowhere | {"PYTHON_KEYRING_BACKEND": name}
    assert_refused(ask(chosen, "get", "x", "api_key"), "PYTHON_KEYRING_BACKEND")


def test_a_backend_that_hangs_is_left_behind(nowhere: dict[str, str], tmp_path: Path) -> None:
    hanging = with_backend(nowhere, tmp_path, "import time; time.sleep(30)")
    started = time.monotonic()
    assert_refused(ask(hanging, "get", "x", "api_key", limit=0.3), "silent for 0.3 s")
    assert time.monotonic() - started < 4


def with_backend(environment: dict[str, str], tmp_path: Path, body: str) -> dict[str, str]:
    """Return an environment whose keyring is a module of which every method does `body`."""
    (tmp_path / "fake_backend.py").write_text(
        "from keyring.backend import KeyringBackend\n"
        "class Keyring(KeyringBackend):\n"
        "    priority = 9\n"
        f"    def get_password(self, service, username): {body}\n"
        f"    def set_password(self, service, username, password): {body}\n"
    )
    path = os.pathsep.join(filter(None, [str(tmp_path), environment.get("PYTHONPATH")]))
    return environment | {"PYTHONPATH": path, "PYTHON_KEYRING_BACKEND": "fake_backend.Keyring"}


MUTE = """
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import Proxy, open_dbus_connection
import time
with open_dbus_connection() as connection:
    Proxy(message_bus, connection).RequestName("org.freedesktop.secrets")
    time.sleep(60)
"""


@pytest.mark.slow
def test_a_bus_on_which_nobody_answers_is_given_up_after_five_seconds() -> None:
    with own_home() as home, bus(home) as environment, running([sys.executable, "-c", MUTE], environment):
        wait_until(lambda: name_is_owned(environment))
        started = time.monotonic()
        assert_refused(ask(environment, "get", "x", "api_key"), "silent for 5 s")
        assert 4.9 < time.monotonic() - started < 8


def test_no_keyring_forbids_it_and_nothing_is_imported(unlocked: dict[str, str]) -> None:
    answer = ask(unlocked | {"VOICECTL_NO_KEYRING": "1"}, "get", "x", "api_key")
    assert_refused(answer, "VOICECTL_NO_KEYRING")
    assert answer["imported"] == []


def test_a_value_too_long_for_windows_is_refused_everywhere() -> None:
    with pytest.raises(ConfigError, match="1281 characters"):
        KeyringStore(environment={}).set("x", "f", Secret("s" * (MAX_CHARACTERS + 1)))


def test_looking_for_a_keyring_starts_no_program() -> None:
    script = (
        "import sys\n"
        "sys.addaudithook(lambda event, args: print(args[1]) if event == 'subprocess.Popen' else None)\n"
        "from voicectl.profiles.keyring_store import KeyringStore\n"
        "try:\n    KeyringStore(environment={}).backend()\nexcept Exception:\n    pass\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == ""
