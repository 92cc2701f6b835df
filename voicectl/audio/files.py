"""How bytes come to rest at a path: whole or not at all. What the bytes mean lives elsewhere."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, NamedTuple

from voicectl.core.errors import OutputError, UsageError

MAX_LINKS = 40
MAX_DRAFTS = 100
DRAFT_NAME_BYTES = 200
# Windows lacks these: nothing is followed there unasked, and bytes must be asked for.
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
NO_WAIT = getattr(os, "O_NONBLOCK", 0)
NO_TERMINAL = getattr(os, "O_NOCTTY", 0)
BINARY = getattr(os, "O_BINARY", 0)


class IfExists(StrEnum):
    """What to do about a file that is already there; devices and pipes do not count as files."""

    OVERWRITE = "overwrite"
    ERROR = "error"
    SKIP = "skip"


class Goal(NamedTuple):
    """Where a path leads, through symbolic links; `status` is None where nothing is there yet.

    A file is replaced by rename; devices, pipes and descriptors are written to.
    """

    path: str
    target: Path
    status: os.stat_result | None
    is_file: bool
    descriptor: int | None = None


class Draft:
    """Bytes on their way to a path; `delivered` tells at the end whether they got there.

    It stays false where a file that appeared meanwhile was to be skipped.
    """

    __slots__ = ("_path", "delivered", "file")

    def __init__(self, path: str, file: BinaryIO) -> None:
        self._path = path
        self.file = file
        self.delivered = False

    def write(self, data: bytes) -> None:
        """Add to the end."""
        with explained(self._path):
            self.file.write(data)

    def rewrite_start(self, data: bytes) -> None:
        """Put `data` over the first bytes, once all has been written."""
        with explained(self._path):
            self.file.seek(0)
            self.file.write(data)
            self.file.seek(0, os.SEEK_END)


def examine(path: str) -> Goal:
    """Find out where `path` leads; OutputError where nothing can be written there."""
    with explained(path):
        goal = _follow(path)
        if goal.status and stat.S_ISDIR(goal.status.st_mode):
            raise OutputError("{path!r} is a directory", path=path, hint="give a file name: -o FILE")
        if goal.descriptor is not None:
            _refuse_terminal(goal.descriptor)
        elif goal.is_file:
            _refuse_what_cannot_be_replaced(goal)
    return goal


def may_write(path: str, if_exists: IfExists) -> bool:
    """Check before any work: False where the file is there and is to be skipped.

    Raises OutputError where the path cannot be written, or the file is there and must not be.
    """
    goal = examine(path)
    if not goal.is_file or goal.status is None or if_exists is IfExists.OVERWRITE:
        return True
    if if_exists is IfExists.ERROR:
        raise _already_there(path)
    return False


@contextmanager
def draft(path: str, if_exists: IfExists = IfExists.OVERWRITE) -> Iterator[Draft]:
    """Take bytes and deliver them to `path` when the block ends well, else leave no trace.

    A regular file is replaced by rename and keeps its mode and owner; devices, pipes and
    descriptors get the bytes at the end, in one go. A reader that has gone is BrokenPipeError.
    """
    goal = examine(path)
    with _beside(goal, if_exists) if goal.is_file else _spooled(goal) as writing:
        yield writing


@contextmanager
def _beside(goal: Goal, if_exists: IfExists) -> Iterator[Draft]:
    tried: list[Path] = []
    file: BinaryIO | None = None
    try:
        with explained(goal.path):
            name, file = _create_draft(goal.target, tried)
        # The umask has made the mode; until the bytes are known to be good nobody else reads them.
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        _set_mode(file, 0o600)
        writing = Draft(goal.path, file)
        yield writing
        writing.delivered = deliver(name, file, goal, if_exists, mode=mode)
    finally:
        if tried:
            _clear(tried[-1], file)


def _clear(name: Path, file: BinaryIO | None) -> None:
    """Leave no trace of a draft; without `file` the run was stopped while it was being made."""
    if file is None:
        _clear_if_dead(name)
        return
    if os.name == "nt":
        with suppress(OSError):
            file.close()
        name.unlink(missing_ok=True)
        return
    with suppress(OSError, ValueError), file:
        # After a rename the name may be another run's already.
        if os.path.samestat(os.fstat(file.fileno()), name.lstat()):
            name.unlink()


def deliver(name: Path, file: BinaryIO, goal: Goal, if_exists: IfExists, *, mode: int) -> bool:
    """Put a finished file, `name` beside the goal, at its place; `mode` is a new file's.

    False where a file that appeared meanwhile was to be skipped.
    """
    with explained(goal.path):
        file.flush()
        _take_over_rights(file, goal.status, mode)
        os.fsync(file.fileno())
        if os.name == "nt":
            file.close()
        delivered = _publish(name, goal, if_exists)
        _sync_folder(goal.target.parent)
    return delivered


def mode_of_a_new_file(beside: Path) -> int:
    """Return the mode that the umask gives a new file there, by making one for a moment."""
    trial = beside.with_name(f"{beside.name}.{os.getpid()}")
    descriptor = os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_FOLLOW, 0o666)
    try:
        return stat.S_IMODE(os.fstat(descriptor).st_mode)
    finally:
        os.close(descriptor)
        trial.unlink()


@contextmanager
def _spooled(goal: Goal) -> Iterator[Draft]:
    import tempfile

    with explained(goal.path):
        spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the next block
    with spool:
        writing = Draft(goal.path, spool)
        yield writing
        pour(spool, goal)
        writing.delivered = True


def pour(source: BinaryIO, goal: Goal) -> None:
    """Write all of a file, from its start, to a device, pipe or descriptor."""
    import shutil

    with explained(goal.path), os.fdopen(_open_to_write(goal), "wb") as target:
        source.seek(0)
        shutil.copyfileobj(source, target)


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Turn the system's refusal into ours; a reader that has gone away is no fault of the path."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError("{path!r} cannot be written: {reason}", path=path, reason=reason) from error


def is_stdout(path: str) -> bool:
    """Say whether a path is one of the names of standard output."""
    with explained(path):
        return bool(path) and _follow(path).descriptor == 1


def _follow(path: str) -> Goal:
    """Walk the links one by one, because `/dev/fd/3` may look like a link to a regular file."""
    if not path or path.endswith("/"):
        raise OutputError("{path!r} names no file", path=path, hint="give a file name: -o FILE")
    step = Path(path)
    for _ in range(MAX_LINKS):
        folder = step.parent.resolve()
        step = folder / step.name
        if (number := _own_descriptor(step)) is not None:
            status = os.fstat(number)
            return Goal(path=path, target=step, status=status, is_file=False, descriptor=number)
        if folder.parts[:2] == ("/", "proc") or not step.is_symlink():
            break
        step = folder / step.readlink()
    try:
        status = step.stat()
    except FileNotFoundError:
        return Goal(path=path, target=step, status=None, is_file=True)
    is_file = stat.S_ISREG(status.st_mode) and step.parts[:2] != ("/", "proc")
    return Goal(path=path, target=step, status=status, is_file=is_file)


def _own_descriptor(path: Path) -> int | None:
    """Return 3 for `/dev/fd/3`, also where that is spelt with this process's number."""
    homes = ("/dev/fd", "/proc/self/fd", f"/proc/{os.getpid()}/fd")
    return int(path.name) if path.name.isdecimal() and str(path.parent) in homes else None


