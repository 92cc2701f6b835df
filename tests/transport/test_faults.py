"""Whatever a server does, the caller gets sound or the right error, in bounded time."""

from __future__ import annotations

import time

import pytest

from tests.cloud.server import Answer, RawRequest, serving
from tests.transport.faults import FAULTS, SOUND, drip, refused_port, sound
from tests.transport.parts import StillClock, client, heard
from voicectl.core.errors import (
    BrokenAnswer,
    CredentialError,
    NotFound,
    OutcomeUnknown,
    TryLater,
    Unreachable,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.request import Request

EXPECTED: dict[str, type[VoicectlError]] = {
    "cut at 40 %": BrokenAnswer,
    "cut in a chunk": BrokenAnswer,
    "cut before the last chunk": BrokenAnswer,
    "bad chunk length": BrokenAnswer,
    "closed without a word": BrokenAnswer,
    "no HTTP": BrokenAnswer,
    "zero bytes": BrokenAnswer,
    "web page": BrokenAnswer,
    "gzip garbage": BrokenAnswer,
    "gzip in earnest": BrokenAnswer,
    "redirect": BrokenAnswer,
    "401": CredentialError,
    "403": CredentialError,
    "404": NotFound,
    "400": VendorRefused,
    "429": TryLater,
    "429 for 1 s": TryLater,
    "429 for 60 s": TryLater,
    "500": TryLater,
    "503": TryLater,
    "hang": TryLater,
    "stall": TryLater,
}
MAY_BE_DONE = {
    "cut at 40 %", "cut in a chunk", "cut before the last chunk", "bad chunk length", "no HTTP",
    "closed without a word", "web page", "gzip garbage", "gzip in earnest", "500", "503", "hang", "stall",
}  # fmt: skip


def ask(host: str) -> Request:
    return Request(method="POST", scheme="http", host=host, path="/v1/speech", body=b"{}")


def test_the_table_names_every_fault() -> None:
    assert EXPECTED.keys() == FAULTS.keys()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.slow
def test_a_stream_ends_in_the_right_error_and_soon(fault: str) -> None:
    started = time.monotonic()
    with serving(FAULTS[fault]) as server, pytest.raises(VoicectlError) as caught:
        heard(client(retries=0), ask(server.host))
    assert type(caught.value) is EXPECTED[fault]
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {"zero bytes"}))
@pytest.mark.slow
def test_a_deed_that_must_not_be_repeated_is_sent_once(fault: str) -> None:
    with serving(FAULTS[fault]) as server, pytest.raises(VoicectlError) as caught:
        client(retries=2).send(ask(server.host), repeatable=False)
    assert len(server.requests) == 1
    assert type(caught.value) is (OutcomeUnknown if fault in MAY_BE_DONE else EXPECTED[fault])


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_refused_port_is_unreachable_for_nothing_was_sent(repeatable: bool) -> None:
    with pytest.raises(Unreachable) as caught:
        client(retries=0).send(ask(f"127.0.0.1:{refused_port()}"), repeatable=repeatable)
    assert "refuses the connection" in str(caught.value)


def test_an_unknown_name_is_unreachable_and_not_asked_for_again() -> None:
    clock = StillClock()
    with pytest.raises(Unreachable):
        client(clock=clock, allow_http=True).send(ask("no-such-host.invalid"))
    assert clock.given <= 2


@pytest.mark.slow
def test_a_good_stream_is_whole_even_when_it_drips() -> None:
    with serving(drip) as server:
        assert heard(client(), ask(server.host)) == SOUND[:10]


def test_a_redirect_is_named_without_what_it_holds() -> None:
    with serving(FAULTS["redirect"]) as server, pytest.raises(BrokenAnswer) as caught:
        client(retries=0).send(ask(server.host))
    assert "http://other.example'" in str(caught.value)
    assert "EXAMPLE" not in str(caught.value)


def test_sound_over_the_limit_names_the_limit() -> None:
    with serving(sound) as server, pytest.raises(BrokenAnswer, match="limit of 1000 bytes"):
        heard(client(max_bytes=1000), ask(server.host))


def test_a_long_json_answer_is_broken_at_8_mib() -> None:
    def long(request: RawRequest) -> Answer:
        return Answer(200, (("Content-Type", "application/json"),), b" " * (8 * 2**20 + 1))

    with serving(long) as server, pytest.raises(BrokenAnswer, match="8388608"):
        client(retries=0).send(ask(server.host))


def test_of_a_long_error_only_the_first_64_kib_are_judged() -> None:
    seen: list[int] = []

    def long(request: RawRequest) -> Answer:
        return Answer(400, (("Content-Type", "text/plain"),), b"x" * 2**20)

    with serving(long) as server, pytest.raises(VendorRefused):
        client(lambda reply: seen.append(len(reply.body))).send(ask(server.host))
    assert seen == [64 * 1024]
