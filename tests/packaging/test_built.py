"""What leaves the house: sdist and wheel, built from the tree and used without it."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from voicectl import __version__

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("dist")
    words = [sys.executable, "-m", "hatchling", "build", "-d", str(place)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    return place


def test_the_wheel_holds_the_program_and_its_completions_and_no_tests(built: Path) -> None:
    names = zipfile.ZipFile(built / f"voicectl-{__version__}-py3-none-any.whl").namelist()
    assert {"voicectl/__main__.py", "voicectl/py.typed", "voicectl/completions/voicectl.bash"} <= {*names}
    info = f"voicectl-{__version__}.dist-info/"
    assert f"{info}licenses/LICENSE" in names
    assert [name for name in names if not name.startswith(("voicectl/", info))] == []
    assert [name for name in names if name.endswith((".pyc", "~"))] == []


def test_the_sdist_holds_what_the_tests_need(built: Path) -> None:
    with tarfile.open(built / f"voicectl-{__version__}.tar.gz") as archive:
        tops = {Path(name).parts[1] for name in archive.getnames() if len(Path(name).parts) > 1}
    wanted = {"voicectl", "tests", "completions", "README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml"}
    assert wanted <= tops
    assert tops - wanted <= {"PKG-INFO", ".gitignore"}


def test_the_wheel_works_without_the_tree(built: Path, tmp_path: Path) -> None:
    wheel = built / f"voicectl-{__version__}-py3-none-any.whl"
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
