"""A pace over machines: a real redis, three processes, one that is lost on the way, and no secret told."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection, create_server

import pytest

from voicectl.core.errors import Unreachable, UsageError
from voicectl.core.note import Note
from voicectl.core.pace import OwnPace
from voicectl.kept import pace_redis
from voicectl.kept.pace_redis import RedisPace, shown

pytestmark = pytest.mark.skipif(not shutil.which("redis-server"), reason="redis-server is not installed")
RATE = 60
PROCESS = """
import sys, time
from voicectl.core.pace import OwnPace
from voicectl.kept.pace_redis import RedisPace
url, rate, count = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
own = OwnPace(now=time.monotonic, sleep=time.sleep, per_second=rate)
pace = RedisPace(url, key="k", per_second=rate, own=own, now=time.monotonic, sleep=time.sleep, say=print)
for _ in range(count):
    with pace.turn():
        print(time.monotonic(), flush=True)
"""


def free_port() -> int:
    with create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def redis(
    folder: Path, port: int = 0, *, password: str = ""
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = port or free_port()
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    words += ["--requirepass", password] if password else []
    running = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.02)
        yield f"redis://{f':{password}@' if password else ''}127.0.0.1:{port}/0", running
    finally:
        running.kill()
        running.wait()


def paced(url: str, notes: list[Note], *, rate: float = RATE) -> RedisPace:
    own = OwnPace(now=time.monotonic, sleep=time.sleep, per_second=rate)
    return RedisPace(
        url, key="k", per_second=rate, own=own, now=time.monotonic, sleep=time.sleep, say=notes.append
    )


@pytest.mark.slow
def test_three_processes_keep_the_rate_together(tmp_path: Path) -> None:
    with redis(tmp_path) as (url, _):
        words = [sys.executable, "-c", PROCESS, url, str(RATE), "40"]
        running = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        begun = [[float(line) for line in each.communicate(timeout=30)[0].splitlines()] for each in running]
    every = sorted(moment for each in begun for moment in each)
    assert len(every) == 120
    assert 119 / RATE <= every[-1] - every[0] <= 119 / RATE * 1.1
    for first, last in zip(every, every[RATE:], strict=False):
        assert last - first > 0.95, "more than the limit in a second"


@pytest.mark.slow
def test_when_the_store_is_lost_the_own_limit_holds_and_it_is_said_once(tmp_path: Path) -> None:
    notes: list[Note] = []
    port = free_port()
    with redis(tmp_path, port) as (url, running):
        pace = paced(url, notes)
        with pace.turn():
            pass
        running.kill()
        running.wait()
        began = time.monotonic()
        for _ in range(31):
            with pace.turn():
                pass
        assert time.monotonic() - began >= 30 / RATE, "never without a limit"
        assert [note.template for note in notes] == [pace_redis.LOST]
        assert "127.0.0.1" in str(notes[0])


@pytest.mark.slow
def test_a_hold_stops_all_who_share_the_store(tmp_path: Path) -> None:
    with redis(tmp_path) as (url, _):
        first, second = paced(url, []), paced(url, [])
        first.hold(0.3)
        began = time.monotonic()
        with second.turn():
            assert time.monotonic() - began >= 0.29


def test_a_store_that_is_not_there_is_told_before_anything_begins() -> None:
    with pytest.raises(Unreachable, match=r"redis://127\.0\.0\.1:1.*cannot be used"):
        paced("redis://:secretEXAMPLE@127.0.0.1:1/0", [])


def test_no_message_holds_the_password(tmp_path: Path) -> None:
    told = []
    with redis(tmp_path, password="otherEXAMPLE") as (url, _):
        wrong = url.replace("otherEXAMPLE", "secretEXAMPLE")
        urls = [wrong, "redis://:secretEXAMPLE@127.0.0.1:notaport/0", "http://u:secretEXAMPLE@h/"]
        for each in (*urls, "redis://:secretEXAMPLE@[::1/0"):
            with pytest.raises((Unreachable, UsageError)) as caught:
                paced(each, [])
            told += [str(caught.value), caught.value.hint, shown(each)]
    assert told
    assert not [words for words in told if "secretEXAMPLE" in words]
