"""Prints what batches cost: python tests/bench/batch.py [redis]

A Polly on loopback, in a process of its own, answers after 100 ms and refuses more than 50 requests within a
second. 2,000 rows: seconds beside those that the limit allows, refusals, peak memory. Then one row in a
thousand of a million: peak memory. Then two processes at once and, with `redis`, three that share a redis.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from socket import create_server

KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secretEXAMPLE",
    "AWS_REGION": "us-east-1",
}
ROWS, RATE, DELAY_SECONDS = 2000, 50, 0.1
SERVER = """
import http.server, json, sys, threading, time
delay, rate = float(sys.argv[1]), int(sys.argv[2])
times, refused, lock = [], 0, threading.Lock()
class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536
    disable_nagle_algorithm = True
    def do_GET(self):
        span = times[-1] - times[0] if times else 0
        gaps = [b - a for a, b in zip(times, times[50:])]
        told = {"count": len(times), "span": span, "refused": refused, "tightest": min(gaps, default=0)}
        times.clear()
        self.answer(200, json.dumps(told).encode(), "application/json")
    def do_POST(self):
        global refused
        now = time.monotonic()
        self.rfile.read(int(self.headers["Content-Length"]))
        with lock:
            is_over = rate and sum(now - each < 1 for each in times[-rate:]) >= rate
            refused += is_over
            times.append(now)
        time.sleep(delay)
        if is_over:
            self.answer(429, b'{"message":"Rate exceeded"}', "application/json", "ThrottlingException")
        else:
            self.answer(200, bytes(range(1, 251)) * 64, "audio/pcm")
    def answer(self, status, body, kind, error=""):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if error:
            self.send_header("x-amzn-ErrorType", error)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
    def log_message(self, *words): pass
class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    def handle_error(self, *words): pass
server = Server(("127.0.0.1", 0), Answer)
print(server.server_port, flush=True)
server.serve_forever()
"""
WEIGHING = """
import resource, subprocess, sys, time
began = time.monotonic()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss / 1024, used.ru_utime + used.ru_stime, time.monotonic() - began)
sys.exit(code)
"""


@contextmanager
def server(delay: float, rate: int) -> Iterator[str]:
    command = [sys.executable, "-c", SERVER, str(delay), str(rate)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert running.stdout
    try:
        yield f"http://127.0.0.1:{int(running.stdout.readline())}"
    finally:
        running.kill()
        running.wait()


@contextmanager
def redis_server(directory: str) -> Iterator[str]:
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", directory]
    running = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
    time.sleep(0.5)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        running.kill()
        running.wait()


def manifest(directory: str, rows: int, name: str) -> Path:
    path = Path(directory, f"{name}.jsonl")
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            file.write(
                json.dumps({"id": f"{name}-{number}", "text": f"Row {number}: 第{number}句话。"}) + "\n"
            )
    return path


def started(url: str, file: Path, home: str, *more: str) -> subprocess.Popen[str]:
    words = ["tts", "batch", str(file), "--vendor", "aws", "--voice", "Joanna", "--endpoint-url", url]
    out = ["--out-dir", f"{file}.d", "--no-cache"]
    program = [sys.executable, "-m", "voicectl", *words, *out, *more]
    return subprocess.Popen(
        [sys.executable, "-c", WEIGHING, *program],
        env={**os.environ, **KEYS, "HOME": home},
        stdout=subprocess.PIPE,
        text=True,
    )


def ended(running: subprocess.Popen[str]) -> tuple[float, float, float]:
    """Return peak megabytes, CPU seconds and wall seconds."""
    told, _ = running.communicate()
    peak, cpu, wall = map(float, told.split())
    return peak, cpu, wall


def told_by(url: str) -> dict[str, float]:
    from urllib.request import urlopen

    with urlopen(url) as reply:
        told: dict[str, float] = json.load(reply)
    return told


def show(label: str, url: str, runs: Sequence[subprocess.Popen[str]], rate: int) -> None:
    figures = [ended(each) for each in runs]
    told = told_by(url)
    allowed = (told["count"] - 1) / rate if rate else 0.0
    peak, cpu, wall = (max(row[place] for row in figures) for place in range(3))
    print(
        f"{label:<34} {peak:>8.1f} {cpu:>7.2f} {wall:>7.2f} {told['span']:>7.2f} {allowed:>8.2f} "
        f"{told['tightest']:>9.3f} {told['refused']:>8.0f}",
        flush=True,
    )


def main() -> None:
    limit = ("--rate-limit", f"{RATE}/s")
    head = ("peak MB", "CPU s", "wall s", "span s", "allowed", "50 within", "refused")
    widths = (8, 7, 7, 7, 8, 9, 8)
    with tempfile.TemporaryDirectory() as directory:
        titles = (f"{word:>{width}}" for word, width in zip(head, widths, strict=True))
        print(f"{'':<34}", *titles)
        with server(DELAY_SECONDS, RATE) as url:
            rows = manifest(directory, ROWS, "one")
            show("2,000 rows", url, [started(url, rows, directory, *limit)], RATE)
            two = [manifest(directory, ROWS // 4, f"two-{number}") for number in range(2)]
            show(
                "two processes, 500 rows each",
                url,
                [started(url, each, directory, *limit) for each in two],
                RATE,
            )
            if "redis" in sys.argv:
                three = [manifest(directory, ROWS // 6, f"three-{number}") for number in range(3)]
                with redis_server(directory) as store:
                    shared = (*limit, "--rate-limit-store", store)
                    homes = [tempfile.mkdtemp(dir=directory) for _ in three]
                    runs = [
                        started(url, each, home, *shared) for each, home in zip(three, homes, strict=True)
                    ]
                    show("three by redis, 333 rows each", url, runs, RATE)
        with server(0.0, 0) as url:
            rows = manifest(directory, 1_000_000, "million")
            show(
                "a thousandth of a million rows", url, [started(url, rows, directory, "--shard", "1/1000")], 0
            )


if __name__ == "__main__":
    main()
