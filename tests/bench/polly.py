"""Prints what one Polly synthesis on loopback costs: python tests/bench/polly.py

CPU seconds of whole processes as a ratio to `python -c pass`, and to awscurl where that is installed
(a fresh environment with core dependencies only gives the honest figure); peak memory of the last run.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

ROUNDS = 15
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secretEXAMPLE",
    "AWS_REGION": "us-east-1",
}
# A server of its own process, so that its work is not counted; it answers each request with a second of PCM.
SERVER = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "audio/pcm")
        self.send_header("Content-Length", "32000")
        self.end_headers()
        self.wfile.write(bytes(range(250)) * 128)
    def log_message(self, *words): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
print(server.server_port, flush=True)
server.serve_forever()
"""


def cost(command: Sequence[str], environ: Mapping[str, str], directory: str) -> tuple[float, float]:
    """Return CPU seconds and peak megabytes of one process; a failure ends the bench."""
    child = subprocess.Popen(
        command, env=environ, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert child.stderr
    talk = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{command}: {talk.decode()}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def commands(port: int) -> dict[str, list[str]]:
    url = f"http://127.0.0.1:{port}"
    speech = '{"OutputFormat":"pcm","Text":"hello","VoiceId":"Joanna"}'
    found = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "voicectl tts say": [
            sys.executable, "-m", "voicectl", "tts", "say", "hello", "--vendor", "aws", "--voice", "Joanna",
            "--endpoint-url", url, "-o", "hello.wav", "--no-cache",
        ],
    }  # fmt: skip
    if awscurl := shutil.which(
        "awscurl", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ):
        found["awscurl"] = [
            awscurl, "--service", "polly", "--region", "us-east-1", "-X", "POST", "-d", speech,
            f"{url}/v1/speech",
        ]  # fmt: skip
    return found


def main() -> None:
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    assert server.stdout
    try:
        with tempfile.TemporaryDirectory() as directory:
            environ = {**os.environ, **KEYS, "HOME": directory}
            ways = commands(int(server.stdout.readline()))
            seconds: dict[str, list[float]] = {name: [] for name in ways}
            memory = dict.fromkeys(ways, 0.0)
            for _ in range(ROUNDS):
                for name, command in ways.items():
                    cpu, memory[name] = cost(command, environ, directory)
                    seconds[name].append(cpu)
    finally:
        server.kill()
    floor = statistics.median(seconds["python -c pass"])
    print(f"{'command':<20} {'CPU x':>7} {'peak MB':>8}")
    for name in ways:
        print(f"{name:<20} {statistics.median(seconds[name]) / floor:>7.2f} {memory[name]:>8.1f}")
    if "awscurl" in ways:
        pairs = zip(seconds["voicectl tts say"], seconds["awscurl"], strict=True)
        print(f"voicectl / awscurl: {statistics.median(ours / theirs for ours, theirs in pairs):.2f}")


if __name__ == "__main__":
    main()
