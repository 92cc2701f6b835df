"""One home with its stores, and the deeds done there; the keyring is one in memory that can refuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from voicectl.actions.profile import Draft, add
from voicectl.core.credentials import Secret
from voicectl.core.errors import ConfigError
from voicectl.profiles.file_store import FileStore
from voicectl.profiles.forms import FORMS
from voicectl.profiles.settings import ProfileFile


@dataclass
class MemoryKeyring:
    """A keyring in memory that can be told to refuse."""

    name: str = "keyring"
    broken: bool = False
    refused: tuple[str, ...] = ()
    kept: dict[str, str] = field(default_factory=dict)

    def get(self, profile: str, name: str) -> Secret | None:
        text = self.kept.get(f"{profile}/{name}")
        return None if text is None else Secret(text)

    def set(self, profile: str, name: str, secret: Secret) -> None:
        if self.broken or f"set {profile}/{name}" in self.refused:
            raise ConfigError("the keyring cannot be used: it is locked")
        self.kept[f"{profile}/{name}"] = secret.reveal()

    def delete(self, profile: str, name: str) -> None:
        if f"delete {profile}/{name}" in self.refused:
            raise ConfigError("the keyring cannot be used: it is locked")
        self.kept.pop(f"{profile}/{name}", None)


@dataclass
class Desk:
    """One home with its stores, and the deeds done there."""

    root: Path
    keyring: MemoryKeyring = field(default_factory=MemoryKeyring)

    @property
    def profiles(self) -> ProfileFile:
        return ProfileFile(self.root / "config")

    @property
    def stores(self) -> Mapping[str, MemoryKeyring | FileStore]:
        return {
            "keyring": self.keyring,
            "file": FileStore(directory=self.root / "config"),
            "state": FileStore(directory=self.root / "state", name="state"),
        }

    def add(self, draft: Draft, *, replacing: bool = False) -> list[str]:
        added = add(draft, FORMS[draft.vendor], self.profiles, self.stores, replacing=replacing)
        return [str(note) for note in added.notes]
