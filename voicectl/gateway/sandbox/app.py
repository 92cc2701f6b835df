"""One ASGI application for all vendors: who is asked, and what goes wrong. Its own doors: `doors.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import timedelta

from voicectl.core.errors import VoicectlError
from voicectl.core.request import Request
from voicectl.gateway import wire
from voicectl.gateway.sandbox import doors
from voicectl.gateway.sandbox.cloud import Cloud, Fault, Refused, Service, Talk
from voicectl.gateway.wire import Answer, Receive, Scope, Send
from voicectl.signing.times import http_date

FAULT_HEADER = "x-voicectl-fault"
BODY_LIMIT = 32 << 20
HANG_SECONDS = 3600.0
SKEW_SECONDS = 7200.0
STATUSES = ("429", "500", "502", "503", "504")
PAGE = b"<!doctype html><html><body>please log in</body></html>"


class Sandbox:
    """The application. `services` are asked in order whether a request is theirs, `talks` a handshake.

    With `any_host` any Host header will do: who listens for others has said so.
    """

    def __init__(
        self, cloud: Cloud, services: Sequence[Service], talks: Sequence[Talk] = (), *, any_host: bool = False
    ) -> None:
        self._cloud = cloud
        self._services = services
        self._talks = talks
        self._any_host = any_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["type"] == "http":
                await self._serve(scope, receive, send)
            elif scope["type"] == "websocket":
                await self._converse(wire.Line(wire.opened(scope), receive, send))
        except wire.Gone:
            return

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = wire.opened(scope, await wire.read_body(receive, BODY_LIMIT))
        except wire.BodyTooLarge:
            await wire.answer(send, wire.as_json(413, {"error": "the body is too large"}))
            return
        if not self._any_host and not doors.is_loopback(request.host):
            await wire.answer(send, wire.as_json(421, {"error": f"this is not {request.host}"}))
            return
        if request.path.startswith(doors.OWN):
            await wire.answer(send, doors.opened(self._cloud, request))
            return
        service = next((each for each in self._services if each.knows(request)), None)
        if fault := self._fault(request, service):
            await self._go_wrong(fault, request, service, send)
            return
        await wire.answer(send, await self._answered(request, service))

    async def _answered(self, request: Request, service: Service | None) -> Answer:
        if service is None:
            told = {"error": "the sandbox has no such interface", "path": request.path}
            return self._dated(wire.as_json(404, told))
        try:
            return self._dated(await service.serve(request))
        except Refused as refused:
            return self._refusal(service, refused)
        except VoicectlError as error:
            return self._refusal(service, _lacking(error))

    def _refusal(self, service: Service, refused: Refused) -> Answer:
        return self._dated(service.refusal(refused, f"sandbox-{self._cloud.number()}"))

    def _dated(self, given: Answer) -> Answer:
        """Tell the sandbox's time, by which a client may set its own."""
        return given._replace(headers=(*given.headers, ("Date", http_date(self._cloud.now))))

    # What goes wrong ----------------------------------------------------------------------------

    def _fault(self, request: Request, service: Service | None) -> Fault | None:
        if asked := request.header(FAULT_HEADER):
            kind, _, seconds = asked.partition(" ")
            return Fault(kind=kind, seconds=float(seconds) if seconds.replace(".", "", 1).isdecimal() else 0)
        if not self._cloud.faults:
            return None
        return self._cloud.fault_for(service.vendor if service else "", request.path)

    async def _go_wrong(self, fault: Fault, request: Request, service: Service | None, send: Send) -> None:
        match fault.kind:
            case "slow":
                await asyncio.sleep(fault.seconds or 1.0)
                await wire.answer(send, await self._answered(request, service))
            case "cut":
                await wire.cut(send, await self._answered(request, service))
            case "reset":
                await self._answered(request, service)
                wire.abort(send)
            case "drop":
                wire.abort(send)
            case "clock" | "expired":
                with self._amiss(fault):
                    given = await self._answered(request, service)
                await wire.answer(send, given)
            case _:
                await wire.answer(send, self._dated(await self._broken(fault, service)))

    def _amiss(self, fault: Fault) -> AbstractContextManager[None]:
        skew = timedelta(seconds=fault.seconds or SKEW_SECONDS) if fault.kind == "clock" else None
        return self._cloud.amiss(skew=skew, expired=fault.kind == "expired")

    async def _broken(self, fault: Fault, service: Service | None) -> Answer:
        """Return what comes in place of an answer."""
        match fault.kind:
            case kind if kind in STATUSES:
                headers = (("Retry-After", "1"),) if kind == "429" else ()
                return Answer(int(kind), headers, b"the sandbox was told to")
            case "html":
                return Answer(200, (("Content-Type", "text/html"),), PAGE)
            case "hang":
                await asyncio.sleep(fault.seconds or HANG_SECONDS)
                raise wire.Gone
            case "throttle" if service is not None:
                code, status, message = service.throttled
                return self._refusal(service, Refused(code, status, message or "too many requests"))
        told = {"error": f"the sandbox knows no fault {fault.kind!r}", "it knows": doors.FAULTS}
        return wire.as_json(400, told)

    # WebSockets ---------------------------------------------------------------------------------

    async def _converse(self, line: wire.Line) -> None:
        request = line.request
        talk = next((each for each in self._talks if each.knows(request)), None)
        if talk is None or not (self._any_host or doors.is_loopback(request.host)):
            await line.refuse(wire.as_json(404, {"error": "the sandbox has no such WebSocket"}))
            return
        fault = self._fault(request, talk)
        if fault is None:
            await self._talk(talk, line)
            return
        match fault.kind:
            case "slow":
                await asyncio.sleep(fault.seconds or 1.0)
            case "cut":
                line.cut_after = 1
            case "reset":
                line.cut_after = 0
            case "drop":
                line.cut()
                return
            case "clock" | "expired":
                with self._amiss(fault):
                    await self._talk(talk, line)
                return
            case _:
                await line.refuse(await self._broken(fault, talk))
                return
        await self._talk(talk, line)

    async def _talk(self, talk: Talk, line: wire.Line) -> None:
        try:
            talk.greet(line.request)
        except Refused as refused:
            await line.refuse(self._refusal(talk, refused))
            return
        await talk.talk(line)


def _lacking(error: VoicectlError) -> Refused:
    """Say what this machine cannot do, such as writing mp3, as if the vendor had said it."""
    return Refused("SandboxCannot", 501, f"{error}; {error.hint}" if error.hint else str(error))
