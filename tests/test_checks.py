"""The checks that are programs of their own, so that one command runs them all with the tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Written so that the pattern does not find itself.
LEAKS = re.compile(
    r"py[p]i\.org|pythonh[o]sted\.org|registry\.n[p]mjs|deb\.d[e]bian\.org|/(?:wor[k]|roo[t])/\w"
)


def tracked_files() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [["ruff", "format", "--check", "."], ["ruff", "check", "."], ["mypy"]], ids=" ".join
)
def test_the_tree_passes(words: list[str]) -> None:
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ci_does_what_the_readme_tells_a_newcomer() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    line = script.rstrip().splitlines()[-1].replace(" --quiet", "")
    assert line in (ROOT / "README.md").read_text(encoding="utf-8")


def test_no_file_names_a_machine_or_a_registry() -> None:
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        assert not LEAKS.search(text), path


def test_the_version_stands_in_one_place() -> None:
    from voicectl import __version__

    holders = [
        path.relative_to(ROOT).as_posix()
        for path in tracked_files()
        if path.suffix in {".py", ".toml"} and f'"{__version__}"' in path.read_text(encoding="utf-8")
    ]
    assert holders == ["voicectl/__init__.py"]
