"""Connections that cannot be held for nothing: how many there are, and how long and large a head may be.

uvicorn bounds neither. What comes after the head is bounded in `posture.py`; without the extra this
module cannot be loaded.
"""

from __future__ import annotations

import json
from asyncio import TimerHandle
from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from voicectl.gateway.posture import CONNECTIONS, HEAD_BYTES, HEAD_SECONDS
from voicectl.gateway.refusals import Refusal, openai_body

BUSY = Refusal(status=503, code="unavailable", message="Too many connections")
LONG = Refusal(status=431, code="headers_too_large", message="The headers are too large")


def _answer(line: str, no: Refusal, usual: Iterable[tuple[bytes, bytes]], *headers: str) -> bytes:
    body = json.dumps(openai_body(no)).encode()
    told = ("Content-Type: application/json", f"Content-Length: {len(body)}", "Connection: close", *headers)
    lines = [f"HTTP/1.1 {line}".encode(), *(b"%b: %b" % each for each in usual), *map(str.encode, told)]
    return b"\r\n".join((*lines, b"", body))


class Bounded(HttpToolsProtocol):
    """uvicorn's protocol with these bounds."""

    _timer: TimerHandle | None = None
    _head_bytes = 0
    _is_in_head = True

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            self._refuse("503 Service Unavailable", BUSY, "Retry-After: 1")
            return
        self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._is_in_head and self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            self._refuse("431 Request Header Fields Too Large", LONG)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head = True
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def on_headers_complete(self) -> None:
        self._is_in_head, self._head_bytes = False, 0
        self._disarm()
        super().on_headers_complete()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, line: str, no: Refusal, *headers: str) -> None:
        self._disarm()
        self.transport.write(_answer(line, no, self.server_state.default_headers, *headers))
        self.transport.close()
