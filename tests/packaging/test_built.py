"""What leaves the house: sdist and wheel, built from the tree and used without it."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from packaging.metadata import Metadata
from packaging.specifiers import SpecifierSet

from voicectl import __version__

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def test_the_wheel_holds_the_program_and_its_completions_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {"voicectl/__main__.py", "voicectl/py.typed", "voicectl/completions/voicectl.bash"} <= {*names}
    info = f"voicectl-{__version__}.dist-info/"
    assert f"{info}licenses/LICENSE" in names
    assert [name for name in names if not name.startswith(("voicectl/", info))] == []
    assert [name for name in names if name.endswith((".pyc", "~"))] == []


def test_the_sdist_holds_what_the_tests_need(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        tops = {Path(name).parts[1] for name in archive.getnames() if len(Path(name).parts) > 1}
    wanted = {"voicectl", "tests", "completions", "README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml"}
    assert wanted <= tops
    assert tops - wanted <= {"PKG-INFO", ".gitignore"}


def test_a_wheel_of_the_sdist_is_that_of_the_tree(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(words, cwd=tmp_path / f"voicectl-{__version__}", check=True, capture_output=True)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_what_an_index_is_told_is_valid_and_tells_all(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        raw = archive.read(f"voicectl-{__version__}.dist-info/METADATA")
    about = Metadata.from_email(raw, validate=True)
    assert (about.name, str(about.version), about.license_files) == ("voicectl", __version__, ["LICENSE"])
    assert about.description == (ROOT / "README.md").read_text("utf-8")
    assert about.description_content_type == "text/markdown"
    assert about.requires_python == SpecifierSet(">=3.11")


def test_the_wheel_works_without_the_tree(wheel: Path, tmp_path: Path) -> None:
    words = [
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--no-compile",
        "--target",
        str(tmp_path),
        str(wheel),
    ]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True, capture_output=True)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from voicectl.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "completion", "bash"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (ROOT / "completions/voicectl.bash").read_text("utf-8")
