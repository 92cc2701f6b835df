"""A loopback HTTP/1.1 server that keeps every byte as it came; what to answer is handed in."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}


@dataclass(frozen=True, slots=True)
class RawRequest:
    """One request as it came off the socket, nothing decoded, folded, sorted or lower-cased."""

    line: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    raw: bytes = field(repr=False)

    @property
    def method(self) -> str:
        return self.line.split(b" ")[0].decode("latin-1")

    @property
    def target(self) -> str:
        return self.line.split(b" ")[1].decode("latin-1")

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    @property
    def texts(self) -> list[tuple[str, str]]:
        """The headers as text, in order, names as written."""
        return [(name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in self.headers]

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.texts if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a well-formed reply."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def wire(self) -> Iterator[bytes]:
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Whatever')}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines += [f"Content-Length: {len(self.body)}", "", ""]
        yield "\r\n".join(lines).encode() + self.body


@dataclass(frozen=True, slots=True)
class Bytes:
    """What goes back: these bytes as they are, after which the connection is closed."""

    chunks: Iterable[bytes]

    def wire(self) -> Iterator[bytes]:
        yield from self.chunks


class Reset(Bytes):
    """What goes back: these bytes, then a reset in place of an orderly end."""


Respond = Callable[[RawRequest], Answer | Bytes]


class Server:
    """Answers on 127.0.0.1 until it is closed; `requests` and `connections` tell what came."""

    def __init__(self, respond: Respond, *, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[RawRequest] = []
        self.connections = 0
        self._respond = respond
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}"

    def close(self) -> None:
        for each in [self._listener, *self._open]:
            with_shutdown(each)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            while (request := read_request(connection)) is not None:
                self.requests.append(request)
                answer = self._respond(request)
                for chunk in answer.wire():
                    connection.sendall(chunk)
                if isinstance(answer, Reset):
                    # With nothing to linger for, closing sends a reset.
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    connection.close()
                if isinstance(answer, Bytes):
                    break
        except OSError:
            pass
        finally:
            with_shutdown(connection)


def with_shutdown(connection: socket.socket) -> None:
    """Close a socket so that whoever waits on it wakes up."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    finally:
        connection.close()


def read_request(connection: socket.socket) -> RawRequest | None:
    """Read one request with a Content-Length or without a body; None where the client has gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    request = parse(data)
    length = int(request.header("content-length") or 0)
    while len(request.body) < length:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
        request = parse(data)
    return request


def parse(raw: bytes) -> RawRequest:
    """Take a request apart; all that follows the empty line is its body."""
    head, _, body = raw.partition(b"\r\n\r\n")
    line, *rest = head.split(b"\r\n")
    pairs = [each.partition(b":") for each in rest]
    headers = tuple((name, value.strip(b" \t")) for name, _, value in pairs)
    return RawRequest(line, headers, body, raw)


@contextmanager
def serving(respond: Respond, *, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run a server for the time of a `with` block."""
    server = Server(respond, tls=tls)
    try:
        yield server
    finally:
        server.close()
