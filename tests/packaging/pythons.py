"""Pythons of this machine, and fresh environments on them. What is installed there lives in the tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ASK = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
NO_INDEX = re.compile("NewConnectionError|NameResolutionError|ConnectTimeoutError|ProxyError")


def interpreter(version: str) -> Path | None:
    """Return a Python of that version: this one, one on PATH, or pyenv's newest; None where there is none."""
    return next((path for path in candidates(version) if answers(path, version)), None)


def candidates(version: str) -> Iterator[Path]:
    yield Path(sys.executable)
    if found := shutil.which(f"python{version}"):
        yield Path(found)
    root = os.environ.get("PYENV_ROOT")
    if not root and shutil.which("pyenv"):
        root = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=True).stdout.strip()
    if root:
        found_there = Path(root).glob(f"versions/{version}.*/bin/python")
        yield from sorted(found_there, key=lambda path: int(path.parts[-3].split(".")[2]), reverse=True)


def answers(python: Path, version: str) -> bool:
    """Say whether it runs and is of that version: pyenv's shims lie on PATH for versions that are not."""
    done = subprocess.run([python, "-c", ASK], capture_output=True, text=True, check=False)
    return done.stdout.strip() == version


def environment(python: Path, place: Path) -> Path:
    """Make an environment that holds nothing; return its interpreter."""
    subprocess.run([python, "-m", "venv", "--without-pip", place], check=True, capture_output=True)
    return place / "bin/python"


def pip(python: Path, *words: str | Path) -> str:
    """Let the pip of the tests work for another interpreter; skip where no package index can be reached."""
    command = [sys.executable, "-m", "pip", "--python", python, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and NO_INDEX.search(done.stderr):
        pytest.skip("no package index can be reached from here")
    assert done.returncode == 0, done.stderr
    return done.stdout
