"""A long body is read straight from its connection: whole, over TLS too, and what is wrong is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.cloud.server import Bytes, RawRequest, serving
from tests.transport.authority import Authority
from voicectl.core.errors import BrokenAnswer, TryLater
from voicectl.core.request import Request
from voicectl.transport.http import STRAIGHT_FROM, Http, Limits

BODY = Random(8).randbytes(3 * STRAIGHT_FROM)


def answering(*, cut: int = 0, stall: bool = False) -> object:
    def respond(request: RawRequest) -> Bytes:
        def wire() -> Iterator[bytes]:
            yield b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY[:10]
            yield BODY[10 : len(BODY) - cut]
            if stall:
                import time

                time.sleep(1)

        return Bytes(wire())

    return respond


def read(request: Request, http: Http) -> bytes:
    try:
        with http.open(request) as reply:
            return b"".join(reply.chunks)
    finally:
        http.close()


def test_a_long_body_comes_whole() -> None:
    with serving(answering()) as server:  # type: ignore[arg-type]
        assert read(Request(method="GET", scheme="http", host=server.host), Http({})) == BODY


def test_a_long_body_comes_whole_over_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = authority.server_context("localhost")
    with serving(answering(), tls=context) as server:  # type: ignore[arg-type]
        http = Http({}, ca_bundle=str(authority.bundle))
        assert read(Request(method="GET", host=f"localhost:{server.port}"), http) == BODY


def test_a_long_body_that_is_cut_is_broken() -> None:
    with serving(answering(cut=5)) as server, pytest.raises(BrokenAnswer, match=str(len(BODY) - 5)):  # type: ignore[arg-type]
        read(Request(method="GET", scheme="http", host=server.host), Http({}))


@pytest.mark.slow
def test_silence_in_a_long_body_ends_after_the_time_limit() -> None:
    http = Http({}, limits=Limits(timeout=0.2, connect=0.2))
    with serving(answering(cut=5, stall=True)) as server, pytest.raises(TryLater, match="said nothing"):  # type: ignore[arg-type]
        read(Request(method="GET", scheme="http", host=server.host), http)


def test_another_request_goes_out_after_a_long_body() -> None:
    with serving(answering()) as server:  # type: ignore[arg-type]
        http, request = Http({}), Request(method="GET", scheme="http", host=server.host)
        try:
            for _ in range(2):
                with http.open(request) as reply:
                    assert len(b"".join(reply.chunks)) == len(BODY)
        finally:
            http.close()
