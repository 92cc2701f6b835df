"""Two small proxies on loopback, HTTP and SOCKS5, which lead every name to one place and tell what came."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.cloud.server import with_shutdown


@dataclass
class ProxyServer:
    """`told` holds the first lines (HTTP) or the asked `name:port` (SOCKS) in order."""

    goal: int
    user: str = ""
    mute: bool = False
    told: list[str] = field(default_factory=list)
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.listener.getsockname()[1]}"

    def run(self, serve: str) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(serve, connection), daemon=True).start()

    def _serve(self, kind: str, connection: socket.socket) -> None:
        if self.mute:
            threading.Event().wait(3)
            return with_shutdown(connection)
        try:
            return {"http": self.http, "socks": self.socks}[kind](connection)
        except OSError:
            return with_shutdown(connection)

    def http(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            more = connection.recv(65536)
            if not more:
                return with_shutdown(connection)
            head += more
        line, _, rest = head.partition(b"\r\n")
        self.told.append(line.decode())
        wanted = b"Proxy-Authorization: Basic " + base64.b64encode(self.user.encode())
        if self.user and wanted not in head:
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return with_shutdown(connection)
        ahead = socket.create_connection(("127.0.0.1", self.goal))
        if line.startswith(b"CONNECT "):
            connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            ahead.sendall(line + b"\r\n" + rest)
        return join(connection, ahead)

    def socks(self, connection: socket.socket) -> None:
        greeting = connection.recv(512)
        if self.user:
            if 2 not in greeting[2:]:
                connection.sendall(b"\x05\xff")
                return with_shutdown(connection)
            connection.sendall(b"\x05\x02")
            said = connection.recv(512)
            name, password = (part.encode() for part in self.user.split(":"))
            good = said == b"\x01" + bytes([len(name)]) + name + bytes([len(password)]) + password
            connection.sendall(b"\x01" + (b"\x00" if good else b"\x01"))
        else:
            connection.sendall(b"\x05\x00")
        asked = connection.recv(512)
        if not asked:
            return with_shutdown(connection)
        length = asked[4]
        name_, port = asked[5 : 5 + length].decode(), int.from_bytes(asked[5 + length : 7 + length], "big")
        self.told.append(f"{name_}:{port}")
        connection.sendall(b"\x05\x00\x00\x01" + bytes(6))
        return join(connection, socket.create_connection(("127.0.0.1", self.goal)))


def join(one: socket.socket, other: socket.socket) -> None:
    """Pass bytes both ways until either side closes."""

    def pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        with_shutdown(sink)

    threading.Thread(target=pump, args=(other, one), daemon=True).start()
    pump(one, other)


@contextmanager
def proxy_to(goal: int, kind: str, *, user: str = "", mute: bool = False) -> Iterator[ProxyServer]:
    """Run a proxy of `kind` (`http`, `socks`) whose every way leads to the local port `goal`."""
    server = ProxyServer(goal, user, mute)
    threading.Thread(target=server.run, args=(kind,), daemon=True).start()
    try:
        yield server
    finally:
        with_shutdown(server.listener)
