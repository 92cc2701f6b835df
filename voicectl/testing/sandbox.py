"""A pytest fixture that starts the sandbox: a whole voice cloud on loopback, for tests of anybody's programs.

In a `conftest.py`: `pytest_plugins = ["voicectl.testing.sandbox"]`, then ask for `sandbox` in a test.
It needs the extra `gateway`. It sounds as a tone, unless the fixture `sandbox_words` is overridden.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

READY_SECONDS = 30.0


class Sandbox:
    """A sandbox that runs: `url` is where, `environment` the variables for programs and vendors' clients."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self.url = self.environment["VOICECTL_ENDPOINT_URL"]

    def ledger(self) -> list[dict[str, Any]]:
        """Return what has really happened: syntheses, tokens, sessions, calls."""
        found: list[dict[str, Any]] = self._asked("GET", "ledger")
        return found

    def advance(self, seconds: float) -> None:
        """Move the clock on: calls go on ringing, tokens end."""
        self._asked("POST", "clock", advance_seconds=seconds)

    def outcome(self, to: str, ends: str) -> None:
        """Say how calls to a number end: answered, busy, no_answer and so on."""
        self._asked("POST", "outcome", to=to, ends=ends)

    def fault(
        self, kind: str, *, vendor: str = "", path: str = "", times: int = 1, seconds: float = 0.0
    ) -> None:
        """Let the next requests go wrong; `voicectl gateway serve --help` lists the kinds."""
        self._asked("POST", "fault", kind=kind, vendor=vendor, path=path, times=times, seconds=seconds)

    def reset(self) -> None:
        """Forget what has happened, and set the clock right."""
        self._asked("POST", "reset")

    def _asked(self, method: str, door: str, **told: object) -> Any:
        data = json.dumps(told).encode() if told else None
        with urlopen(Request(f"{self.url}/_sandbox/{door}", data, method=method), timeout=10) as reply:
            return json.load(reply)


@pytest.fixture(scope="session")
def sandbox_words() -> tuple[str, ...]:
    """Return the options that the sandbox is started with; override it to have some of your own."""
    return ("--fake-audio", "tone")


@pytest.fixture(scope="session")
def sandbox_started(
    sandbox_words: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sandbox]:
    """Run one sandbox for all tests."""
    lines = tmp_path_factory.mktemp("sandbox") / "sandbox.env"
    command = [sys.executable, "-m", "voicectl", "gateway", "serve", "--sandbox", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--env-file", str(lines), *sandbox_words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        yield Sandbox(environment_in(process, lines))
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.fixture
def sandbox(sandbox_started: Sandbox) -> Sandbox:
    """Return the sandbox with nothing in its ledger and its clock set right."""
    sandbox_started.reset()
    return sandbox_started


def environment_in(process: subprocess.Popen[bytes], lines: Path) -> dict[str, str]:
    """Wait for the file that is written when the sandbox is ready, and read it."""
    waiting_since = time.monotonic()
    while not lines.exists():
        if process.poll() is not None:
            words = process.communicate()[1].decode("utf-8", "replace")
            raise RuntimeError("the sandbox does not start: " + words)
        if time.monotonic() - waiting_since > READY_SECONDS:
            raise RuntimeError("the sandbox is not ready in time")
        time.sleep(0.02)
    pairs = (shlex.split(line)[1].partition("=") for line in lines.read_text("utf-8").splitlines())
    return {name: text for name, _, text in pairs}
