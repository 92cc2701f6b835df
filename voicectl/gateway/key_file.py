"""Where keys rest: one SQLite file, of which every change is noted beside it. Keys in memory: `table.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from voicectl.core.errors import NotFound
from voicectl.gateway.clones import Clone
from voicectl.gateway.keys import Env, Generation, Key, Limits, Status
from voicectl.gateway.private_database import connected, guarded, unusable
from voicectl.gateway.table import Changes

if TYPE_CHECKING:
    from sqlite3 import Connection

FILE = "keys.sqlite"
SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, revision INTEGER NOT NULL, record TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS keys_by_revision ON keys (revision);
CREATE TABLE IF NOT EXISTS generations (
    digest BLOB PRIMARY KEY, key_id TEXT NOT NULL REFERENCES keys (id), number INTEGER NOT NULL,
    created REAL NOT NULL, ends REAL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS generations_by_key ON generations (key_id, number);
CREATE TABLE IF NOT EXISTS clones (
    id TEXT PRIMARY KEY, profile TEXT NOT NULL, voice TEXT NOT NULL, consent TEXT NOT NULL,
    created REAL NOT NULL, created_by TEXT NOT NULL, UNIQUE (profile, voice)
);
CREATE TABLE IF NOT EXISTS deeds (
    at REAL NOT NULL, who TEXT NOT NULL, deed TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL
);
"""
WRITTEN = (
    *("name", "team", "env", "status", "profiles", "models", "voices", "networks"),
    *("must_sign", "created", "created_by", "expires"),
)


class Deed(NamedTuple):
    """What an administrator did, when (Unix seconds), and which user of this machine that was."""

    at: float
    who: str
    deed: str
    subject: str
    detail: str = ""


