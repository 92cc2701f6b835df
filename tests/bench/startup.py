"""Prints what each start costs, as a ratio to `python -c pass` in the same run: python tests/bench/startup.py

CPU seconds (user and system) of whole processes; every round runs each command once, so that a
change in the machine's speed meets all of them alike. The figures are medians of the rounds' ratios.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

ROUNDS = 21
VOICECTL = [sys.executable, "-m", "voicectl"]
# name, words, the ratio that is promised
COMMANDS = (
    ("--version", ["--version"], 3.0),
    ("--help", ["--help"], 7.0),
    ("tts --help", ["tts", "--help"], 7.5),
    ("tts say hello (local)", ["tts", "say", "hello", "--vendor", "local", "-o", "hello.wav"], 10.0),
)


def cost(command: Sequence[str], directory: str) -> tuple[float, float]:
    """Return CPU and wall seconds of one whole process."""
    environ = {**os.environ, "HOME": directory}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        command, cwd=directory, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        baseline = [sys.executable, "-c", "pass"]
        ratios: dict[str, list[tuple[float, float]]] = {name: [] for name, _, _ in COMMANDS}
        for _ in range(ROUNDS):
            pass_cpu, pass_wall = cost(baseline, directory)
            for name, words, _ in COMMANDS:
                cpu, wall = cost([*VOICECTL, *words], directory)
                ratios[name].append((cpu / pass_cpu, wall / pass_wall))
        print(f"{'command':<28} {'CPU x':>7} {'wall x':>7} {'promised':>9}")
        for name, _, promise in COMMANDS:
            cpu = statistics.median(each[0] for each in ratios[name])
            wall = statistics.median(each[1] for each in ratios[name])
            print(f"{name:<28} {cpu:>7.2f} {wall:>7.2f} {promise:>9.1f}")


if __name__ == "__main__":
    main()
