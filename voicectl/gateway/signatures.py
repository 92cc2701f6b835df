"""Signed requests: is a signature right, in time, and new. The scheme: `signing/gateway_hmac.py`."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request
from voicectl.gateway.keys import Env, Key
from voicectl.gateway.limits import Tick
from voicectl.signing.claims import Claims
from voicectl.signing.gateway_hmac import NONCE, SIGNATURE, TIMESTAMP, GatewayHmac
from voicectl.signing.gateway_keys import signing_credentials

WINDOW_SECONDS, REMEMBERED_SECONDS = 300, 600
MOST_NONCES = 100_000
MOST_NONCES_OF_A_KEY = 20_000

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_NONCE = re.compile(r"[!-~]{8,64}")
_SIGNATURE = re.compile(r"v1=([0-9a-f]{64})")

Master = Callable[[], Secret]
"""Gives the master secret; raises ConfigError where there is none."""


class NoPlace(Exception):
    """No more nonces can be remembered, so that no more requests can be told from replays."""


class Nonces:
    """Which nonces were seen, by key; `steady` seconds. Bounded, of all keys and of each."""

    def __init__(self, most: int = MOST_NONCES, most_of_a_key: int = MOST_NONCES_OF_A_KEY) -> None:
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._of_key: dict[str, int] = {}
        self._most, self._most_of_a_key = most, most_of_a_key

    def is_new(self, key_id: str, nonce: str, steady: float) -> bool:
        """Remember a nonce, and say whether it had not been seen; raises NoPlace."""
        self._forget(steady)
        if (key_id, nonce) in self._seen:
            return False
        held = self._of_key.get(key_id, 0)
        if len(self._seen) >= self._most or held >= self._most_of_a_key:
            raise NoPlace
        self._seen[key_id, nonce] = steady + REMEMBERED_SECONDS
        self._of_key[key_id] = held + 1
        return True

    def _forget(self, steady: float) -> None:
        """Let go of what is too old to be taken again; the oldest come first."""
        while self._seen:
            place, until = next(iter(self._seen.items()))
            if until > steady:
                return
            del self._seen[place]
            key_id, _ = place
            self._of_key[key_id] -= 1
            if not self._of_key[key_id]:
                del self._of_key[key_id]

    def __len__(self) -> int:
        return len(self._seen)


class Claimed(NamedTuple):
    """What a request says of its signature."""

    timestamp: str
    nonce: str
    signature: str


def is_signed(request: Request) -> bool:
    """Say whether a request means to be signed: one of the three headers is enough."""
    names = {name.lower() for name, _ in request.headers}
    return not names.isdisjoint((TIMESTAMP.lower(), NONCE.lower(), SIGNATURE.lower()))


class Signatures:
    """Checks what is signed; `master` gives the secret that all others are derived from."""

    def __init__(self, master: Master, nonces: Nonces | None = None) -> None:
        self._credentials = lru_cache(maxsize=4096)(self._derived)
        self._master = master
        self.nonces = nonces or Nonces()

    def fault(self, request: Request, key: Key, generation: int, tick: Tick) -> str:
        """Return what is wrong with a signature, nothing where it holds. Raises NoPlace, ConfigError.

        A nonce is remembered only when all else is right: others cannot fill the memory up.
        """
        claimed = _claimed(request)
        if claimed is None:
            return "signature unreadable"
        if abs(tick.unix - int(claimed.timestamp)) > WINDOW_SECONDS:
            return "signature stale"
        if not self._is_right(request, key, generation, claimed):
            return "signature wrong"
        return "" if self.nonces.is_new(key.id, claimed.nonce, tick.steady) else "signature replayed"

    def _is_right(self, request: Request, key: Key, generation: int, claimed: Claimed) -> bool:
        from hmac import compare_digest

        moment = Moment(datetime.fromtimestamp(int(claimed.timestamp), UTC), claimed.nonce)
        claims = Claims(moment=moment, timestamp=claimed.timestamp, signature=claimed.signature)
        credentials = self._credentials(key.env, key.id, generation)
        trace = GatewayHmac().trace(request, credentials, claims)
        return compare_digest(trace.signature, claimed.signature)

    def _derived(self, env: Env, key_id: str, generation: int) -> Credentials:
        return signing_credentials(self._master(), env, key_id, generation)


def _claimed(request: Request) -> Claimed | None:
    """Read the three headers, each of which must be there once."""
    texts = []
    for wanted, shape in ((TIMESTAMP, _TIMESTAMP), (NONCE, _NONCE), (SIGNATURE, _SIGNATURE)):
        values = [value for name, value in request.headers if name.lower() == wanted.lower()]
        found = shape.fullmatch(values[0].strip(" \t")) if len(values) == 1 else None
        if found is None:
            return None
        texts.append(found[found.re.groups])
    return Claimed(*texts)
