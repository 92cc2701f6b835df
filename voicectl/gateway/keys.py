"""What an API key is: its text, its checksum, its record. Where records rest: `key_file.py`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from string import ascii_lowercase, ascii_uppercase, digits
from typing import NamedTuple
from zlib import crc32

ALPHABET = digits + ascii_uppercase + ascii_lowercase
ID_LENGTH, RANDOM_LENGTH, CHECKSUM_LENGTH = 8, 32, 6
EVERY = "*"
"""What stands in a list that is to hold everything; an empty list holds nothing."""
REPORTED_AFTER = 90 * 86400.0
"""After so many seconds a key is called old, unless somebody says otherwise."""

_SHAPE = re.compile(r"ak_(live|test)_([0-9A-Za-z]{8})[0-9A-Za-z]{32}([0-9A-Za-z]{6})")


class Env(StrEnum):
    """Whether a key reaches vendors, or the sandbox; never both."""

    LIVE = "live"
    TEST = "test"


class Status(StrEnum):
    """What an administrator has made of a key."""

    ACTIVE = "active"
    DISABLED = "disabled"
    REVOKED = "revoked"


class Words(NamedTuple):
    """What the text of a key says by itself."""

    env: Env
    id: str


class Limits(NamedTuple):
    """How much a key may ask for; None is no limit.

    `burst` bounds how many requests may come at once, where that is less than those of a minute.
    Hours and days are UTC's.
    """

    per_minute: int | None = 60
    burst: int | None = None
    concurrency: int | None = 4
    characters_an_hour: int | None = None
    characters_a_day: int | None = 100_000


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One text under which a key is known; times are in Unix seconds, `ends` is None for the newest."""

    number: int
    digest: bytes = field(repr=False)
    created: float
    ends: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What is on record of a key; its text is not. Times are in Unix seconds."""

    id: str
    name: str
    env: Env
    created: float
    created_by: str
    generations: tuple[Generation, ...]
    team: str = ""
    tags: frozenset[str] = frozenset()
    profiles: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()
    limits: Limits = DEFAULT_LIMITS
    networks: tuple[str, ...] = ()
    must_sign: bool = False
    expires: float | None = None
    status: Status = Status.ACTIVE

    @property
    def newest(self) -> Generation:
        return self.generations[-1]

    @property
    def shown(self) -> str:
        """As much of its text as is ever shown again."""
        return shown(self.env, self.id)


def shown(env: str, key_id: str) -> str:
    """Return the part of a key's text that is no secret."""
    return f"ak_{env}_{key_id}..."


def holds(names: tuple[str, ...], name: str) -> bool:
    """Say whether a list names this, or everything."""
    return name in names or EVERY in names


def is_old(key: Key, now: float, most_seconds: float = REPORTED_AFTER) -> bool:
    """Say whether a key should have been rotated by now."""
    is_over = key.expires is not None and now >= key.expires
    return key.status is Status.ACTIVE and not is_over and now - key.newest.created > most_seconds


def base62(number: int, length: int) -> str:
    """Write a number, the most significant digit first, filled up with zeros."""
    written = ""
    while number:
        number, digit = divmod(number, 62)
        written = ALPHABET[digit] + written
    return written.rjust(length, "0")


def checksum(text: str) -> str:
    """Return the digits that end a key: they tell a typing error, and a find from a chance."""
    return base62(crc32(text.encode()), CHECKSUM_LENGTH)


def new_id(below: Callable[[int], int]) -> str:
    """Return a new key's id; `below(n)` is a number by chance, as `secrets.randbelow` gives it."""
    return _by_chance(below, ID_LENGTH)


def new_text(env: Env, key_id: str, below: Callable[[int], int]) -> str:
    """Return the whole text of a key, which is a secret."""
    text = f"ak_{env}_{key_id}{_by_chance(below, RANDOM_LENGTH)}"
    return text + checksum(text)


def read(text: str) -> Words | None:
    """Read the text of a key; None for one that is none, or was mistyped."""
    found = _SHAPE.fullmatch(text)
    if found is None or checksum(text[:-CHECKSUM_LENGTH]) != found[3]:
        return None
    return Words(Env(found[1]), found[2])


def digest(text: str) -> bytes:
    """Return what is kept of a key's text: there is too much chance in it for a slow hash to add any."""
    return sha256(text.encode()).digest()


def _by_chance(below: Callable[[int], int], length: int) -> str:
    return "".join(ALPHABET[below(len(ALPHABET))] for _ in range(length))
