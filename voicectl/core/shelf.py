"""Where pieces of sound are kept, so that none is paid for twice: the seam. The files: `kept/pieces.py`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from voicectl.core.audio import AudioFormat
from voicectl.core.note import Note
from voicectl.core.tts import Mark, SpeechStream


class Label(NamedTuple):
    """What is known of a piece beside its sound."""

    format: AudioFormat
    request_id: str = ""
    billed_characters: int | None = None
    marks: tuple[Mark, ...] = ()
    notes: tuple[Note, ...] = ()


class Draft(Protocol):
    """The sound of one piece while it comes: one thread writes, another reads what there is so far."""

    def write(self, chunk: bytes) -> None: ...

    def read(self, at: int, most: int) -> bytes:
        """Return up to `most` bytes from `at`; nothing where no more has been written."""
        ...

    def keep(self, label: Label) -> None:
        """Make it a piece that is found under its key from now on; it can still be read."""
        ...

    def drop(self) -> None:
        """Leave nothing of what was not kept; another thread may still write to it."""
        ...

    def close(self) -> None:
        """Drop what was not kept, and use it no more."""
        ...


class Shelf(Protocol):
    """Holds pieces by key; any thread may ask."""

    @property
    def is_lasting(self) -> bool:
        """Say whether what is kept is still there after this run."""
        ...

    def has(self, key: str) -> bool: ...

    def alone(self, key: str) -> AbstractContextManager[object]:
        """Let no two threads fetch the same piece: whoever comes second finds it when its turn comes."""
        ...

    def find(self, key: str) -> SpeechStream | None:
        """Return a whole piece, or None; a damaged one is dropped."""
        ...

    def draft(self, key: str) -> Draft: ...
