"""ASGI as values: what came in as our own `Request`, and answers as bytes. What is said lives elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, NamedTuple

from voicectl.core.request import Pairs, Request

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Answer(NamedTuple):
    """What is sent back; a body in pieces is sent piece by piece, as it is made."""

    status: int
    headers: Pairs = ()
    body: bytes | Iterable[bytes] = b""


class BodyTooLarge(Exception):
    """More came than is read."""


class Gone(Exception):
    """The client went away before it had said all."""


def as_json(status: int, body: object, *headers: tuple[str, str]) -> Answer:
    """Return an answer of JSON, written as the vendors do: as UTF-8, without ASCII escapes."""
    import json

    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, (("Content-Type", "application/json"), *headers), data)


def opened(scope: Scope, body: bytes = b"") -> Request:
    """Return a request as it came: path and query are wire text, header names as they were written."""
    headers = tuple(
        (name.decode("latin-1"), value.decode("utf-8", "surrogateescape")) for name, value in scope["headers"]
    )
    host = next((value for name, value in headers if name.lower() == "host"), "")
    return Request(
        method=scope.get("method", "GET"),
        host=host,
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
        size += len(message.get("body", b""))
        if size > limit:
            raise BodyTooLarge
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def answer(send: Send, given: Answer) -> None:
    """Send an answer; the pieces of a body are made in a thread, so that others are served meanwhile."""
    if isinstance(given.body, bytes):
        await _start(send, given, {"content-length": str(len(given.body))})
        await send({"type": "http.response.body", "body": given.body})
        return
    from starlette.concurrency import iterate_in_threadpool

    await _start(send, given, {})
    async for piece in iterate_in_threadpool(given.body):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _start(send: Send, given: Answer, more: Mapping[str, str]) -> None:
    pairs = [*given.headers, *more.items()]
    lines = [
        (name.lower().encode("latin-1"), value.encode("utf-8", "surrogateescape")) for name, value in pairs
    ]
    await send({"type": "http.response.start", "status": given.status, "headers": lines})
