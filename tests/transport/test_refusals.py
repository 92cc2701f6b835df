"""What the client adds to a refusal: whose key it was, stars for a secret; and text that says it is sound."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from tests.cloud.server import Answer, RawRequest, Server, serving
from tests.transport.parts import client
from voicectl.core.credentials import Credentials, CredentialSource, Secret
from voicectl.core.errors import BrokenAnswer, CredentialError, VendorRefused, VoicectlError
from voicectl.core.request import Reply, Request
from voicectl.transport.replies import begins_as_text, by_status


def ask(server: Server) -> Request:
    return Request(method="POST", host=server.host, scheme="http", path="/")


class Named:
    """A source with a name, and a chain of sources whose last one answers."""

    def __init__(self, name: str, keys: Credentials, *later: CredentialSource) -> None:
        self.name, self.keys, self.later = name, keys, later

    def credentials(self, now: datetime) -> Credentials | None:
        return self.keys

    def answer(self, now: datetime) -> tuple[CredentialSource, Credentials]:
        return (self.later[-1] if self.later else self), self.keys


def forbids(reply: Reply) -> VoicectlError | None:
    return CredentialError("no: {told}", told=reply.body.decode(), hint="first line")


def refusing(source: CredentialSource, echo: str = "") -> VoicectlError:
    """Return what comes of a request that the server refuses, saying `echo`."""

    def respond(request: RawRequest) -> Answer:
        return Answer(403, (("Content-Type", "text/plain"),), echo.encode())

    with serving(respond) as server, pytest.raises(VoicectlError) as caught:
        client(judge=forbids, source=source).send(ask(server))
    return caught.value


@pytest.mark.parametrize(
    ("token", "said"),
    [(None, "without a session token"), (Secret("EXAMPLE-token"), "with its session token")],
)
def test_a_refused_key_is_named_by_its_source_and_its_token(token: Secret | None, said: str) -> None:
    keys = Credentials(key_id="AKIDEXAMPLE", secret=Secret("EXAMPLE-secret"), security_token=token)
    source = Named("environment, profile x", keys, Named("profile x, keyring", keys))
    assert refusing(source).hint == f"first line\nthe key came from: profile x, keyring, {said}"


def test_a_secret_that_a_server_repeats_is_never_shown() -> None:
    keys = Credentials(secret=Secret("sk-EXAMPLE-1"), security_token=Secret("token-EXAMPLE-2"))
    error = refusing(Named("environment", keys), "bad key sk-EXAMPLE-1, token token-EXAMPLE-2")
    assert str(error) == "no: bad key ***, token ***"


def test_a_server_that_got_no_key_is_told_apart() -> None:
    assert refusing(Named("nobody", Credentials(secret=Secret("")))).hint.endswith("no key was sent")


def test_an_error_that_calls_itself_sound_is_judged() -> None:
    def respond(request: RawRequest) -> Answer:
        return Answer(200, (("Content-Type", "audio/mpeg"),), json.dumps({"code": "NoSuch"}).encode())

    def judge(reply: Reply) -> VoicectlError | None:
        return VendorRefused("no", vendor_code=json.loads(reply.body)["code"])

    refused = pytest.raises(VendorRefused)
    with serving(respond) as server, refused, client(judge=judge).stream(ask(server)):
        pass


@pytest.mark.parametrize(
    ("head", "is_text"),
    [
        (b'{"a": 1}', True),
        ("\ufeff <html>声".encode(), True),
        ("[声音".encode()[:-1], True),
        (b"{\x00\x01\x02\x80\x90samples", False),
        (b"RIFF", False),
        (b"", False),
        (b"data: {}", False),
    ],
)
def test_text_is_known_by_its_first_bytes(head: bytes, is_text: bool) -> None:
    assert begins_as_text(head) is is_text


@pytest.mark.parametrize(
    ("body", "is_page"), [(b"<html>", True), (b" \n<p>", True), (b'{"Voices": []}', False)]
)
def test_a_web_page_is_one_only_if_it_begins_like_one(body: bytes, is_page: bool) -> None:
    page = Answer(200, (("Content-Type", "text/html; charset=utf-8"),), body)
    with serving(lambda request: page) as server:
        try:
            found = client().send(ask(server)).body
        except BrokenAnswer:
            found = b""
    assert found == (b"" if is_page else body)


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("https://me:word@other.test:8443/a?key=EXAMPLE#EXAMPLE", "https://other.test:8443"),
        ("//other.test/a?key=EXAMPLE", "other.test"),
        ("/a?key=EXAMPLE", "here.test"),
        ("?key=EXAMPLE", "here.test"),
        ("http://[EXAMPLE", "here.test"),
        ("", "here.test"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_error_that_names_the_host_and_no_more(
    location: str, named: str, status: int
) -> None:
    error = by_status(Reply(status=status, headers={"location": location}), "here.test")
    assert isinstance(error, BrokenAnswer)
    assert f"to {named!r}; requests with keys do not follow" in str(error)
    assert "EXAMPLE" not in str(error) + error.hint
