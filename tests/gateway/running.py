"""The sandbox in this process, on a thread of its own: its cloud can be looked into and moved."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import uvicorn

from tests.gateway.house import waited
from voicectl.gateway.sandbox import accounts
from voicectl.gateway.sandbox.app import Sandbox
from voicectl.gateway.sandbox.cloud import Cloud
from voicectl.gateway.sandbox.sound import Studio, tone
from voicectl.gateway.sandbox.start import interfaces
from voicectl.gateway.serve import listening


@dataclass(frozen=True)
class Running:
    """A sandbox that answers at `url`."""

    url: str
    cloud: Cloud

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    @property
    def environ(self) -> dict[str, str]:
        return {**accounts.variables(self.url), "VOICECTL_NO_KEYRING": "1"}

    def advance(self, seconds: float) -> None:
        self.cloud.ahead += timedelta(seconds=seconds)

    def deeds(self, kind: str) -> list[dict[str, Any]]:
        return [dict(deed.facts) for deed in list(self.cloud.ledger) if deed.kind == kind]

    def door(self, name: str, told: object = None) -> Any:
        """Ask at one of the sandbox's own doors."""
        data = None if told is None else json.dumps(told).encode()
        return json.loads(fetched(f"{self.url}/_sandbox/{name}", data)[1])


def fetched(url: str, data: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    """Return status and body, whatever the status."""
    try:
        with urlopen(Request(url, data, headers)) as reply:
            return reply.status, reply.read()
    except HTTPError as error:
        return error.code, error.read()


@contextmanager
def running(*, is_limited: bool = True) -> Iterator[Running]:
    """Serve for the time of a `with` block; speech is a tone."""
    cloud = Cloud(keys=accounts.keys(), real_now=lambda: datetime.now(UTC), is_limited=is_limited)
    bound = listening("127.0.0.1", 0)
    app: Any = Sandbox(cloud, *interfaces(cloud, Studio(tone)))
    config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off", date_header=False)
    server = uvicorn.Server(config)

    def serve() -> None:
        with bound:
            server.run(sockets=[bound])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    waited(lambda: server.started or not thread.is_alive(), "the sandbox to start", 30)
    assert server.started
    try:
        yield Running(f"http://127.0.0.1:{bound.getsockname()[1]}", cloud)
    finally:
        # Nobody waits for its end: it looks at this ten times a second only.
        server.should_exit = True
