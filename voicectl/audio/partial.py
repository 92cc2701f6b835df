"""A file in the making that outlives a kill, and its notes of what is there. Who brings bytes: elsewhere.

Beside the goal lie, ours alone, the bytes (`.NAME.download`) and the notes (`.NAME.progress`): one page
that says what is being fetched, then a count for each segment. Notes are kept in memory that the system
writes out, so each chunk counts from the moment it is written, and a killed run loses nothing.
"""

from __future__ import annotations

import io
import json
import mmap
import os
import stat
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from voicectl.audio import files
from voicectl.core.errors import OutputError, TryLater
from voicectl.core.recording import Plan, Segment

PAGE, COUNTERS = 4096, 256
COUNTER = struct.Struct("<Q")
NOTES_BYTES = PAGE + COUNTERS * COUNTER.size
BLOCK_BYTES, SETTLED_BYTES = 1 << 20, 1 << 25
VERSION = 1
ENDLESS = 1 << 62
NAME_BYTES = 200
OPENED = os.O_RDWR | os.O_CREAT | files.NO_FOLLOW | files.BINARY


class PartialFile:
    """See `core.recording.Partial`; counters are little-endian, in the order of the segments."""

    def __init__(self, path: Path, file: io.FileIO, notes: mmap.mmap, header: Mapping[str, object]) -> None:
        self.delivered = False
        """Said at the end: false where a file that appeared meanwhile was to be skipped."""
        self._path = path
        self._file = file
        self._notes = notes
        self._header = header
        self._plan: Plan | None = None
        self._settled = 0

    @property
    def plan(self) -> Plan | None:
        return self._plan

    @property
    def segments(self) -> tuple[Segment, ...]:
        return tuple(self._segment(index) for index in range(self._count))

    @property
    def prefix(self) -> int:
        reached = 0
        for segment in self.segments:
            reached = segment.start + segment.done
            if not segment.is_full:
                break
        return reached

    @property
    def is_worth_keeping(self) -> bool:
        """Say whether another run could go on with what is there."""
        return bool(self._notes[0]) and any(segment.done for segment in self.segments)

    def forget(self) -> None:
        """Leave nothing to go on with."""
        self._plan = None
        self._notes[:] = bytes(NOTES_BYTES)

    def begin(self, plan: Plan) -> None:
        self.forget()
        self._file.truncate(0)
        self._plan = plan
        told = {
            **self._header,
            "size": plan.size,
            "validator": plan.validator,
            "segment_bytes": plan.segment_bytes,
            "promised": dict(plan.promised),
        }
        page = json.dumps(told).encode()
        # Without a version, or with one that is too long to be noted, there is nothing to go on with.
        if plan.validator and plan.size is not None and len(page) < PAGE:
            self._notes[: len(page)] = page

    def take_back(self, index: int, count: int) -> None:
        self._set_done(index, self._segment(index).done - count)

    @contextmanager
    def writer(self, index: int) -> Iterator[Callable[[bytes], None]]:
        segment = self._segment(index)
        done = segment.done
        with self._path.open("r+b", buffering=0) as file:
            file.seek(segment.start + done)

            def write(chunk: bytes) -> None:
                nonlocal done
                with files.explained(str(self._path)):
                    if file.write(chunk) != len(chunk):
                        raise OutputError("the disk of {path!r} is full", path=str(self._path))
                done += len(chunk)
                self._set_done(index, done)

            yield write

    def end_at_prefix(self) -> None:
        if self._plan is not None and self._plan.size is None:
            self._plan = replace(self._plan, size=self.prefix, segment_bytes=self.prefix)

    def blocks(self, start: int, end: int) -> Iterator[memoryview]:
        block = memoryview(bytearray(min(BLOCK_BYTES, max(1, end - start))))
        with self._path.open("rb", buffering=0) as file:
            file.seek(start)
            while start < end:
                count = file.readinto(block[: end - start])
                if not count:
                    raise OutputError("{path!r} was cut while it was written", path=str(self._path))
                start += count
                yield block[:count]
                self._settle(start)

    def _settle(self, end: int) -> None:
        """Let the system write out what was read, in passing: there is then less to wait for at the end."""
        if end - self._settled >= SETTLED_BYTES and hasattr(os, "posix_fadvise"):
            count = end - self._settled
            os.posix_fadvise(self._file.fileno(), self._settled, count, os.POSIX_FADV_DONTNEED)
            self._settled = end

    def reading(self) -> BinaryIO:
        """Open what is there for reading."""
        return self._path.open("rb")

    def take_up(self) -> None:
        """Go on with what an earlier run left, where it is of the same bytes and whole so far."""
        page = bytes(self._notes[:PAGE]).rstrip(b"\0")
        try:
            told = json.loads(page)
            plan = Plan(
                size=int(told.pop("size")),
                validator=str(told.pop("validator")),
                segment_bytes=int(told.pop("segment_bytes")),
                promised=dict(told.pop("promised")),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return
        if told != self._header or not plan.validator or plan.segment_bytes <= 0:
            return
        self._plan = plan
        written = os.fstat(self._file.fileno()).st_size
        if self._count > COUNTERS or any(not self._is_likely(each, written) for each in self.segments):
            self._plan = None

    def _is_likely(self, segment: Segment, written: int) -> bool:
        end = segment.start + segment.done
        return end <= segment.end and (end <= written or not segment.done)

    @property
    def _count(self) -> int:
        if self._plan is None:
            return 0
        size, step = self._plan.size, self._plan.segment_bytes
        return 1 if size is None else -(-size // max(1, step))

    def _segment(self, index: int) -> Segment:
        plan = self._plan
        assert plan is not None, "a segment belongs to a plan"
        (done,) = COUNTER.unpack_from(self._notes, PAGE + index * COUNTER.size)
        if plan.size is None:
            return Segment(start=0, end=ENDLESS, done=done)
        start = index * plan.segment_bytes
        return Segment(start=start, end=min(start + plan.segment_bytes, plan.size), done=done)

    def _set_done(self, index: int, done: int) -> None:
        COUNTER.pack_into(self._notes, PAGE + index * COUNTER.size, done)


@contextmanager
def partial_file(
    path: str, what: str, *, boot: str = "", if_exists: files.IfExists = files.IfExists.OVERWRITE
) -> Iterator[PartialFile]:
    """Take bytes for `path`, delivered when the block ends well; else they stay for the next run.

    `what` says whose bytes those are: others are not gone on with, nor what was written before the
    system was started as `boot`, for a crash may have lost some of it. TryLater where another run is at
    it. What is no file to be replaced gets the bytes at the end, and nothing stays.
    """
    goal = files.examine(path)
    with ExitStack() as stack:
        bytes_at, notes_at = _places(goal, stack)
        with files.explained(path):
            mode = files.mode_of_a_new_file(bytes_at)
            file = stack.enter_context(_own_file(bytes_at))
            notes_file = stack.enter_context(_own_file(notes_at))
            notes_file.truncate(NOTES_BYTES)
            notes = stack.enter_context(mmap.mmap(notes_file.fileno(), NOTES_BYTES))
        named = sha256(what.encode("utf-8", "replace")).hexdigest()
        taking = PartialFile(bytes_at, file, notes, {"what": named, "boot": boot, "version": VERSION})
        taking.take_up()
        try:
            yield taking
            if goal.is_file:
                taking.delivered = files.deliver(bytes_at, file, goal, if_exists, mode=mode)
            else:
                files.pour(file, goal)
                taking.delivered = True
            taking.forget()
        finally:
            if not taking.is_worth_keeping:
                for each in (bytes_at, notes_at):
                    each.unlink(missing_ok=True)


def _places(goal: files.Goal, stack: ExitStack) -> tuple[Path, Path]:
    """Return where bytes and notes lie: beside a file, and in a folder of our own for all else."""
    if goal.is_file:
        short = goal.target.name.encode(errors="ignore")[:NAME_BYTES].decode(errors="ignore")
        folder, name = goal.target.parent, f".{short}"
    else:
        import tempfile

        folder, name = Path(stack.enter_context(tempfile.TemporaryDirectory())), "recording"
    return folder / f"{name}.download", folder / f"{name}.progress"


@contextmanager
def _own_file(path: Path) -> Iterator[io.FileIO]:
    """Open a file that only we may touch, and lock it for as long as the block lasts."""
    with io.FileIO(os.open(path, OPENED, 0o600), "r+b") as file:
        if files.lock(file.fileno()) is False or not _is_still(file, path):
            raise TryLater("another run is fetching {path!r}", path=str(path), hint="wait until it has ended")
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or (os.name != "nt" and found.st_uid != os.geteuid()):
            raise OutputError("{path!r} is not ours", path=str(path), hint="give another -o FILE")
        if hasattr(os, "fchmod"):
            os.fchmod(file.fileno(), 0o600)
        yield file


def _is_still(file: io.FileIO, path: Path) -> bool:
    """Say whether the open file still has its name: until it was locked another run may have delivered it."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.lstat())
    except FileNotFoundError:
        return False
