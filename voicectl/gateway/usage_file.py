"""What keys have used of their hours and days, and when they were last used: kept between runs.

A running gateway writes it each second, and what it counts is in `quotas.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from voicectl.core.errors import ConfigError, TryLater
from voicectl.gateway.private_database import connected, guarded
from voicectl.gateway.quotas import Used
from voicectl.kept.private_files import locked

SCHEMA = """
CREATE TABLE IF NOT EXISTS used (
    key_id TEXT NOT NULL, period TEXT NOT NULL, window INTEGER NOT NULL, characters INTEGER NOT NULL,
    PRIMARY KEY (key_id, period)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS last_used (
    key_id TEXT NOT NULL, generation INTEGER NOT NULL, at REAL NOT NULL, PRIMARY KEY (key_id, generation)
) WITHOUT ROWID;
"""


class LastUse(NamedTuple):
    """When one generation of a key was last let in, in Unix seconds."""

    key_id: str
    generation: int
    at: float


def file_of(directory: Path, env: str) -> Path:
    """Return where one environment's use is kept: live and test never meet."""
    return directory / f"usage-{env}.sqlite"


class UsageFile:
    """The file, open. Whoever counts in it is alone: `is_counting` takes a lock until `close`."""

    def __init__(self, path: Path, *, is_counting: bool) -> None:
        self.path = path
        self._held = ExitStack()
        if is_counting:
            self._be_alone()
        self._base = connected(path, SCHEMA, is_durable=False)
        self._held.callback(self._base.close)

    def used(self) -> list[Used]:
        """Return what every key has used of its newest hour and day."""
        return [Used(*row) for row in guarded(self.path, self._base.execute, "SELECT * FROM used")]

    def last_used(self) -> dict[tuple[str, int], float]:
        """Return when each generation of each key was last used."""
        rows = guarded(self.path, self._base.execute, "SELECT * FROM last_used")
        return {(key_id, generation): at for key_id, generation, at in rows}

    def write(self, used: Iterable[Used], last_used: Iterable[LastUse] = ()) -> None:
        """Keep what has changed, all or nothing. Raises ConfigError."""
        guarded(self.path, self._write, list(used), list(last_used))

    def close(self) -> None:
        """Close the file, and let others count."""
        self._held.close()

    def _write(self, used: list[Used], last_used: list[LastUse]) -> None:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            self._base.executemany("INSERT OR REPLACE INTO used VALUES (?, ?, ?, ?)", used)
            self._base.executemany("INSERT OR REPLACE INTO last_used VALUES (?, ?, ?)", last_used)
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    def _be_alone(self) -> None:
        try:
            self._held.enter_context(locked(self.path, wait_seconds=0))
        except TryLater:
            raise ConfigError(
                "another gateway counts in {path} already",
                path=self.path,
                hint="stop it, or let both count in Redis",
            ) from None
