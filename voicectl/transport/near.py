"""The way to a machine's metadata service: short of patience, in looking up its name too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from voicectl.core.errors import Unreachable
from voicectl.core.request import ReplyStream, Request
from voicectl.transport.http import Http, Limits
from voicectl.transport.proxies import split_host


class NearHttp:
    """Http that waits `seconds` for each step."""

    def __init__(self, environment: Mapping[str, str], *, seconds: float, ca_bundle: str = "") -> None:
        self._seconds = seconds
        limits = Limits(timeout=seconds, connect=seconds)
        self._http = Http(environment, ca_bundle=ca_bundle, limits=limits)

    @contextmanager
    def open(self, request: Request, *, repeatable: bool = True) -> Iterator[ReplyStream]:
        """Send a request; see `Http.open`."""
        name, _ = split_host(request.host)
        if not _is_known(name, self._seconds):
            raise Unreachable("{host} is not known here", host=name)
        with self._http.open(request, repeatable=repeatable) as stream:
            yield stream


def _is_known(name: str, seconds: float) -> bool:
    """Say whether a name has an address; the system's own resolver may think for half a minute."""
    import socket
    from threading import Thread

    found: list[object] = []

    def look_up() -> None:
        try:
            found.append(socket.getaddrinfo(name, 80))
        except (OSError, UnicodeError):
            return

    worker = Thread(target=look_up, name="resolver", daemon=True)
    worker.start()
    worker.join(seconds)
    return bool(found)
