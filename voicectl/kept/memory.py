"""Pieces of sound in memory, where none is kept: each is forgotten as it is read. Kept ones: `pieces.py`."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from threading import Lock

from voicectl.core.shelf import Draft, Label
from voicectl.core.tts import SpeechStream


class MemoryShelf:
    """No shelf at all: each piece is held in memory until it has been read."""

    is_lasting = False

    def has(self, key: str) -> bool:
        return False

    def alone(self, key: str) -> AbstractContextManager[object]:
        return nullcontext()

    def find(self, key: str) -> SpeechStream | None:
        return None

    def draft(self, key: str) -> Draft:
        return MemoryDraft()


class MemoryDraft:
    """Sound in memory; what has been read is forgotten, for there is one reader and it never goes back."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._forgotten = 0
        self._moving = Lock()

    def write(self, chunk: bytes) -> None:
        with self._moving:
            self._held += chunk

    def read(self, at: int, most: int) -> bytes:
        with self._moving:
            del self._held[: at - self._forgotten]
            self._forgotten = at
            return bytes(self._held[:most])

    def keep(self, label: Label) -> None:
        pass

    def drop(self) -> None:
        pass

    def close(self) -> None:
        pass
