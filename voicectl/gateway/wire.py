"""ASGI as values: what came in as our own `Request`, and answers as bytes. What is said lives elsewhere."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, NamedTuple

from voicectl.core.request import Pairs, Request

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Answer(NamedTuple):
    """What is sent back; a body in pieces is sent piece by piece, as it is made."""

    status: int
    headers: Pairs = ()
    body: bytes | AsyncIterable[bytes] = b""


class BodyTooLarge(Exception):
    """More came than is read."""


class Gone(Exception):
    """The client went away before all was said."""


def as_json(status: int, body: object, *headers: tuple[str, str]) -> Answer:
    """Return an answer of JSON, written as the vendors do: as UTF-8, without ASCII escapes."""
    data = _written(body).encode("utf-8", "replace")
    return Answer(status, (("Content-Type", "application/json"), *headers), data)


def opened(scope: Scope, body: bytes = b"") -> Request:
    """Return a request as it came: path and query are wire text, header names in lower case."""
    headers = tuple(
        [
            (name.decode("latin-1"), value.decode("utf-8", "surrogateescape"))
            for name, value in scope["headers"]
        ]
    )
    return Request(
        method=scope.get("method", "GET"),
        host=next((value for name, value in headers if name == "host"), ""),
        path=scope["raw_path"].decode("ascii", "surrogateescape"),
        query=scope["query_string"].decode("ascii", "surrogateescape"),
        headers=headers,
        body=body,
        scheme="https" if scope["scheme"] in ("https", "wss") else "http",
    )


async def read_body(receive: Receive, limit: int) -> bytes:
    """Read a whole body of at most `limit` bytes."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise BodyTooLarge
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def answer(send: Send, given: Answer, *, kind: str = "http") -> None:
    """Send an answer; `kind` is what it answers: a request, or a WebSocket's handshake."""
    if isinstance(given.body, bytes):
        await _start(send, given, kind, ("content-length", str(len(given.body))))
        await send({"type": f"{kind}.response.body", "body": given.body})
        return
    await _start(send, given, kind)
    async with ending(given.body) as pieces:
        async for piece in pieces:
            await send({"type": f"{kind}.response.body", "body": piece, "more_body": True})
    await send({"type": f"{kind}.response.body", "body": b""})


@asynccontextmanager
async def ending(body: AsyncIterable[bytes]) -> AsyncIterator[AsyncIterator[bytes]]:
    """Yield the pieces of a body; whoever makes them hears at once when no more are wanted."""
    pieces = aiter(body)
    try:
        yield pieces
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()


@lru_cache(maxsize=256)
def _name(name: str) -> bytes:
    return name.lower().encode("latin-1")


async def _start(send: Send, given: Answer, kind: str, *more: tuple[str, str]) -> None:
    lines = [
        (_name(name), value.encode("utf-8", "surrogateescape")) for name, value in (*given.headers, *more)
    ]
    await send({"type": f"{kind}.response.start", "status": given.status, "headers": lines})


async def whole(body: bytes | AsyncIterable[bytes]) -> bytes:
    """Return all of a body."""
    return body if isinstance(body, bytes) else b"".join([piece async for piece in body])


async def cut(send: Send, given: Answer) -> None:
    """Promise the whole answer, send 40 % of it, and hang up."""
    body = await whole(given.body)
    await _start(send, given, "http", ("content-length", str(len(body))))
    await send({"type": "http.response.body", "body": body[: len(body) * 2 // 5], "more_body": True})
    await asyncio.sleep(0.05)
    abort(send)


def abort(send: Send) -> None:
    """Reset the connection, for which ASGI has no word: uvicorn's `send` belongs to what holds the socket."""
    transport: asyncio.Transport | None = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()


class Line:
    """The server's end of one WebSocket; `request` is its handshake."""

    def __init__(self, request: Request, receive: Receive, send: Send) -> None:
        self.request = request
        self._receive = receive
        self._send = send
        self.cut_after: int | None = None
        """How many more messages of sound are sent before the line is cut; None for all."""

    async def open(self, *headers: tuple[str, str]) -> None:
        """Accept the handshake."""
        await self._receive()
        lines = [(name.lower().encode(), value.encode()) for name, value in headers]
        await self._send({"type": "websocket.accept", "headers": lines})

    async def refuse(self, given: Answer) -> None:
        """Answer the handshake with something else than a WebSocket."""
        await self._receive()
        await answer(self._send, given, kind="websocket.http")

    async def hear(self, seconds: float | None = None) -> str | bytes:
        """Return the next message; raises Gone where there is none, TimeoutError after a silence."""
        message = await asyncio.wait_for(self._receive(), seconds)
        if message["type"] == "websocket.disconnect":
            raise Gone
        text: str | None = message.get("text")
        return text if text is not None else message["bytes"]

    async def say(self, message: str | bytes) -> None:
        """Send a message."""
        if isinstance(message, str):
            await self._send({"type": "websocket.send", "text": message})
            return
        if self.cut_after == 0:
            self.cut()
            raise Gone
        if self.cut_after is not None:
            self.cut_after -= 1
        await self._send({"type": "websocket.send", "bytes": message})

    async def close(self, code: int = 1000) -> None:
        """End the conversation in order."""
        await self._send({"type": "websocket.close", "code": code})

    def cut(self) -> None:
        """Reset the connection."""
        abort(self._send)
