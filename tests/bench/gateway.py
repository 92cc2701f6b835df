"""What the gateway costs: CPU a request, requests a second, delay of the first byte, memory; does it grow.

    python -m tests.bench.gateway [--soak-seconds 600]

All in processes of their own, over loopback, 16 connections; the load comes from this process, and what
is counted is the CPU time of the gateway's. The least of three rounds stands for each figure.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.gateway_soak import GROWN_BYTES, GROWN_FILES, GROWN_THREADS, soak
from tests.cloud import sounds
from tests.cloud.openai import OpenAiServer
from tests.cloud.server import Bytes, RawRequest, serving
from tests.gateway.house import HERE, NO_LIMITS, Keys, program, resident_bytes
from tests.gateway.load import received
from voicectl.gateway.door import Admitted, Visit
from voicectl.gateway.doorkeeper import Doorkeeper
from voicectl.gateway.keys import Env, Limits
from voicectl.gateway.permissions import SPEAK

CONNECTIONS, REQUESTS, ROUNDS = 16, 6000, 3
TICKS = os.sysconf("SC_CLK_TCK")
BARE = """
import sys, time
from pathlib import Path
from voicectl.gateway.connections import Bounded
from voicectl.gateway.door import Visit
from voicectl.gateway.doorkeeper import Doorkeeper
from voicectl.gateway.keys import Env
from voicectl.gateway.limits import Tick
from voicectl.gateway.serve import listening, serve
BODY = b'{"object":"list","data":[]}'
HEAD = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]
tick = lambda: Tick(time.time(), time.monotonic())
door = Doorkeeper(Path(sys.argv[1]), Env.TEST, tick(), master=None).door if sys.argv[1:] else None

async def app(scope, receive, send):
    admitted = door and door.admit(Visit(scope["headers"], scope["client"][0], "tts.basic"), tick())
    if door and not hasattr(admitted, "key"):
        raise SystemExit(str(admitted))
    await send({"type": "http.response.start", "status": 200, "headers": HEAD})
    await send({"type": "http.response.body", "body": BODY})
    if door:
        door.leave(admitted)

