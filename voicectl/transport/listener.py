"""A small HTTP server for what vendors report by themselves; its only home. What reports mean: `vendors/`.

It trusts nobody: one path, one method, short bodies, and a time limit on each connection.
"""

from __future__ import annotations

import hmac
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore, Condition, Thread, Timer
from typing import Any

from voicectl.core.errors import BadInput, CredentialError, Unavailable, Unsupported, VoicectlError
from voicectl.core.request import Request, utf8

MIB = 1 << 20
LONGEST_BODY = MIB
LONGEST_LINE = 1 << 10
SILENCE_SECONDS, LONGEST_SECONDS, ANSWER_SECONDS = 5.0, 15.0, 2.0
MOST_CONNECTIONS = 128
POLL_SECONDS = 0.1

Deliver = Callable[[Request], bytes]
"""Takes a report that came to the right place; returns the body of the 200 that answers it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Where to listen; `public_url` is how the world sees it, where a proxy stands before."""

    host: str
    port: int
    path: str
    public_url: str = ""


class Listener:
    """Listens from the moment it is made until it is closed; `tell` gets errors that are nobody's report."""

    def __init__(self, post: Post, deliver: Deliver, tell: Callable[[VoicectlError], None]) -> None:
        self.post, self.deliver, self.tell = post, deliver, tell
        self._server = _bound(post, self)
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address that vendors are to be given."""
        host = f"[{self.post.host}]" if ":" in self.post.host else self.post.host
        return (self.post.public_url.rstrip("/") or f"http://{host}:{self.port}") + self.post.path

    def close(self) -> None:
        """Stop; reports that were taken are answered, those that are still coming will be repeated."""
        self._server.shutdown()
        with self._server.answered:
            self._server.answered.wait_for(lambda: not self._server.taken, ANSWER_SECONDS)
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Whoever is slow is not waited for at the end.
    block_on_close = False
    request_queue_size = 128

    def __init__(self, post: Post, listener: Listener) -> None:
        self.address_family = socket.AF_INET6 if ":" in post.host else socket.AF_INET
        self.listener = listener
        self.taken, self.answered = 0, Condition()
        self._free = BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__((post.host, post.port), _Handler)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection, for so long at most; it is cut where there are too many."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        end = Timer(LONGEST_SECONDS, _cut, args=(request,))
        end.daemon = True
        end.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            end.cancel()
            self._free.release()

    @contextmanager
    def taking(self) -> Iterator[None]:
        """Count a report as taken until its answer has been written."""
        with self.answered:
            self.taken += 1
        try:
            yield
        finally:
            with self.answered:
                self.taken -= 1
                self.answered.notify_all()

    def server_bind(self) -> None:
        """Bind without asking a name server who we are, as the parent would."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away: anybody can do that as often as he likes."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "voicectl", ""
    error_message_format = ""
    timeout = SILENCE_SECONDS

    def __getattr__(self, name: str) -> Any:
        """Take every method there is, known or not, to the one answer."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: what strangers ask for is nobody's business."""

    def handle_expect_100(self) -> bool:
        """Let a body come that will be read; one that will not is refused before it is sent."""
        refused = self._refused()
        if refused:
            self._answer(refused)
            return False
        return super().handle_expect_100()

    def _serve(self) -> None:
        refused = self._refused()
        if refused:
            self._answer(refused)
            return
        body = self._body()
        if body is not None:
            with self.server.taking():
                self._take(body)

    def _take(self, body: bytes) -> None:
        try:
            self._answer(200, self.server.listener.deliver(self._request(body)))
        except VoicectlError as error:
            self.server.listener.tell(error)
            self._answer(_status_of(error))
        except Exception as error:
            self.server.listener.tell(
                Unavailable(
                    "a report could not be taken: {reason}", reason=f"{type(error).__name__}: {error}"
                )
            )
            self._answer(500)

    def _refused(self) -> int:
        """Return the status of a refusal that needs no body; 0 for a report that is read."""
        path = self.path.partition("?")[0]
        if not hmac.compare_digest(utf8(path), utf8(self.server.listener.post.path)):
            return 404
        if self.command != "POST":
            return 405
        if self.headers.get("Transfer-Encoding"):
            return 0 if self.headers["Transfer-Encoding"].strip().lower() == "chunked" else 501
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()):
            return 411
        return 413 if len(length) > 9 or int(length) > LONGEST_BODY else 0

    def _body(self) -> bytes | None:
        """Read the body; None where it is none, which has been answered then."""
        if not self.headers.get("Transfer-Encoding"):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            return body if len(body) == int(self.headers["Content-Length"]) else None
        whole = bytearray()
        while True:
            size = _size_in(self.rfile.readline(LONGEST_LINE))
            if size is None:
                self._answer(400)
                return None
            if len(whole) + size > LONGEST_BODY:
                self._answer(413)
                return None
            if not size:
                return bytes(whole)
            whole += self.rfile.read(size)
            self.rfile.readline(LONGEST_LINE)

    def _request(self, body: bytes) -> Request:
        path, _, query = self.path.partition("?")
        public = self.server.listener.post.public_url.rstrip("/")
        scheme, _, place = public.partition("://") if public else ("http", "", "")
        host, slash, before = place.partition("/")
        return Request(
            method=self.command,
            scheme=scheme,
            host=host or self.headers.get("Host", ""),
            path=f"{slash}{before}{path}",
            query=query,
            headers=tuple(self.headers.items()),
            body=body,
        )

    def _answer(self, status: int, body: bytes = b"") -> None:
        """Answer and close: whoever has more to say comes again."""
        self.close_connection = True
        self.send_response(status)
        if status == 405:
            self.send_header("Allow", "POST")
        if body:
            self.send_header("Content-Type", _kind_of(body))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body if self.command != "HEAD" else b"")
        if status != 200:
            self._drain()

    def _drain(self) -> None:
        """Take what is still coming, a while: closing on it would reset the answer away."""
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)
        left = 8 * MIB
        while left > 0 and (more := self.connection.recv(1 << 16)):
            left -= len(more)


def _bound(post: Post, listener: Listener) -> _Server:
    try:
        return _Server(post, listener)
    except (OSError, OverflowError) as error:
        raise Unavailable(
            "{host} port {port} cannot be listened on: {reason}",
            host=post.host,
            port=post.port,
            reason=getattr(error, "strerror", None) or str(error),
            hint="another --port, or --port 0 for one that is free",
        ) from None


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _size_in(line: bytes) -> int | None:
    """Read the size of a chunk; None for what is none."""
    text = line.partition(b";")[0].strip()
    is_size = 0 < len(text) <= 8 and all(sign in b"0123456789abcdefABCDEF" for sign in text)
    return int(text, 16) if is_size else None


def _status_of(error: VoicectlError) -> int:
    """Return how a report is refused; after 500 the vendor tries again."""
    match error:
        case CredentialError():
            return 403
        case BadInput() | Unsupported():
            return 400
    return 500


def _kind_of(body: bytes) -> str:
    return "application/json" if body[:1] in b"{[" else "text/xml"
