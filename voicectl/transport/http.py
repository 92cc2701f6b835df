"""Requests over sockets, byte for byte, with httpx; its only home. Signing and retries: `signed.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock, get_ident
from typing import Any, NamedTuple

from voicectl import __version__
from voicectl.core.errors import BadInput, VoicectlError
from voicectl.core.request import ReplyStream, Request
from voicectl.transport import broken, tls
from voicectl.transport.proxies import Proxy, proxy_for, split_host


@contextmanager
def _hidden(module: str) -> Iterator[None]:
    """Make an import of `module` fail for a moment."""
    kept = sys.modules.get(module)
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]
        if kept is not None:
            sys.modules[module] = kept


# Where click and rich are installed, httpx imports both for a command of its own: half its cost.
with _hidden("click"):
    import httpcore
    import httpx

USER_AGENT = f"voicectl/{__version__}"
CHANGES_PROTOCOL = 101
READ_AT_ONCE = 1 << 16
STRAIGHT_FROM, STRAIGHT_AT_ONCE = 1 << 22, 1 << 17
NO_NAME = (httpx.InvalidURL, UnicodeError)
"""Raised before a name is looked up that no host can have."""


class WireUrl(httpx.URL):
    """A URL whose target leaves as it was given.

    The request extension `target` would do the same, but httpcore (1.0) also puts it into the
    CONNECT line of a proxy, and there a path is wrong and a query is told to a stranger.
    """

    def __init__(self, scheme: str, host: str, port: int | None, target: bytes) -> None:
        super().__init__(scheme=scheme, host=host, port=port)
        self._target = target

    @property
    def raw_path(self) -> bytes:
        return self._target


@dataclass(slots=True)
class Progress:
    """How far one exchange has come, as httpcore's trace tells it."""

    connect_seconds: float
    connected: bool = False
    sent: bool = False
    answered: bool = False
    received: int = 0
    stream: Any = None
    """The connection, where it is known: a new one at once, an old one with the head of its answer."""
    is_unwanted: bool = False

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith("connect_tcp.complete"):
            self.connected = True
            self.stream = info["return_value"]
        elif event.endswith("start_tls.complete"):
            self.stream = info["return_value"]
        elif event == "socks.setup_socks5_connection.started":
            _bound_silence(info["stream"], self.connect_seconds)
        elif event == "http11.send_request_headers.started":
            self.sent = self.sent or info["request"].method != b"CONNECT"


class Limits(NamedTuple):
    """How long to wait, in seconds, and how many connections to keep to one place."""

    timeout: float = 30.0
    connect: float = 10.0
    connections: int = 4

    @property
    def extension(self) -> dict[str, float | None]:
        connect = min(self.connect, self.timeout)
        return {"connect": connect, "read": self.timeout, "write": self.timeout, "pool": None}


