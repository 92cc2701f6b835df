"""A gateway that is killed, told to end, or told twice: what was answered is on file, and counted."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.cloud import sounds
from tests.cloud.server import Bytes, RawRequest, serving
from tests.gateway.house import NO_LIMITS, Running, program, waited
from tests.gateway.test_forwarding import HEAD, asked
from voicectl.gateway.keys import Env

pytestmark = pytest.mark.slow

ROWS_MAY_LAG_SECONDS = 1.0
SANDBOX = ("--env", "test", "--metrics-port", "0")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


class Load:
    """Clients that speak as fast as they are answered, and note when each answer was whole."""

    def __init__(self, team: Running, key: str, clients: int = 6) -> None:
        self.answered: list[tuple[float, str]] = []
        self.broken = 0
        self._team, self._key, self._clients = team, key, clients
        self._over, self._lock = threading.Event(), threading.Lock()

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._speak) for _ in range(self._clients)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join(30)

    def _speak(self) -> None:
        while not self._over.is_set():
            try:
                answer = self._team.speak(self._key, "ten signs.")
            except (OSError, HTTPException):
                answer = None
            with self._lock:
                if answer is None:
                    self.broken += 1
                    return
                assert answer.status == 200
                self.answered.append((time.monotonic(), answer.headers["x-request-id"]))


def test_rows_and_quotas_outlive_a_kill(home: Path) -> None:
    with program(home, *SANDBOX) as team:
        key = team.keys.issue(env=Env.TEST, limits=NO_LIMITS._replace(characters_a_day=1_000_000))
        time.sleep(0.7)
        load = Load(team, key)
        with load.running():
            time.sleep(3)
            assert team.process is not None
            os.kill(team.process.pid, signal.SIGKILL)
            killed = time.monotonic()
            assert team.process.wait(10) == -signal.SIGKILL
        rows = Counter(row["request_id"] for row in team.rows("test"))
    old = {name for at, name in load.answered if killed - at > ROWS_MAY_LAG_SECONDS}
    late = sum(killed - at <= ROWS_MAY_LAG_SECONDS for at, _ in load.answered)
    assert len(old) > 50, "that was no load"
    assert load.broken > 0, "nothing was under way when it was killed"
    assert old <= set(rows)
    assert set(rows.values()) == {1}
    with program(home, *SANDBOX) as team:
        standing = team.ask("GET", "/v1/models", key=key).headers["ratelimit"]
        left = int(standing.partition('"chars-day";r=')[2].partition(";")[0])
        used = (1_000_000 - left) // 10
        assert len(load.answered) - late <= used <= len(load.answered) + load.broken
        assert team.speak(key, "ten signs.").status == 200
        assert team.keys.directory.is_dir()


def test_told_to_end_under_load_it_answers_and_writes_down_every_request(home: Path) -> None:
    with program(home, *SANDBOX) as team:
        key = team.keys.issue(env=Env.TEST)
        time.sleep(0.7)
        load = Load(team, key)
        with load.running():
            time.sleep(1)
            assert team.process is not None
            team.process.terminate()
            assert team.process.wait(20) in (0, 128 + signal.SIGTERM)
        rows = [row["request_id"] for row in team.rows("test")]
    answered = {name for _, name in load.answered}
    assert len(answered) > 20
    assert len(rows) == len(set(rows))
    assert answered <= set(rows)
    # Who was not heard any more had not been let in; at most the last of each client had.
    assert len(set(rows) - answered) <= load.broken


class Endless:
    """A vendor whose sound has no end."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def __call__(self, request: RawRequest) -> Bytes:
        return Bytes(self._parts())

    def _parts(self) -> Iterator[bytes]:
        yield HEAD
        sound = sounds.wav(2.0, 24000, sized=False)
        yield sound
        while not self.over.wait(0.05):
            yield sound[44:2044]


def test_told_twice_it_ends_at_once_and_writes_down_what_was_under_way(home: Path) -> None:
    vendor = Endless()
    with serving(vendor) as server:
        environ = {"OPENAI_BASE_URL": f"{server.url}/v1"}
        with program(home, "--vendor", "openai", "--metrics-port", "0", environ=environ) as team:
            key = team.keys.issue()
            time.sleep(0.7)
            line = asked(team, key)
            assert line.recv(15).startswith(b"HTTP/1.1 200")
            assert team.process is not None
            began = time.monotonic()
            for _ in range(2):
                team.process.send_signal(signal.SIGINT)
                time.sleep(0.3)
            assert team.process.wait(10) == 128 + signal.SIGINT
            assert time.monotonic() - began < 8
            line.close()
            waited(lambda: bool(team.rows()), "the row of what was under way")
            (row,) = team.rows()
        vendor.over.set()
    assert (row["status"], row["code"], row["key_id"]) == (200, "shut_down", key[8:16])
