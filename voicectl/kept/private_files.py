"""Files that only we may touch: read without following links, written whole or not at all, locked.

What is in them, profiles, secrets or tokens, is the callers' matter.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from voicectl.core.errors import ConfigError, TryLater

WRITABLE_BY_OTHERS = 0o022
OPEN_TO_OTHERS = 0o077
LOCK_PAUSE_SECONDS = 0.02


def make_directory(path: Path) -> None:
    """Make sure of a directory that is ours; what is new, above it as well, is 0700. Raises ConfigError."""
    try:
        missing = [each for each in path.parents if not each.exists()]
        for each in (*reversed(missing), path):
            each.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _cannot("create", path, error) from None
    _check(path, path.stat(), WRITABLE_BY_OTHERS)


def refuse_open(path: Path) -> None:
    """Raise ConfigError for a file or directory that is another user's or that others can read."""
    _check(path, path.lstat(), OPEN_TO_OTHERS)


def read_private(path: Path, *, secret: bool = False) -> bytes | None:
    """Return the content, None where there is no file.

    Raises ConfigError for a link, for a file or directory that is another user's or writable by
    others and, for a `secret` file, for one that others can read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        _check(path.parent, path.parent.stat(), WRITABLE_BY_OTHERS)
        descriptor = os.open(path, flags)
        file = os.fdopen(descriptor, "rb")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ConfigError(
                "{path} is a link, which is not followed", path=path, hint="put the file itself there"
            ) from None
        raise _cannot("read", path, error) from None
    with file:
        _check(path, os.fstat(descriptor), OPEN_TO_OTHERS if secret else WRITABLE_BY_OTHERS)
        return file.read()


def write_private(path: Path, data: bytes) -> None:
    """Replace a file by one of mode 0600: whole, or not at all."""
    import tempfile

    make_directory(path.parent)
    try:
        descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            Path(beside).replace(path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _cannot("write", path, error) from None


def append_private(path: Path, line: bytes) -> None:
    """Add a line to a file of mode 0600, and return when it has reached the disk.

    A line that a crash has torn is ended first, so that it spoils no other. Call this with the lock held.
    """
    make_directory(path.parent)
    is_new = not path.exists()
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    try:
        with os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=0) as file:
            _check(path, os.fstat(file.fileno()), OPEN_TO_OTHERS)
            is_torn = file.seek(0, os.SEEK_END) > 0 and _last_byte(file) != b"\n"
            whole = (b"\n" if is_torn else b"") + line.rstrip(b"\n") + b"\n"
            if file.write(whole) != len(whole):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())
        if is_new:
            _sync_directory(path.parent)
    except OSError as error:
        raise _cannot("write", path, error) from None


@contextmanager
def locked(path: Path, *, wait_seconds: float = 10.0) -> Iterator[None]:
    """Hold the lock that goes with a file; the system frees it when its holder dies.

    Raises TryLater when another process still holds it after `wait_seconds`.
    """
    make_directory(path.parent)
    beside = path.with_name(f"{path.name}.lock")
    try:
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError as error:
        raise _cannot("write", beside, error) from None
    try:
        for _ in range(max(1, int(wait_seconds / LOCK_PAUSE_SECONDS))):
            if _try_lock(descriptor, beside):
                break
            time.sleep(LOCK_PAUSE_SECONDS)
        else:
            raise TryLater("another process holds {path}", path=beside, hint="try again")
        yield
    finally:
        os.close(descriptor)


def _last_byte(file: FileIO) -> bytes:
    file.seek(-1, os.SEEK_END)
    return file.read(1)


def _sync_directory(path: Path) -> None:
    """Let the name of a new file reach the disk too, where the system knows how."""
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int, path: Path) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError as error:
        raise _cannot("lock", path, error) from None
    return True


def _check(path: Path, found: os.stat_result, forbidden: int) -> None:
    """Refuse what is neither file nor directory, another user's, or open to others."""
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        raise ConfigError("{path} is no plain file", path=path, hint="put a plain file there")
    if sys.platform == "win32":
        return
    if found.st_uid != os.geteuid():
        raise ConfigError(
            "{path} belongs to another user", path=path, uid=os.geteuid(), hint="sudo chown {uid} '{path}'"
        )
    if found.st_mode & forbidden:
        raise ConfigError(
            "{path} can be {deed} by other users",
            path=path,
            deed="written" if found.st_mode & WRITABLE_BY_OTHERS else "read",
            hint="chmod go-rwx '{path}'",
        )


def _cannot(deed: str, path: Path, error: OSError) -> ConfigError:
    return ConfigError(
        "cannot {deed} {path}: {reason}",
        deed=deed,
        path=path,
        reason=error.strerror or type(error).__name__,
        hint="set VOICECTL_CONFIG_DIR and VOICECTL_STATE_DIR to directories of your own",
    )
