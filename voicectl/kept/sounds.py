"""The cache of sounds as a whole: how much lies there, what has to go, emptying it. A sound: `pieces.py`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

FOLDER = "pieces"
SUFFIX, DRAFT_SUFFIX = ".piece", ".part"
MOST_BYTES = 1 << 30
"""How much may lie there. One run may keep twice as much: a long text is not to lose its beginning."""
LEAST_BYTES = 1 << 14
"""What each sound counts at least, so that there are not too many files either."""
DEAD_AFTER_SECONDS = 3600.0
"""A draft that nobody has written to for so long is left from a killed run."""
LOOK_AGAIN_SECONDS = 60.0
"""How long a look at the whole directory is good for: with many sounds it takes a third of a second."""


class Contents(NamedTuple):
    """How many whole sounds there are, how many that are being written or broke off, and the bytes of all."""

    sounds: int
    unfinished: int
    bytes: int


class _Found(NamedTuple):
    used: float
    size: int
    name: str

    @property
    def is_draft(self) -> bool:
        return self.name.endswith(DRAFT_SUFFIX)


def contents(cache: Path | None) -> Contents:
    """Count what lies in the cache; nothing where there is none."""
    return _counted(_found(cache / FOLDER) if cache else ())


def clear(cache: Path | None) -> Contents:
    """Remove every sound, and return what that was. Whoever listens to one hears it to its end."""
    if cache is None:
        return _counted(())
    folder = cache / FOLDER
    return _counted([each for each in _found(folder) if _removed(folder, each)])


def weight(size: int) -> int:
    """Return what a sound of so many bytes counts."""
    return max(size, LEAST_BYTES)


def make_room(directory: Path, *, now: float, most_bytes: int, since: float) -> int:
    """Drop dead drafts and, where there is too much, what was not used for longest; return what is left.

    What was used after `since` stays until there is twice as much. Times are seconds since 1970. Where
    something has to go, a little more goes, so that not every new sound has to look again.
    """
    found = sorted(_found(directory))
    total = sum(weight(each.size) for each in found)
    goal, goal_of_run = (_goal(total, most) for most in (most_bytes, 2 * most_bytes))
    for each in found:
        is_dead = each.is_draft and now - each.used > DEAD_AFTER_SECONDS
        is_surplus = not each.is_draft and total > (goal if each.used < since else goal_of_run)
        if (is_dead or is_surplus) and _removed(directory, each):
            total -= weight(each.size)
    return total


def looked_at_lately(directory: Path, now: float) -> bool:
    """Say whether some process has made room there a moment ago; else it is taken that the caller does."""
    mark = directory.with_suffix(".looked")
    try:
        if 0 <= now - mark.stat().st_mtime < LOOK_AGAIN_SECONDS:
            return True
    except OSError:
        pass
    with suppress(OSError):
        mark.touch(mode=0o600)
        os.utime(mark, (now, now))
    return False


def _goal(total: int, most_bytes: int) -> int:
    return most_bytes - most_bytes // 16 if total > most_bytes else total


def _found(directory: Path) -> Iterator[_Found]:
    with suppress(OSError), os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.endswith((SUFFIX, DRAFT_SUFFIX)):
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    yield _Found(status.st_mtime, status.st_size, entry.name)


def _counted(found: Iterable[_Found]) -> Contents:
    whole = drafts = size = 0
    for each in found:
        whole, drafts, size = whole + (not each.is_draft), drafts + each.is_draft, size + each.size
    return Contents(whole, drafts, size)


def _removed(directory: Path, found: _Found) -> bool:
    try:
        (directory / found.name).unlink()
    except OSError:
        return False
    return True
