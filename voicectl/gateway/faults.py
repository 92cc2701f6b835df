"""What goes wrong when a key of the sandbox asks for it. Live gateways ignore the header."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from voicectl.core.errors import BrokenAnswer
from voicectl.gateway import wire
from voicectl.gateway.exchange import Exchange
from voicectl.gateway.order import BadOrder
from voicectl.gateway.refusals import Refusal, rate_limited
from voicectl.gateway.routes import PUBLIC, Handler, Route
from voicectl.gateway.wire import Answer

HEADER = b"x-voicectl-fault"
SLOW_SECONDS = 1.0


def with_faults(route: Route) -> Route:
    """Return the same route, which goes wrong when it is told to."""
    return route if route.tag == PUBLIC else route._replace(handler=_faulty(route.handler))


def _faulty(handler: Handler) -> Handler:
    async def handle(exchange: Exchange) -> Answer:
        fault = next((value for name, value in exchange.headers if name == HEADER), b"")
        match fault:
            case b"429":
                raise BadOrder(rate_limited("fault", 1))
            case b"500":
                raise BadOrder(
                    Refusal(
                        status=500, code="internal_error", message="Internal server error", reason="fault"
                    )
                )
            case b"timeout":
                await _hang(exchange)
            case b"slow":
                await asyncio.sleep(SLOW_SECONDS)
            case b"truncate":
                answer = await handler(exchange)
                return answer._replace(body=_cut(await wire.whole(answer.body)))
            case b"badjson":
                return Answer(200, (("Content-Type", "application/json"),), b'{"status": "succ')
        return await handler(exchange)

    return handle


async def _hang(exchange: Exchange) -> None:
    """Say nothing until the client has lost patience."""
    while (await exchange.receive())["type"] != "http.disconnect":
        pass
    raise wire.Gone


async def _cut(body: bytes) -> AsyncIterator[bytes]:
    yield body[: len(body) * 2 // 5]
    raise BrokenAnswer("the answer was to be cut")
