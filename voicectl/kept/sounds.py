"""The cache of sounds as a whole: how much lies there, what has to go, emptying it. A sound: `pieces.py`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

FOLDER = "pieces"
SUFFIX, DRAFT_SUFFIX = ".piece", ".part"
MOST_BYTES = 1 << 30
"""How much may lie there; a run that needs more keeps what it needs until another one begins."""
DEAD_AFTER_SECONDS = 3600.0
"""A draft that nobody has written to for so long is left from a killed run."""


class Contents(NamedTuple):
    """How many whole sounds there are, how many that are being written or broke off, and the bytes of all."""

    sounds: int
    unfinished: int
    bytes: int


class _Found(NamedTuple):
    used: float
    size: int
    path: Path


def contents(cache: Path | None) -> Contents:
    """Count what lies in the cache; nothing where there is none."""
    return _counted(list(_found(cache / FOLDER)) if cache else [])


def clear(cache: Path | None) -> Contents:
    """Remove every sound, and return what that was. Whoever listens to one hears it to its end."""
    gone = [each for each in _found(cache / FOLDER) if _removed(each.path)] if cache else []
    return _counted(gone)


def make_room(directory: Path, *, now: float, most_bytes: int, since: float) -> int:
    """Drop dead drafts and, where more than `most_bytes` lie there, what was not used for longest.

    What was used after `since` stays. Times are seconds since 1970. Returns the bytes that are left;
    where something had to go that is a little less than the most, so that not every sound has to look.
    """
    found = sorted(_found(directory), reverse=True)
    total = sum(each.size for each in found)
    goal = most_bytes - most_bytes // 16 if total > most_bytes else total
    for each in reversed(found):
        is_draft = each.path.suffix == DRAFT_SUFFIX
        is_dead = is_draft and now - each.used > DEAD_AFTER_SECONDS
        is_surplus = not is_draft and total > goal and each.used < since
        if (is_dead or is_surplus) and _removed(each.path):
            total -= each.size
    return total


def _found(directory: Path) -> Iterator[_Found]:
    with suppress(OSError), os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.endswith((SUFFIX, DRAFT_SUFFIX)):
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    yield _Found(status.st_mtime, status.st_size, Path(entry.path))


def _counted(found: list[_Found]) -> Contents:
    whole = sum(each.path.suffix == SUFFIX for each in found)
    return Contents(whole, len(found) - whole, sum(each.size for each in found))


def _removed(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
