"""Calls in a storm: many creates in many processes, under random faults and random kill -9.

Run it whole from the checkout: `python -m tests.bench.calls --creates 10000 --processes 300`. Nobody may ring
twice, every unknown outcome has to be exit 15, and none a success or a clean failure.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.cloud.call_faults import SPOILS
from tests.cloud.court import pairs_of
from tests.cloud.dyvms import KEY, Dyvms, reply
from tests.cloud.line_faults import JSON
from tests.cloud.server import Answer, Bytes, RawRequest, serving
from tests.transport.faults import refused_port

CLEAN = {69, 75, 76}
ALLOWED = {0, 15} | CLEAN
AT_ONCE = 4
TIMEOUT = "0.5"
ATTEMPTS_OF_A_KEY = 4


class Attempt(NamedTuple):
    """One create by one process; `code` is None where it was killed."""

    number: str
    began: float
    ended: float
    code: int | None


@dataclass
class Weather:
    """Answers well, refuses, or spoils the answer, by chance; notes for each number what it did, and when."""

    dyvms: Dyvms
    chance: random.Random
    spoiled: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    rang: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def __call__(self, request: RawRequest) -> Answer | Bytes:
        number = dict(pairs_of(request.query))["CalledNumber"]
        draw = self.chance.random()
        if draw < 0.08:
            return reply(self.chance.choice(("isv.TEMPLATE_ILLEGAL", "Throttling.User")))
        if draw < 0.2:
            self.spoiled[number].append(time.time())
            return self._spoiled(request, Answer(200, JSON, b'{"Code":"OK","CallId":"never^rang"}'))
        answer = self.dyvms(request)
        assert isinstance(answer, Answer)
        if answer.status == 200 and b'"CallId"' in answer.body:
            self.rang[number].append(time.time())
        if draw < 0.4:
            self.spoiled[number].append(time.time())
            return self._spoiled(request, answer)
        return answer

    def _spoiled(self, request: RawRequest, answer: Answer) -> Answer | Bytes:
        return SPOILS[self.chance.choice(tuple(SPOILS))](answer)


@dataclass
class Storm:
    """Hands numbers to workers, kills some of them, and hands on what they had left."""

    url: str
    home: Path
    chance: random.Random
    most_processes: int
    share_killed: float = 0.3
    attempts: list[Attempt] = field(default_factory=list)
    started: int = 0
    killed: int = 0

    def blow(self, numbers: Sequence[str]) -> None:
        """Have every number called until its create has ended, by one worker or by two at once."""
        left = list(numbers)
        running: list[tuple[Worker, float | None]] = []
        while left or running:
            while left and len(running) < AT_ONCE and self.started < self.most_processes:
                given = left[: self._share(len(left))]
                left = left[len(given) :]
                # Some of what is given to one is given to another at the same moment.
                shared = [number for number in given if self.chance.random() < 0.1]
                running.append(self._worker(given))
                if shared and not self._is_late:
                    running.append(self._worker(shared))
            if left and not running:
                raise AssertionError("too few processes for so many creates")
            time.sleep(0.02)
            running = [each for each in running if not self._is_done(*each, left)]

    @property
    def _is_late(self) -> bool:
        """Nobody is killed any more, and nobody gets what another has: the processes would not do."""
        return self.started > 0.8 * self.most_processes

    def _share(self, left: int) -> int:
        """Return how many numbers the next worker gets, so that the processes do."""
        return 1 + left * 3 // max(1, self.most_processes - self.started)

    def _worker(self, numbers: list[str]) -> tuple[Worker, float | None]:
        self.started += 1
        is_doomed = not self._is_late and self.chance.random() < self.share_killed
        dies_at = time.time() + self.chance.uniform(0.4, 1 + 0.15 * len(numbers)) if is_doomed else None
        return Worker(self.url, self.home, numbers, self.home / f"journal-{self.started}"), dies_at

    def _is_done(self, worker: Worker, dies_at: float | None, left: list[str]) -> bool:
        if dies_at is not None and time.time() >= dies_at and worker.process.poll() is None:
            worker.process.kill()
        if worker.process.poll() is None:
            return False
        attempts = worker.attempts()
        self.attempts += attempts
        self.killed += worker.process.returncode < 0
        ended = {attempt.number for attempt in attempts if attempt.code is not None}
        left += [number for number in worker.numbers if number not in ended]
        return True


class Worker:
    """A process that runs `call create` for each of its numbers, and notes what it did."""

    def __init__(self, url: str, home: Path, numbers: list[str], journal: Path) -> None:
        self.numbers = numbers
        self.journal = journal
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "VOICECTL_VENDOR": "aliyun",
            "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY.key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY.secret,
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
            "VOICECTL_ENDPOINT_URL": url,
        }
        words = [sys.executable, "-m", "tests.bench.calls", "--journal", str(journal), *numbers]
        self.process = subprocess.Popen(words, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def attempts(self) -> list[Attempt]:
        """Return what is in the journal; the last one may lack its end."""
        lines = self.journal.read_text().splitlines() if self.journal.exists() else []
        begun: dict[str, float] = {}
        found = []
        for line in lines:
            match line.split():
                case ["begin", number, at]:
                    begun[number] = float(at)
                case ["end", number, at, code]:
                    found.append(Attempt(number, begun.pop(number), float(at), int(code)))
        return found + [Attempt(number, at, time.time(), None) for number, at in begun.items()]


def work(journal: Path, numbers: Sequence[str]) -> None:
    """Call each number with its own key; now and then by a port at which nobody listens."""
    from voicectl.cli.app import run

    chance = random.Random(str(journal))
    dead = f"http://127.0.0.1:{refused_port()}"
    with journal.open("w", buffering=1) as file:
        for number in numbers:
            for _ in range(ATTEMPTS_OF_A_KEY):
                there = ["--endpoint-url", dead] if chance.random() < 0.05 else []
                file.write(f"begin {number} {time.time()}\n")
                code = run(
                    ["call", "create", "--to", number, "--template", "TTS_1", "--yes", "--retries", "0",
                     "--idempotency-key", f"key-{number}", "--timeout", TIMEOUT, *there]
                )  # fmt: skip
                file.write(f"end {number} {time.time()} {code}\n")
                if code not in CLEAN:
                    break


def faults(storm: Storm, weather: Weather) -> Iterator[str]:
    """Tell of each phone that rang twice, and of each exit code that was not the truth."""
    for number, times in weather.rang.items():
        if len(times) > 1:
            yield f"{number} rang {len(times)} times"
    for number, _, ended, code in storm.attempts:
        rang = [at for at in weather.rang.get(number, ()) if at < ended]
        doubted = [at for at in weather.spoiled.get(number, ()) if at < ended]
        if code is None:
            continue
        if code not in ALLOWED:
            yield f"{number}: exit {code}"
        if code == 0 and (doubted or not rang):
            yield f"{number}: a success that nobody can know"
        if code in CLEAN and (doubted or rang):
            yield f"{number}: a clean failure, and yet it may have rung"


def storm_of(creates: int, processes: int, seed: int) -> tuple[Storm, Weather, float]:
    """Let a storm blow; return it, what the phones know, and the seconds that it took."""
    chance = random.Random(seed)
    weather = Weather(Dyvms(), random.Random(seed + 1))
    numbers = [f"139{index:08d}" for index in range(creates)]
    began = time.monotonic()
    with serving(weather) as server, tempfile.TemporaryDirectory(prefix="storm-") as home:
        storm = Storm(server.url, Path(home), chance, processes)
        storm.blow(numbers)
    return storm, weather, time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--creates", type=int, default=10000)
    parser.add_argument("--processes", type=int, default=300)
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--journal", type=Path, help="be a worker")
    parser.add_argument("numbers", nargs="*")
    given = parser.parse_args()
    if given.journal:
        work(given.journal, given.numbers)
        return
    storm, weather, seconds = storm_of(given.creates, given.processes, given.seed)
    codes: dict[object, int] = defaultdict(int)
    for attempt in storm.attempts:
        codes["killed" if attempt.code is None else attempt.code] += 1
    found = list(faults(storm, weather))
    print(f"{given.creates} numbers, {len(storm.attempts)} creates in {storm.started} processes, "
          f"{storm.killed} of them killed, {seconds:.0f} s")  # fmt: skip
    print(f"rang: {len(weather.rang)}, answers spoiled: {sum(map(len, weather.spoiled.values()))}, "
          f"exits: {dict(sorted(codes.items(), key=str))}, untruths: {len(found)}")  # fmt: skip
    print("\n".join(found[:20]))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
