"""What a request must look like before anybody asks whose it is: host, kind, size, pace. Keys: `door.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from voicectl.core.errors import UsageError
from voicectl.gateway import wire
from voicectl.gateway.keys import Env
from voicectl.gateway.refusals import Refusal, body_too_large
from voicectl.gateway.wire import Receive

BODY_BYTES = 64 << 10
HEAD_BYTES = 16 << 10
HEAD_SECONDS = BODY_SECONDS = 10.0
CONNECTIONS = 256
CLOSE = ("Connection", "close")
"""What of a body was not read must not be taken for the next request."""
JSON = b"application/json"
ADDRESSES = frozenset(("127.0.0.1", "[::1]"))
HOST_OF = {Env.LIVE: "localhost", Env.TEST: "sandbox.localhost"}
"""By which name each environment is called: who means one can never reach the other."""
UNIX = "unix:"
"""How a Unix socket is written in place of an address."""
REDIS_VARIABLE = "VOICECTL_GATEWAY_REDIS"
"""Where a URL with a password in it is no word of a command line that others can read."""

Headers = Iterable[tuple[bytes, bytes]]


def hosts(env: Env, more: Collection[str]) -> frozenset[str]:
    """Return the names that a Host header may have; by default those of this machine only."""
    return ADDRESSES | {HOST_OF[env]} | {name.lower() for name in more}


def check_binding(host: str, *, has_tls: bool, behind_proxy: bool) -> None:
    """Raise UsageError for keys that would cross a network in the clear."""
    if host.startswith(UNIX) or is_loopback(host) or has_tls or behind_proxy:
        return
    raise UsageError(
        "{host} can be reached from elsewhere, and keys would go there in the clear",
        host=host,
        hint="--tls-cert FILE --tls-key FILE, or --behind-proxy if a proxy with TLS stands before it",
    )


def is_loopback(host: str) -> bool:
    """Say whether a name or an address is this machine, and no other can reach it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_store(url: str) -> None:
    """Raise UsageError for a Redis on another machine that is reached in the clear, or by anybody."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    scheme = url.partition("://")[0]
    if scheme not in ("redis", "rediss", "unix") or (scheme != "unix" and not host):
        raise UsageError("this is no URL of a redis", hint="--redis rediss://USER:PASSWORD@HOST:6379/0")
    if scheme == "unix" or is_loopback(host) or (scheme == "rediss" and parts.username):
        return
    raise UsageError(
        "{host} is another machine: it wants TLS, and a user of its access list",
        host=host,
        hint="--redis rediss://USER:PASSWORD@HOST:6379/0, or the same in {variable}",
        variable=REDIS_VARIABLE,
    )


def host_refusal(headers: Headers, allowed: Collection[str]) -> Refusal | None:
    """Refuse a request that means another host: a page may have made a browser send it here."""
    found = [value for name, value in headers if name == b"host"]
    if len(found) == 1 and _without_port(found[0]) in allowed:
        return None
    return Refusal(
        status=421, code="misdirected_request", message="This host is not served here", reason="host"
    )


def _without_port(host: bytes) -> str:
    name = host.decode("latin-1").lower()
    head, colon, port = name.rpartition(":")
    return head if colon and port.isdecimal() and not head.endswith(":") else name


def content_refusal(headers: Headers) -> Refusal | None:
    """Refuse a body that is not said to be JSON: pages elsewhere can make browsers post the other kinds."""
    found = [value for name, value in headers if name == b"content-type"]
    if len(found) == 1 and found[0].partition(b";")[0].strip().lower() == JSON:
        return None
    return Refusal(
        status=415,
        code="unsupported_media_type",
        message="Content-Type must be application/json",
        reason="content type",
    )


async def body_of(receive: Receive) -> bytes | Refusal:
    """Read a body that is neither too long nor too slow. Raises wire.Gone."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await wire.read_body(receive, BODY_BYTES)
    except wire.BodyTooLarge:
        return body_too_large(BODY_BYTES).with_headers(CLOSE)
    except TimeoutError:
        return Refusal(
            status=408,
            code="body_too_slow",
            message="The body did not come in time",
            headers=(CLOSE,),
            reason="slow body",
        )
