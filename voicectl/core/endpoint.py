"""Where a vendor's service is reached. Which URL that is, by flag, variable or profile: `runtime.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from voicectl.core.errors import UsageError
from voicectl.core.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Scheme, host with port, and a path that stands before the service's own."""

    scheme: str
    host: str
    path: str = ""
    is_custom: bool = False
    """Somebody gave it: object stores then take the bucket in the path."""

    @classmethod
    def of(cls, url: str, *, is_custom: bool = False) -> Endpoint:
        """Read a URL; ws and wss are taken as http and https. UsageError for what is no base URL."""
        parts = urlsplit(url)
        scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
        if (
            scheme not in {"http", "https"}
            or not parts.hostname
            or parts.query
            or parts.fragment
            or "@" in url
        ):
            raise UsageError(
                "{url!r} is no endpoint: it wants a scheme, a host, perhaps a port and a path",
                url=parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(),
                hint="--endpoint-url https://host.example:8443/path",
            )
        return cls(scheme=scheme, host=parts.netloc, path=parts.path.rstrip("/"), is_custom=is_custom)

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
        if last and path.startswith(f"/{last}/"):
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
