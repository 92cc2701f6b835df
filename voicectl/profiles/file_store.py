"""Secrets in a plain-text file that only we can read: for those who said `--store file`.

The same form holds session tokens in the state directory. Nothing falls back to it by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from voicectl.core.credentials import Secret
from voicectl.core.errors import ConfigError
from voicectl.kept.private_files import locked, read_private, write_private
from voicectl.profiles.paths import needed

FOLDER = "secrets"
FILE = "secrets.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStore:
    """`secrets/secrets.json` below `directory`; `variable` is what can move that directory."""

    directory: Path | None
    name: str = "file"
    variable: str = "VOICECTL_CONFIG_DIR"

    @property
    def path(self) -> Path:
        # A folder of its own is 0700 even where the one above is older and wider.
        return needed(self.directory, self.variable) / FOLDER / FILE

    def get(self, profile: str, field: str) -> Secret | None:
        """Return the secret, None where there is none. Raises ConfigError."""
        text = self._entries().get(f"{profile}/{field}") if self.directory else None
        return None if text is None else Secret(text)

    def set(self, profile: str, field: str, secret: Secret) -> None:
        """Keep the secret."""
        self._change(lambda entries: {**entries, f"{profile}/{field}": secret.reveal()})

    def delete(self, profile: str, field: str) -> None:
        """Forget the secret; a file that does not hold it is not written."""
        key = f"{profile}/{field}"
        if self.directory and key in self._entries():
            self._change(lambda entries: {name: text for name, text in entries.items() if name != key})

    def _change(self, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
        import json

        with locked(self.path):
            entries = change(self._entries())
            write_private(self.path, json.dumps(entries, ensure_ascii=False, indent=1).encode())

    def _entries(self) -> dict[str, str]:
        import json

        data = read_private(self.path, secret=True)
        try:
            entries = json.loads(data) if data else {}
        except ValueError:
            entries = None
        if not isinstance(entries, dict) or not all(isinstance(text, str) for text in entries.values()):
            raise ConfigError(
                "{path} is damaged; nothing was changed",
                path=self.path,
                hint="move it away and store the secrets anew",
            )
        return entries
