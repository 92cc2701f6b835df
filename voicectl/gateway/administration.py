"""What an administrator makes of keys: issued, rotated, switched off. Keeping them: `key_file.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from voicectl.core.errors import Guarded, UsageError
from voicectl.gateway.keys import (
    ALPHABET,
    DEFAULT_LIMITS,
    Env,
    Generation,
    Key,
    Limits,
    Status,
    digest,
    is_old,
    new_id,
    new_text,
    read,
)

SHOWN_ID = 8
MOST_LIVE = 2
Below = Callable[[int], int]
"""Gives a number by chance that is less than another, as `secrets.randbelow` does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a new key is to be and may do; a list that is empty allows nothing."""

    name: str
    env: Env = Env.LIVE
    team: str = ""
    tags: frozenset[str] = frozenset()
    profiles: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()
    limits: Limits = DEFAULT_LIMITS
    networks: tuple[str, ...] = ()
    must_sign: bool = False
    lives_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A key as it goes on record, and its text, which nobody can tell again."""

    key: Key
    text: str = field(repr=False)


def issued(wish: Wish, *, now: float, who: str, below: Below) -> Issued:
    """Make a key."""
    key_id = new_id(below)
    text = new_text(wish.env, key_id, below)
    key = Key(
        id=key_id,
        name=wish.name,
        env=wish.env,
        team=wish.team,
        tags=wish.tags,
        profiles=wish.profiles,
        models=wish.models,
        voices=wish.voices,
        limits=wish.limits,
        networks=wish.networks,
        must_sign=wish.must_sign,
        created=now,
        created_by=who,
        expires=None if wish.lives_seconds is None else now + wish.lives_seconds,
        generations=(Generation(number=1, digest=digest(text), created=now),),
    )
    return Issued(key=key, text=text)


def rotated(key: Key, *, now: float, overlap_seconds: float, below: Below, force: bool = False) -> Issued:
    """Give a key a new text; the old one ends after `overlap_seconds`, at once with 0.

    Two texts may live side by side. With `force` a third comes, and the oldest ends at once.
    """
    if key.status is Status.REVOKED:
        raise Guarded("key {id} is revoked", id=key.id, hint="voicectl gateway key issue --name NAME")
    if key.expires is not None and now >= key.expires:
        raise Guarded(
            "key {id} has expired, and so would its new text",
            id=key.id,
            hint="voicectl gateway key issue --name NAME",
        )
    live = [each for each in key.generations if each.ends is None or each.ends > now]
    if len(live) >= MOST_LIVE and overlap_seconds and not force:
        raise Guarded(
            "key {id} was rotated before, and its old text still lives",
            id=key.id,
            hint="voicectl gateway key rotate {id} --force",
        )
    text = new_text(key.env, key.id, below)
    last = replace(key.newest, ends=now + overlap_seconds)
    fresh = Generation(number=key.newest.number + 1, digest=digest(text), created=now)
    kept = (last, fresh) if overlap_seconds else (fresh,)
    return Issued(key=replace(key, generations=kept), text=text)


def switched(key: Key, status: Status) -> Key:
    """Enable, disable or revoke a key; what is revoked stays so."""
    if key.status is Status.REVOKED and status is not Status.REVOKED:
        raise Guarded(
            "key {id} is revoked for good", id=key.id, hint="voicectl gateway key issue --name NAME"
        )
    return replace(key, status=status)


def row_of(key: Key, last_used: Mapping[tuple[str, int], float], now: float) -> dict[str, object]:
    """Return all that is told of a key; times as text, in UTC."""
    return {
        "id": key.id,
        "prefix": key.shown,
        "name": key.name,
        "team": key.team or None,
        "env": key.env,
        "status": state_of(key, now),
        "tags": sorted(key.tags),
        "profiles": list(key.profiles),
        "models": list(key.models),
        "voices": list(key.voices),
        "limits": key.limits._asdict(),
        "allow_ips": list(key.networks),
        "must_sign": key.must_sign,
        "created": written(key.created),
        "created_by": key.created_by,
        "expires": written(key.expires),
        "generations": [
            {
                "number": each.number,
                "created": written(each.created),
                "ends": written(each.ends),
                "last_used": written(last_used.get((key.id, each.number))),
            }
            for each in key.generations
        ],
    }


def line_of(
    key: Key, last_used: Mapping[tuple[str, int], float], now: float, most_seconds: float
) -> dict[str, object]:
    """Return what a list tells of a key: one value a column, and what should be done about it."""
    *older, newest = key.generations
    old = older[-1] if older and (older[-1].ends or 0) > now else None
    return {
        "id": key.id,
        "name": key.name,
        "team": key.team or None,
        "env": key.env,
        "status": state_of(key, now),
        "tags": " ".join(sorted(key.tags)),
        "expires": written(key.expires),
        "rotated": written(newest.created),
        "last_used": written(last_used.get((key.id, newest.number))),
        "old_ends": written(old.ends) if old else None,
        "old_last_used": written(last_used.get((key.id, old.number))) if old else None,
        "warning": "rotate it" if is_old(key, now, most_seconds) else None,
    }


def state_of(key: Key, now: float) -> str:
    """Return a key's status; one that is over is `expired`, whatever an administrator made of it."""
    is_over = key.status is Status.ACTIVE and key.expires is not None and now >= key.expires
    return "expired" if is_over else key.status


def written(unix: float | None) -> str | None:
    """Write a time in UTC, to the second."""
    from datetime import UTC, datetime

    return None if unix is None else datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def id_in(word: str) -> str:
    """Read a key's id as `key list` shows it, alone or with what stands before it.

    A whole key is refused, and not repeated: whoever typed it has just shown it to the whole machine.
    """
    bare = word.removesuffix("...").removesuffix("…")
    if found := read(bare):
        raise UsageError(
            "this is a whole key, which the shell has now written down; name it by its id",
            id=found.id,
            hint="voicectl gateway key rotate {id} --overlap 0",
        )
    key_id = bare.rpartition("_")[2]
    if len(key_id) != SHOWN_ID or any(sign not in ALPHABET for sign in key_id):
        raise UsageError(
            "this is no id of a key: it has eight letters or digits", hint="voicectl gateway key list"
        )
    return key_id
