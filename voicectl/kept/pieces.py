"""Pieces of sound in files of the cache, so that none is paid for twice. Where none is kept: `memory.py`.

A file holds the sound as it came, then its label, then a tail that tells the label's length and a
checksum: a file that was cut or changed is no piece. Nothing is forced to the disk; what a power cut
spoils is found out by the checksum and fetched again.
"""

from __future__ import annotations

import json
import os
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary
from zlib import crc32

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import OutputError
from voicectl.core.note import Note
from voicectl.core.shelf import Draft, Label
from voicectl.core.tts import Mark, SpeechStream
from voicectl.kept.memory import MemoryDraft
from voicectl.kept.private_files import make_directory
from voicectl.kept.sounds import DRAFT_SUFFIX, MOST_BYTES, SUFFIX, looked_at_lately, make_room, weight

BLOCK_BYTES = 1 << 16
TAIL = struct.Struct("<II8s")
MAGIC = b"vcpiece1"


class FileShelf:
    """Pieces as files of a directory that is ours; `now` tells seconds since 1970.

    Raises ConfigError where the directory cannot be made or is not ours.
    """

    is_lasting = True

    def __init__(self, directory: Path, *, now: Callable[[], float], most_bytes: int = MOST_BYTES) -> None:
        self._directory = directory
        self._now = now
        self._began = now()
        self._most_bytes = most_bytes
        self._bytes: int | None = None
        self._bytes_to_look_at = most_bytes
        self._counting = Lock()
        self._fetching: WeakValueDictionary[str, Any] = WeakValueDictionary()
        make_directory(directory.parent)
        make_directory(directory)

    def has(self, key: str) -> bool:
        return self._path(key).exists()

    def alone(self, key: str) -> AbstractContextManager[object]:
        with self._counting:
            lock: Any = self._fetching.setdefault(key, Lock())
            return lock  # type: ignore[no-any-return]

    def find(self, key: str) -> SpeechStream | None:
        path = self._path(key)
        try:
            descriptor = os.open(
                path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
            )
        except OSError:
            return None
        reader = _Reader(descriptor)
        label, size = reader.checked()
        if label is None:
            reader.close()
            with suppress(OSError):
                path.unlink()
            return None
        # What is used stays longest.
        with suppress(OSError):
            os.utime(path)
        return SpeechStream(
            format=label.format,
            chunks=reader.sound(size),
            request_id=label.request_id,
            billed_characters=label.billed_characters,
            marks=label.marks,
            notes=label.notes,
            is_kept=True,
        )

    def draft(self, key: str) -> Draft:
        """Begin a piece; OutputError where there is no room for it."""
        try:
            return _FileDraft(self._path(key), self._grow)
        except OSError as error:
            raise _no_room(self._directory, error) from None

    def _path(self, key: str) -> Path:
        return self._directory / f"{key}{SUFFIX}"

    def _grow(self, size: int) -> None:
        """Count what was kept, and make room where that is too much: when its sound has been passed on."""
        with self._counting:
            if self._bytes is not None and self._bytes + weight(size) <= self._bytes_to_look_at:
                self._bytes += weight(size)
            elif self._bytes is not None or not looked_at_lately(self._directory, self._now()):
                self._bytes = make_room(
                    self._directory, now=self._now(), most_bytes=self._most_bytes, since=self._began
                )
                # One run may need more than fits; it does not look again at every piece.
                self._bytes_to_look_at = max(self._most_bytes, self._bytes + self._most_bytes // 16)


class _FileDraft:
    """A file beside the piece that it is to become."""

    def __init__(self, goal: Path, grow: Callable[[int], None]) -> None:
        self._goal = goal
        self._grow = grow
        self._descriptor, name = tempfile.mkstemp(
            prefix=f".{goal.stem}.", suffix=DRAFT_SUFFIX, dir=goal.parent
        )
        self._path = Path(name)
        self._size = 0
        self._sum = 0
        self._whole = False
        self._kept = False
        self._moving = Lock()

    def write(self, chunk: bytes) -> None:
        with self._moving:
            self._append(chunk)
            self._size += len(chunk)

    def read(self, at: int, most: int) -> bytes:
        with self._moving:
            os.lseek(self._descriptor, at, os.SEEK_SET)
            return os.read(self._descriptor, min(most, self._size - at))

    def keep(self, label: Label) -> None:
        text = _as_text(label)
        with self._moving:
            self._append(text)
            self._append(TAIL.pack(len(text), self._sum, MAGIC))
            self._whole = True
            self._move()
        if self._kept:
            self._grow(self._size)

    def close(self) -> None:
        with self._moving:
            os.close(self._descriptor)
            if self._whole and not self._kept:
                self._move()
        self.drop()

    def drop(self) -> None:
        with self._moving:
            if not self._kept:
                with suppress(OSError):
                    self._path.unlink()

    def _append(self, data: bytes) -> None:
        try:
            os.lseek(self._descriptor, 0, os.SEEK_END)
            left = memoryview(data)
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError as error:
            raise _no_room(self._path.parent, error) from None
        self._sum = crc32(data, self._sum)

    def _move(self) -> None:
        """Put it in its place; where an open file cannot be moved, closing does it."""
        try:
            self._path.replace(self._goal)
        except OSError:
            return
        self._kept = True


class _Reader:
    """An open file of a piece. It can be read to the end even if another process drops it meanwhile."""

    def __init__(self, descriptor: int) -> None:
        self._file = os.fdopen(descriptor, "rb")

    def close(self) -> None:
        self._file.close()

    def checked(self) -> tuple[Label | None, int]:
        """Return the label and the bytes of sound; no label where the file is no whole piece."""
        size = self._file.seek(0, os.SEEK_END) - TAIL.size
        if size < 0:
            return None, 0
        self._file.seek(size)
        length, told, magic = TAIL.unpack(self._file.read(TAIL.size))
        if magic != MAGIC or length > size or told != self._sum_of(size):
            return None, 0
        self._file.seek(size - length)
        return _label_in(self._file.read(length)), size - length

    def sound(self, size: int) -> Iterator[bytes]:
        """Yield the sound, and close the file after it."""
        with self._file as file:
            file.seek(0)
            while size and (block := file.read(min(size, BLOCK_BYTES))):
                size -= len(block)
                yield block

    def _sum_of(self, size: int) -> int:
        self._file.seek(0)
        total = 0
        while size and (block := self._file.read(min(size, BLOCK_BYTES))):
            total = crc32(block, total)
            size -= len(block)
        return total


class ReadOnlyShelf:
    """What lies in files, without adding to it: what is new waits in memory."""

    is_lasting = False

    def __init__(self, files: FileShelf) -> None:
        self._files = files

    def has(self, key: str) -> bool:
        return self._files.has(key)

    def find(self, key: str) -> SpeechStream | None:
        return self._files.find(key)

    def alone(self, key: str) -> AbstractContextManager[object]:
        return nullcontext()

    def draft(self, key: str) -> Draft:
        return MemoryDraft()


def _no_room(directory: Path, error: OSError) -> OutputError:
    return OutputError(
        "pieces of sound cannot be kept in {path}: {reason}",
        path=directory,
        reason=error.strerror or type(error).__name__,
        hint="make room there, or set VOICECTL_NO_CACHE=1",
    )


def _as_text(label: Label) -> bytes:
    audio = label.format
    content = {
        "format": (audio.container.value, audio.sample_rate, audio.channels, audio.bits),
        "request_id": label.request_id,
        "billed": label.billed_characters,
        "marks": label.marks,
        "notes": [(note.template, dict(note.facts), note.id) for note in label.notes],
    }
    return json.dumps(content, ensure_ascii=False, default=str).encode()


def _label_in(text: bytes) -> Label | None:
    """Read a label; None for one that another version wrote."""
    try:
        content = json.loads(text)
        container, rate, channels, bits = content["format"]
        return Label(
            format=AudioFormat(Container(container), rate, channels, bits),
            request_id=content["request_id"],
            billed_characters=content["billed"],
            marks=tuple(Mark(*mark) for mark in content["marks"]),
            notes=tuple(Note(*note) for note in content["notes"]),
        )
    except (ValueError, TypeError, KeyError):
        return None
