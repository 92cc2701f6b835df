"""What a short-lived token is, and how one is looked at. How one is kept: `profiles/token_cache.py`."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Protocol

from voicectl.core.credentials import REFRESH_MARGIN, Credentials, CredentialSource


class Token(NamedTuple):
    """A short-lived token and what is known of it; `issued_at` is None where nobody noted it."""

    credentials: Credentials
    issued_at: datetime | None = None

    def stale_at(self, now: datetime) -> bool:
        """Say whether it is time for a new one: two minutes before the end, later for a shorter life."""
        expires_at = self.credentials.expires_at
        if expires_at is None or self.issued_at is None:
            return self.credentials.stale_at(now)
        return self.credentials.stale_at(now, min(REFRESH_MARGIN, (expires_at - self.issued_at) / 4))


class TokenSource(CredentialSource, Protocol):
    """Gives out a token, a new one where the old one is stale; `renew` if the vendor makes them."""

    def held(self, now: datetime) -> Token | None:
        """Return the token at hand, stale or not; nothing is sent for it."""
        ...


class Tokens(NamedTuple):
    """The short-lived tokens of one account, and what kind they are: `nls`."""

    kind: str
    source: TokenSource
