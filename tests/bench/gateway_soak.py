"""All kinds of requests to one gateway for a while, and what its process holds; run by `gateway.py`."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from tests.gateway.house import Running, resident_bytes

SAMPLES = 60
GROWN_BYTES, GROWN_FILES, GROWN_THREADS = 8 << 20, 16, 4
"""What is no growth yet: pages that the allocator keeps, connections that happen to be open."""


class Footprint(NamedTuple):
    """What a process holds at one moment."""

    memory: int
    files: int
    threads: int


class Soaked(NamedTuple):
    """The most that was held in the first third and in the last; how many requests got an answer, or none."""

    early: Footprint
    late: Footprint
    answered: int
    failed: int

    @property
    def growth(self) -> Footprint:
        return Footprint(*(late - early for early, late in zip(self.early, self.late, strict=True)))

    @property
    def grows(self) -> bool:
        most = GROWN_BYTES, GROWN_FILES, GROWN_THREADS
        return any(growth > bound for growth, bound in zip(self.growth, most, strict=True))


def footprint(pid: int) -> Footprint:
    """Look at a process as the kernel sees it."""
    status = Path(f"/proc/{pid}/status").read_text()
    threads = int(status.partition("Threads:")[2].split()[0])
    return Footprint(resident_bytes(pid), len(list(Path(f"/proc/{pid}/fd").iterdir())), threads)


def most(samples: Sequence[Footprint]) -> Footprint:
    """Return the most of each figure."""
    return Footprint(*map(max, zip(*samples, strict=True)))


def asks(team: Running, key: str) -> list[Callable[[], Any]]:
    """Return what is asked side by side: good, forbidden, unknown, broken, too much, and given up midway."""
    head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"

    def hang_up(words: bytes) -> None:
        body = b'{"input":"' + words + b'","voice":"x","response_format":"wav"}'
        with socket.create_connection((team.host, team.port), 10) as line:
            sized = f"POST /v1/audio/speech HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n"
            line.sendall(sized.encode() + body)
            line.recv(100)

    return [
        lambda: team.speak(key, "hello"),
        lambda: team.speak(key, "hello", stream_format="sse"),
        lambda: team.say(key, "hello", emotion="happy"),
        lambda: team.speak(f"ak_test_{secrets.token_hex(20)}"),
        lambda: team.ask("GET", f"/audio/{secrets.token_hex(8)}", key=key),
        lambda: team.ask("POST", "/v1/tts", secrets.token_bytes(40), key),
        lambda: team.ask("POST", "/v1/tokens", {"scope": "tts.basic"}, key),
        lambda: hang_up(b"a" * 2000),
    ]


def soak(team: Running, key: str, seconds: float) -> Soaked:
    """Ask all of it, over and over; the first third is for warming up."""
    assert team.process is not None
    pid, over, lock = team.process.pid, threading.Event(), threading.Lock()
    counts = {True: 0, False: 0}

    def load(ask: Callable[[], Any]) -> None:
        while not over.is_set():
            was_heard = False
            with suppress(OSError):
                ask()
                was_heard = True
            with lock:
                counts[was_heard] += 1

    threads = [threading.Thread(target=load, args=(ask,)) for ask in asks(team, key)]
    for thread in threads:
        thread.start()
    samples = []
    for _ in range(SAMPLES):
        time.sleep(seconds / SAMPLES)
        samples.append(footprint(pid))
    over.set()
    for thread in threads:
        thread.join(30)
    third = SAMPLES // 3
    return Soaked(most(samples[:third]), most(samples[-third:]), counts[True], counts[False])
