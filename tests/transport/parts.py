"""Real parts that the transport's tests put together: a clock, keys, a signer, a client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import VoicectlError
from voicectl.core.request import Reply, Request
from voicectl.core.signature import Signed, SigningTrace
from voicectl.transport.http import Http, Limits
from voicectl.transport.signed import SignedClient

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
KEYS = Credentials(key_id="AKIDEXAMPLE", secret=Secret("EXAMPLE-secret"))
FAST = Limits(timeout=0.4, connect=0.4)


@dataclass
class StillClock:
    """Moves only when something sleeps on it; each moment has its own nonce."""

    now: datetime = NOON
    slept: list[float] = field(default_factory=list)
    given: int = 0

    def moment(self) -> Moment:
        self.given += 1
        return Moment(self.now, f"nonce-{self.given}")

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


FRESH = Credentials(secret=Secret("EXAMPLE-renewed"))


@dataclass
class Drawer:
    """A source that gives the credentials put into it, one after another; the last one stays."""

    contents: list[Credentials | None]
    asked: int = 0
    renewed: int = 0
    name: str = "drawer"
    fresh: Credentials = FRESH

    def credentials(self, now: datetime) -> Credentials | None:
        self.asked += 1
        return self.contents.pop(0) if len(self.contents) > 1 else self.contents[0]

    def renew(self, now: datetime) -> Credentials:
        self.renewed += 1
        return self.fresh


@dataclass(frozen=True)
class Stamp:
    """A signer whose mark shows time, nonce and key on the wire."""

    scheme: ClassVar[str] = "stamp"

    def sign(self, request: Request, credentials: Credentials, at: Moment) -> Signed:
        mark = f"{at.now:%H:%M:%S} {at.nonce} {credentials.key_id or 'token'}"
        return Signed(
            request=request.with_header("X-Stamp", mark), trace=SigningTrace(scheme="stamp", moment=at)
        )


def content(reply: Reply) -> VoicectlError | None:
    """A judge without an opinion."""
    return None


def client(
    judge: Callable[[Reply], VoicectlError | None] = content,
    *,
    clock: StillClock | None = None,
    source: Any = None,
    sender: Http | None = None,
    **more: Any,
) -> SignedClient:
    return SignedClient(
        sender=sender or Http({}, limits=FAST),
        signer=Stamp(),
        judge=judge,
        source=source or Drawer([KEYS]),
        clock=clock or StillClock(),
        chance=lambda: 1.0,
        **more,
    )


def heard(client: SignedClient, request: Request) -> bytes:
    """Return all the sound that a stream brings."""
    with client.stream(request) as stream:
        return b"".join(stream.chunks)
