"""Prints what an hour of sound in pieces costs: python tests/bench/hour.py

A Polly on loopback, in a process of its own, answers each piece with sound of 16000 Hz. Peak memory, CPU
seconds and wall seconds of the program; and how long sound is on its way from our socket to stdout.
"""

from __future__ import annotations

import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secretEXAMPLE",
    "AWS_REGION": "us-east-1",
}
WAYS: tuple[tuple[str, tuple[str, ...], dict[str, str]], ...] = (
    ("wav", ("-o", "x.wav"), {}),
    ("mp3", ("-o", "x.mp3"), {}),
    ("wav, 16 jobs", ("-o", "x.wav", "--jobs", "16"), {}),
    ("wav, without a cache", ("-o", "x.wav"), {"VOICECTL_NO_CACHE": "1"}),
)
SECONDS_A_SIGN = 0.0723
DRIP_SECONDS = 0.02
SERVER = """
import http.server, json, struct, sys, time
seconds_a_sign, drip = float(sys.argv[1]), float(sys.argv[2])
class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        count = int(len(body["Text"]) * seconds_a_sign * 16000) * 2
        self.send_response(200)
        self.send_header("Content-Type", "audio/pcm")
        self.send_header("Content-Length", str(count))
        self.end_headers()
        while drip and count > 640:
            self.wfile.write(struct.pack("<d", time.monotonic()) + bytes(632))
            count -= 640
            time.sleep(drip)
        self.wfile.write(bytes(range(1, 251)) * (count // 250) + bytes(count % 250))
    def log_message(self, *words): pass
class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
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


def text_of(signs: int) -> str:
    return "".join(f"Sentence {number} of many: 第{number}句话。" for number in range(signs // 20))[:signs]


def server(drip: float = 0.0) -> tuple[subprocess.Popen[str], int]:
    command = [sys.executable, "-c", SERVER, str(SECONDS_A_SIGN), str(drip)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert running.stdout
    return running, int(running.stdout.readline())


def say(port: int, file: Path, *more: str) -> list[str]:
    url = f"http://127.0.0.1:{port}"
    words = ["tts", "say", "--vendor", "aws", "--voice", "Joanna", "--endpoint-url", url, "-f", str(file)]
    return [sys.executable, "-m", "voicectl", *words, *more]


def weighed(command: Sequence[str], environ: Mapping[str, str], directory: str) -> tuple[float, float, float]:
    """Return peak megabytes, CPU seconds and wall seconds of a command, which a small process starts."""
    done = subprocess.run(
        [sys.executable, "-c", WEIGHING, *command],
        env=environ,
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)
    peak, cpu, wall = map(float, done.stdout.split())
    return peak, cpu, wall


def delays(command: Sequence[str], environ: Mapping[str, str], directory: str) -> list[float]:
    """Return how many milliseconds each drop of sound was under way: each one tells when it left."""
    running = subprocess.Popen(
        command, env=environ, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert running.stdout
    found = []
    with running.stdout as stream:
        while len(found) < 300 and (drop := stream.read(640)):
            found.append((time.monotonic() - struct.unpack("<d", drop[:8])[0]) * 1000)
    running.kill()
    running.wait()
    return found


def main() -> None:
    fast, port = server()
    slow, dripping = server(DRIP_SECONDS)
    try:
        with tempfile.TemporaryDirectory() as directory:
            environ = {**os.environ, **KEYS, "HOME": directory}
            hour = Path(directory, "hour.txt")
            hour.write_text(text_of(50_000), encoding="utf-8")
            print(f"{'an hour of sound':<28} {'peak MB':>8} {'CPU s':>7} {'wall s':>7}")
            for name, words, extra in WAYS:
                # What one way has paid for is not to be had by the next.
                fresh = {"VOICECTL_CACHE_DIR": str(Path(directory, name))}
                row = weighed(say(port, hour, *words), {**environ, **fresh, **extra}, directory)
                print(f"{name:<28} {row[0]:>8.1f} {row[1]:>7.2f} {row[2]:>7.2f}")
            print(f"{'from socket to stdout, ms':<28} {'median':>8} {'p99':>7} {'first':>7}")
            for name, signs in (("one piece", 2500), ("several pieces", 12_000)):
                file = Path(directory, "drip.txt")
                file.write_text(text_of(signs), encoding="utf-8")
                found = delays(say(dripping, file, "-o", "-", "--format", "pcm"), environ, directory)
                p99 = sorted(found)[len(found) * 99 // 100]
                print(f"{name:<28} {statistics.median(found):>8.2f} {p99:>7.2f} {found[0]:>7.2f}")
    finally:
        fast.kill()
        slow.kill()


if __name__ == "__main__":
    main()
