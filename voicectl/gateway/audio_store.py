"""Sound that `/v1/tts` has pointed to, kept for a while for the key that asked. Making it: `forward.py`."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

TTL_SECONDS = 600.0
MOST_BYTES = 512 << 20


class Kept(NamedTuple):
    """One sound; `size` is in bytes, `until` on the clock of the store."""

    path: Path
    key_id: str
    media_type: str
    size: int
    until: float


class AudioStore:
    """Files in a directory of this process's own, which goes when it ends; the oldest make room.

    `new_id` gives what nobody can guess: 128 bits by chance. `steady` counts seconds.
    """

    def __init__(
        self, *, new_id: Callable[[], str], steady: Callable[[], float], most_bytes: int = MOST_BYTES
    ) -> None:
        # Made with mode 0700.
        self._directory = TemporaryDirectory(prefix="voicectl-audio-")
        self._new_id = new_id
        self._steady = steady
        self._most = most_bytes
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0

    def place(self, suffix: str) -> tuple[str, Path]:
        """Return a new name, and where its sound is to be written."""
        name = f"output_{self._new_id()}.{suffix}"
        return name, Path(self._directory.name, name)

    def keep(self, name: str, path: Path, key_id: str, media_type: str) -> None:
        """Offer what was written to the key that asked for it, and to no other."""
        size = path.stat().st_size
        self._kept[name] = Kept(path, key_id, media_type, size, self._steady() + TTL_SECONDS)
        self._bytes += size
        while self._bytes > self._most and len(self._kept) > 1:
            self._forget(next(iter(self._kept)))

    def find(self, name: str, key_id: str) -> Kept | None:
        """Return a sound of this key's; None for all else, whether it is there or not."""
        found = self._kept.get(name)
        return found if found and found.key_id == key_id and found.until > self._steady() else None

    def sweep(self) -> None:
        """Forget what is too old."""
        now = self._steady()
        while self._kept and next(iter(self._kept.values())).until <= now:
            self._forget(next(iter(self._kept)))

    def close(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._directory.cleanup()

    def _forget(self, name: str) -> None:
        gone = self._kept.pop(name)
        self._bytes -= gone.size
        gone.path.unlink(missing_ok=True)