bound = listening("127.0.0.1", 0)
serve(app, bound, lambda: print(bound.getsockname()[1], flush=True), http=Bounded, ws="none")
"""


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def _load(port: int, request: bytes, count: int) -> None:
    left = iter(range(count))

    async def line() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
        writer.close()

    await asyncio.gather(*(line() for _ in range(CONNECTIONS)))


def request(path: str, key: str = "", body: bytes = b"") -> bytes:
    lines = [f"{'POST' if body else 'GET'} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"Authorization: Bearer {key}"] if key else []
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join((*lines, "", "")).encode() + body


def measured(port: int, pid: int, sent: bytes, count: int = REQUESTS) -> tuple[float, float]:
    """Return microseconds of CPU a request, and requests a second: the best of some rounds."""
    asyncio.run(_load(port, sent, 500 if count >= REQUESTS else 20))
    costs, rates = [], []
    for _ in range(ROUNDS):
        cpu, began = cpu_seconds(pid), time.monotonic()
        asyncio.run(_load(port, sent, count))
        rates.append(count / (time.monotonic() - began))
        costs.append(1e6 * (cpu_seconds(pid) - cpu) / count)
    return min(costs), max(rates)


@contextmanager
def bare(*directory: str) -> Iterator[tuple[int, int]]:
    """Serve an application that only answers; with a directory of keys it asks the door before."""
    words = [sys.executable, "-c", BARE, *directory]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline()), process.pid
    finally:
        process.terminate()
        process.wait()


def show(name: str, figure: float, unit: str, most: float | None = None) -> bool:
    fits = most is None or figure <= most
    bound = "" if most is None else f"   (at most {most:g}{'' if fits else ': MISSED'})"
    print(f"{name:46}{figure:10.1f} {unit}{bound}")
    return fits


def door_alone(home: Path) -> bool:
    """Measure what the check of a key and its limits adds to a request: over a bare server, and alone."""
    home.chmod(0o700)
    limits = Limits(10_000_000, None, 64, None, 1_000_000_000)
    key = Keys(home).issue(env=Env.TEST, limits=limits)
    keeper = Doorkeeper(home, Env.TEST, HERE.now(), master=None)
    visit = Visit([(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {key}".encode())], "127.0.0.1", SPEAK)
    costs = []
    for _ in range(5):
        began = time.process_time()
        for _ in range(REQUESTS):
            admitted = keeper.door.admit(visit, HERE.now())
            assert isinstance(admitted, Admitted)
            keeper.door.headers(admitted.key, admitted.generation, HERE.now())
            keeper.door.leave(admitted)
        costs.append(1e6 * (time.process_time() - began) / REQUESTS)
    keeper.close()
    show("door and its headers, in a loop", min(costs), "us CPU a request")
    sent = request("/v1/models", key)
    with bare() as (port, pid):
        least, rate = measured(port, pid, sent)
    show("bare application", least, "us CPU a request")
    show("", rate, "requests a second")
    with bare(str(home)) as (port, pid):
        cost, rate = measured(port, pid, sent)
    show("with key check and limits", cost, "us CPU a request")
    show("", rate, "requests a second")
    return show("  over bare", cost - least, "us", 25)


def requests_alone(home: Path) -> bool:
    began = time.monotonic()
    with program(home, "--env", "test", "--metrics-port", "0") as team:
        ready = time.monotonic() - began
        assert team.process is not None
        pid = team.process.pid
        empty = resident_bytes(pid)
        limits = Limits(10_000_000, None, 64, None, 1_000_000_000)
        key = team.keys.issue(env=Env.TEST, limits=limits)
        time.sleep(0.7)
        cost, rate = measured(team.port, pid, request("/healthz"))
        show("whole gateway, /healthz with row and metrics", cost, "us CPU a request")
        cost, rate = measured(team.port, pid, request("/v1/models", key))
        show("whole gateway, /v1/models with all headers", cost, "us CPU a request")
        show("", rate, "requests a second")
        fits = show("ready after", 1000 * ready, "ms", 2000)
        show("memory, empty", empty / 2**20, "MB")
        fits &= show("memory, after this", resident_bytes(pid) / 2**20, "MB", 80)
    return fits


def forwarded(home: Path) -> bool:
    with serving(OpenAiServer()) as vendor:
        environ = {"OPENAI_BASE_URL": f"{vendor.url}/v1"}
        with program(home, "--vendor", "openai", "--metrics-port", "0", environ=environ) as team:
            key = team.keys.issue(limits=NO_LIMITS)
            time.sleep(0.7)
            assert team.process is not None
            cpu, began = cpu_seconds(team.process.pid), time.monotonic()
            for _ in range(200):
                assert team.speak(key, "hi").status == 200
            show("forwarding", 1e6 * (cpu_seconds(team.process.pid) - cpu) / 200, "us CPU a request")
            show("", 200 / (time.monotonic() - began), "requests a second, one after the other")
            return show("memory, forwarding", resident_bytes(team.process.pid) / 2**20, "MB", 80)


class Paced:
    """A vendor whose first sound comes when it comes, and says when that was."""

    sent = 0.0

    def __call__(self, asked: RawRequest) -> Bytes:
        return Bytes(self._parts())

    def _parts(self) -> Iterator[bytes]:
        sound = sounds.wav(1.0, 24000, sized=False)
        yield b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nConnection: close\r\n\r\n"
        time.sleep(0.02)
        self.sent = time.monotonic()
        yield sound[:8192]
        time.sleep(0.05)
        yield sound[8192:]


def first_bytes(home: Path) -> bool:
    vendor, delays = Paced(), []
    with serving(vendor) as server:
        environ = {"OPENAI_BASE_URL": f"{server.url}/v1"}
        with program(home, "--vendor", "openai", "--metrics-port", "0", environ=environ) as team:
            key = team.keys.issue(limits=NO_LIMITS)
            time.sleep(0.7)
            body = b'{"input":"hello","voice":"nova","response_format":"wav"}'
            for _ in range(40):
                with socket.create_connection(("127.0.0.1", team.port)) as line:
                    line.sendall(request("/v1/audio/speech", key, body))
                    heard = b""
                    while b"RIFF" not in heard:
                        heard += received(line)
                    delays.append(1000 * (time.monotonic() - vendor.sent))
                    while not heard.endswith(b"0\r\n\r\n"):
                        heard += received(line)
    show("first byte after the vendor's, median", statistics.median(delays), "ms")
    return show("first byte after the vendor's, 95 of 100", sorted(delays)[int(len(delays) * 0.95)], "ms", 20)


def soaked(home: Path, seconds: float) -> bool:
    with program(home, "--env", "test", "--metrics-port", "0") as team:
        key = team.keys.issue(env=Env.TEST, limits=NO_LIMITS)
        time.sleep(0.7)
        found = soak(team, key, seconds)
    show(f"soak of {seconds:g} s, answered", found.answered, "requests")
    show("  without any answer", found.failed, "requests", 0)
    show("  memory in its first third, most", found.early.memory / 2**20, "MB")
    show("  memory in its last third, most", found.late.memory / 2**20, "MB", 80)
    show("  growth of memory", found.growth.memory / 2**20, "MB", GROWN_BYTES / 2**20)
    show("  growth of open files", found.growth.files, "", GROWN_FILES)
    show("  growth of threads", found.growth.threads, "", GROWN_THREADS)
    return not found.grows and not found.failed


def main() -> int:
    words = argparse.ArgumentParser()
    words.add_argument("--soak-seconds", type=float, default=60)
    words.add_argument("--only-soak", action="store_true")
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as name:
        fits = []
        for number, part in enumerate(
            () if given.only_soak else (door_alone, requests_alone, forwarded, first_bytes)
        ):
            home = Path(name, str(number))
            home.mkdir()
            fits.append(part(home))
        home = Path(name, "soak")
        home.mkdir()
        fits.append(soaked(home, given.soak_seconds))
    return 0 if all(fits) else 1


if __name__ == "__main__":
    sys.exit(main())
