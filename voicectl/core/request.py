"""An HTTP request before any socket knows of it, and the reply. Sending lives in `transport/`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes, unquote_to_bytes

from voicectl.core.errors import BadInput

if TYPE_CHECKING:
    from voicectl.core.conversation import Line

Pairs = tuple[tuple[str, str], ...]


def utf8(text: str) -> bytes:
    """Return the bytes of `text`; bytes that a decoder kept as surrogates come out as they were."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise BadInput(
            "character {position} of {text!r} is half of a surrogate pair and has no bytes",
            position=error.start + 1,
            text=text[max(0, error.start - 10) : error.start + 10],
        ) from None


def percent_encode(text: str, safe: str = "") -> str:
    """Encode the UTF-8 form of `text`, keeping RFC 3986's unreserved characters and `safe`."""
    return quote_from_bytes(utf8(text), safe)


def percent_decode(text: str) -> str:
    """Decode `%XX`; bytes that are no UTF-8 survive a round trip as surrogates."""
    return unquote_to_bytes(utf8(text)).decode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What will be sent. Path and query are wire text: percent-encoded, sent as they stand.

    Query, headers and body may hold tokens, so `repr` leaves them out.
    """

    method: str
    host: str
    path: str = "/"
    query: str = field(default="", repr=False)
    headers: Pairs = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    scheme: str = "https"

    @classmethod
    def build(
        cls,
        *,
        method: str,
        host: str,
        path: str = "/",
        pairs: Iterable[tuple[str, str]] = (),
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        scheme: str = "https",
    ) -> Request:
        """Make a request from a decoded path and decoded query pairs, by RFC 3986."""
        query = "&".join([f"{percent_encode(k)}={percent_encode(v)}" for k, v in pairs])
        return cls(
            method=method,
            host=host,
            path=percent_encode(path, safe="/") or "/",
            query=query,
            headers=tuple(headers),
            body=body,
            scheme=scheme,
        )

    @property
    def target(self) -> str:
        """The request target as it travels: path, and query if there is one."""
        path = self.path or "/"
        return f"{path}?{self.query}" if self.query else path

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}{self.target}"

    def pairs(self) -> Pairs:
        """Return the query as decoded pairs, in order; a name without `=` has an empty value."""
        parts = (part.partition("=") for part in self.query.split("&") if part)
        return tuple((percent_decode(name), percent_decode(value)) for name, _, value in parts)

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whatever the case of its name."""
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value
        return None

    def with_header(self, name: str, value: str) -> Request:
        """Return a copy in which this header has this one value, at its old place or at the end."""
        wanted = name.lower()
        kept: list[tuple[str, str]] = []
        placed = False
        for key, old in self.headers:
            if key.lower() != wanted:
                kept.append((key, old))
            elif not placed:
                kept.append((name, value))
                placed = True
        if not placed:
            kept.append((name, value))
        return self.with_headers(tuple(kept))

    def with_headers(self, headers: Pairs) -> Request:
        """Return a copy with these header lines; several times faster than `replace`."""
        return Request(
            method=self.method,
            host=self.host,
            path=self.path,
            query=self.query,
            headers=headers,
            body=self.body,
            scheme=self.scheme,
        )

    def with_query(self, query: str) -> Request:
        """Return a copy with this query, wire text."""
        return Request(
            method=self.method,
            host=self.host,
            path=self.path,
            query=query,
            headers=self.headers,
            body=self.body,
            scheme=self.scheme,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A complete answer; header names in lower case, the last of a repeated header wins."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyStream:
    """A good answer whose body is still coming; `chunks` raises BrokenAnswer when it is cut.

    A 101 leaves a bare `line` behind, on which another protocol is spoken.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    chunks: Iterator[bytes] = field(repr=False)
    line: Line | None = field(default=None, repr=False)
