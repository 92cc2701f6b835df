"""How much of a reply is read, and what it means where the vendor's own judge has no opinion. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain

from voicectl.core.errors import (
    BrokenAnswer,
    CredentialError,
    NotFound,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.request import Reply, ReplyStream

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
ERROR_LIMIT, TEXT_LIMIT, SOUND_LIMIT = 64 * KIB, 8 * MIB, 2 * GIB

REQUEST_ID_HEADERS = (
    "x-amzn-requestid",
    "x-amz-request-id",
    "x-acs-request-id",
    "x-oss-request-id",
    "x-nls-requestid",
    "x-tt-logid",
    "x-tos-request-id",
    "twilio-request-id",
    "x-request-id",
)


def is_good(status: int) -> bool:
    return 200 <= status < 300


def comes_in_parts(status: int, headers: Mapping[str, str], *, as_lines: bool) -> bool:
    """Say whether a reply is handed on as it comes: sound, or text that was asked for line by line."""
    is_page = headers.get("content-type", "").lower().startswith("text/html")
    return is_good(status) and not is_page and (as_lines or not brings_text(headers))


def brings_text(headers: Mapping[str, str]) -> bool:
    """Say whether a reply is something to read and judge; event streams come piece by piece."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/event-stream":
        return False
    return kind.startswith("text/") or kind.rpartition("/")[2].rpartition("+")[2] in {"json", "xml"}


def peeked(stream: ReplyStream) -> tuple[bytes, ReplyStream]:
    """Return the first bytes of a reply, and the reply with them still to come."""
    chunks = iter(stream.chunks)
    head = next(chunks, b"")
    return head, replace(stream, chunks=chain((head,), chunks) if head else chunks)


def begins_as_text(head: bytes) -> bool:
    """Say whether first bytes are JSON or markup, whatever the reply calls itself: no sound begins so."""
    begins = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    # A chunk may end in the middle of a character, which is left out here.
    text = begins.decode("utf-8", "ignore")
    whole = len(text.encode()) > len(begins) - 4
    return (
        whole and text[:1] in ("{", "[", "<") and all(sign.isprintable() or sign.isspace() for sign in text)
    )


def whole(stream: ReplyStream) -> Reply:
    """Read a reply: a good one to 8 MiB or BrokenAnswer, of an error the first 64 KiB."""
    if is_good(stream.status):
        body = b"".join(bounded(stream.chunks, TEXT_LIMIT))
    else:
        body = _first(stream.chunks, ERROR_LIMIT)
    return Reply(status=stream.status, headers=stream.headers, body=body)


def bounded(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """Pass chunks on; raise BrokenAnswer in place of the one that goes past `limit` bytes."""
    received = 0
    for chunk in chunks:
        received += len(chunk)
        if received > limit:
            raise BrokenAnswer("the answer is longer than the limit of {limit} bytes", limit=limit)
        yield chunk


def not_empty(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Pass chunks on; raise BrokenAnswer where there is not one byte."""
    empty = True
    for chunk in chunks:
        empty = empty and not chunk
        yield chunk
    if empty:
        raise BrokenAnswer("the answer is empty")


def unreadable(status: int, headers: Mapping[str, str], host: str) -> VoicectlError | None:
    """Say why a good status is no answer at all: it is packed although that was not asked."""
    coding = headers.get("content-encoding", "identity").strip().lower()
    if is_good(status) and coding not in {"", "identity"}:
        return BrokenAnswer("{host} answered packed with {coding}, unasked", host=host, coding=coding)
    return None


def web_page(status: int, headers: Mapping[str, str], host: str, start: bytes = b"<") -> VoicectlError | None:
    """Say that a good status brings a web page; one that only calls itself so does not `start` like it."""
    is_html = headers.get("content-type", "").lower().startswith("text/html")
    if is_good(status) and is_html and start.lstrip()[:1] == b"<":
        return BrokenAnswer(
            "{host} answered with a web page",
            host=host,
            hint="check the address; a proxy or a login page may stand in between",
        )
    return None


def not_opened(host: str, status: int) -> VoicectlError:
    """Name a good answer that does not open a conversation."""
    return BrokenAnswer(
        "{host} answered with HTTP {status}, and opened no WebSocket",
        host=host,
        status=status,
        hint="check --endpoint-url; a proxy that cannot pass on WebSockets may stand in between",
    )


def by_status(reply: Reply, host: str) -> VoicectlError | None:
    """Judge a reply by its status alone; None where that is good."""
    status = reply.status
    match status:
        case _ if is_good(status):
            return None
        case 401 | 403:
            return CredentialError("{host} forbids it (HTTP {status})", host=host, status=status)
        case 404 | 410:
            return NotFound("{host} does not have it (HTTP {status})", host=host, status=status)
        case 408 | 425 | 429:
            return TryLater("{host} asks to slow down (HTTP {status})", host=host, status=status)
        case _ if status >= 500:
            return TryLater("{host} is in trouble (HTTP {status})", host=host, status=status)
        case _ if 300 <= status < 400:
            return BrokenAnswer(
                "{host} sends elsewhere (HTTP {status}), to {origin!r}; requests with keys do not follow",
                host=host,
                status=status,
                origin=_origin(reply.headers.get("location", "")) or host,
                hint="check --endpoint-url and --region",
            )
    return VendorRefused("{host} refuses the request (HTTP {status})", host=host, status=status)


def request_id_of(headers: Mapping[str, str]) -> str:
    """Return what the vendor calls this request, or an empty text."""
    return next((headers[name] for name in REQUEST_ID_HEADERS if headers.get(name)), "")


def _first(chunks: Iterable[bytes], limit: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) >= limit:
            break
    return bytes(body[:limit])


def _origin(location: str) -> str:
    """Cut a URL before its path: what comes after may hold a key. Empty for one that stays where it is."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(location)
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}" if host and parts.scheme else host
