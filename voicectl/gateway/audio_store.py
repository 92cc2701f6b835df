"""Sound that `/v1/tts` has pointed to, kept for a while for the key that asked. Making it: `forward.py`.

Each key has a folder of its own. Where gateways share a directory, each finds what another one has kept.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from voicectl.core.audio import Container
from voicectl.gateway.limits import Tick
from voicectl.kept.private_files import make_directory, refuse_open

TTL_SECONDS = 600.0
MOST_BYTES, MOST_SOUNDS = 512 << 20, 4096
MEDIA_TYPES = {
    Container.WAV: "audio/wav",
    Container.MP3: "audio/mpeg",
    Container.PCM: "audio/pcm",
    Container.OGG: "audio/ogg",
    Container.OPUS: "audio/opus",
    Container.FLAC: "audio/flac",
    Container.AAC: "audio/aac",
}
_NAME = re.compile(r"output_[0-9a-f]{32}\.([a-z0-9]{2,5})")


class Kept(NamedTuple):
    """One sound; `size` is in bytes, `until` on the clock of the store that never goes back."""

    path: Path
    key_id: str
    media_type: str
    size: int
    until: float


class AudioStore:
    """Files in a directory of this process's own, which goes when it ends, or in one that others share.

    `new_id` gives what nobody can guess: 128 bits by chance. The oldest files of this process make room.
    """

    def __init__(
        self,
        *,
        new_id: Callable[[], str],
        now: Callable[[], Tick],
        shared: str = "",
        most_bytes: int = MOST_BYTES,
        most_sounds: int = MOST_SOUNDS,
    ) -> None:
        self.is_shared = bool(shared)
        if shared:
            self._directory = Path(shared)
            make_directory(self._directory)
            refuse_open(self._directory)
        else:
            # Made with mode 0700.
            self._own = TemporaryDirectory(prefix="voicectl-audio-")
            self._directory = Path(self._own.name)
        self._new_id = new_id
        self._now = now
        self._most_bytes, self._most_sounds = most_bytes, most_sounds
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0

    def place(self, container: Container, key_id: str) -> tuple[str, Path]:
        """Return a new name, and where its sound is to be written."""
        name = f"output_{self._new_id()}.{container}"
        folder = self._directory / key_id
        folder.mkdir(mode=0o700, exist_ok=True)
        return name, folder / name

    def keep(self, name: str, path: Path, key_id: str, media_type: str) -> Kept:
        """Offer what was written to the key that asked for it, and to no other."""
        if parameters := media_type.partition(";")[2]:
            # Others know of the sound only what its name says.
            path = path.rename(path.with_name(f"{name};{parameters}"))
        until = self._now().steady + TTL_SECONDS
        kept = self._kept[name] = Kept(path, key_id, media_type, path.stat().st_size, until)
        self._bytes += kept.size
        while len(self._kept) > self._most_sounds or (self._bytes > self._most_bytes and len(self._kept) > 1):
            self._forget(next(iter(self._kept)))
        return kept

    def find(self, name: str, key_id: str) -> Kept | None:
        """Return a sound of this key's that was kept here; None for all else, whether it is there or not."""
        found = self._kept.get(name)
        return found if found and found.key_id == key_id and found.until > self._now().steady else None

    def find_elsewhere(self, name: str, key_id: str) -> Kept | None:
        """Return a sound of this key's that another gateway keeps in the same directory; asks the disk."""
        shape = _NAME.fullmatch(name)
        if not (self.is_shared and shape and shape[1] in MEDIA_TYPES):
            return None
        folder, now = self._directory / key_id, self._now()
        for path in (folder / name, *folder.glob(f"{name};*")):
            with suppress(OSError):
                found = path.stat()
                left = found.st_mtime + TTL_SECONDS - now.unix
                media_type = MEDIA_TYPES[Container(shape[1])] + path.name.removeprefix(name)
                return Kept(path, key_id, media_type, found.st_size, now.steady + left) if left > 0 else None
        return None

    def sweep(self) -> None:
        """Forget what is too old."""
        now = self._now().steady
        while self._kept and next(iter(self._kept.values())).until <= now:
            self._forget(next(iter(self._kept)))

    def sweep_shared(self) -> None:
        """Delete what a gateway that has died left in the shared directory."""
        over = self._now().unix - 2 * TTL_SECONDS
        for path in self._directory.glob("*/*"):
            with suppress(OSError):
                if path.lstat().st_mtime < over:
                    path.unlink()

    def close(self) -> None:
        """Forget everything; what others can find stays as long as it was promised."""
        self._kept.clear()
        if not self.is_shared:
            self._own.cleanup()

    def _forget(self, name: str) -> None:
        gone = self._kept.pop(name)
        self._bytes -= gone.size
        gone.path.unlink(missing_ok=True)
