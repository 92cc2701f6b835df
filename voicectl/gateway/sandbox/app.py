"""One ASGI application for all vendors: who is asked, what goes wrong, and the sandbox's own doors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from voicectl.core.request import Request
from voicectl.gateway import wire
from voicectl.gateway.sandbox.cloud import Cloud, Fault, Refused, Service
from voicectl.gateway.wire import Answer, Receive, Scope, Send

OWN = "/_sandbox/"
FAULT_HEADER = "x-voicectl-fault"
BODY_LIMIT = 32 << 20
HANG_SECONDS = 3600.0

Socket = Callable[[Scope, Receive, Send], Awaitable[None]]


class Sandbox:
    """The application. `services` are asked in order whether a request is theirs; `sockets` by path."""

    def __init__(
        self, cloud: Cloud, services: Sequence[Service], sockets: dict[str, Socket] | None = None
    ) -> None:
        self._cloud = cloud
        self._services = services
        self._sockets = sockets or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "lifespan":
                await _live(receive, send)
            case "websocket":
                await self._converse(scope, receive, send)
            case "http":
                await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = wire.opened(scope, await wire.read_body(receive, BODY_LIMIT))
        except wire.Gone:
            return
        except wire.BodyTooLarge:
            await wire.answer(send, wire.as_json(413, {"error": "the body is too large"}))
            return
        if request.path.startswith(OWN):
            await wire.answer(send, self._own(request))
            return
        service = next((each for each in self._services if each.knows(request)), None)
        fault = self._fault(request, service)
        if fault and await self._goes_wrong(fault, request, service, send):
            return
        await wire.answer(send, self._answered(request, service))

    def _answered(self, request: Request, service: Service | None) -> Answer:
        if service is None:
            return wire.as_json(404, {"error": "the sandbox has no such interface", "path": request.path})
        try:
            return service.serve(request)
        except Refused as refused:
            return service.refusal(refused, f"sandbox-{self._cloud.number()}")

    # What goes wrong ----------------------------------------------------------------------------

    def _fault(self, request: Request, service: Service | None) -> Fault | None:
        if asked := request.header(FAULT_HEADER):
            return Fault(kind=asked)
        return self._cloud.fault_for(service.vendor if service else "", request.path)

    async def _goes_wrong(self, fault: Fault, request: Request, service: Service | None, send: Send) -> bool:
        """Let it go wrong; False where the request is served all the same, later or by another clock."""
        match fault.kind:
            case "429" | "500" | "502" | "503" | "504":
                headers = (("Retry-After", "1"),) if fault.kind == "429" else ()
                await wire.answer(send, Answer(int(fault.kind), headers, b"the sandbox was told to"))
            case "html":
                page = b"<!doctype html><html><body>please log in</body></html>"
                await wire.answer(send, Answer(200, (("Content-Type", "text/html"),), page))
            case "hang":
                await asyncio.sleep(fault.seconds or HANG_SECONDS)
            case "slow":
                await asyncio.sleep(fault.seconds or 1.0)
                return False
            case "cut":
                await _cut(send, self._answered(request, service))
            case "reset":
                self._answered(request, service)
                _abort(send)
            case "reset-unserved":
                _abort(send)
            case "clock":
                self._cloud.ahead += timedelta(seconds=fault.seconds or 900)
                try:
                    await wire.answer(send, self._answered(request, service))
                finally:
                    self._cloud.ahead -= timedelta(seconds=fault.seconds or 900)
            case _:
                await wire.answer(
                    send, wire.as_json(400, {"error": f"the sandbox knows no fault {fault.kind!r}"})
                )
        return True

    # Its own doors ------------------------------------------------------------------------------

    def _own(self, request: Request) -> Answer:
        cloud, door = self._cloud, request.path.removeprefix(OWN)
        try:
            told: Any = json.loads(request.body or b"{}")
            match request.method, door:
                case "GET", "ledger":
                    deeds = [
                        {"at": deed.at.isoformat(), "vendor": deed.vendor, "kind": deed.kind, **deed.facts}
                        for deed in cloud.ledger
                    ]
                    return wire.as_json(200, deeds)
                case "DELETE", "ledger":
                    cloud.ledger.clear()
                case "POST", "clock":
                    cloud.ahead += timedelta(seconds=float(told["advance_seconds"]))
                case "POST", "outcome":
                    cloud.outcomes[str(told["to"])] = str(told["ends"])
                case "POST", "fault":
                    cloud.faults.append(Fault(**told))
                case _:
                    return wire.as_json(404, {"error": f"the sandbox has no door {door!r}"})
        except (ValueError, KeyError, TypeError) as error:
            return wire.as_json(400, {"error": f"{type(error).__name__}: {error}"})
        return wire.as_json(200, {"now": cloud.now.isoformat()})

    async def _converse(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = self._sockets.get(scope["path"])
        if socket is None:
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        await socket(scope, receive, send)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _cut(send: Send, given: Answer) -> None:
    """Promise the whole answer, send 40 % of it, and hang up."""
    body = given.body if isinstance(given.body, bytes) else b"".join(given.body)
    lines = [(name.lower().encode(), value.encode()) for name, value in given.headers]
    lines.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": given.status, "headers": lines})
    await send({"type": "http.response.body", "body": body[: len(body) * 2 // 5], "more_body": True})
    await asyncio.sleep(0.05)
    _abort(send)


def _abort(send: Send) -> None:
    """Reset the connection, for which ASGI has no word: uvicorn's `send` belongs to what holds the socket."""
    transport: asyncio.Transport | None = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
