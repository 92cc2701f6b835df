"""What all vendors of the sandbox share: accounts, a movable clock, a ledger, what is to go wrong."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, NamedTuple, Protocol

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request
from voicectl.gateway.wire import Answer, Line

_SKEW: ContextVar[timedelta | None] = ContextVar("skew", default=None)
_IS_EXPIRED: ContextVar[bool] = ContextVar("is_expired", default=False)
MOST_DEEDS, MOST_FILES = 100_000, 1000
"""How much is remembered at most, the youngest."""


@dataclass(frozen=True, slots=True)
class Session:
    """A temporary key that STS gave out, and when it ends."""

    credentials: Credentials
    ends: datetime
    role: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """What is behind a plain link, and until when."""

    kind: str
    data: bytes
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


class No(NamedTuple):
    """A way to be refused, as a vendor calls it; `message` is a template."""

    code: str
    status: int
    message: str = ""


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
    """One interface of one vendor. A WebSocket's is a `Talk` as well."""

    @property
    def vendor(self) -> str: ...

    @property
    def throttled(self) -> No:
        """How it says that too much was asked."""
        ...

    def knows(self, request: Request) -> bool:
        """Say whether a request is for this interface, by path and headers alone."""
        ...

    async def serve(self, request: Request) -> Answer:
        """Do what was asked; raises Refused."""
        ...

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        """Write a refusal as this vendor does."""
        ...


class Talk(Service, Protocol):
    """An interface over a WebSocket: `serve` is never asked, its `knows` sees the handshake."""

    def greet(self, request: Request) -> None:
        """Let a handshake in; raises Refused."""
        ...

    async def talk(self, line: Line) -> None:
        """Hold the conversation, until it is over or `wire.Gone` is raised."""
        ...


@dataclass(slots=True, kw_only=True)
class Cloud:
    """The state of the whole sandbox; `real_now` is the machine's clock, `ahead` how far ours was moved.

    `objects` are what buckets hold, by `bucket/key`; `files` what is fetched by a plain link, by its path.
    """

    keys: Mapping[str, Credentials]
    real_now: Callable[[], datetime]
    is_limited: bool = True
    ahead: timedelta = timedelta(0)
    sessions: dict[str, Session] = field(default_factory=dict)
    nonces: dict[str, datetime] = field(default_factory=dict)
    ledger: list[Deed] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    _under_way: dict[str, int] = field(default_factory=dict)
    doors: dict[tuple[str, str], Callable[[Any], object]] = field(default_factory=dict)
    """What services add to the sandbox's own doors, by method and name."""
    forgetters: list[Callable[[], None]] = field(default_factory=list)
    """What else is to be forgotten with the ledger."""
    _begun: dict[str, deque[float]] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    @property
    def now(self) -> datetime:
        return self.real_now() + self.ahead + (_SKEW.get() or timedelta(0))

    def number(self) -> int:
        """Return a number that nothing else here has: for request ids, calls and tokens."""
        return next(self._numbers)

    def name(self, digits: int = 32) -> str:
        """Return such a number as lower-case hexadecimal digits."""
        return f"{self.number():0{digits}x}"

    def note(self, vendor: str, kind: str, **facts: object) -> None:
        """Write a deed into the ledger."""
        self.ledger.append(Deed(at=self.now, vendor=vendor, kind=kind, facts=facts))
        if len(self.ledger) > MOST_DEEDS:
            del self.ledger[: MOST_DEEDS // 2]

    def forget(self) -> None:
        """Go back to the beginning, but for what was given out: keys, tokens, calls and objects stay."""
        for held in (self.ledger, self.faults, self.outcomes, self._begun):
            held.clear()
        self.ahead = timedelta(0)
        for forget in self.forgetters:
            forget()

    def offer(self, path: str, kind: str, data: bytes, life: timedelta) -> str:
        """Put something behind a plain link, and return its path."""
        self.files[path] = File(kind, data, self.now + life)
        if len(self.files) > MOST_FILES:
            del self.files[next(iter(self.files))]
        return path

    # Keys ---------------------------------------------------------------------------------------

    def session(self, key_id: str) -> Session | None:
        """Return the session of a temporary key, also where it has ended."""
        return self.sessions.get(key_id)

    def has_ended(self, ends: datetime) -> bool:
        """Say whether something's time is over, or this request's fault says so."""
        return _IS_EXPIRED.get() or ends <= self.now

    def open_session(self, credentials: Credentials, seconds: int, role: str = "") -> Session:
        """Remember a temporary key."""
        opened = Session(credentials, self.now + timedelta(seconds=seconds), role)
        self.sessions[credentials.key_id] = opened
        return opened

    def credentials(self, vendor: str, key_id: str, token: str = "") -> Credentials | None:
        """Return the key of that id, permanent or of a session that has not ended; None for any other."""
        own = self.keys.get(vendor)
        if own is not None and own.key_id == key_id:
            return own
        session = self.sessions.get(key_id)
        if session is None or self.has_ended(session.ends):
            return None
        held = session.credentials.security_token
        return session.credentials if held is not None and held == Secret(token) else None

    def is_new(self, nonce: str, window: timedelta) -> bool:
        """Remember a nonce for a time; False where it was used within that."""
        now = self.now
        while self.nonces and next(iter(self.nonces.values())) <= now:
            del self.nonces[next(iter(self.nonces))]
        if self.nonces.pop(nonce, now) > now:
            self.nonces[nonce] = now + window
            return False
        self.nonces[nonce] = now + window
        return True

    # What goes wrong ----------------------------------------------------------------------------

    def limit(self, name: str, per_second: float, no: No, burst: float = 0) -> None:
        """Count a request against a limit; raises Refused where the second has seen too many."""
        if not self.is_limited:
            return
        now, begun = self.real_now().timestamp(), self._begun.setdefault(name, deque())
        while begun and begun[0] <= now - 1:
            begun.popleft()
        if len(begun) >= (burst or per_second):
            raise Refused(*no)
        begun.append(now)

    @contextmanager
    def under_way(self, name: str, most: int, no: No) -> Iterator[None]:
        """Count work that takes its time; raises Refused where too much of it is going on."""
        count = self._under_way.get(name, 0)
        if self.is_limited and count >= most:
            raise Refused(*no)
        self._under_way[name] = count + 1
        try:
            yield
        finally:
            self._under_way[name] -= 1

    def fault_for(self, vendor: str, path: str) -> Fault | None:
        """Take the next fault that is meant for such a request."""
        for fault in self.faults:
            if fault.vendor in ("", vendor) and fault.path in path:
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    @contextmanager
    def amiss(self, *, skew: timedelta | None = None, expired: bool = False) -> Iterator[None]:
        """For one request, let the clock be wrong or every token's time be over."""
        tokens = _SKEW.set(skew), _IS_EXPIRED.set(expired)
        try:
            yield
        finally:
            _SKEW.reset(tokens[0])
            _IS_EXPIRED.reset(tokens[1])
