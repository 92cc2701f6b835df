"""Fixtures that all tests share: the program as a real process, in a home of its own."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ALONE = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
    "VOLCENGINE_ECS_METADATA_DISABLED": "true",
}
"""Keeps the tests from asking what is beside this machine."""
GARBAGE_THRESHOLD = 20_000
KEPT_VARIABLES = {"PATH", "LANG", "LC_ALL", "SYSTEMROOT", "VIRTUAL_ENV"}


@dataclass(frozen=True)
class Program:
    """Runs `voicectl` the way a shell does: words in, stdout, stderr and exit code out."""

    home: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    starts: tuple[str, ...] = (sys.executable, "-m", "voicectl")

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return a clean environment: nothing of the person who runs the tests leaks in."""
        kept = {name: value for name, value in os.environ.items() if name in KEPT_VARIABLES}
        return {**kept, **ALONE, "HOME": str(self.home), **self.environ, **(extra or {})}

    def command(self, *words: str) -> list[str]:
        return [*self.starts, *words]

    def __call__(
        self, *words: str, stdin: str | bytes = b"", env: Mapping[str, str] | None = None, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            self.command(*words),
            input=data,
            capture_output=True,
            env=self.environment(env),
            cwd=self.home,
            timeout=timeout,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args,
            done.returncode,
            done.stdout.decode("utf-8", "replace"),
            done.stderr.decode("utf-8", "replace"),
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Call slow what starts the program: `pytest -m 'not slow'` is what one runs at every change."""
    for item in items:
        if "voicectl" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let the collector of garbage leave alone what stays to the end: thousands of tests, their modules."""
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_works() -> None:
    """Undo what a shell does to its background jobs: what they start would ignore Ctrl-C for ever."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def voicectl(tmp_path: Path) -> Program:
    """Return the program with an empty home, which is also its working directory."""
    home = tmp_path / "home"
    home.mkdir()
    return Program(home)
