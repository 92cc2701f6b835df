"""A store of recordings on loopback: ranges, versions, checksums, and every way to fail in the middle."""

from __future__ import annotations

import re
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import md5

from fastcrc import crc64

from tests.cloud.server import Answer, Bytes, RawRequest

ASKED = re.compile(r"bytes=(\d+)-(\d*)")
STEP = 64 * 1024
REASONS = {200: "OK", 206: "Partial Content"}

Fault = Callable[["Store", RawRequest], "Answer | Bytes | None"]


@dataclass
class Store:
    """One object. `faults` are used up one a request, None for none; `sent` counts the bytes of bodies.

    `pause` is the time between two pieces of 64 KiB. A wrong `if_range` answers with all there is.
    """

    body: bytes
    etag: str = '"v1-EXAMPLE"'
    headers: tuple[tuple[str, str], ...] = ()
    takes_ranges: bool = True
    heeds_if_range: bool = True
    pause: float = 0.0
    faults: list[Fault | None] = field(default_factory=list)
    always: Fault | None = None
    sent: int = 0
    requests: list[RawRequest] = field(default_factory=list)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: RawRequest) -> Answer | Bytes:
        with self._counting:
            self.requests.append(request)
            fault = self.faults.pop(0) if self.faults else self.always
        answer = fault(self, request) if fault else None
        return answer or self.good(request)

    @property
    def ranges(self) -> list[str]:
        return [request.header("range") or "" for request in self.requests]

    def part(self, request: RawRequest) -> tuple[int, int] | None:
        """Return the part that is asked for; None for all."""
        asked = ASKED.fullmatch(request.header("range") or "")
        other = request.header("if-range") not in (None, self.etag)
        if asked is None or not self.takes_ranges or (other and self.heeds_if_range):
            return None
        return int(asked[1]), min(int(asked[2] or len(self.body)) + 1, len(self.body))

    def good(self, request: RawRequest) -> Answer | Bytes:
        part = self.part(request)
        if part is not None and part[0] >= len(self.body):
            return Answer(416, (("Content-Range", f"bytes */{len(self.body)}"),))
        return self.answer(part)

    def answer(
        self,
        part: tuple[int, int] | None,
        *,
        cut_after: int | None = None,
        length: int | None = None,
        content_range: str = "",
    ) -> Bytes:
        """Return a well-formed reply, but for what is given to be wrong; the connection closes."""
        start, end = part or (0, len(self.body))
        status = 200 if part is None else 206
        lines = [f"HTTP/1.1 {status} {REASONS[status]}", "Content-Type: audio/wav", "Connection: close"]
        lines += [f"ETag: {self.etag}"] if self.etag else []
        lines += [f"{name}: {value}" for name, value in self.headers]
        if part is not None:
            lines.append("Content-Range: " + (content_range or f"bytes {start}-{end - 1}/{len(self.body)}"))
        lines.append(f"Content-Length: {end - start if length is None else length}")
        stop = end if cut_after is None else min(end, start + cut_after)
        return Bytes(self._wire("\r\n".join([*lines, "", ""]).encode(), start, stop))

    def _wire(self, head: bytes, start: int, stop: int) -> Iterator[bytes]:
        yield head
        for position in range(start, stop, STEP):
            piece = self.body[position : min(position + STEP, stop)]
            with self._counting:
                self.sent += len(piece)
            yield piece
            if self.pause:
                time.sleep(self.pause)


def with_crc64(body: bytes) -> tuple[tuple[str, str], ...]:
    """Return the header in which OSS tells its CRC-64."""
    return (("x-oss-hash-crc64ecma", str(crc64.xz(body))),)


def with_md5(body: bytes) -> tuple[tuple[str, str], ...]:
    return (("Content-MD5", b64encode(md5(body).digest()).decode()),)


def cut_after(count: int) -> Fault:
    return lambda store, request: store.answer(store.part(request), cut_after=count)


def says(status: int, kind: str = "text/plain", body: bytes = b"no") -> Fault:
    return lambda store, request: Answer(status, (("Content-Type", kind),), body)


def redirects(url: str) -> Fault:
    return lambda store, request: Answer(302, (("Location", url),))


def wrong_range(store: Store, request: RawRequest) -> Bytes | None:
    """Bring the start of all in place of the part."""
    part = store.part(request)
    if part is None or part[0] == 0:
        return None
    return store.answer((0, part[1] - part[0]))


def whole_for_a_range(store: Store, request: RawRequest) -> Bytes:
    return store.answer(None)


def reset(store: Store, request: RawRequest) -> Bytes:
    """Close without a word."""
    return Bytes(())


def without_length(store: Store, request: RawRequest) -> Bytes:
    """Bring all in chunks, so that nobody knows how much it is."""

    def wire() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nTransfer-Encoding: chunked\r\n\r\n"
        for position in range(0, len(store.body), STEP):
            piece = store.body[position : position + STEP]
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
        yield b"0\r\n\r\n"

    return Bytes(wire())
