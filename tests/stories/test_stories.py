"""The stories that the README tells are run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import wave
from pathlib import Path
from sysconfig import get_path

import pytest

from tests.conftest import Program

ROOT = Path(__file__).parents[2]
STORY = re.compile(r"<!-- story: (\w+) -->\n+```sh\n(.*?)```", re.DOTALL)
TOLD = dict(STORY.findall((ROOT / "README.md").read_text(encoding="utf-8")))


def test_the_readme_tells_every_story_word_for_word() -> None:
    kept = {path.stem: path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.sh")}
    assert kept == TOLD


@pytest.mark.slow
def test_ci_without_an_account(voicectl: Program) -> None:
    path = f"{get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
    script = voicectl.home / "story.sh"
    script.write_text(TOLD["ci_without_account"], encoding="utf-8")
    done = subprocess.run(
        ["sh", str(script)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**voicectl.environment(), "PATH": path},
        cwd=voicectl.home,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"a parameter was sent that was not signed" in done.stdout
    assert b"Engine" in done.stdout
    assert (voicectl.home / "token").read_text().strip()
    for name in ("green.wav", "call.wav"):
        with wave.open(str(voicectl.home / name)) as sound:
            assert sound.getnframes() / sound.getframerate() > 0.5
