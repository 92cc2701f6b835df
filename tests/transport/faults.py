"""A server's ways to fail, by name; each is a function from the request to what goes down the wire."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Iterator

from tests.cloud.server import Answer, Bytes, RawRequest, Respond

SOUND = b"RIFF" + bytes(range(256)) * 40


def sound(request: RawRequest) -> Answer:
    return Answer(200, (("Content-Type", "audio/wav"),), SOUND)


def _answer(status: int, kind: str, body: bytes, *more: tuple[str, str]) -> Respond:
    return lambda request: Answer(status, (("Content-Type", kind), *more), body)


def _raw(*chunks: bytes) -> Respond:
    return lambda request: Bytes(chunks)


def _head(length: int | None, *more: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: audio/wav", *more]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode()


def _hang(request: RawRequest) -> Bytes:
    def wire() -> Iterator[bytes]:
        time.sleep(3)
        yield b""

    return Bytes(wire())


def _stall(request: RawRequest) -> Bytes:
    def wire() -> Iterator[bytes]:
        yield _head(len(SOUND)) + SOUND[:100]
        time.sleep(3)

    return Bytes(wire())


def drip(request: RawRequest) -> Bytes:
    """Bring the sound whole, in small pieces with pauses shorter than the time limit."""

    def wire() -> Iterator[bytes]:
        yield _head(10)
        for position in range(10):
            time.sleep(0.05)
            yield SOUND[position : position + 1]

    return Bytes(wire())


FAULTS: dict[str, Respond] = {
    "cut at 40 %": _raw(_head(len(SOUND)) + SOUND[: len(SOUND) * 2 // 5]),
    "cut in a chunk": _raw(_head(None, "Transfer-Encoding: chunked") + b"400\r\n" + SOUND[:100]),
    "cut before the last chunk": _raw(_head(None, "Transfer-Encoding: chunked") + b"4\r\nRIFF\r\n"),
    "bad chunk length": _raw(_head(None, "Transfer-Encoding: chunked") + b"zz\r\nRIFF\r\n0\r\n\r\n"),
    "closed without a word": _raw(b""),
    "no HTTP": _raw(b"220 mail.example ESMTP\r\n"),
    "zero bytes": _answer(200, "audio/wav", b""),
    "web page": _answer(200, "text/html; charset=utf-8", b"<html>login</html>"),
    "gzip garbage": _answer(200, "audio/wav", b"\x1f\x8b garbage", ("Content-Encoding", "gzip")),
    "gzip in earnest": _answer(200, "audio/wav", gzip.compress(SOUND), ("Content-Encoding", "gzip")),
    "redirect": _answer(302, "text/html", b"", ("Location", "http://user:pw@other.example/path?key=EXAMPLE")),
    "401": _answer(401, "text/plain", b"no"),
    "403": _answer(403, "text/plain", b"no"),
    "404": _answer(404, "text/plain", b"no"),
    "400": _answer(400, "text/plain", b"no"),
    "429": _answer(429, "text/plain", b"slow down"),
    "429 for 1 s": _answer(429, "text/plain", b"slow down", ("Retry-After", "1")),
    "429 for 60 s": _answer(429, "text/plain", b"slow down", ("Retry-After", "60")),
    "500": _answer(500, "text/html", b"<html>oops</html>"),
    "503": _answer(503, "text/plain", b""),
    "hang": _hang,
    "stall": _stall,
}


def refused_port() -> int:
    """Return a port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
