"""What was asked for is what travels, byte for byte."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cloud.server import Answer, RawRequest, serving
from voicectl import __version__
from voicectl.core.errors import BadInput, Unreachable
from voicectl.core.request import Reply, Request
from voicectl.transport.http import Http, Limits
from voicectl.transport.replies import whole


def fetch(request: Request, environment: dict[str, str] | None = None) -> Reply:
    http = Http(environment or {}, limits=Limits(timeout=2, connect=2))
    try:
        with http.open(request) as stream:
            return whole(stream)
    finally:
        http.close()


def echo(request: RawRequest) -> Answer:
    return Answer(200, (("Content-Type", "application/json"), ("X-Twice", "a"), ("x-twice", "b")), b"{}")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/speech", ""),
        ("//a//./b/../c", ""),
        ("/%2f%2F%7e~", "a=%7E&b=%7e&&c"),
        ("/a'()!*;=@$,:+|", "q=a+b%20c%2Bd&empty=&bare"),
        ("/", "b=2&a=1&a=0&%E4%BD%A0=%E5%A5%BD"),
        ("/%25252F", "x=%"),
    ],
)
def test_the_target_leaves_as_it_stands(path: str, query: str) -> None:
    with serving(echo) as server:
        fetch(Request(method="GET", scheme="http", host=server.host, path=path, query=query))
    assert server.requests[0].target == (f"{path}?{query}" if query else path)


def test_headers_and_body_leave_as_they_stand() -> None:
    body = "你好 😀\x00\r\n".encode()
    headers = (("X-Mixed-CASE", "a  b\t c"), ("x-again", "1"), ("X-Again", "2"), ("X-Utf8", "声音"))
    with serving(echo) as server:
        fetch(Request(method="POST", scheme="http", host=server.host, headers=headers, body=body))
    seen = server.requests[0]
    assert seen.line == b"POST / HTTP/1.1"
    assert seen.body == body
    assert seen.headers == (
        (b"Host", server.host.encode()),
        (b"X-Mixed-CASE", b"a  b\t c"),
        (b"x-again", b"1"),
        (b"X-Again", b"2"),
        (b"X-Utf8", "声音".encode()),
        (b"Accept-Encoding", b"identity"),
        (b"User-Agent", f"voicectl/{__version__}".encode()),
        (b"Content-Length", str(len(body)).encode()),
    )


def test_a_host_header_of_its_own_is_kept() -> None:
    with serving(echo) as server:
        request = Request(method="GET", scheme="http", host=server.host, headers=(("host", "Cloud.EXAMPLE"),))
        fetch(request)
    assert [pair for pair in server.requests[0].texts if pair[0].lower() == "host"] == [
        ("host", "Cloud.EXAMPLE")
    ]


def test_a_name_below_localhost_is_here_and_keeps_its_name() -> None:
    with serving(echo) as server:
        host = f"no-resolver-knows.localhost:{server.host.rpartition(':')[2]}"
        fetch(Request(method="GET", scheme="http", host=host))
    assert server.requests[0].header("Host") == host


def test_reply_headers_are_named_in_lower_case_and_the_last_of_a_name_wins() -> None:
    with serving(echo) as server:
        reply = fetch(Request(method="GET", scheme="http", host=server.host))
    assert (reply.headers["content-type"], reply.headers["x-twice"]) == ("application/json", "b")


def test_one_connection_serves_one_request_after_another() -> None:
    with serving(echo) as server:
        http = Http({})
        for _ in range(3):
            with http.open(Request(method="GET", scheme="http", host=server.host)) as stream:
                whole(stream)
        http.close()
    assert (len(server.requests), server.connections) == (3, 1)


def test_an_address_is_connected_to_in_place_of_the_name() -> None:
    with serving(echo) as server:
        http = Http({})
        host = f"voice.example.test:{server.port}"
        with http.open(Request(method="GET", scheme="http", host=host), address="127.0.0.1") as stream:
            whole(stream)
        http.close()
    assert server.requests[0].header("Host") == host


def test_redirects_are_answers_and_are_not_followed() -> None:
    def elsewhere(request: RawRequest) -> Answer:
        return Answer(302, (("Location", "/other"),))

    with serving(elsewhere) as server:
        reply = fetch(Request(method="GET", scheme="http", host=server.host))
    assert (reply.status, len(server.requests)) == (302, 1)


@pytest.mark.parametrize("headers", [(("X-Key", "one\ntwo"),), (("X Key", "a"),)], ids=["value", "name"])
def test_what_http_cannot_carry_is_refused_without_repeating_it(headers: tuple[tuple[str, str], ...]) -> None:
    with serving(echo) as server, pytest.raises(BadInput) as caught:
        fetch(Request(method="GET", scheme="http", host=server.host, headers=headers))
    assert server.requests == []
    assert "one" not in str(caught.value)


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_empty_body_tells_its_length(method: str) -> None:
    with serving(echo) as server:
        fetch(Request(method=method, scheme="http", host=server.host))
        fetch(Request(method="GET", scheme="http", host=server.host))
    assert [request.header("Content-Length") for request in server.requests] == ["0", None]


@pytest.mark.parametrize("host", ["a..b", f"{'a' * 64}.example", f"{'声' * 64}.example"])
def test_a_name_that_no_host_can_have_is_unreachable(host: str) -> None:
    with pytest.raises(Unreachable) as caught:
        fetch(Request(method="GET", host=host))
    assert caught.value.facts["cause"] == "name"


HIDDEN = """
import sys
{before}
import voicectl.transport.http
import voicectl.transport.signed
assert "rich" not in sys.modules
assert ("click" in sys.modules) is {click_stays}
import click
"""


@pytest.mark.parametrize(("before", "click_stays"), [("", False), ("import click", True)])
@pytest.mark.slow
def test_httpx_comes_without_rich_and_leaves_click_alone(before: str, click_stays: bool) -> None:
    pytest.importorskip("click")
    code = HIDDEN.format(before=before, click_stays=click_stays)
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
