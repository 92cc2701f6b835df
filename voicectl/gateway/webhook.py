"""Posts to an address of the operator's what the alarm is about, from a thread that nobody waits for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from queue import SimpleQueue
from threading import Thread
from typing import Protocol
from urllib.parse import urlsplit

from voicectl.core.errors import UsageError, VoicectlError
from voicectl.core.request import ReplyStream, Request
from voicectl.gateway.posture import is_loopback

MOST_WAITING = 100
OK_FROM, OK_BELOW = 200, 300


class Way(Protocol):
    """The part of the way out that is needed here."""

    def open(self, request: Request) -> AbstractContextManager[ReplyStream]: ...


class Webhook:
    """Posts JSON to one address, one after the other and each once; what fails is said, and no more.

    The address may hold a secret: no more than its host is ever told.
    """

    def __init__(self, url: str, way: Callable[[], Way], say: Callable[[str], None]) -> None:
        self._request = request_to(url)
        self._way, self._say = way, say
        self._waiting: SimpleQueue[bytes] = SimpleQueue()
        self._thread: Thread | None = None

    def post(self, facts: Mapping[str, object]) -> None:
        """Have something posted; returns at once."""
        if self._waiting.qsize() >= MOST_WAITING:
            self._say(f"webhook {self._request.host}: too many wait, and one is not posted")
            return
        self._waiting.put(json.dumps(facts, ensure_ascii=False).encode())
        if self._thread is None:
            # What hangs at the other end must not keep the gateway from ending.
            self._thread = Thread(target=self._post_all, name="webhook", daemon=True)
            self._thread.start()

    def _post_all(self) -> None:
        while True:
            body = self._waiting.get()
            try:
                self._post(body)
            except VoicectlError as error:
                self._say(f"webhook {self._request.host}: {error}")
            except Exception as error:  # the next one may go through
                self._say(f"webhook {self._request.host}: {type(error).__name__}")

    def _post(self, body: bytes) -> None:
        request = self._request
        told = Request(
            method="POST",
            scheme=request.scheme,
            host=request.host,
            path=request.path,
            query=request.query,
            headers=(("Content-Type", "application/json"),),
            body=body,
        )
        with self._way().open(told) as reply:
            if not OK_FROM <= reply.status < OK_BELOW:
                self._say(f"webhook {request.host}: answered {reply.status}")


def request_to(url: str) -> Request:
    """Return a request to an address; UsageError for what is none, or would go there in the clear."""
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.port != 0 and url.isascii() and url.isprintable()
    except ValueError:
        is_whole = False
    if not is_whole or parts.scheme not in ("http", "https") or "@" in parts.netloc or " " in url:
        raise UsageError("--rule-webhook wants a URL", hint="--rule-webhook https://HOST/PATH")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise UsageError(
            "--rule-webhook {host} would be told over http",
            host=parts.hostname,
            hint="--rule-webhook https://HOST/PATH",
        )
    return Request(
        method="POST", scheme=parts.scheme, host=parts.netloc, path=parts.path or "/", query=parts.query
    )
