"""Bytes that a command reads from a file or from standard input, by the name that was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicectl.core.errors import NoInput, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from voicectl.world import World

STDIN = "-"


def read_input(world: World, name: str) -> bytes:
    """Return the bytes of a file, or of stdin for `-`; raise NoInput naming what cannot be read."""
    if name == STDIN:
        return world.stdin_bytes.read()
    try:
        with open(name, "rb") as file:  # noqa: PTH123 - pathlib is dear at start-up
            return file.read()
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise NoInput(
            "{name!r} cannot be read: {reason}", name=name, reason=reason, hint="ls -l {name}"
        ) from error


def once_from_stdin(world: World) -> Callable[[str], bytes]:
    """Return what reads files for one command; stdin can only be read by one of its words."""
    read: list[str] = []

    def reader(name: str) -> bytes:
        if name == STDIN and STDIN in read:
            raise UsageError("stdin is read twice", hint="give one of them a file: @FILE")
        read.append(name)
        return read_input(world, name)

    return reader