class Http:
    """The way out. Pools are built at first use; `environment` holds proxies and SSL_CERT_FILE."""

    def __init__(
        self, environment: Mapping[str, str], *, ca_bundle: str = "", limits: Limits | None = None
    ) -> None:
        self._environment = environment
        self._ca_bundle = ca_bundle
        self._limits = limits or Limits()
        self._pools: dict[tuple[bool, str], httpx.HTTPTransport] = {}
        self._building = Lock()
        self._under_way: dict[int, Progress] = {}

    @contextmanager
    def open(self, request: Request, *, repeatable: bool = True, address: str = "") -> Iterator[ReplyStream]:
        """Send a request, and yield the reply as soon as its head is here, whatever its status.

        Redirects are not followed. `address` is connected to in place of the host's own, unless a
        proxy stands between. Raises Unreachable, TryLater, BrokenAnswer, ConfigError and, where a
        byte of an unrepeatable request has left, OutcomeUnknown.
        """
        proxy = proxy_for(request.scheme, request.host, self._environment)
        progress = Progress(min(self._limits.connect, self._limits.timeout))
        place = broken.Place(request.host, proxy, repeatable, self._limits.timeout)
        pool = self._pool(request.scheme == "https", proxy)
        self._under_way[get_ident()] = progress
        try:
            with _translated(place, progress):
                outgoing = self._outgoing(request, progress, "" if proxy else address)
                response = pool.handle_request(outgoing)
        except BaseException:
            self._under_way.pop(get_ident(), None)
            raise
        progress.answered, progress.stream = True, response.extensions.get("network_stream")
        try:
            yield ReplyStream(
                status=response.status_code,
                headers=_lower_case(response.headers.raw),
                chunks=_chunks(response, place, progress),
                line=_line(response, place) if response.status_code == CHANGES_PROTOCOL else None,
            )
        finally:
            self._under_way.pop(get_ident(), None)
            response.close()

    def interrupt(self, thread: int) -> None:
        """Break off what a thread reads here, where its connection is known: nobody wants it any more."""
        progress = self._under_way.get(thread)
        if progress is not None:
            progress.is_unwanted = True
            if progress.stream is not None:
                _shut_down(progress.stream)

    def is_proxied(self, scheme: str, host: str) -> bool:
        """Say whether a proxy stands before `host`."""
        return proxy_for(scheme, host, self._environment) is not None

    def close(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            pool.close()
        self._pools.clear()

    def _pool(self, encrypted: bool, proxy: Proxy | None) -> httpx.HTTPTransport:
        key = (encrypted, proxy.url if proxy else "")
        with self._building:
            if key not in self._pools:
                self._pools[key] = self._build(encrypted, proxy)
            return self._pools[key]

    def _build(self, encrypted: bool, proxy: Proxy | None) -> httpx.HTTPTransport:
        to_proxy = tls.context(self._ca_bundle, self._environment) if _is_encrypted(proxy) else None
        count = self._limits.connections
        return httpx.HTTPTransport(
            verify=tls.context(self._ca_bundle, self._environment) if encrypted else tls.bare_context(),
            trust_env=False,
            limits=httpx.Limits(max_connections=count, max_keepalive_connections=count),
            proxy=httpx.Proxy(proxy.url, ssl_context=to_proxy) if proxy else None,
        )

    def _outgoing(self, request: Request, progress: Progress, address: str) -> httpx.Request:
        name, port = split_host(request.host)
        outgoing = httpx.Request(
            request.method,
            f"{request.scheme}://placeholder",
            headers=_headers(request),
            content=request.body,
            extensions={
                "timeout": self._limits.extension,
                "trace": progress.trace,
                "sni_hostname": name,
            },
        )
        outgoing.url = WireUrl(request.scheme, address or _place_of(name), port, _wire(request.target))
        return outgoing


def _place_of(name: str) -> str:
    """Return where a host is connected to: names below `localhost` are always here (RFC 6761, 6.3)."""
    return "127.0.0.1" if name.rstrip(".").lower().endswith(".localhost") else name


def _headers(request: Request) -> list[tuple[bytes, bytes]]:
    """Return the request's own headers, then the three that travel unsigned where they are missing."""
    present = {name.lower() for name, _ in request.headers}
    added = {"Host": request.host, "Accept-Encoding": "identity", "User-Agent": USER_AGENT}
    missing = [(name, value) for name, value in added.items() if name.lower() not in present]
    return [(_wire(name), _wire(value)) for name, value in [*request.headers, *missing]]


def _wire(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _lower_case(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("utf-8", "replace") for name, value in raw}


def _is_encrypted(proxy: Proxy | None) -> bool:
    return proxy is not None and proxy.url.startswith("https:")


def _chunks(response: httpx.Response, place: broken.Place, progress: Progress) -> Iterator[bytes]:
    length = _promised_length(response)
    # Kept while the rest is read: the connection goes with it.
    parsed = response.iter_raw()
    with _translated(place, progress):
        for chunk in parsed:
            progress.received += len(chunk)
            yield chunk
            if length - progress.received >= STRAIGHT_FROM:
                yield from _straight(response, place, progress, length)
                return


def _promised_length(response: httpx.Response) -> int:
    """Return the length of a body that comes as it is; 0 for one in chunks, or of no known length."""
    text = response.headers.get("content-length", "")
    is_plain = "transfer-encoding" not in response.headers
    return int(text) if is_plain and text.isascii() and text.isdecimal() else 0


def _straight(
    response: httpx.Response, place: broken.Place, progress: Progress, length: int
) -> Iterator[bytes]:
    """Read the rest of a long body from the connection, which saves h11 (0.16) four copies of each byte.

    h11 has handed on all that it held with the chunk before. The connection is not used again.
    """
    stream = response.extensions["network_stream"]
    while left := length - progress.received:
        try:
            chunk = bytes(stream.read(min(left, STRAIGHT_AT_ONCE), timeout=place.timeout))
        except httpcore.TimeoutException as error:
            raise broken.silent(place, progress.received) from error
        except (httpcore.NetworkError, ValueError) as error:
            raise broken.cut(place, progress.received, answered=True) from error
        if not chunk:
            raise broken.cut(place, progress.received, answered=True)
        progress.received += len(chunk)
        yield chunk


class _Line(NamedTuple):
    """The connection that a 101 leaves behind; see `core.conversation.Line`."""

    stream: Any
    place: broken.Place

    @property
    def silence_seconds(self) -> float:
        return self.place.timeout

    def read(self, seconds: float) -> bytes | None:
        try:
            return bytes(self.stream.read(READ_AT_ONCE, timeout=seconds))
        except httpcore.TimeoutException:
            return None
        except (httpcore.NetworkError, ValueError):
            return b""

    def write(self, data: bytes) -> None:
        try:
            self.stream.write(data, timeout=self.place.timeout)
        except httpcore.TimeoutException as error:
            raise broken.silent(self.place, 0) from error
        except (httpcore.NetworkError, ValueError) as error:
            raise broken.cut(self.place, 0, answered=True) from error

    def close(self) -> None:
        """Shut the socket down before it is closed: that wakes a thread which reads from it."""
        _shut_down(self.stream)


def _shut_down(stream: Any) -> None:
    import socket

    with suppress(OSError):
        stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def _line(response: httpx.Response, place: broken.Place) -> _Line:
    return _Line(response.extensions["network_stream"], place)


@contextmanager
def _translated(place: broken.Place, progress: Progress) -> Iterator[None]:
    """Turn what httpx raises into our own errors."""
    try:
        yield
    except (httpx.TransportError, *NO_NAME) as error:
        # The words of these two may hold a header: they are not to be shown as a cause either.
        tells = isinstance(error, httpx.LocalProtocolError | httpx.ProxyError)
        raise _meaning(error, place, progress) from None if tells else error


def _meaning(error: Exception, place: broken.Place, progress: Progress) -> VoicectlError:
    match error:
        case httpx.LocalProtocolError():
            # The words of h11 repeat the header, which may be a secret with a line break in it.
            return BadInput("the request holds a character that no HTTP header or target can carry")
        case httpx.ProxyError():
            return broken.proxy_refused(place, str(error))
        case _ if progress.is_unwanted:
            return broken.unwanted(place)
        case _ if not progress.sent:
            return broken.not_connected(place, error, connected=progress.connected)
        case _ if not place.repeatable:
            return broken.unknown_outcome(place)
        case httpx.TimeoutException():
            return broken.silent(place, progress.received)
        case _:
            return broken.cut(place, progress.received, answered=progress.answered)


def _bound_silence(stream: Any, seconds: float) -> None:
    """Let the system end a wait for a SOCKS proxy: httpcore (1.0) sets no timeout on its greeting."""
    import socket
    import struct

    whole, part = divmod(seconds, 1)
    limit = struct.pack("ll", int(whole), int(part * 1_000_000))
    stream.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
