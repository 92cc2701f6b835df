"""The wheel with each extra, in a fresh environment on each Python, doing what that extra is for."""

from __future__ import annotations

import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import Program
from tests.packaging.proofs import NEXT_BEST, PROOFS
from tests.packaging.pythons import environment, pip
from voicectl import __version__

Installing = Callable[[Path, str], Path]
Fetching = Callable[[Path], Path]
pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
NOT_INSTALLED = {"neural", "dev"}
"""Neural is 160 MB for each Python, so it is only resolved; `dev` is what these tests run in."""


@pytest.fixture(scope="session")
def fetched(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fetching]:
    """Yield what brings the wheels of all extras for a Python, once, and says where they are."""
    place = tmp_path_factory.mktemp("wheels")

    @cache
    def fetch(python: Path) -> Path:
        house, empty = (Path(str(place / python.as_posix().replace("/", "_")) + end) for end in (".w", ".v"))
        words = ("download", "--quiet", "--only-binary", ":all:", "--dest", house)
        pip(environment(python, empty), *words, f"{wheel}[{','.join(PROOFS)}]")
        return house

    yield fetch
    shutil.rmtree(place)


@pytest.fixture
def installed(wheel: Path, fetched: Fetching, tmp_path: Path) -> Iterator[Installing]:
    """Yield what installs the wheel with extras in a fresh environment, and returns its program."""
    place = tmp_path / "fresh"

    def install(python: Path, extras: str) -> Path:
        house, fresh = fetched(python), environment(python, place)
        words = ("install", "--quiet", "--no-compile", "--no-index", "--find-links", house)
        pip(fresh, *words, f"{wheel}[{extras}]" if extras else wheel)
        pip(fresh, "check")
        return place / "bin/voicectl"

    yield install
    shutil.rmtree(place, ignore_errors=True)


def test_every_extra_is_proved_here() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(project["optional-dependencies"]) == set(PROOFS) | NOT_INSTALLED


@pytest.mark.parametrize("extra", list(PROOFS))
def test_an_extra_does_what_it_is_for(
    voicectl: Program, installed: Installing, python: Path, extra: str
) -> None:
    program = replace(voicectl, starts=(str(installed(python, extra)),))
    assert program("--version").stdout == f"voicectl {__version__}\n"
    done = PROOFS[extra](program)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("extra", list(PROOFS))
def test_without_an_extra_its_deed_names_it(voicectl: Program, installed: Installing, extra: str) -> None:
    program = replace(voicectl, starts=(str(installed(Path(sys.executable), NEXT_BEST.get(extra, ""))),))
    done = PROOFS[extra](program)
    assert done.returncode == 69, done.stdout
    assert f"voicectl[{extra}]" in done.stderr


def test_neural_can_be_resolved(wheel: Path, python: Path, tmp_path: Path) -> None:
    words = ("install", "--dry-run", "--only-binary", ":all:", f"{wheel}[neural]")
    assert "hibari" in pip(environment(python, tmp_path / "empty"), *words).rpartition("Would install")[2]
