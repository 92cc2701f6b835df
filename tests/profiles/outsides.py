"""A world on loopback for sources of keys: real sockets, real files, a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from tests.cloud.server import Answer, RawRequest, Respond, Server, serving
from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, CredentialSource
from voicectl.core.endpoint import Endpoint
from voicectl.core.vendor import Client, Judge
from voicectl.profiles.outside import Outside, Signing
from voicectl.profiles.theirs import theirs
from voicectl.profiles.token_cache import CachedSource
from voicectl.signing import schemes
from voicectl.transport.http import Http
from voicectl.transport.near import NearHttp
from voicectl.transport.signed import SignedClient


@dataclass
class SetClock:
    """Tells the time that it is set to."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def moment(self) -> Moment:
        return Moment(self.now, str(uuid4()))

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Loopback:
    """What a source is given; all services are at `server`."""

    server: Server
    home: Path
    clock: SetClock = field(default_factory=SetClock)
    answers: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def outside(self, vendor: str, environment: Mapping[str, str] | None = None, **more: object) -> Outside:
        told = {"HOME": str(self.home), "PATH": "/usr/bin:/bin", **(environment or {})}
        ends = {"metadata": self.server.url, **more}
        return Outside(
            vendor=vendor,
            environment=told,
            clock=self.clock,
            sender=Http(told),
            near=NearHttp(told, seconds=1.0),
            client=self._client,
            endpoint=lambda service, usual: Endpoint.of(self.server.url, is_custom=True),
            cached=self._cached,
            ask=lambda question: self.answers.pop(0) if self.answers else "",
            say=lambda note: self.notes.append(str(note)),
            **ends,  # type: ignore[arg-type]
        )

    def keys(self, vendor: str, environment: Mapping[str, str] | None = None, **more: object) -> Credentials:
        """Return what the vendor's own chain finds, which has to be something."""
        found = theirs(self.outside(vendor, environment, **more)).credentials(self.clock.now)
        assert found is not None
        return found

    def file(self, name: str, text: str) -> Path:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def program(self, name: str, script: str) -> Path:
        path = self.file(name, f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def _client(self, signing: Signing, judge: Judge, source: CredentialSource) -> Client:
        return SignedClient(
            sender=Http({}),
            signer=schemes.build(signing.scheme, region=signing.region, service=signing.service),
            judge=judge,
            source=source,
            clock=self.clock,
            chance=lambda: 0.5,
        )

    def _cached(self, owner: tuple[str, ...], issue: Callable[[], Credentials]) -> CachedSource:
        return CachedSource(owner=lambda: owner, issue=issue, directory=self.home / "state")


@contextmanager
def loopback(home: Path, respond: Respond) -> Iterator[Loopback]:
    """Run a server for the time of a `with` block."""
    with serving(respond) as server:
        yield Loopback(server, home)


def nothing_here(request: RawRequest) -> Answer:
    """Answer as a machine without any metadata service, and as a broken STS."""
    return Answer(404)


def shown(found: Credentials | None) -> tuple[str, ...]:
    assert found is not None
    token = (found.security_token.reveal(),) if found.security_token else ()
    return (found.key_id, found.secret.reveal(), *token)
