"""A loopback WebSocket server: what is said on it is handed in, and so are its ways to fail."""

from __future__ import annotations

import http
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

Talk = Callable[[ServerConnection], None]
Gate = Callable[[Request], "Response | None"]
SILENCE_SECONDS = 3.0
TOO_MUCH = 17 << 20


@dataclass
class TalkServer:
    """Answers on 127.0.0.1; `handshakes` and `connections` tell what came."""

    port: int
    handshakes: list[Request] = field(default_factory=list)
    connections: int = 0
    open_now: int = 0
    most_open: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"


@contextmanager
def talking(
    talk: Talk, *, gate: Gate | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[TalkServer]:
    """Run a server for the time of a `with` block; `gate` may refuse a handshake, `talk` has the word."""
    listener = socket.create_server(("127.0.0.1", 0))
    told = TalkServer(listener.getsockname()[1])
    counting = threading.Lock()

    def met(connection: ServerConnection, request: Request) -> Response | None:
        told.handshakes.append(request)
        return gate(request) if gate else None

    def spoken_to(connection: ServerConnection) -> None:
        with counting:
            told.connections += 1
            told.open_now += 1
            told.most_open = max(told.most_open, told.open_now)
        try:
            with suppress(ConnectionClosed):
                talk(connection)
        finally:
            with counting:
                told.open_now -= 1

    server = serve(
        spoken_to,
        sock=listener,
        ssl=tls,
        process_request=met,
        compression=None,
        max_size=None,
        close_timeout=0.5,
        ping_interval=None,
        server_header=None,
    )
    worker = threading.Thread(target=server.serve_forever, daemon=True)
    worker.start()
    try:
        yield told
    finally:
        server.shutdown()
        worker.join(5)


def refusal(status: int, body: Mapping[str, object] | bytes = b"", **headers: str) -> Response:
    """Return a handshake's refusal, with a body in JSON or as it is."""
    is_json = not isinstance(body, bytes)
    wire = json.dumps(body).encode() if not isinstance(body, bytes) else body
    kind = "application/json" if is_json else "text/plain"
    lines = {"Content-Type": kind, "Content-Length": str(len(wire)), "Connection": "close"}
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    reason = http.HTTPStatus(status).phrase
    return Response(status, reason, Headers({**lines, **more}), wire)


def cut(connection: ServerConnection) -> None:
    """Break off in the middle, without a word."""
    with suppress(OSError):
        connection.socket.shutdown(socket.SHUT_RDWR)


def fall_silent(connection: ServerConnection) -> None:
    """Stay there and say nothing, for longer than anybody waits."""
    until = time.monotonic() + SILENCE_SECONDS
    while time.monotonic() < until:
        with suppress(TimeoutError):
            connection.recv(timeout=0.1)


def say_too_much(connection: ServerConnection) -> None:
    """Send one message that is larger than any sound."""
    connection.send(bytes(TOO_MUCH))


def break_the_rules(connection: ServerConnection) -> None:
    """Send a frame that no protocol allows: reserved bits, and an opcode that is none."""
    with suppress(OSError):
        connection.socket.sendall(b"\xff\x03abc")
    time.sleep(0.2)


REFUSALS = (401, 403, 429, 503)
