"""Copy recordings from a folder that is mounted here, and check the copies. Nothing is asked of a vendor."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from hashlib import new as new_hash
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from voicectl.actions.recording import Brought, Place, path_in
from voicectl.audio.check import inspect
from voicectl.audio.files import draft, may_write
from voicectl.core.audio import Container
from voicectl.core.errors import BrokenAnswer, NoInput, NotFound
from voicectl.core.recording import Fetched, Recording

BLOCK_BYTES = 1 << 20
BESIDE = ("sha256", "md5")
"""Checksums that may lie beside a recording, in a file of its name and this suffix, as `sha256sum` writes."""
COPY = "copy"


def found_in(place: str, words: str) -> list[Path]:
    """Return a file as it is; of a folder, and all below it, the sound whose name holds the words.

    NoInput where there is nothing to look into, NotFound where no name fits.
    """
    start = Path(place)
    if start.is_file():
        return [start]
    if not start.is_dir():
        raise NoInput("{place!r} is no file and no folder here", place=place, hint="is it mounted?")
    found = sorted(path for path in _below(start) if not words or words in path.name)
    if not found:
        raise NotFound(
            "{place!r} holds no recording whose name has {words!r} in it",
            place=place,
            words=words,
            hint="ls {place}",
        )
    return found


def copy(source: Path, place: Place, advance: Callable[[float], None]) -> Brought:
    """Copy one file, read the copy again and compare; BrokenAnswer where it changed or is no sound."""
    recording = Recording(name=source.stem)
    path = place.path or path_in(place.folder, recording, source.name)
    if not may_write(path, place.if_exists):
        return Brought(recording=recording, path=path)
    with _opened(source) as file, draft(path, place.if_exists) as writing:
        before = os.fstat(file.fileno())
        digest, size = sha256(), 0
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            writing.write(block)
            size += len(block)
            advance(len(block))
        after = os.fstat(file.fileno())
        if (before.st_size, before.st_mtime_ns) != (
            after.st_size,
            after.st_mtime_ns,
        ) or size != after.st_size:
            raise BrokenAnswer("{source!r} changed while it was copied", source=str(source), hint="try again")
        seconds, checked_by = _checked(writing.file, source, digest.hexdigest())
    if not writing.delivered:
        return Brought(recording=recording, path=path)
    fetched = Fetched(bytes=size, sha256=digest.hexdigest(), checked_by=checked_by)
    return Brought(recording=recording, path=path, fetched=fetched, duration_seconds=seconds)


def _checked(written: BinaryIO, source: Path, digest: str) -> tuple[float | None, str]:
    """Read the copy as it lies there; return how long it is, and by what it was checked."""
    written.flush()
    written.seek(0)
    sound = inspect(written)
    if _digest_of(written, "sha256") != digest:
        raise BrokenAnswer("the copy of {source!r} is not what was read", source=str(source))
    for kind in BESIDE:
        told = _told_beside(source, kind)
        if told and told != (digest if kind == "sha256" else _digest_of(written, kind)):
            raise BrokenAnswer(
                "{source!r} is not what the {kind} beside it says", source=str(source), kind=kind
            )
        if told:
            return sound.duration_seconds, kind
    return sound.duration_seconds, COPY


def _digest_of(file: BinaryIO, kind: str) -> str:
    digest = new_hash(kind, usedforsecurity=False)
    file.seek(0)
    while block := file.read(BLOCK_BYTES):
        digest.update(block)
    file.seek(0, os.SEEK_END)
    return digest.hexdigest()


def _told_beside(source: Path, kind: str) -> str:
    try:
        text = source.with_name(f"{source.name}.{kind}").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    return text.split()[0].lower() if text.split() else ""


def _below(folder: Path) -> Iterator[Path]:
    """Yield the files of sound in a folder and below it; nothing hidden, no link is followed."""
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and Container.named_by(name) is not None:
                yield Path(at) / name


def _opened(source: Path) -> BinaryIO:
    try:
        return source.open("rb")
    except OSError as error:
        raise NoInput(
            "{name!r} cannot be read: {reason}", name=str(source), reason=error.strerror or str(error)
        ) from error
