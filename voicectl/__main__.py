"""The door: `voicectl` and `python -m voicectl`. A bare `--version` is answered before all else."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress

FIRST_OBJECTS = 100_000


def main() -> None:
    """Run the command line and leave with its exit code."""
    if sys.argv[1:] == ["--version"]:
        from voicectl import __version__

        print(f"voicectl {__version__}")  # noqa: T201
        return
    collect_late()
    from voicectl.cli.app import run

    _leave(run(sys.argv[1:]))


def collect_late() -> None:
    """Look for garbage when there are many objects, and as usual from then on.

    A start makes up to 60,000 and no garbage: to look through them once costs as much as `python -c pass`.
    """
    usual = gc.get_threshold()

    def as_usual(phase: str, info: dict[str, int]) -> None:
        gc.callbacks.remove(as_usual)
        gc.set_threshold(*usual)

    gc.callbacks.append(as_usual)
    gc.set_threshold(FIRST_OBJECTS)


def _leave(code: int) -> None:
    """End the process with all that was written, and without taking every module apart first.

    That would cost more than `python -c pass` as a whole, and nothing here waits for it: files and
    players are closed by those who opened them.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
