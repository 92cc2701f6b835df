"""One request under way, and what becomes known of it until its row is written. Decisions: `door.py`."""

from __future__ import annotations

from collections.abc import Iterable

from voicectl.core.request import Request
from voicectl.gateway import wire
from voicectl.gateway.audit import Entry, moment_text
from voicectl.gateway.door import Admitted, Reserved, Seen
from voicectl.gateway.keys import Env
from voicectl.gateway.limits import Tick
from voicectl.gateway.redaction import plain
from voicectl.gateway.shared import Lease
from voicectl.gateway.wire import Receive, Scope

NOBODY = Seen("", "")
CLIENT_GONE = 499
"""The status of a request whose client did not wait; nobody gets to see it."""


class Exchange:
    """A request and its answer; fields fill by and by. `route` is a template, never the real path."""

    __slots__ = (
        "admitted",
        "audio_bytes",
        "begun",
        "code",
        "is_known",
        "lease",
        "name",
        "reason",
        "receive",
        "request_id",
        "reserved",
        "route",
        "rule",
        "scope",
        "seen",
        "status",
        "upstream_began",
        "upstream_seconds",
        "was_heard",
    )

    def __init__(self, scope: Scope, receive: Receive, request_id: str, tick: Tick) -> None:
        self.scope = scope
        self.receive = receive
        self.request_id = request_id
        self.begun = tick
        self.route = self.name = self.code = self.reason = self.rule = ""
        self.seen = NOBODY
        self.admitted: Admitted | None = None
        self.reserved: Reserved | None = None
        self.status = self.audio_bytes = 0
        self.upstream_began = tick.steady
        self.upstream_seconds: float | None = None
        self.was_heard = self.is_known = False
        self.lease = Lease(request_id)

    @property
    def method(self) -> str:
        method: str = self.scope["method"]
        return method

    @property
    def headers(self) -> Iterable[tuple[bytes, bytes]]:
        headers: list[tuple[bytes, bytes]] = self.scope["headers"]
        return headers

    @property
    def peer(self) -> str:
        """The other end of the connection; empty at a Unix socket."""
        client = self.scope.get("client")
        return str(client[0]) if client else ""

    @property
    def vendor_profile(self) -> str:
        return self.reserved.wanted.profile if self.reserved else ""

    def request(self, body: bytes) -> Request:
        """Return the request as it came, for its signature."""
        return wire.opened(self.scope, body)

    def seconds(self, now: Tick) -> float:
        """Return how long it has been."""
        return now.steady - self.begun.steady

    def entry(self, env: Env, now: Tick, *, inbound_id: str, rules: str, text_mac: str, text: str) -> Entry:
        """Return the row that is kept of it."""
        wanted = self.reserved.wanted if self.reserved else None
        admitted, seen = self.admitted, self.seen
        return Entry(
            time=moment_text(self.begun.unix),
            request_id=self.request_id,
            inbound_id=inbound_id,
            key_id=seen.key_id,
            generation=seen.generation,
            team=seen.team,
            env=env,
            peer=self.peer,
            client=seen.client,
            method=self.method if self.method.isalpha() else "",
            route=self.route,
            profile=wanted.profile if wanted else "",
            voice=plain(wanted.voice) if wanted else "",
            emotion=wanted.feeling if wanted else "",
            characters=wanted.characters if wanted else 0,
            audio_bytes=self.audio_bytes,
            status=self.status,
            code=self.code,
            reason=self.reason,
            rule=self.rule,
            rules_version=rules,
            total_ms=round(1000 * self.seconds(now)),
            upstream_ms=round(1000 * (self.upstream_seconds or 0)),
            signed=int(bool(admitted and admitted.is_signed)),
            text_mac=text_mac,
            text=text,
        )
