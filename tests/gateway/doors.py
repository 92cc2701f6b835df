"""A door with keys of one's own, at a time of one's own: what the tests of the gateway's decisions share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from voicectl.gateway.administration import Issued, Wish, issued
from voicectl.gateway.clones import Clone
from voicectl.gateway.door import Admitted, Door, Refused, Visit
from voicectl.gateway.keys import Env, Key, Limits
from voicectl.gateway.limits import Tick
from voicectl.gateway.quotas import Quotas
from voicectl.gateway.signatures import Signatures
from voicectl.gateway.table import Changes, KeyTable
from voicectl.gateway.tokens import Tokens
from voicectl.signing.gateway_keys import SANDBOX_MASTER

NOON = 1_800_014_400.0 - 1_800_014_400.0 % 86400 + 12 * 3600
START = Tick(NOON, 6000.0)
FREE = Limits(per_minute=None, concurrency=None, characters_a_day=None)


@dataclass
class Shelf:
    """Keys in memory that change like a file's."""

    keys: dict[str, Key] = field(default_factory=dict)
    clones: list[Clone] = field(default_factory=list)
    is_new: bool = True
    trusted_seconds: float = 3.0

    def changes(self) -> Changes | None:
        was_new, self.is_new = self.is_new, False
        return Changes(tuple(self.keys.values()), tuple(self.clones), True) if was_new else None

    def put(self, key: Key) -> None:
        self.keys[key.id] = key
        self.is_new = True


class Gate:
    """A live door and its keys; `key` issues one that may do everything but what a test takes away."""

    def __init__(self, *, env: Env = Env.LIVE, **more: Any) -> None:
        self.shelf = Shelf()
        self.chance = Random(11)
        self.now = START
        self.door = Door(
            env=env,
            table=KeyTable(self.shelf, lambda: self.now.steady),
            quotas=more.pop("quotas", None) or Quotas(),
            signatures=Signatures(lambda: SANDBOX_MASTER),
            tokens=Tokens(SANDBOX_MASTER, env),
            **more,
        )

    def key(self, **wish: Any) -> Issued:
        usual = {
            "name": "web",
            "tags": frozenset(("tts.basic",)),
            "profiles": ("*",),
            "models": ("*",),
            "voices": ("*",),
            "limits": FREE,
        }
        made = issued(
            Wish(**{**usual, **wish}),
            now=START.unix,
            who="ada",
            below=lambda most: self.chance.randrange(most),
        )
        self.put(made.key)
        return made

    def put(self, key: Key) -> None:
        self.shelf.put(key)
        assert self.door.table.refresh() is None

    def change(self, key: Key, **changes: Any) -> None:
        self.put(replace(key, **changes))

    def later(self, seconds: float) -> None:
        self.now = Tick(self.now.unix + seconds, self.now.steady + seconds)

    def visit(
        self,
        token: str,
        *,
        peer: str = "127.0.0.1",
        tag: str = "tts.basic",
        more: Iterable[tuple[bytes, bytes]] = (),
    ) -> Admitted | Refused:
        headers = [(b"host", b"gateway"), (b"authorization", b"Bearer " + token.encode()), *more]
        return self.door.admit(Visit(headers, peer, tag), self.now)

    def admitted(self, token: str, **more: Any) -> Admitted:
        found = self.visit(token, **more)
        assert isinstance(found, Admitted), found
        return found

    def refused(self, token: str, **more: Any) -> Refused:
        found = self.visit(token, **more)
        assert isinstance(found, Refused)
        return found
