"""The README's captures of a terminal: run again, and written anew by `python -m tests.stories.captures`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from sysconfig import get_path

HERE = Path(__file__).parent
README = HERE.parents[1] / "README.md"
CAPTURE = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)", re.MULTILINE)
NEXT = "\x01"
WIDTH = 104
"""Where a line is cut that is too long for a page."""
TERMINAL = {"COLUMNS": "96", "NO_COLOR": "1", "VOICECTL_OUTPUT": "text", "LC_ALL": "C.UTF-8"}


def retold(capture: str, home: Path) -> str:
    """Return the capture as it comes out now, its commands run in one shell in `home`."""
    shutil.copy(HERE / "request.txt", home)
    commands = COMMAND.findall(capture)
    done = subprocess.run(
        ["bash", "-c", "".join(f"{command}\nprintf '{NEXT}'\n" for command in commands)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={"PATH": f"{get_path('scripts')}{os.pathsep}{os.environ['PATH']}", "HOME": str(home), **TERMINAL},
        cwd=home,
        timeout=60,
        check=True,
        text=True,
    )
    said = done.stdout.split(NEXT)
    return "".join(f"$ {command}\n{cut(text)}" for command, text in zip(commands, said, strict=False))


def cut(text: str) -> str:
    return "".join(
        f"{line}\n" if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…\n" for line in text.splitlines()
    )


def written_anew(text: str) -> str:
    """Return the README with every capture as it comes out now."""
    with tempfile.TemporaryDirectory() as home:
        return CAPTURE.sub(lambda found: retold(found[0], Path(home)), text)


if __name__ == "__main__":
    README.write_text(written_anew(README.read_text(encoding="utf-8")), encoding="utf-8")
