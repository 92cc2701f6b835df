"""What a source of keys may use of the world, handed in; and how something unsigned is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from voicectl.core.clock import Clock
from voicectl.core.credentials import Credentials, CredentialSource
from voicectl.core.endpoint import Endpoint
from voicectl.core.errors import BrokenAnswer, Guarded
from voicectl.core.note import Note
from voicectl.core.profile import host_of
from voicectl.core.request import Reply, ReplyStream, Request
from voicectl.core.token import Token
from voicectl.core.vendor import Client, Judge

MOST_BYTES = 1 << 20
CONTAINER_HOSTS = frozenset({"169.254.170.2", "169.254.170.23", "fd00:ec2::23"})


class Sender(Protocol):
    """A way out for a request as it is."""

    def open(self, request: Request, *, repeatable: bool = True) -> AbstractContextManager[ReplyStream]: ...


class Kept(Protocol):
    """A short-lived credential that other processes share."""

    def held(self, now: datetime) -> Token | None: ...

    def credentials(self, now: datetime) -> Credentials: ...

    def renew(self, now: datetime) -> Credentials: ...


class Signing(NamedTuple):
    """How a request to an STS is signed."""

    scheme: str
    region: str
    service: str = "sts"


class Given(NamedTuple):
    """A source of keys that are at hand."""

    keys: Credentials
    name: str

    def credentials(self, now: datetime) -> Credentials:
        return self.keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """`near` waits for a second at most: it is for metadata services.

    `metadata` replaces the address of the machine's metadata service. `ask` puts a question to a
    person, and returns nothing where nobody is there. `is_offline` forbids all sending: what is kept
    counts, and no more. `take` hears the secrets that are sent as they are, to be hidden in what is said.
    """

    vendor: str
    environment: Mapping[str, str] = field(repr=False)
    clock: Clock
    sender: Sender
    near: Sender
    client: Callable[[Signing, Judge, CredentialSource], Client]
    endpoint: Callable[[str, str], Endpoint]
    cached: Callable[[tuple[str, ...], Callable[[], Credentials]], Kept]
    region: Callable[[], str] = str
    metadata: str = ""
    withheld: frozenset[str] = frozenset()
    ask: Callable[[str], str] = lambda question: ""
    say: Callable[[Note], None] = lambda note: None
    take: Callable[..., object] = lambda *secrets: None
    is_offline: bool = False

    @property
    def now(self) -> datetime:
        return self.clock.moment().now


def fetched(sender: Sender, request: Request) -> Reply:
    """Send a request that carries or brings secrets as they are; refuse plain http to another machine."""
    if request.scheme != "https" and not is_near(host_of(request.host)):
        raise Guarded(
            "{host} is asked for keys over http, which shows them to all",
            host=request.host,
            hint="use https",
        )
    with sender.open(request) as stream:
        body = bytearray()
        for chunk in stream.chunks:
            body += chunk
            if len(body) > MOST_BYTES:
                raise BrokenAnswer("the answer of {host} is too long", host=request.host)
        return Reply(status=stream.status, headers=stream.headers, body=bytes(body))


def is_near(host: str) -> bool:
    """Say whether a host is this machine, its container's agent or its cloud's metadata service."""
    from ipaddress import ip_address

    if host in {"localhost", "metadata.tencentyun.com", "100.100.100.200", "100.96.0.96"} | CONTAINER_HOSTS:
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or host in {"169.254.169.254", "fd00:ec2::254"}
