"""The server for reports: one path, one method, short bodies, and nobody who can hold the others up."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from voicectl.core.errors import BadInput, CredentialError, TryLater, Unavailable, VoicectlError
from voicectl.core.request import Request
from voicectl.transport.listener import LONGEST_BODY, MOST_CONNECTIONS, Listener, Post

pytestmark = pytest.mark.slow

PATH = "/reports/0123456789abcdef"


class Desk:
    """Takes reports, or refuses them with `error`; keeps what came."""

    def __init__(self, error: BaseException | None = None, pause: float = 0) -> None:
        self.taken: list[Request] = []
        self.told: list[VoicectlError] = []
        self.error, self.pause = error, pause

    def deliver(self, request: Request) -> bytes:
        time.sleep(self.pause)
        self.taken.append(request)
        if self.error:
            raise self.error
        return b'{"result":0}'


@contextmanager
def listening(desk: Desk, host: str = "127.0.0.1", public_url: str = "") -> Iterator[Listener]:
    listener = Listener(
        Post(host=host, port=0, path=PATH, public_url=public_url), desk.deliver, desk.told.append
    )
    try:
        yield listener
    finally:
        listener.close()


@pytest.fixture(scope="module")
def open_desk() -> Iterator[tuple[Desk, Listener]]:
    """Return a desk that stays open over many tests."""
    desk = Desk()
    with listening(desk) as listener:
        yield desk, listener


def said(listener: Listener, data: bytes, *, seconds: float = 10) -> bytes:
    """Send bytes and return all that comes back."""
    address = (listener.post.host, listener.port)
    with socket.create_connection(address, timeout=seconds) as connection:
        connection.sendall(data)
        answer = b""
        while more := connection.recv(65536):
            answer += more
        return answer


def post(path: str = PATH, body: bytes = b"a=1", *more: str, method: str = "POST", length: str = "") -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: here.example",
        f"Content-Length: {length or len(body)}",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_a_report_is_delivered_as_it_came() -> None:
    desk = Desk()
    with listening(desk) as listener:
        answer = said(listener, post(f"{PATH}?id=4%202", "b=你".encode(), "X-Twilio-Signature: abc"))
    (request,) = desk.taken
    assert (status(answer), answer.endswith(b'\r\n\r\n{"result":0}')) == (200, True)
    assert request.url == f"http://here.example{PATH}?id=4%202"
    assert (request.body, request.header("x-twilio-signature")) == ("b=你".encode(), "abc")


@pytest.mark.parametrize(
    ("public_url", "url"),
    [
        ("https://hooks.example.com", f"https://hooks.example.com{PATH}?x=1"),
        ("https://hooks.example.com:8443/in/", f"https://hooks.example.com:8443/in{PATH}?x=1"),
    ],
)
def test_behind_a_proxy_the_public_url_counts(public_url: str, url: str) -> None:
    desk = Desk()
    with listening(desk, public_url=public_url) as listener:
        said(listener, post(f"{PATH}?x=1"))
        assert url.startswith(listener.url)
    assert desk.taken[0].url == url


REFUSED = {
    "another path": (post("/"), 404),
    "a longer path": (post(f"{PATH}/x"), 404),
    "a path in another case": (post(PATH.upper()), 404),
    "a path with dots": (post(f"/x/..{PATH}"), 404),
    "no ascii": (post("/é"), 404),
    "GET": (post(method="GET"), 405),
    "HEAD": (post(method="HEAD"), 405),
    "a method nobody knows": (post(method="BREW"), 405),
    "GET elsewhere": (post("/", method="GET"), 404),
    "too long": (post(length=str(LONGEST_BODY + 1)), 413),
    "far too long": (post(length="9" * 30), 413),
    "a length below nothing": (post(length="-1"), 411),
    "a length in words": (post(length="x"), 411),
    "no length": (f"POST {PATH} HTTP/1.1\r\nHost: h\r\n\r\n".encode(), 411),
    "another coding": (post(PATH, b"", "Transfer-Encoding: gzip, chunked"), 501),
    "a chunk that is none": (post(PATH, b"zz\r\n", "Transfer-Encoding: chunked"), 400),
    "a chunk below nothing": (post(PATH, b"-5\r\n", "Transfer-Encoding: chunked"), 400),
    "chunks without end": (post(PATH, b"fffffff\r\n", "Transfer-Encoding: chunked"), 413),
    "no HTTP": (b"hello\r\n\r\n", 400),
}


@pytest.mark.parametrize(
    ("data", "expected"), REFUSED.values(), ids=[each.replace(" ", "-") for each in REFUSED]
)
def test_what_is_no_report_is_refused_and_changes_nothing(
    open_desk: tuple[Desk, Listener], data: bytes, expected: int
) -> None:
    desk, listener = open_desk
    answer = said(listener, data + b"\r\n")
    assert (status(answer) if answer.startswith(b"HTTP/") else 400, desk.taken) == (expected, [])
    assert b"Python" not in answer


@pytest.mark.parametrize("size", [0, LONGEST_BODY])
def test_a_body_up_to_the_limit_is_taken(size: int) -> None:
    desk = Desk()
    with listening(desk) as listener:
        assert status(said(listener, post(PATH, b"x" * size))) == 200
    assert len(desk.taken[0].body) == size


def test_a_body_in_chunks_is_taken() -> None:
    desk = Desk()
    body = b"3\r\na=1\r\n4;x=y\r\n&b=2\r\n0\r\n\r\n"
    data = f"POST {PATH} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + body
    with listening(desk) as listener:
        assert status(said(listener, data)) == 200
    assert desk.taken[0].body == b"a=1&b=2"


def test_a_body_that_breaks_off_is_no_report() -> None:
    desk = Desk()
    with listening(desk) as listener:
        with socket.create_connection(("127.0.0.1", listener.port)) as connection:
            connection.sendall(post(PATH, b"a=1", length="100"))
        assert status(said(listener, post())) == 200
    assert len(desk.taken) == 1


@pytest.mark.parametrize(
    ("error", "expected"),
    [(CredentialError("no"), 403), (BadInput("no"), 400), (TryLater("no"), 500), (ValueError("no"), 500)],
    ids=["signature", "form", "ledger", "bug"],
)
def test_a_refused_report_is_told_and_its_sender_learns_nothing(error: Exception, expected: int) -> None:
    desk = Desk(error)
    with listening(desk) as listener:
        answer = said(listener, post())
    assert (status(answer), answer.partition(b"\r\n\r\n")[2]) == (expected, b"")
    assert len(desk.told) == 1


def test_those_who_are_slow_hold_nobody_up() -> None:
    desk = Desk()
    with listening(desk) as listener:
        slow = [socket.create_connection(("127.0.0.1", listener.port)) for _ in range(40)]
        for number, connection in enumerate(slow):
            connection.sendall(post()[: number % 2 * 30])
        began = time.monotonic()
        assert status(said(listener, post())) == 200
        took = time.monotonic() - began
        for connection in slow:
            connection.close()
    assert took < 2


def test_the_end_does_not_wait_for_those_who_are_slow() -> None:
    with listening(Desk()) as listener:
        connection = socket.create_connection(("127.0.0.1", listener.port))
        connection.sendall(b"POST")
        began = time.monotonic()
    assert time.monotonic() - began < 2
    connection.close()


def test_a_report_that_was_taken_is_answered_before_the_end() -> None:
    desk, answers = Desk(pause=0.3), []
    with listening(desk) as listener:
        asker = threading.Thread(target=lambda: answers.append(status(said(listener, post()))))
        asker.start()
        time.sleep(0.15)
    taken_by_the_end = len(desk.taken)
    asker.join(5)
    assert (answers, taken_by_the_end) == ([200], 1)


@pytest.mark.slow
def test_more_than_it_can_hold_are_turned_away_and_it_recovers() -> None:
    desk = Desk()
    with listening(desk) as listener:
        many = [socket.create_connection(("127.0.0.1", listener.port)) for _ in range(MOST_CONNECTIONS + 20)]
        for connection in many:
            connection.close()
        end = time.monotonic() + 5
        answer = b""
        while not answer and time.monotonic() < end:
            try:
                answer = said(listener, post())
            except OSError:
                time.sleep(0.05)
    assert status(answer) == 200


def test_a_port_that_is_taken_is_said_to_be() -> None:
    with listening(Desk()) as listener:
        post_ = Post(host="127.0.0.1", port=listener.port, path=PATH)
        with pytest.raises(Unavailable) as caught:
            Listener(post_, Desk().deliver, print)
    assert caught.value.exit == 69


def test_a_host_that_is_not_here_is_said_to_be() -> None:
    with pytest.raises(Unavailable):
        Listener(Post(host="192.0.2.1", port=0, path=PATH), Desk().deliver, print)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_it_listens_on_ipv6_too() -> None:
    desk = Desk()
    with listening(desk, host="::1") as listener:
        assert status(said(listener, post())) == 200
        assert listener.url == f"http://[::1]:{listener.port}{PATH}"
