"""Credentials, a new signature for each try, the vendor's judgement, the two cures, the log."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest

from tests.cloud.server import Answer, RawRequest, Server, serving
from tests.transport.faults import SOUND, sound
from tests.transport.parts import KEYS, NOON, Drawer, StillClock, client, heard
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import (
    ClockSkewed,
    CredentialError,
    Guarded,
    SignatureRejected,
    TokenRejected,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.request import Reply, Request
from voicectl.core.vendor import NotSent
from voicectl.signing import schemes
from voicectl.transport.http import Http, Limits
from voicectl.transport.record import Exchange, action_of

TEXT = (("Content-Type", "text/plain"),)
SPOKEN = Answer(200, (("Content-Type", "audio/wav"),), SOUND)


def in_turn(*answers: Answer) -> Callable[[RawRequest], Answer]:
    waiting: Iterator[Answer] = iter(answers)
    return lambda request: next(waiting)


def ask(server: Server, path: str = "/") -> Request:
    return Request(method="GET", scheme="http", host=server.host, path=path)


def stamps(server: Server) -> list[str]:
    return [request.header("X-Stamp") or "" for request in server.requests]


def test_each_try_is_signed_anew_with_its_own_time_and_nonce() -> None:
    slow, good = Answer(503, TEXT), Answer(200, TEXT, b"ok")
    with serving(in_turn(slow, slow, good)) as server:
        assert client().send(ask(server)).body == b"ok"
    assert stamps(server) == [
        "12:00:00 nonce-1 AKIDEXAMPLE",
        "12:00:00 nonce-2 AKIDEXAMPLE",
        "12:00:01 nonce-3 AKIDEXAMPLE",
    ]


def test_a_short_retry_after_is_waited_and_a_long_one_is_named() -> None:
    clock = StillClock()
    soon, late = (Answer(429, (*TEXT, ("Retry-After", seconds))) for seconds in ("1", "60"))
    with serving(in_turn(soon, late)) as server, pytest.raises(TryLater) as caught:
        client(clock=clock).send(ask(server))
    assert clock.slept == [1.0]
    assert caught.value.hint == "try again in 60 seconds"


def test_keys_are_asked_for_once_and_again_when_stale() -> None:
    short = replace(KEYS, expires_at=NOON + timedelta(minutes=3))
    source = Drawer([short, replace(KEYS, key_id="AKIDNEW")])
    clock = StillClock()
    with serving(lambda request: Answer(200, TEXT)) as server:
        asking = client(clock=clock, source=source)
        asking.send(ask(server))
        asking.send(ask(server))
        clock.sleep(90)
        asking.send(ask(server))
    assert source.asked == 2
    assert [stamp.split()[-1] for stamp in stamps(server)] == ["AKIDEXAMPLE", "AKIDEXAMPLE", "AKIDNEW"]


@pytest.mark.parametrize("credentials", [None, replace(KEYS, expires_at=NOON)], ids=["none", "expired"])
def test_without_usable_credentials_nothing_is_sent(credentials: Credentials | None) -> None:
    with serving(sound) as server, pytest.raises(CredentialError, match="drawer"):
        client(source=Drawer([credentials])).send(ask(server))
    assert server.connections == 0


def skewed(reply: Reply) -> VoicectlError | None:
    return ClockSkewed("the clock is off") if reply.status == 403 else None


LATE = Answer(403, (*TEXT, ("Date", "Fri, 02 Jan 2026 13:30:00 GMT")))


def test_a_wrong_clock_gets_one_new_try_at_server_time_which_then_stays() -> None:
    good = Answer(200, TEXT)
    with serving(in_turn(LATE, good, good)) as server:
        asking = client(skewed, retries=0)
        asking.send(ask(server))
        asking.send(ask(server))
    assert [stamp[:8] for stamp in stamps(server)] == ["12:00:00", "13:30:00", "13:30:00"]


@pytest.mark.parametrize(("repeatable", "tries"), [(True, 2), (False, 1)])
def test_a_clock_that_stays_wrong_is_an_error(repeatable: bool, tries: int) -> None:
    with serving(lambda request: LATE) as server, pytest.raises(ClockSkewed) as caught:
        client(skewed).send(ask(server), repeatable=repeatable)
    assert len(server.requests) == tries
    assert caught.value.signed is not None
    assert caught.value.signed.trace.scheme == "stamp"


def test_a_refused_token_is_renewed_once_and_the_request_repeated_once() -> None:
    source = Drawer([Credentials(secret=Secret("EXAMPLE-old"))])
    with serving(lambda request: Answer(400, TEXT)) as server, pytest.raises(TokenRejected):
        client(lambda reply: TokenRejected("the token is invalid"), source=source).send(ask(server))
    assert (source.renewed, len(server.requests)) == (1, 2)


def test_threads_that_are_refused_the_same_token_renew_it_once() -> None:
    source = Drawer([Credentials(secret=Secret("EXAMPLE"), key_id="OLD")])
    source.fresh = Credentials(secret=Secret("EXAMPLE"), key_id="NEW")
    together = Barrier(6, timeout=10)

    def answer(request: RawRequest) -> Answer:
        if "OLD" not in (request.header("X-Stamp") or ""):
            return Answer(200, TEXT, b"ok")
        together.wait()  # all have sent the old token before the first of them hears of it
        return Answer(400, TEXT)

    def judge(reply: Reply) -> VoicectlError | None:
        return TokenRejected("the token is invalid") if reply.status == 400 else None

    shared = client(judge, source=source)
    with serving(answer) as server, ThreadPoolExecutor(6) as pool:
        shared.sender = Http({}, limits=Limits(connections=6))
        replies = list(pool.map(lambda _: shared.send(ask(server)).body, range(6)))
    assert (replies, source.renewed) == ([b"ok"] * 6, 1)


def test_a_token_that_cannot_be_had_is_not_taken_for_one_that_was_refused() -> None:
    """A source that asks the vendor itself has had its one new try there."""

    class Refused(Drawer):
        def credentials(self, now: datetime) -> Credentials:
            self.asked += 1
            raise TokenRejected("the session is invalid")

    source = Refused([])
    with serving(sound) as server, pytest.raises(TokenRejected):
        client(source=source).send(ask(server))
    assert (source.asked, source.renewed, len(server.requests)) == (1, 0, 0)


def test_a_rejected_signature_brings_its_trace_and_the_vendors_words() -> None:
    def judge(reply: Reply) -> VoicectlError:
        return SignatureRejected("no", vendor_code="SignatureDoesNotMatch", server_string_to_sign="GET")

    headers = (*TEXT, ("X-Amzn-RequestId", "req-1"))
    with serving(lambda request: Answer(403, headers)) as server, pytest.raises(SignatureRejected) as caught:
        client(judge, vendor="aws").send(ask(server))
    facts = caught.value.facts
    assert (facts["vendor"], facts["request_id"], facts["status"]) == ("aws", "req-1", 403)
    assert facts["server_string_to_sign"] == "GET"
    assert len(server.requests) == 1


def test_an_error_inside_a_good_status_is_judged_before_any_sound_is_given_out() -> None:
    def judge(reply: Reply) -> VoicectlError | None:
        return VendorRefused("no") if b"error" in reply.body else None

    answer = Answer(200, (("Content-Type", "application/json"),), b'{"error": 1}')
    with serving(lambda request: answer) as server, pytest.raises(VendorRefused):
        heard(client(judge), ask(server))


def test_a_stream_is_tried_again_until_its_head_is_good() -> None:
    with serving(in_turn(Answer(500, TEXT), SPOKEN)) as server:
        assert heard(client(), ask(server)) == SOUND


def test_a_dry_run_signs_and_opens_no_socket() -> None:
    with serving(sound) as server, pytest.raises(NotSent) as caught:
        client(dry_run=True).send(ask(server))
    assert caught.value.signed.request.header("X-Stamp") == "12:00:00 nonce-1 AKIDEXAMPLE"
    assert server.connections == 0


def test_each_try_leaves_one_line_without_numbers_and_secrets() -> None:
    lines: list[Exchange] = []
    wait = Answer(429, (*TEXT, ("x-acs-request-id", "r-1"), ("Retry-After", "2")))
    good = Answer(200, (*TEXT, ("x-acs-request-id", "r-2")))
    with serving(in_turn(wait, good)) as server:
        client(log=lines.append, vendor="aliyun").send(ask(server, "/call/13800138000"))
    assert [(line.status, line.request_id, line.attempt) for line in lines] == [
        (429, "r-1", 1),
        (200, "r-2", 2),
    ]
    assert json.loads(lines[1].line()) == {
        "time": "2026-01-02T12:00:02.000Z",
        "vendor": "aliyun",
        "action": "GET /call/***",
        "host": server.host,
        "status": 200,
        "code": "",
        "request_id": "r-2",
        "ms": 0,
        "attempt": 2,
    }


@pytest.mark.parametrize(
    ("request_", "action"),
    [
        (Request(method="GET", host="h", query="Version=1&Action=CreateToken"), "CreateToken"),
        (Request(method="POST", host="h", headers=(("x-acs-action", "SingleCallByTts"),)), "SingleCallByTts"),
        (Request(method="POST", host="h", headers=(("X-TC-Action", "TextToVoice"),)), "TextToVoice"),
        (Request(method="GET", host="h", path="/v1/voices", query="Engine=neural"), "GET /v1/voices"),
    ],
    ids=["query", "acs", "tc", "path"],
)
def test_a_request_is_called_what_its_vendor_calls_it(request_: Request, action: str) -> None:
    assert action_of(request_) == action


@pytest.mark.parametrize(
    ("host", "allow_http", "token", "is_sent"),
    [
        ("127.0.0.1:1", False, True, True),
        ("speech.example", False, False, False),
        ("speech.example", True, False, True),
        ("speech.example", True, True, False),
    ],
)
def test_plain_http_to_another_machine_is_asked_for_and_never_shows_a_key(
    host: str, allow_http: bool, token: bool, is_sent: bool
) -> None:
    keys = Credentials(key_id="k", secret=Secret("s"), security_token=Secret("t") if token else None)
    careful = replace(
        client(source=Drawer([keys]), dry_run=True, allow_http=allow_http),
        signer=schemes.build("aws-sigv4", region="r", service="s"),
    )
    with pytest.raises(NotSent if is_sent else Guarded):
        careful.send(Request(method="GET", host=host, scheme="http"))