class KeyFile:
    """The file, open; what it raises is ConfigError."""

    trusted_seconds = 3.0

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open()

    def keys(self) -> list[Key]:
        """Return all keys, the oldest first."""
        return sorted(guarded(self.path, self._since, 0), key=lambda key: (key.created, key.id))

    def get(self, key_id: str) -> Key:
        """Return one key; raises NotFound."""
        found = guarded(self.path, self._read, "WHERE id = ?", key_id)
        if not found:
            raise NotFound("there is no key {id!r}", id=key_id, hint="voicectl gateway key list")
        return found[0]

    def add(self, key: Key, deed: Deed) -> None:
        """Keep a new key."""
        with self._changing(deed) as base:
            self._write(base, key)

    def change(self, key_id: str, change: Callable[[Key], Key], deed: Deed) -> Key:
        """Replace a key by what `change` makes of it, while nobody else can; return that."""
        with self._changing(deed) as base:
            changed = change(self.get(key_id))
            self._write(base, changed)
        return changed

    def clones(self) -> list[Clone]:
        """Return every voice made after a person's own."""
        rows = guarded(self.path, self._base.execute, "SELECT * FROM clones ORDER BY created, id")
        return [Clone(*row) for row in rows]

    def add_clone(self, clone: Clone, deed: Deed) -> None:
        """Put a voice on record; one that is there gets the new consent and name."""
        with self._changing(deed) as base:
            base.execute("DELETE FROM clones WHERE profile = ? AND voice = ?", (clone.profile, clone.voice))
            base.execute("INSERT INTO clones VALUES (?, ?, ?, ?, ?, ?)", clone)

    def remove_clone(self, clone_id: str, deed: Deed) -> None:
        """Take a voice off the record; raises NotFound."""
        with self._changing(deed) as base:
            if not base.execute("DELETE FROM clones WHERE id = ?", (clone_id,)).rowcount:
                raise NotFound("there is no voice {id!r}", id=clone_id, hint="voicectl gateway voice list")

    def note(self, deed: Deed) -> None:
        """Note a deed that changes nothing here."""
        with self._changing(deed):
            pass

    def deeds(self) -> list[Deed]:
        """Return what administrators did, the oldest first."""
        rows = guarded(self.path, self._base.execute, "SELECT * FROM deeds ORDER BY at, rowid")
        return [Deed(*row) for row in rows]

    def changes(self) -> Changes | None:
        """Return what others have changed since this was last asked; all of it the first time.

        Cheap where nothing has changed. A file that was put in place of ours is read anew.
        """
        return guarded(self.path, self._changes)

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def _open(self) -> None:
        self._base = connected(self.path, SCHEMA, is_durable=True)
        self._place = _place(self.path)
        self._version = self._revision = -1

    def _changes(self) -> Changes | None:
        if _place(self.path) != self._place:
            self.close()
            self._open()
        version = self._base.execute("PRAGMA data_version").fetchone()[0]
        if version == self._version:
            return None
        is_whole, self._version = self._version < 0, version
        # A change between the two questions is seen twice, which does no harm.
        newest = self._base.execute("SELECT coalesce(max(revision), 0) FROM keys").fetchone()[0]
        changed = Changes(self._since(self._revision + 1), self.clones(), is_whole)
        self._revision = newest
        return changed

    def _since(self, revision: int) -> list[Key]:
        return self._read("WHERE revision >= ?", revision)

    def _read(self, where: str, value: object) -> list[Key]:
        found = self._base.execute(f"SELECT id, record FROM keys {where}", (value,)).fetchall()
        return [key_of(key_id, record, self._generations(key_id)) for key_id, record in found]

    def _generations(self, key_id: str) -> tuple[Generation, ...]:
        rows = self._base.execute(
            "SELECT number, digest, created, ends FROM generations WHERE key_id = ? ORDER BY number",
            (key_id,),
        )
        return tuple(Generation(number=n, digest=d, created=c, ends=e) for n, d, c, e in rows)

    @contextmanager
    def _changing(self, deed: Deed) -> Iterator[Connection]:
        """Change the file and note the deed, both or neither."""
        import sqlite3

        base = self._base
        guarded(self.path, base.execute, "BEGIN IMMEDIATE")
        try:
            yield base
            base.execute("INSERT INTO deeds VALUES (?, ?, ?, ?, ?)", deed)
            base.execute("COMMIT")
        except sqlite3.Error as error:
            raise unusable(self.path, error) from None
        finally:
            if base.in_transaction:
                base.execute("ROLLBACK")

    def _write(self, base: Connection, key: Key) -> None:
        base.execute(
            "INSERT OR REPLACE INTO keys VALUES (?, (SELECT coalesce(max(revision), 0) + 1 FROM keys), ?)",
            (key.id, record_of(key)),
        )
        base.execute("DELETE FROM generations WHERE key_id = ?", (key.id,))
        base.executemany(
            "INSERT INTO generations VALUES (?, ?, ?, ?, ?)",
            [(each.digest, key.id, each.number, each.created, each.ends) for each in key.generations],
        )


def _place(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def record_of(key: Key) -> str:
    """Write down all that is on record of a key but its generations."""
    import json

    written = {name: getattr(key, name) for name in WRITTEN}
    written |= {"tags": sorted(key.tags), "limits": key.limits._asdict()}
    return json.dumps(written, ensure_ascii=False)


def key_of(key_id: str, record: str, generations: tuple[Generation, ...]) -> Key:
    """Read what `record_of` wrote."""
    import json

    found = json.loads(record)
    return Key(
        id=key_id,
        name=found["name"],
        team=found["team"],
        created_by=found["created_by"],
        env=Env(found["env"]),
        status=Status(found["status"]),
        tags=frozenset(found["tags"]),
        profiles=tuple(found["profiles"]),
        models=tuple(found["models"]),
        voices=tuple(found["voices"]),
        networks=tuple(found["networks"]),
        limits=Limits(**found["limits"]),
        must_sign=bool(found["must_sign"]),
        created=found["created"],
        expires=found["expires"],
        generations=generations,
    )
