"""The journal of a batch: which items are done, a line each, in a file beside what came of them.

A line is written in one go after its item is whole: who is killed in between does that item again. What a
crash has torn is no line. It lies with the output, so that another machine can go on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from voicectl.core.compact import CompactMap, hash_of
from voicectl.core.errors import OutputError, TryLater

SUFFIX = ".journal"


class FileJournal:
    """A journal in a directory that may hold several: all are read, one is written.

    Without `resume` this one begins anew. Raises TryLater where another process writes it, OutputError
    where it cannot be written.
    """

    def __init__(self, directory: Path, name: str, *, resume: bool) -> None:
        self._path = directory / f"{name}{SUFFIX}"
        self._done = CompactMap()
        try:
            directory.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
            self._descriptor = os.open(self._path, flags, 0o666)
            self._hold()
            if resume:
                self._done = _done_in(directory)
                self._end_torn_line()
            else:
                os.ftruncate(self._descriptor, 0)
        except OSError as error:
            raise self._unwritable(error) from None

    def __len__(self) -> int:
        return len(self._done)

    def has(self, name: str, digest: int) -> bool:
        return self._done.get(name) == digest

    def note(self, name: str, digest: int) -> None:
        line = json.dumps([name, f"{digest:016x}"]) + "\n"
        try:
            os.write(self._descriptor, line.encode())
        except OSError as error:
            raise self._unwritable(error) from None

    def close(self) -> None:
        os.close(self._descriptor)

    def _end_torn_line(self) -> None:
        size = os.fstat(self._descriptor).st_size
        os.lseek(self._descriptor, max(0, size - 1), os.SEEK_SET)
        if os.read(self._descriptor, 1) not in (b"", b"\n"):
            os.write(self._descriptor, b"\n")

    def _hold(self) -> None:
        try:
            import fcntl

            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            return
        except BlockingIOError:
            os.close(self._descriptor)
            raise TryLater(
                "another run of this batch is at work in {directory}",
                directory=self._path.parent.parent,
                hint="wait for it, or share the work: --shard 1/2 and --shard 2/2",
            ) from None

    def _unwritable(self, error: OSError) -> OutputError:
        return OutputError("{path} cannot be written: {reason}", path=self._path, reason=error.strerror)


def known(directory: Path) -> Callable[[str, int], bool]:
    """Read all journals of a directory; return what says whether an item was done as it is now."""
    done = _done_in(directory)
    return lambda name, digest: done.get(name) == digest


def _done_in(directory: Path) -> CompactMap:
    done = CompactMap()
    for path in sorted(directory.glob(f"*{SUFFIX}"), key=lambda each: each.stat().st_mtime):
        with path.open("rb") as file:
            for name, digest in _entries(file):
                done.put(name, digest)
    return done


def name_for(source: str, shard: str) -> str:
    """Return the name of the journal of one manifest, or of one part of it."""
    return f"{hash_of(source):016x}{f'-{shard}' if shard else ''}"


def _entries(lines: Iterator[bytes]) -> Iterator[tuple[str, int]]:
    for line in lines:
        try:
            name, digest = json.loads(line)
            yield str(name), int(digest, 16)
        except (ValueError, TypeError):
            continue
