"""Prints how soon the first sound is out, and what the cache saves: python tests/bench/first_sound.py [DIR]

A Polly on loopback, in a process of its own, lets sound drip and writes into each drop when it left. Compared
in the same run with curl, which is the floor, and with aws and awscurl where they are installed (DIR is where
they are, else PATH): from the start of the program to its first byte of sound, from the server's socket to
stdout for each drop, and peak memory. aws writes to files only, so it gets /dev/stdout for one.
"""

from __future__ import annotations

import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

ROUNDS = 9
DROP = 640
DROPS = 40
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secretEXAMPLE",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
}
BODY = '{"OutputFormat":"pcm","Text":"hello","VoiceId":"Joanna"}'
SERVER = f"""
import http.server, struct, sys, time
class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "audio/pcm")
        self.send_header("Content-Length", "{DROP * DROPS}")
        self.end_headers()
        for _ in range({DROPS}):
            self.wfile.write(struct.pack("<d", time.monotonic()) + bytes({DROP - 8}))
            time.sleep(0.02)
    def log_message(self, *words): pass
class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
server = Server(("127.0.0.1", 0), Answer)
print(server.server_port, flush=True)
server.serve_forever()
"""


class Run(NamedTuple):
    """Milliseconds to the first byte of sound, those of each drop on its way, and peak megabytes."""

    first: float
    drops: list[float]
    megabytes: float


def commands(url: str, rivals: str) -> dict[str, list[str]]:
    """Return who is compared; who is not installed is left out."""
    speech = ["--voice-id", "Joanna", "--output-format", "pcm", "--text", "hello", "--endpoint-url", url]
    signed = ["--aws-sigv4", "aws:amz:us-east-1:polly", "--user", "AKIDEXAMPLE:secretEXAMPLE"]
    found = {
        "curl": [
            "curl",
            "-sN",
            *signed,
            "-H",
            "Content-Type: application/json",
            "-d",
            BODY,
            f"{url}/v1/speech",
        ],
        "voicectl": [*ourselves(url), "--no-cache"],
        "aws": ["aws", "polly", "synthesize-speech", *speech, "/dev/stdout"],
        "awscurl": ["awscurl", "--service", "polly", "-X", "POST", "-d", BODY, f"{url}/v1/speech"],
    }
    path = f"{rivals}{os.pathsep}{os.environ['PATH']}" if rivals else os.environ["PATH"]
    at = {name: shutil.which(words[0], path=path) for name, words in found.items()}
    return {name: [place, *words[1:]] for name, words in found.items() if (place := at[name])}


def ourselves(url: str) -> list[str]:
    words = ("say", "hello", "--vendor", "aws", "-v", "Joanna", "-o", "-", "--format", "pcm")
    return [sys.executable, "-m", "voicectl", *words, "--endpoint-url", url, "-q"]


def listen(command: Sequence[str], environ: Mapping[str, str]) -> Run:
    """Run a program, and stamp what comes out of it; a failure ends the bench."""
    began = time.monotonic()
    running = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout
    assert running.stderr
    data, times = b"", []
    while chunk := os.read(running.stdout.fileno(), 1 << 16):
        data += chunk
        times.append((time.monotonic(), len(data)))
    talk = running.stderr.read().decode()
    _, status, usage = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode or len(data) < DROP:
        sys.exit(f"{command}: {running.returncode}: {talk}")
    first = (times[0][0] - began) * 1000
    return Run(first, list(delays(data, times)), usage.ru_maxrss / 1024)


def delays(data: bytes, times: Sequence[tuple[float, int]]) -> list[float]:
    """Return how many milliseconds each drop was on its way; nothing where the bytes are not as they came."""
    if len(data) < DROP * DROPS:
        return []
    found = []
    for start in range(0, DROP * DROPS, DROP):
        (sent,) = struct.unpack("<d", data[start : start + 8])
        found.append((next(at for at, total in times if total >= start + DROP) - sent) * 1000)
    return found if all(0 <= each < 60_000 for each in found) else []


def line(name: str, runs: Sequence[Run], floor: Sequence[Run]) -> str:
    first, least = (statistics.median(each.first for each in some) for some in (runs, floor))
    memory, small = (statistics.median(each.megabytes for each in some) for some in (runs, floor))
    drops = sorted(delay for each in runs for delay in each.drops)
    way = f"{statistics.median(drops):6.2f} {drops[len(drops) * 99 // 100]:6.2f} ms" if drops else "-"
    times, share = f"x{first / least:.1f}", f"x{memory / small:.1f}"
    return f"{name:<20} {first:7.0f} ms {times:>7} {way:>20} {memory:10.1f} MB {share:>5}"


def main() -> None:
    rivals = sys.argv[1] if len(sys.argv) > 1 else ""
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    assert server.stdout
    url = f"http://127.0.0.1:{int(server.stdout.readline())}"
    with tempfile.TemporaryDirectory() as home:
        environ = {"PATH": os.environ["PATH"], "HOME": home, **KEYS}
        asked = commands(url, rivals)
        if absent := [name for name in ("curl", "aws", "awscurl") if name not in asked]:
            print(f"not installed: {', '.join(absent)}")
        asked["voicectl, cached"] = ourselves(url)
        listen(asked["voicectl, cached"], environ)
        try:
            runs = {name: [] for name in asked}  # type: dict[str, list[Run]]
            for _ in range(ROUNDS):
                for name, command in asked.items():
                    runs[name].append(listen(command, environ))
        finally:
            server.terminate()
    print(f"{'':<20} {'first sound':>18} {'a drop: 50 %, 99 %':>20} {'peak memory':>19}")
    floor = runs.get("curl", runs["voicectl"])
    for name, found in runs.items():
        # What lies in the cache is as old as its stamps.
        told = [each._replace(drops=[]) for each in found] if name == "voicectl, cached" else found
        print(line(name, told, floor))


if __name__ == "__main__":
    main()
