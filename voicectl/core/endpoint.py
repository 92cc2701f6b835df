"""Where a vendor's service is reached. Which URL that is, by flag, variable or profile: `runtime.py`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from voicectl.core.errors import UsageError
from voicectl.core.request import Request


class Endpoint(NamedTuple):
    """Scheme, host with port, and a path that stands before the service's own."""

    scheme: str
    host: str
    path: str = ""
    is_custom: bool = False
    """Somebody gave it: object stores then take the bucket in the path."""

    @classmethod
    def of(cls, url: str, *, is_custom: bool = False) -> Endpoint:
        """Read a URL; ws and wss are taken as http and https. UsageError for what is no base URL."""
        scheme, host, path = _parts_of(url)
        if not host:
            raise UsageError(
                "{url!r} is no endpoint: it wants a scheme, a host, perhaps a port and a path",
                url=without_keys(url),
                hint="--endpoint-url https://host.example:8443/path",
            )
        return cls(scheme=scheme, host=host, path=path.rstrip("/"), is_custom=is_custom)

    def request(
        self,
        method: str,
        path: str,
        *,
        pairs: Iterable[tuple[str, str]] = (),
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Request:
        """Make a request to a decoded `path` of the service; a version segment is not doubled.

        `/v1` at the end of the endpoint and at the start of the path is one `/v1`.
        """
        last = self.path.rpartition("/")[2]
        if last[:1] == "v" and last[1:].isdecimal() and path.startswith(f"/{last}/"):
            path = path[len(last) + 1 :]
        return Request.build(
            method=method,
            host=self.host,
            path=self.path + path,
            pairs=pairs,
            headers=headers,
            body=body,
            scheme=self.scheme,
        )


def without_keys(url: str) -> str:
    """Return a URL for a message: without a user's name and password, and without its query."""
    before, _, after = url.partition("?")[0].rpartition("@")
    return f"{before.partition('://')[0]}://{after}" if before else after


def _parts_of(url: str) -> tuple[str, str, str]:
    """Return scheme, host with port, and path; no host where this is no plain base URL."""
    try:
        parts = urlsplit(url)
        is_plain = parts.hostname and parts.port != 0 and not (parts.query or parts.fragment)
    except ValueError:
        return "", "", ""
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    host = parts.netloc
    is_clean = host.isascii() and not host.endswith(":") and "@" not in url
    # A parser drops line breaks without a word.
    is_one_word = url.isprintable() and " " not in url
    if is_plain and is_clean and is_one_word and scheme in {"http", "https"}:
        return scheme, host, parts.path
    return "", "", ""
