"""The gateway as one ASGI application: every request is decided, answered, counted and noted here.

What is decided lives in `door.py`; what is done for those who came in: `speech_routes.py`, `list_routes.py`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Collection, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from voicectl.core.errors import VoicectlError
from voicectl.core.request import Pairs
from voicectl.gateway import refusals, wire
from voicectl.gateway.alarm import Alarm, Match
from voicectl.gateway.audit import Entry
from voicectl.gateway.door import Admitted, Door, Refused, Visit
from voicectl.gateway.exchange import CLIENT_GONE, Exchange
from voicectl.gateway.feelings import Wanted
from voicectl.gateway.limits import Tick
from voicectl.gateway.order import BadOrder
from voicectl.gateway.posture import body_of, content_refusal, host_refusal
from voicectl.gateway.redaction import plain
from voicectl.gateway.refusals import Refusal
from voicectl.gateway.routes import PUBLIC, Route, Routes
from voicectl.gateway.shared import LOOK_AGAIN_SECONDS, Shared
from voicectl.gateway.standing import age_headers, limit_headers
from voicectl.gateway.wire import Answer, Receive, Scope, Send
from voicectl.signing.gateway_hmac import NONCE

INTERNAL = Refusal(status=500, code="internal_error", message="Internal server error", reason="bug")
UNCOUNTED = (400, 413, 415, 429)
"""With these a request got no further than the limits, and is not counted by them."""
READER_SECONDS = 60.0
"""For so long a client may read nothing of a sound: one that is dead holds its place no longer."""
_INBOUND_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
SIGNED = b"x-voicectl-"
"""How headers of a signature begin; the door says whether it is whole."""


class Logging(Protocol):
    """Where rows go."""

    def add(self, entry: Entry) -> None: ...

    @property
    def is_failing(self) -> bool: ...


class Counting(Protocol):
    """What counts requests for others to see."""

    def count(self, exchange: Exchange, seconds: float) -> None: ...


@dataclass(slots=True, kw_only=True)
class Team:
    """The application. `say` hears what an operator should know; `text_mac` tells texts apart.

    `blocks_unlogged` refuses requests while rows cannot be written. With `keeps_text` they hold the text.
    """

    door: Door
    routes: Routes
    log: Logging
    metrics: Counting
    hosts: Collection[str]
    now: Callable[[], Tick]
    new_id: Callable[[], str]
    say: Callable[[str], None]
    text_mac: Callable[[str], str] = lambda text: ""
    blocks_unlogged: bool = True
    keeps_text: bool = False
    shared: Shared | None = None
    alarm: Alarm | None = None
    reader_seconds: float = READER_SECONDS
    inflight: int = field(default=0, init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        exchange = Exchange(scope, receive, self.new_id(), self.now())
        self.inflight += 1
        try:
            await self._serve(exchange, send)
        except asyncio.CancelledError:
            exchange.status = exchange.status or INTERNAL.status
            exchange.code, exchange.reason = "shut_down", "gateway ended"
            raise
        finally:
            await self._leave(exchange)
            self._note(exchange)
            self.inflight -= 1

    async def _serve(self, exchange: Exchange, send: Send) -> None:
        """Answer; what goes wrong after the first byte of an answer can only be told by breaking it off."""
        route: Route | None = None
        try:
            found = await self._let_in(exchange)
            if isinstance(found, Refusal):
                answer = self._no(exchange, found, is_seed=exchange.route == "/v1/tts")
            else:
                route = found
                answer = await route.handler(exchange)
        except BadOrder as no:
            answer = self._no(exchange, no.refusal, is_seed=bool(route and route.is_seed))
        except wire.Gone:
            exchange.status, exchange.code = CLIENT_GONE, "client_gone"
            return
        except Exception as error:
            self.say(plain(f"request {exchange.request_id}: {type(error).__name__}: {error}"))
            answer = self._no(exchange, INTERNAL, is_seed=bool(route and route.is_seed))
        await self._send(exchange, answer, send)

    async def _send(self, exchange: Exchange, answer: Answer, send: Send) -> None:
        exchange.status = answer.status
        if self.shared is not None:
            answer = await self._left(exchange, answer)
        told = send if isinstance(answer.body, bytes) else _while_read(send, self.reader_seconds)
        try:
            await wire.answer(told, answer._replace(headers=(*answer.headers, *self._usual(exchange))))
        except wire.Gone:
            exchange.status, exchange.code = CLIENT_GONE, "client_gone"
        except VoicectlError as error:
            exchange.code, exchange.reason = "upstream_error", "broken off"
            self.say(plain(f"request {exchange.request_id}: {exchange.vendor_profile}: {error}"))
            # Whoever serves us hangs up: a sound that was cut must not look whole.
            raise

    async def _left(self, exchange: Exchange, answer: Answer) -> Answer:
        """Give shared places back before the end of an answer is known: whoever asks next has them free."""
        body = answer.body
        if isinstance(body, bytes):
            await self._leave(exchange)
            return answer

        async def sound() -> AsyncIterator[bytes]:
            async with wire.ending(body) as pieces:
                async for piece in pieces:
                    yield piece
            await self._leave(exchange)

        return answer._replace(body=sound())

    async def _let_in(self, exchange: Exchange) -> Route | Refusal:
        """Take a request as far as its headers go: host, route, key, limits."""
        if no := host_refusal(exchange.headers, self.hosts):
            return no
        found = self.routes.find(exchange.method, exchange.scope["path"])
        if isinstance(found, Refusal):
            return found
        route, exchange.name = found
        exchange.route = route.path
        if route.tag == PUBLIC:
            return route
        admitted = await self._admitted(exchange, Visit(exchange.headers, exchange.peer, route.tag))
        exchange.seen = admitted.seen
        exchange.is_known = isinstance(admitted, Admitted) or admitted.is_known
        if not isinstance(admitted, Admitted):
            return admitted.refusal
        exchange.admitted = admitted
        if self.blocks_unlogged and self.log.is_failing:
            return refusals.unavailable("audit", wait_seconds=5)
        return (route if exchange.method != "GET" else await self.verify(exchange, b"")) or route

    async def _admitted(self, exchange: Exchange, visit: Visit) -> Admitted | Refused:
        if self.shared is None:
            return self.door.admit(visit, exchange.begun)
        identity = self.door.identify(visit, exchange.begun)
        if isinstance(identity, Refused):
            if identity.is_known and (key := self.door.table.get(identity.seen.key_id)):
                await self.shared.look(key, exchange.lease)
            return identity
        return await self.shared.enter(identity, exchange.lease, exchange.begun)

    async def body(self, exchange: Exchange) -> bytes:
        """Read the body and check its signature. Raises BadOrder, wire.Gone."""
        found = content_refusal(exchange.headers) or await body_of(exchange.receive)
        if isinstance(found, Refusal):
            raise BadOrder(found)
        if no := await self.verify(exchange, found):
            raise BadOrder(no)
        return found

    async def verify(self, exchange: Exchange, body: bytes) -> Refusal | None:
        """Check the signature, where there is one or there must be one."""
        admitted = exchange.admitted
        assert admitted is not None, "whoever is not let in sends no body"
        if not admitted.key.must_sign and not any(name.startswith(SIGNED) for name, _ in exchange.headers):
            return None
        request = exchange.request(body)
        no = self.door.verify(admitted, request, self.now())
        if no or self.shared is None or not admitted.is_signed:
            return no
        is_new = await self.shared.is_new(admitted, request.header(NONCE) or "")
        if is_new is None:
            # Another gateway may have taken it: what cannot be known to be new is none.
            return refusals.unavailable("nonces unshared", wait_seconds=LOOK_AGAIN_SECONDS)
        return None if is_new else refusals.invalid_signature("nonce seen elsewhere")

    async def reserve(self, exchange: Exchange, wanted: Wanted) -> None:
        """Decide by what is wanted, and set its characters aside. Raises BadOrder."""
        admitted = exchange.admitted
        assert admitted is not None, "routes that speak have a tag"
        if self.shared is None:
            reserved = self.door.reserve(admitted, wanted, self.now())
        else:
            reserved = await self.shared.reserve(admitted, exchange.lease, wanted, self.now())
        if isinstance(reserved, Refusal):
            raise BadOrder(reserved)
        exchange.reserved, exchange.rule = reserved, ",".join(reserved.flags)

    async def refund(self, exchange: Exchange) -> None:
        """Give the characters back: nothing was heard."""
        reserved = exchange.reserved
        assert reserved is not None
        if self.shared is None:
            self.door.refund(reserved)
        else:
            await self.shared.refund(exchange.lease, reserved)

    async def _leave(self, exchange: Exchange) -> None:
        if exchange.admitted is None:
            return
        if self.shared is None:
            self.door.leave(exchange.admitted)
        else:
            await self.shared.leave(exchange.admitted, exchange.lease)

    def _withdraw(self, admitted: Admitted, exchange: Exchange) -> None:
        """Let a request not have counted that got no further than the limits."""
        if self.shared is None:
            self.door.withdraw(admitted)
        else:
            self.shared.withdraw(admitted, exchange.lease)

    def _no(self, exchange: Exchange, no: Refusal, *, is_seed: bool) -> Answer:
        exchange.code, exchange.reason, exchange.rule = no.code, no.reason, no.rule
        if exchange.admitted and no.status in UNCOUNTED and exchange.reserved is None:
            self._withdraw(exchange.admitted, exchange)
        body = refusals.seed_body(no, exchange.request_id) if is_seed else refusals.openai_body(no)
        return wire.as_json(no.status, body, *no.headers)

    def _usual(self, exchange: Exchange) -> Pairs:
        """Return what every answer carries."""
        usual = (
            ("X-Request-Id", exchange.request_id),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        )
        key = self.door.table.get(exchange.seen.key_id) if exchange.is_known else None
        if key is None:
            return usual
        generation = next(
            (each for each in key.generations if each.number == exchange.seen.generation), key.newest
        )
        if self.shared is not None and exchange.lease.standings is not None:
            standings = exchange.lease.standings.values()
            return (*usual, *limit_headers(standings), *age_headers(key, generation))
        profile = exchange.admitted.profile if exchange.admitted else ""
        return (*usual, *self.door.headers(key, generation, self.now(), profile))

    def _note(self, exchange: Exchange) -> None:
        """Write the row, and count."""
        now = self.now()
        text = exchange.reserved.wanted.text if exchange.reserved else ""
        inbound = next((value for name, value in exchange.headers if name == b"x-request-id"), b"")
        word = inbound.decode("latin-1")
        self.log.add(
            exchange.entry(
                self.door.env,
                now,
                inbound_id=word if _INBOUND_ID.fullmatch(word) and plain(word) == word else "",
                rules=self.door.book.version,
                text_mac=self.text_mac(text) if text else "",
                text=plain(text) if self.keeps_text else "",
            )
        )
        self.metrics.count(exchange, exchange.seconds(now))
        if exchange.rule and self.alarm:
            seen = exchange.seen
            told = (seen.key_id, seen.team, seen.env, exchange.rule, exchange.request_id, exchange.status)
            self.alarm.ring(Match(*told), now)


def _while_read(send: Send, seconds: float) -> Send:
    """Return what sends as long as somebody reads; it hangs up, and raises wire.Gone, where nobody does."""

    async def send_in_time(message: MutableMapping[str, Any]) -> None:
        try:
            async with asyncio.timeout(seconds):
                await send(message)
        except TimeoutError:
            wire.abort(send)
            raise wire.Gone from None

    return send_in_time
