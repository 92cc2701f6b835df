"""Short tokens that stand for a key for a quarter of an hour at most: JSON Web Tokens; PyJWT's only home.

A token never says more than its key does: that is looked up again, and what it has lost is lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from voicectl.core.credentials import Secret
from voicectl.gateway import extra
from voicectl.gateway.keys import Env
from voicectl.signing.gateway_keys import derived

ALGORITHM = "HS256"
ISSUER, AUDIENCE = "voicectl", "voicectl-gateway"
LONGEST_SECONDS = 900
CLOCK_SLACK_SECONDS = 5
REQUIRED = ["exp", "iat", "iss", "aud", "sub", "jti", "env", "scope", "gen"]


class Claims(NamedTuple):
    """What a token says, once its signature has been found right."""

    key_id: str
    generation: int
    env: Env
    tags: frozenset[str]
    expires: float


class Minted(NamedTuple):
    """A new token, which is a secret, its end in Unix seconds, and its tags in one line."""

    token: str
    expires: int
    scope: str

    def __repr__(self) -> str:
        return f"Minted(token='***', expires={self.expires}, scope={self.scope!r})"


class Tokens:
    """Mints and reads the tokens of one environment."""

    def __init__(self, master: Secret, env: Env) -> None:
        self._key = derived(master, f"token|{env}")
        self._env = env
        self._jwt = _library()

    def mint(self, claims: Claims, *, now: float, token_id: str) -> Minted:
        """Return a token for what `claims` says, but none that lives too long.

        `token_id` is never given twice.
        """
        issued = int(now)
        expires = issued + max(1, min(int(claims.expires - now), LONGEST_SECONDS))
        scope = " ".join(sorted(claims.tags))
        written: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": claims.key_id,
            "gen": claims.generation,
            "env": str(self._env),
            "scope": scope,
            "iat": issued,
            "exp": expires,
            "jti": token_id,
        }
        return Minted(self._jwt.encode(written, self._key, algorithm=ALGORITHM), expires, scope)

    def read(self, token: str, now: float) -> Claims | None:
        """Return what a token says; None where it is not ours, is over, or was made to last too long."""
        try:
            found = self._jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                # The library would ask its own clock; both times are compared with ours below.
                options={"require": REQUIRED, "verify_exp": False, "verify_iat": False},
            )
        except self._jwt.InvalidTokenError:
            return None
        return self._timely(found, now)

    def _timely(self, found: dict[str, Any], now: float) -> Claims | None:
        issued, expires, generation = found["iat"], found["exp"], found["gen"]
        if not all(type(number) is int for number in (issued, expires, generation)):
            return None
        is_timely = issued - CLOCK_SLACK_SECONDS <= now < expires and expires - issued <= LONGEST_SECONDS
        if not is_timely or found["env"] != self._env or not isinstance(found["scope"], str):
            return None
        return Claims(str(found["sub"]), generation, self._env, frozenset(found["scope"].split()), expires)


def narrowed(held: frozenset[str], wanted: Iterable[str]) -> frozenset[str]:
    """Return the tags for a new token: those asked for, as far as the key has them; all where none are."""
    return held & frozenset(wanted) if (wanted := tuple(wanted)) else held


def is_token(text: str) -> bool:
    """Say whether a presented text has the shape of a token, and not that of a key."""
    return text.count(".") == 2


def _library() -> Any:
    with extra.needed():
        import jwt
    return jwt
