"""Fixtures that build what leaves the house once, and find the Pythons that it is installed on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.pythons import interpreter
from voicectl import __version__

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that holds sdist and wheel, both built from the tree."""
    place = tmp_path_factory.mktemp("dist")
    words = [sys.executable, "-m", "hatchling", "build", "-d", str(place)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    return place


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    return built / f"voicectl-{__version__}-py3-none-any.whl"


@pytest.fixture(scope="session")
def sdist(built: Path) -> Path:
    return built / f"voicectl-{__version__}.tar.gz"


@pytest.fixture(scope="module", params=["3.11", "3.12", "3.13"])
def python(request: pytest.FixtureRequest) -> Path:
    """Return an interpreter of each version that pyproject.toml names; skip where this machine has none."""
    found = interpreter(request.param)
    if found is None:
        pytest.skip(f"no Python {request.param}: not this one, not on PATH, not among pyenv's")
    return found
