"""Are our files and directories ours alone? What is written in them is judged elsewhere."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from voicectl.core.checkup import Finding, failed, ok, warning

WRITABLE_BY_OTHERS = 0o022
OPEN_TO_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Held:
    """A file or directory of ours; a `secret` one is nobody else's to read."""

    path: Path
    secret: bool = False


def directories(places: Mapping[str, Path | None]) -> list[Finding]:
    """Judge where configuration, cache and state go, by the variable that can move each."""
    return [_directory(variable, path) for variable, path in places.items()]


def _directory(variable: str, path: Path | None) -> Finding:
    check = f"directory {variable.split('_')[1].lower()}"
    hint = f"set {variable} to a directory of your own"
    if path is None:
        return warning(check, "there is no home directory to keep it in", hint)
    nearest = next(each for each in (path, *path.parents) if each.exists())
    if not nearest.is_dir():
        return failed(check, f"{nearest} is no directory", hint)
    if not os.access(nearest, os.W_OK | os.X_OK):
        return warning(check, f"{path} cannot be written", hint)
    return ok(check, str(path))


def private(held: Iterable[Held], uid: int) -> list[Finding]:
    """Judge owners and modes; one finding a fault, or one for all where there is none."""
    found = [_judged(each, uid) for each in held if os.path.lexists(each.path)]
    faults = [each for each in found if each is not None]
    return faults or [ok("files", f"{len(found)} files and directories are ours alone")]


def _judged(held: Held, uid: int) -> Finding | None:
    path, about = held.path, held.path.lstat()
    if stat.S_ISLNK(about.st_mode) and not path.is_dir():
        return failed("files", f"{path} is a link, which is not followed", f"put the file itself at '{path}'")
    about = path.stat()
    if about.st_uid != uid:
        return failed("files", f"{path} belongs to another user", f"sudo chown {uid} '{path}'")
    open_to = about.st_mode & (OPEN_TO_OTHERS if held.secret else WRITABLE_BY_OTHERS)
    if open_to:
        deed = "written" if about.st_mode & WRITABLE_BY_OTHERS else "read"
        return failed("files", f"{path} can be {deed} by other users", f"chmod go-rwx '{path}'")
    return None
