"""What an administrator does in another process holds within a second, however much a gateway has to do."""

from __future__ import annotations

import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.cloud import sounds
from tests.cloud.server import Bytes, RawRequest, serving
from tests.conftest import Program
from tests.gateway.house import MASTER, NO_LIMITS, Running, program
from tests.gateway.load import received
from tests.gateway.test_forwarding import HEAD, asked
from voicectl.gateway.key_file import Deed

pytestmark = pytest.mark.slow

CLIENTS, STREAMS = 6, 3
BEFORE_SECONDS, AFTER_SECONDS, BOUND_SECONDS = 1.0, 2.5, 1.0
SOUND = sounds.wav(2.0, 24000, sized=False)
PART_BYTES, PAUSE_SECONDS = 400, 0.2


class Dribbling:
    """A vendor whose sound takes as long as it is wanted to, or most of a minute."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def __call__(self, request: RawRequest) -> Bytes:
        return Bytes(self._parts())

    def _parts(self) -> Iterator[bytes]:
        yield HEAD
        for at in range(0, len(SOUND), PART_BYTES):
            yield SOUND[at : at + PART_BYTES]
            self.released.wait(PAUSE_SECONDS)


@dataclass
class Load:
    """Asks for lists over and over: when each request began, and its status."""

    team: Running
    key: str
    seen: list[tuple[float, int]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._ask) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in threads:
                thread.join(30)

    def _ask(self) -> None:
        while not self.over.is_set():
            began = time.monotonic()
            status = self.team.ask("GET", "/v1/models", key=self.key).status
            self.seen.append((began, status))


def stream(team: Running, key: str, heard: list[bytes]) -> None:
    line, data = asked(team, key), b""
    while not data.endswith(b"0\r\n\r\n"):
        data += received(line)
    heard.append(data)


@pytest.fixture
def vendor() -> Dribbling:
    return Dribbling()


@pytest.fixture
def team(tmp_path: Path, vendor: Dribbling) -> Iterator[Running]:
    home = tmp_path / "home"
    home.mkdir()
    with serving(vendor) as server:
        environ = {"OPENAI_BASE_URL": f"{server.url}/v1"}
        with program(home, "--vendor", "openai", "--metrics-port", "0", environ=environ) as running:
            yield running


def administer(team: Running, *words: str) -> None:
    """Run `voicectl gateway key …` as somebody else on this machine does."""
    home = team.keys.directory.parents[3]
    environ = {"VOICECTL_GATEWAY_MASTER": MASTER, "VOICECTL_NO_KEYRING": "1"}
    done: subprocess.CompletedProcess[str] = Program(home)("gateway", "key", *words, env=environ)
    assert done.returncode == 0, done.stderr


def narrow(team: Running, key: str) -> None:
    """Allow a key one request a minute from now on."""
    with team.keys.file() as file:
        limits = NO_LIMITS._replace(per_minute=1)
        deed = Deed(time.time(), "tests", "limits", key[8:16])
        file.change(key[8:16], lambda old: replace(old, limits=limits), deed)


DEEDS: dict[str, tuple[Callable[[Running, str], None], set[int]]] = {
    "revoked": (lambda team, key: administer(team, "revoke", key[8:16]), {401, 429}),
    "disabled": (lambda team, key: administer(team, "disable", key[8:16]), {403}),
    "rotated away": (
        lambda team, key: administer(team, "rotate", key[8:16], "--overlap", "0"),
        {401, 429},
    ),
    "narrowed": (narrow, {429}),
}
"""What is done, and how requests are answered from then on; too many bad keys of one place are a 429."""


@pytest.mark.parametrize("name", DEEDS)
def test_a_second_after_a_key_was_changed_no_request_comes_in_by_what_it_was(
    team: Running, vendor: Dribbling, name: str
) -> None:
    deed, allowed = DEEDS[name]
    key, bystander = team.keys.issue(), team.keys.issue()
    time.sleep(0.7)
    heard: list[bytes] = []
    streams = [threading.Thread(target=stream, args=(team, key, heard)) for _ in range(STREAMS)]
    load = Load(team, key)
    for thread in streams:
        thread.start()
    with load.running():
        time.sleep(BEFORE_SECONDS)
        began = time.monotonic()
        deed(team, key)
        returned = time.monotonic()
        time.sleep(AFTER_SECONDS)
    before = Counter(status for at, status in load.seen if at < began)
    after = Counter(status for at, status in load.seen if at > returned + BOUND_SECONDS)
    assert (set(before), before[200] > 50) == ({200}, True), "that was no load"
    assert set(after) <= allowed, after
    assert after.total() > 20
    if 401 in allowed:
        assert 401 in (status for at, status in load.seen if at > began)
    assert team.ask("GET", "/v1/models", key=bystander).status == 200
    assert not heard, "they were to be under way still"
    vendor.released.set()
    for thread in streams:
        thread.join(30)
    assert len(heard) == STREAMS
    assert all(data.startswith(b"HTTP/1.1 200") and len(data) > len(SOUND) for data in heard)
