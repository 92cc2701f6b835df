"""All keys in memory, found by digest, as they were half a second ago. Their file: `key_file.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from voicectl.core.errors import VoicectlError
from voicectl.gateway.clones import Clone, looks_cloned
from voicectl.gateway.keys import Generation, Key, digest

POLL_SECONDS = 0.5
"""How often `refresh` is to be called: what an administrator does takes effect within a second."""


class Found(NamedTuple):
    """A key, and which of its texts was shown."""

    key: Key
    generation: Generation


class Changes(NamedTuple):
    """The keys that are new or other than before, and all voices made after a person's own.

    With `is_whole` these are all keys there are.
    """

    keys: Iterable[Key] = ()
    clones: Iterable[Clone] = ()
    is_whole: bool = False


class KeySource(Protocol):
    """Where keys rest.

    `trusted_seconds` is how long keys are believed when they can no longer be read there.
    """

    @property
    def trusted_seconds(self) -> float: ...

    def changes(self) -> Changes | None:
        """Return what has changed since this was last asked, None where nothing has. Raises ConfigError."""
        ...


class KeyTable:
    """The keys of one file, as they were at the last `refresh`; `steady` counts seconds."""

    def __init__(self, source: KeySource, steady: Callable[[], float]) -> None:
        self._source = source
        self._steady = steady
        self._by_digest: dict[bytes, Found] = {}
        self._by_id: dict[str, Key] = {}
        self._failing_since: float | None = None
        self.edition = 0
        """Is another number when any key is another one."""
        self._clones: dict[str, Clone] = {}
        self._cloned: set[tuple[str, str]] = set()
        self._learn(source.changes() or Changes())

    def find(self, text: str) -> Found | None:
        """Return whose text this is, whatever has become of the key."""
        return self._by_digest.get(digest(text))

    def get(self, key_id: str) -> Key | None:
        """Return a key by its id."""
        return self._by_id.get(key_id)

    def all(self) -> Iterable[Key]:
        """Return every key there is, for those who count them."""
        return self._by_id.values()

    def clone(self, name: str) -> Clone | None:
        """Return the voice made after a person's own that the gateway knows by this name."""
        return self._clones.get(name)

    @property
    def clones(self) -> Iterable[Clone]:
        """Every voice made after a person's own."""
        return self._clones.values()

    def is_cloned(self, profile: str, voice: str) -> bool:
        """Say whether a vendor's voice is on record as such, and is to be named otherwise."""
        return (profile, voice) in self._cloned or looks_cloned(voice)

    @property
    def is_reliable(self) -> bool:
        """Say whether a revocation would have been seen by now."""
        since = self._failing_since
        return since is None or self._steady() - since < self._source.trusted_seconds

    def refresh(self) -> VoicectlError | None:
        """Take in what has changed; return what was wrong where the file cannot be read."""
        try:
            changed = self._source.changes()
        except VoicectlError as error:
            if self._failing_since is None:
                self._failing_since = self._steady()
            return error
        self._failing_since = None
        if changed is not None:
            self._learn(changed)
        return None

    def _learn(self, changes: Changes) -> None:
        self.edition += 1
        self._clones = {clone.id: clone for clone in changes.clones}
        self._cloned = {(clone.profile, clone.voice) for clone in self._clones.values()}
        if changes.is_whole:
            self._by_id, self._by_digest = {}, {}
        for key in changes.keys:
            if old := self._by_id.get(key.id):
                for generation in old.generations:
                    self._by_digest.pop(generation.digest, None)
            self._by_id[key.id] = key
            for generation in key.generations:
                self._by_digest[generation.digest] = Found(key, generation)
