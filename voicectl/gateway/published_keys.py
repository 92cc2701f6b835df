"""Keys on their way over Redis: the gateway beside their file publishes them, others read them there.

Of a key's text no more travels than its digest. Where keys rest: `key_file.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from voicectl.core.errors import ConfigError, Unavailable
from voicectl.gateway.clones import Clone
from voicectl.gateway.key_file import key_of, record_of
from voicectl.gateway.keys import Generation, Key
from voicectl.gateway.table import Changes, KeyTable
from voicectl.kept.key_cache import LIFE_SECONDS, KeyCache

CLONES = "clones"
ALIVE_EVERY_SECONDS = 60.0


class Publisher:
    """Publishes a table of keys whenever it is another one, and says each minute that it is still there."""

    def __init__(self, table: KeyTable, cache: KeyCache) -> None:
        self._table, self._cache = table, cache
        self._published: int | None = None
        self._told_at = float("-inf")

    def tick(self, steady: float) -> Unavailable | None:
        """Do what is due; return what could not be done, which is tried again at the next tick."""
        try:
            if self._published != self._table.edition:
                edition = self._table.edition
                self._cache.publish(_written(self._table.all(), self._table.clones))
                self._published, self._told_at = edition, steady
            elif steady - self._told_at >= ALIVE_EVERY_SECONDS:
                self._published = self._published if self._cache.keep_alive() else None
                self._told_at = steady
        except Unavailable as error:
            return error
        return None


class PublishedKeys:
    """A source of keys that reads what another gateway publishes.

    Where Redis is silent the keys at hand are believed as long as they would live there; where it answers
    that nobody has published for so long, no longer at all.
    """

    def __init__(self, cache: KeyCache) -> None:
        self._cache = cache
        self._version: str | None = None
        self.trusted_seconds = float(LIFE_SECONDS)

    def changes(self) -> Changes | None:
        """Return all keys where there are others than before. Raises ConfigError."""
        try:
            if (version := self._cache.version()) is not None and version == self._version:
                return None
            version, records = self._cache.records()
        except Unavailable as error:
            self.trusted_seconds = float(LIFE_SECONDS)
            raise ConfigError("keys cannot be read: {reason}", reason=str(error)) from None
        if version is None:
            self.trusted_seconds = 0.0
            raise ConfigError("no gateway publishes its keys", hint="start the one beside their file")
        self._version = version
        return _read(records)

    def close(self) -> None:
        """Let go of Redis."""
        self._cache.close()


def _written(keys: Iterable[Key], clones: Iterable[Clone]) -> dict[str, str]:
    records = {
        key.id: json.dumps(
            {
                "record": record_of(key),
                "generations": [(g.number, g.digest.hex(), g.created, g.ends) for g in key.generations],
            }
        )
        for key in keys
    }
    return {**records, CLONES: json.dumps(list(clones))}


def _read(records: dict[str, str]) -> Changes:
    clones = [Clone(*each) for each in json.loads(records.pop(CLONES, "[]"))]
    return Changes([_key(key_id, json.loads(text)) for key_id, text in records.items()], clones, True)


def _key(key_id: str, found: dict[str, object]) -> Key:
    rows = found["generations"]
    assert isinstance(rows, list)
    generations = tuple(
        Generation(number=number, digest=bytes.fromhex(digest), created=created, ends=ends)
        for number, digest, created, ends in rows
    )
    return key_of(key_id, str(found["record"]), generations)
