"""Many command lines in one process: reads them as JSON, a line each, and prints a mark after each one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.conftest import Program

MARK = "\x1e"
CHILDREN = {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"}
STDIN = b"hello\n"
"""What each of them may read."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What one command line said, all in one."""

    words: Sequence[str]
    code: int
    shown: str


def run_many(
    program: Program, lines: Sequence[Sequence[str]], environ: Mapping[str, str], *, timeout: float = 120
) -> list[Ran]:
    """Run the lines in one process of the program, which saves its start, and return what each said."""
    from pathlib import Path

    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-m", "tests.cli.many"],
        input="".join(json.dumps(words) + "\n" for words in lines),
        capture_output=True,
        text=True,
        errors="replace",
        env=program.environment({"PYTHONPATH": root, **environ}),
        cwd=program.home,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said, told = done.stdout.split(MARK), done.stderr.split(MARK)
    assert len(said) == len(told) == len(lines) + 1, done.stderr[-2000:]
    ran = []
    for words, out, err in zip(lines, said, told, strict=False):
        code, _, out = out.partition("\n")
        ran.append(Ran(words, int(code), out + err))
    return ran


def tell_of_children(event: str, facts: tuple[object, ...]) -> None:
    """Print what another program is started with, as if it were an answer: words and variables."""
    if event in CHILDREN:
        print(event, *facts)  # noqa: T201


def main() -> None:
    import io

    from voicectl.cli.app import run

    stdin, stdout, stderr = sys.stdin, sys.stdout, sys.stderr
    sys.addaudithook(tell_of_children)
    for line in stdin.read().splitlines():
        sys.stdin = io.TextIOWrapper(io.BytesIO(STDIN))
        held = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
        sys.stdout = held
        try:
            code = run(json.loads(line))
        finally:
            sys.stdout = stdout
        held.flush()
        shown = held.buffer.getvalue().decode()  # type: ignore[attr-defined]
        for stream, words in ((stdout, f"{code}\n{shown}{MARK}"), (stderr, MARK)):
            stream.write(words)
            stream.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
