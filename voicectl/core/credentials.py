"""Keys and tokens as values that never print themselves. Their sources live in `profiles/`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from voicectl.core.hiding import Hiding

REFRESH_MARGIN = timedelta(minutes=2)
LONG, SHOWN = 20, 4


@dataclass(frozen=True, slots=True)
class Secret:
    """Text that never prints itself."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """Return the text; called where a signature is made or a store is written, nowhere else."""
        return self._text

    def masked(self) -> str:
        """Return enough to tell a long secret from another, and of a short one nothing."""
        return f"***{self._text[-SHOWN:]}" if len(self._text) >= LONG else "***"

    def changed(self, change: Callable[[str], str]) -> Secret:
        """Return a secret with another text, made from this one; neither leaves its wrapping."""
        return Secret(change(self._text))

    def claims(self) -> dict[str, object] | None:
        """Return what a JSON Web Token (RFC 7519) says of itself, unverified; None for any other text."""
        from base64 import urlsafe_b64decode
        from json import loads

        parts = self._text.split(".")
        if len(parts) != 3:
            return None
        try:
            header, found = (loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) and isinstance(header, dict) and "alg" in header else None

    def __str__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A key pair or, with an empty `key_id`, a bearer token.

    `identity` is whom the vendor says they stand for; what is signed does not depend on it.
    """

    secret: Secret
    key_id: str = ""
    security_token: Secret | None = None
    expires_at: datetime | None = None
    identity: str = ""

    def usable_at(self, now: datetime) -> bool:
        """Say whether the vendor would still accept them at `now`."""
        return self.expires_at is None or now < self.expires_at

    def stale_at(self, now: datetime, margin: timedelta = REFRESH_MARGIN) -> bool:
        """Say whether it is time to fetch new ones: less than `margin` is left."""
        return self.expires_at is not None and now >= self.expires_at - margin


class SecretsInUse:
    """The secrets that a run has in its hands, to be hidden in all that it says; safe for threads.

    What counts as seen, and in which spelling, is told in `core/hiding.py`. One that is shorter than
    `shortest` is left alone, and without `parts` each is hidden only where it stands whole.
    """

    __slots__ = ("_changing", "_hiding", "_parts", "_secrets", "_shortest")

    def __init__(self, shortest: int = 1, *, parts: bool = True) -> None:
        self._shortest = shortest
        self._parts = parts
        self._secrets: set[Secret] = set()
        self._hiding: Hiding | None = None
        self._changing = Lock()

    def take(self, *secrets: Secret | None) -> None:
        """Hide these too from now on."""
        with self._changing:
            long = {secret for secret in secrets if secret and len(secret.reveal()) >= self._shortest}
            new = long - self._secrets
            if new:
                self._secrets |= new
                self._hiding = None

    def hidden_in(self, text: str) -> str:
        """Return a text with stars for the secrets, which servers like to repeat."""
        hiding = self._built()
        return hiding.hidden_in(text) if hiding else text

    def hidden_in_bytes(self, data: bytes) -> bytes:
        """Do the same for bytes of any kind."""
        hiding = self._built()
        return hiding.hidden_in_bytes(data) if hiding else data

    def _built(self) -> Hiding | None:
        with self._changing:
            if self._hiding is None and self._secrets:
                from voicectl.core.hiding import Hiding

                self._hiding = Hiding((secret.reveal() for secret in self._secrets), parts=self._parts)
            return self._hiding


class CredentialSource(Protocol):
    """One place where credentials may come from; a chain asks several in order."""

    @property
    def name(self) -> str:
        """What `profile show` prints: `environment`, `keyring`."""
        ...

    def credentials(self, now: datetime) -> Credentials | None:
        """Return them, or None for "not mine"; raise CredentialError for "mine, and broken"."""
        ...


@runtime_checkable
class SourceChain(CredentialSource, Protocol):
    """Several sources in order, which tell whose answer it was."""

    def answer(self, now: datetime) -> tuple[CredentialSource, Credentials] | None: ...


@runtime_checkable
class RenewableSource(CredentialSource, Protocol):
    """A source of short-lived tokens, which can make a new one before the old one is stale."""

    def renew(self, now: datetime) -> Credentials | None:
        """Forget the token at hand and return a new one; None where what it gives has no end."""
        ...
