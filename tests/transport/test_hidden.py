"""What a server repeats of a secret goes no further than the client: head, body, errors early and late."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from urllib.parse import quote

import pytest
from websockets.sync.server import ServerConnection

from tests.cloud.server import Answer, RawRequest, serving
from tests.cloud.websocket import talking
from tests.transport.parts import Drawer, client
from voicectl.core.conversation import Conversation
from voicectl.core.credentials import Credentials, Secret, SecretsInUse
from voicectl.core.errors import (
    BrokenAnswer,
    CredentialError,
    NotFound,
    TokenRejected,
    TryLater,
    VoicectlError,
)
from voicectl.core.request import Reply, Request
from voicectl.transport.record import Exchange

OLD, TOKEN, NEW = "EXAMPLE-old+secret/1", "EXAMPLE-session==", "EXAMPLE-new+secret/2"
ECHO = f"{OLD} {quote(TOKEN, safe='')} {NEW}"
HIDDEN = "*** *** ***"
KEYS = Credentials(key_id="AK", secret=Secret(OLD), security_token=Secret(TOKEN))
FRESH = Credentials(key_id="AK", secret=Secret(NEW), security_token=Secret(TOKEN))


def asking(host: str) -> Request:
    return Request(method="GET", host=host, scheme="http", path="/")


def answering(status: int, kind: str = "text/plain", **headers: str) -> Callable[[RawRequest], Answer]:
    lines = (("Content-Type", kind), *((name.replace("_", "-"), text) for name, text in headers.items()))
    return lambda request: Answer(status, lines, ECHO.encode())


def source() -> Drawer:
    return Drawer([KEYS], fresh=FRESH)


def refused(reply: Reply) -> VoicectlError | None:
    return TokenRejected("no: {told}", told=reply.body.decode())


def told_by(error: VoicectlError) -> tuple[str, str]:
    """Return what an error says, and what a report of it shows."""
    return str(error), "".join(traceback.format_exception(error))


def test_an_error_hides_the_keys_of_each_try() -> None:
    with serving(answering(401)) as server, pytest.raises(TokenRejected) as caught:
        client(refused, source=source()).send(asking(server.host))
    assert len(server.requests) == 2
    said, report = told_by(caught.value)
    assert said == f"no: {HIDDEN}"
    assert "EXAMPLE" not in report


def test_a_good_answer_and_its_head_hide_them() -> None:
    lines: list[Exchange] = []
    keys = Drawer([FRESH])
    with serving(answering(200, x_request_id=ECHO, x_other=TOKEN)) as server:
        reply = client(source=keys, log=lines.append).send(asking(server.host))
    assert reply.body.decode() == f"{OLD} *** ***"
    assert (reply.headers["x-request-id"], reply.headers["x-other"]) == (f"{OLD} *** ***", "***")
    assert lines[0].request_id == f"{OLD} *** ***"


def test_a_token_that_is_given_out_once_more_comes_whole() -> None:
    secrets = SecretsInUse()
    secrets.take(Secret(OLD))
    with serving(answering(200, x_request_id=OLD)) as server:
        reply = client(source=Drawer([FRESH]), secrets=secrets).send(asking(server.host))
    assert reply.body.decode().startswith(f"{OLD} ***")
    assert reply.headers["x-request-id"] == "***"


def test_a_good_answer_keeps_a_name_that_is_the_key_as_well() -> None:
    def respond(request: RawRequest) -> Answer:
        return Answer(200, (), b'{"models": ["kokoro"]}')

    with serving(respond) as server:
        reply = client(source=Drawer([Credentials(secret=Secret("kokoro"))])).send(asking(server.host))
    assert reply.body == b'{"models": ["kokoro"]}'


def test_the_log_hides_them_in_a_code() -> None:
    lines: list[Exchange] = []

    def judge(reply: Reply) -> VoicectlError | None:
        return NotFound("no", vendor_code=reply.body.decode())

    with serving(answering(404)) as server, pytest.raises(NotFound):
        client(judge, source=Drawer([FRESH]), log=lines.append).send(asking(server.host))
    assert lines[0].code == f"{OLD} *** ***"


def test_who_reads_a_stream_may_raise_what_it_says() -> None:
    def read(host: str) -> None:
        with client(source=Drawer([FRESH])).stream(asking(host), as_lines=True) as reply:
            told = b"".join(reply.chunks).decode()
            raise BrokenAnswer("the vendor says {told}", told=told)

    with serving(answering(200, "text/event-stream")) as server, pytest.raises(BrokenAnswer) as caught:
        read(server.host)
    said, report = told_by(caught.value)
    assert said == f"the vendor says {OLD} *** ***"
    assert NEW not in report


def test_so_may_who_listens_to_a_conversation() -> None:
    def talk(connection: ServerConnection) -> None:
        connection.send(NEW)
        connection.close(4001, f"bad key {NEW}")

    def listen(begin: Callable[[Conversation], None] | None) -> None:
        with client(source=Drawer([FRESH])).converse(asking(server.host), begin=begin) as opened:
            if begin is None:
                raise BrokenAnswer("the vendor says {told}", told=opened.receive())
            opened.receive()

    with talking(talk) as server:
        with pytest.raises(BrokenAnswer, match=r"the vendor says \*\*\*$"):
            listen(None)
        with pytest.raises(BrokenAnswer, match=r"4001 bad key \*\*\*$"):
            listen(lambda opened: [opened.receive()].clear())


def test_what_is_clean_stays_the_error_that_it_was() -> None:
    clean = TryLater("busy: {told}", told="r-1")

    def read(host: str) -> None:
        with client(source=Drawer([FRESH]), retries=0).stream(asking(host)):
            raise clean

    with serving(answering(200, "audio/wav")) as server, pytest.raises(TryLater) as caught:
        read(server.host)
    assert caught.value is clean


def test_a_key_that_is_shorter_than_a_word_takes_no_letters_away() -> None:
    def judge(reply: Reply) -> VoicectlError | None:
        return CredentialError("no: {told}", told="a bad key, request id r-1")

    with serving(answering(403)) as server, pytest.raises(CredentialError) as caught:
        client(judge, source=Drawer([Credentials(secret=Secret("a"))])).send(asking(server.host))
    assert str(caught.value) == "no: a bad key, request id r-1"
