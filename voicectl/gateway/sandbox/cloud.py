"""What all vendors of the sandbox share: accounts, a movable clock, a ledger, what is to go wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request
from voicectl.gateway.wire import Answer


@dataclass(frozen=True, slots=True)
class Session:
    """A temporary key that STS gave out, and when it ends."""

    credentials: Credentials
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that really happened: a synthesis, a token, a call that rang; never a text."""

    at: datetime
    vendor: str
    kind: str
    facts: Mapping[str, object]


@dataclass(slots=True, kw_only=True)
class Fault:
    """Something that goes wrong, `times` often, for requests of a `vendor` whose path holds `path`."""

    kind: str
    vendor: str = ""
    path: str = ""
    times: int = 1
    seconds: float = 0.0


class Refused(Exception):
    """A vendor says no; its own module writes that down as the vendor does.

    `canonical_request` and `string_to_sign` are the server's, where it shows them.
    """

    def __init__(
        self,
        code: str,
        status: int = 400,
        message: str = "",
        *,
        canonical_request: str = "",
        string_to_sign: str = "",
    ) -> None:
        super().__init__(code)
        self.code, self.status, self.message = code, status, message
        self.canonical_request, self.string_to_sign = canonical_request, string_to_sign


class Service(Protocol):
    """One interface of one vendor."""

    @property
    def vendor(self) -> str: ...

    def knows(self, request: Request) -> bool:
        """Say whether a request is for this interface, by path and headers alone."""
        ...

    def serve(self, request: Request) -> Answer:
        """Do what was asked; raises Refused."""
        ...

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        """Write a refusal as this vendor does."""
        ...


@dataclass(slots=True, kw_only=True)
class Cloud:
    """The state of the whole sandbox; `real_now` is the machine's clock, `ahead` how far ours was moved."""

    keys: Mapping[str, Credentials]
    real_now: Callable[[], datetime]
    ahead: timedelta = timedelta(0)
    sessions: dict[str, Session] = field(default_factory=dict)
    nonces: dict[str, datetime] = field(default_factory=dict)
    ledger: list[Deed] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    @property
    def now(self) -> datetime:
        return self.real_now() + self.ahead

    def number(self) -> int:
        """Return a number that nothing else here has: for request ids, calls and tokens."""
        return next(self._numbers)

    def note(self, vendor: str, kind: str, **facts: object) -> None:
        """Write a deed into the ledger."""
        self.ledger.append(Deed(at=self.now, vendor=vendor, kind=kind, facts=facts))

    def credentials(self, vendor: str, key_id: str, token: str = "") -> Credentials | None:
        """Return the key of that id, permanent or of a session that has not ended; None for any other."""
        own = self.keys.get(vendor)
        if own is not None and own.key_id == key_id:
            return own
        session = self.sessions.get(key_id)
        if session is None or session.ends <= self.now:
            return None
        held = session.credentials.security_token
        return session.credentials if held is not None and held == Secret(token) else None

    def is_new(self, nonce: str, window: timedelta) -> bool:
        """Remember a nonce; False where it was used within the window."""
        now = self.now
        if len(self.nonces) > 10_000:
            self.nonces = {name: at for name, at in self.nonces.items() if now - at < window}
        seen = self.nonces.get(nonce)
        self.nonces[nonce] = now
        return seen is None or now - seen >= window

    def fault_for(self, vendor: str, path: str) -> Fault | None:
        """Take the next fault that is meant for such a request."""
        for fault in self.faults:
            if fault.vendor in ("", vendor) and fault.path in path:
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None