def _refuse_what_cannot_be_replaced(goal: Goal) -> None:
    folder = goal.target.parent
    if not folder.is_dir():
        raise OutputError(
            "the folder {folder!r} does not exist", folder=str(folder), hint="mkdir -p {folder!r}"
        )
    for place, access in ((folder, os.W_OK | os.X_OK), (goal.target, os.W_OK)):
        if (place is folder or goal.status) and not os.access(place, access):
            raise OutputError(
                "{place!r} may not be written to", place=str(place), hint="give another -o FILE"
            )


def _refuse_terminal(descriptor: int) -> None:
    if os.isatty(descriptor):
        raise UsageError("audio is not written to a terminal", hint="give a file: -o FILE")


def _open_to_write(goal: Goal) -> int:
    if goal.descriptor is not None:
        return os.dup(goal.descriptor)
    descriptor = os.open(goal.target, os.O_WRONLY | NO_TERMINAL | BINARY)
    try:
        _refuse_terminal(descriptor)
    except UsageError:
        os.close(descriptor)
        raise
    return descriptor


def _create_draft(target: Path, tried: list[Path]) -> tuple[Path, BinaryIO]:
    """Create and lock a new hidden file beside `target`, clearing what a killed run has left.

    The lock tells the living from the dead, wherever they run: it goes with its process. Each name goes
    into `tried` first: a signal may come between any two steps.
    """
    short = target.name.encode(errors="ignore")[:DRAFT_NAME_BYTES].decode(errors="ignore")
    for number in range(MAX_DRAFTS):
        name = target.with_name(f".{short}.{number}.part")
        _clear_if_dead(name)
        tried.append(name)
        try:
            descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | NO_FOLLOW | BINARY, 0o666)
        except FileExistsError:
            continue
        # Between creation and lock another run may have taken the file for a dead one's.
        if lock(descriptor) is not False and os.fstat(descriptor).st_nlink:
            return name, os.fdopen(descriptor, "w+b")
        os.close(descriptor)
    raise OutputError(
        "too many unfinished files of {name!r} lie in {folder!r}", name=target.name, folder=str(target.parent)
    )


