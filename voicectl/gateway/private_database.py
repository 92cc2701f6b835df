"""A SQLite file that only we can read. What is in it: `key_file.py`, `usage_file.py`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from voicectl.core.errors import ConfigError
from voicectl.kept.private_files import make_directory, refuse_open

if TYPE_CHECKING:
    from sqlite3 import Connection

BUSY_SECONDS = 5.0
BESIDE = ("-wal", "-shm")

P = ParamSpec("P")
T = TypeVar("T")


def connected(path: Path, schema: str, *, is_durable: bool) -> Connection:
    """Open a file, a new one where there is none; raises ConfigError, too where others could read it.

    With `is_durable` a change has reached the disk when it is done; without, it outlives us, but maybe
    not the machine.
    """
    import sqlite3

    make_directory(path.parent)
    refuse_open(path.parent)
    _make(path)
    for each in (path, *(path.with_name(path.name + end) for end in BESIDE)):
        if each.exists():
            refuse_open(each)
    try:
        # Files beside it get the mode of the file itself.
        base = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        base.execute("PRAGMA journal_mode = WAL")
        base.execute(f"PRAGMA synchronous = {'FULL' if is_durable else 'NORMAL'}")
        base.executescript(schema)
    except sqlite3.Error as error:
        raise unusable(path, error) from None
    return base


def _make(path: Path) -> None:
    flags = os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)
    try:
        os.close(os.open(path, flags, 0o600))
    except OSError as error:
        raise unusable(path, error) from None


def unusable(path: Path, error: Exception) -> ConfigError:
    """Return the error for a file that cannot be used."""
    reason = getattr(error, "strerror", None) or str(error)
    return ConfigError("{path} cannot be used: {reason}", path=path, reason=reason, hint="ls -l '{path}'")


def guarded(path: Path, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do something with a file; raise ConfigError for what SQLite or the system has against it."""
    import sqlite3

    try:
        return work(*args, **kwargs)
    except (sqlite3.Error, OSError) as error:
        raise unusable(path, error) from None
