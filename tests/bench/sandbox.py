"""Prints how many signed requests a second the sandbox answers: python -m tests.bench.sandbox [REQUESTS]

A quarter of them is signed wrongly; one wrong verdict ends the bench. The requests are signed beforehand.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.gateway.load import fire, shots
from voicectl.testing.sandbox import environment_in

CONNECTIONS = 8
WORDS = ("gateway", "serve", "--sandbox", "--port", "0", "--no-limits")


def main(how_many: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "sandbox.env"
        command = [sys.executable, "-m", "voicectl", *WORDS, "--env-file", str(lines)]
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            environment = environment_in(process, lines)
            print(f"ready after {time.perf_counter() - begun:.2f} s")
            every = shots(environment, how_many)
            port = int(environment["VOICECTL_ENDPOINT_URL"].rpartition(":")[2])
            seconds, wrong = fire(port, every, CONNECTIONS)
        finally:
            process.terminate()
            process.wait()
    if wrong:
        sys.exit(f"{len(wrong)} wrong verdicts, the first for {wrong[0].wire[:200]!r}")
    print(f"{how_many / seconds:.0f} requests a second, no wrong verdict among {how_many}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 6000)