def _clear_if_dead(name: Path) -> None:
    """Remove our own unfinished file if nobody holds its lock; leave all else alone."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(name, os.O_RDWR | NO_FOLLOW | NO_WAIT)
    except OSError:
        return
    try:
        found = os.fstat(descriptor)
        ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
        if ours and lock(descriptor) and os.path.samestat(found, name.lstat()):
            name.unlink()
    except FileNotFoundError:
        pass
    finally:
        os.close(descriptor)


def lock(descriptor: int) -> bool | None:
    """Say whether the lock is ours; None where files cannot be locked at all."""
    try:
        import fcntl
    except ImportError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _set_mode(file: BinaryIO, mode: int) -> None:
    if hasattr(os, "fchmod"):
        os.fchmod(file.fileno(), mode)


def _take_over_rights(file: BinaryIO, old: os.stat_result | None, new_mode: int) -> None:
    """Give the draft the old file's owner and mode; the owner only as far as we may."""
    if old and hasattr(os, "fchown"):
        own = os.fstat(file.fileno())
        if (own.st_uid, own.st_gid) != (old.st_uid, old.st_gid):
            with suppress(PermissionError):
                os.fchown(file.fileno(), old.st_uid, old.st_gid)
    _set_mode(file, stat.S_IMODE(old.st_mode) if old else new_mode)


def _publish(name: Path, goal: Goal, if_exists: IfExists) -> bool:
    """Put the draft at its place; False where a file that appeared meanwhile is left alone."""
    if if_exists is IfExists.OVERWRITE:
        name.replace(goal.target)
        return True
    try:
        _put_if_absent(name, goal.target)
    except FileExistsError as error:
        if if_exists is IfExists.ERROR:
            raise _already_there(goal.path) from error
        return False
    return True


def _put_if_absent(name: Path, target: Path) -> None:
    """Give the draft its name unless that is taken: FileExistsError."""
    try:
        target.hardlink_to(name)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):
        # No hard links here (FAT, some network shares): claim the name, then rename over the claim.
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_FOLLOW, 0o600))
        name.replace(target)


def _sync_folder(folder: Path) -> None:
    # Some systems cannot sync a directory; the rename has happened all the same.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _already_there(path: str) -> OutputError:
    return OutputError("{path!r} is already there", path=path, hint="--if-exists overwrite")
