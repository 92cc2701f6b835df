"""Speech over both sockets: what comes of it, and that no fault of a conversation passes for sound."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.sync.server import ServerConnection

from tests.cloud import websocket
from tests.cloud.volcengine_sockets import (
    SESSION_FAILED,
    SESSION_FINISHED,
    FirstSocket,
    SecondSocket,
    failure,
    numbered,
    told,
)
from tests.cloud.volcengine_speech import expected_sound
from tests.vendors.volcengine.speaking import KEYS, OLD_KEYS, Speaker, speaker
from voicectl.core.errors import (
    BadInput,
    CredentialError,
    TryLater,
    Unsupported,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.tts import Mark

pytestmark = pytest.mark.slow

TEXT = "你好，world 3"
CLASSIC, MOON = "BV001_streaming", "zh_female_shuangkuaisisi_moon_bigtts"
SUBMIT: dict[str, Any] = {"voice": CLASSIC, "params": {"operation": "submit"}}


@contextmanager
def before(
    socket: FirstSocket | SecondSocket, keys: dict[str, str] = OLD_KEYS, **options: Any
) -> Iterator[tuple[Speaker, websocket.TalkServer]]:
    with (
        websocket.talking(socket.talk, gate=socket.gate) as server,
        speaker(server.url, keys, **options) as say,
    ):
        yield say, server


@pytest.mark.parametrize(
    "ends_with", [lambda n: -n, lambda n: -1, lambda n: 1 - n], ids=["own", "one", "last"]
)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_the_first_socket_brings_the_sound_in_order(ends_with: Callable[[int], int], packed: bool) -> None:
    socket = FirstSocket(ends_with=ends_with, packed=packed)
    with before(socket) as (say, _):
        sound, stream = say(TEXT, **SUBMIT)
    assert sound == expected_sound(TEXT)
    assert stream.request_id == socket.service.spoken[0]["request"]["reqid"]


def test_a_full_service_is_asked_again_under_another_name_on_another_line() -> None:
    socket = FirstSocket()
    socket.service.busy = 2
    with before(socket, retries=2) as (say, server):
        assert say(TEXT, **SUBMIT)[0] == expected_sound(TEXT)
    assert (server.connections, len(socket.service.names)) == (3, 3)


def say_twice(line: ServerConnection) -> None:
    line.send(numbered(1, b"ab"))
    line.send(numbered(1, b"ab"))


FAULTS_FIRST: dict[str, tuple[Callable[[ServerConnection], None], str]] = {
    "cut": (websocket.cut, "BrokenAnswer"),
    "ended without the last frame": (lambda line: None, "BrokenAnswer"),
    "an error frame": (lambda line: line.send(failure(3032, "no audio")), "TryLater"),
    "a refusal": (lambda line: line.send(failure(3001, "what")), "VendorRefused"),
    "too much": (websocket.say_too_much, "BrokenAnswer"),
    "a gap": (lambda line: line.send(numbered(3, b"ab")), "BrokenAnswer"),
    "a gap before the last": (lambda line: line.send(numbered(-4, b"ab")), "BrokenAnswer"),
    "the same again": (say_twice, "BrokenAnswer"),
    "a frame that is none": (lambda line: line.send(b"\x11\xb1\0\0abc"), "BrokenAnswer"),
    "an event": (lambda line: line.send(told(SESSION_FINISHED, b"x")), "BrokenAnswer"),
    "text": (lambda line: line.send("quota exceeded for types: concurrency"), "BrokenAnswer"),
    "no WebSocket any more": (websocket.break_the_rules, "BrokenAnswer"),
    "silence": (websocket.fall_silent, "TryLater"),
}


@pytest.mark.parametrize("when", ["first", "fault"])
@pytest.mark.parametrize("fault", FAULTS_FIRST)
@pytest.mark.slow
def test_no_fault_of_the_first_socket_passes_for_sound(fault: str, when: str) -> None:
    say_wrong, kind = FAULTS_FIRST[fault]
    socket = FirstSocket(**{when: say_wrong})
    with before(socket, timeout=0.3) as (say, _), pytest.raises(VoicectlError) as caught:
        say(TEXT, **SUBMIT)
    assert type(caught.value).__name__ == kind


@pytest.mark.parametrize("keys", [KEYS, OLD_KEYS], ids=["api key", "app id and token"])
@pytest.mark.parametrize("voice", ["", MOON], ids=["2.0", "1.0"])
def test_text_is_spoken_as_it_comes(keys: dict[str, str], voice: str) -> None:
    socket = SecondSocket()
    with before(socket, keys) as (say, _):
        sound, stream = say.live(iter(["你好，", "", "world"]), voice=voice, marked=True, rate=2.0)
    assert sound == expected_sound("你好，") + expected_sound("world")
    assert stream.billed == len("你好，world")
    assert [mark.text for mark in stream.marks if mark.is_sentence] == ["你好，", "world"]
    assert stream.marks[1] == Mark(0, 20, "你")
    assert stream.request_id.encode() in socket.names
    assert socket.service.spoken[0]["parameters"]["audio_params"]["speech_rate"] == 100
    assert "text" not in socket.service.spoken[0]["parameters"]
    assert socket.finished == 1


def test_the_first_sound_is_there_before_the_last_text() -> None:
    heard = threading.Event()

    def texts() -> Iterator[str]:
        yield "one"
        assert heard.wait(5)
        yield "two"

    with (
        before(SecondSocket()) as (say, _),
        say.tts.synthesize_live(say.settled(live=True), texts()) as stream,
    ):
        first = next(stream.chunks)
        heard.set()
        assert first + b"".join(stream.chunks) == expected_sound("one") + expected_sound("two")


@pytest.mark.slow
def test_a_text_that_is_long_in_coming_is_waited_for() -> None:
    def texts() -> Iterator[str]:
        yield "one"
        threading.Event().wait(0.5)
        yield "two"

    with before(SecondSocket(), timeout=0.2) as (say, _):
        assert say.live(texts())[0] == expected_sound("one") + expected_sound("two")


def test_a_refusal_is_told_while_the_text_is_still_to_come() -> None:
    going_on = threading.Event()

    def texts() -> Iterator[str]:
        yield "one"
        going_on.wait(5)

    def refuse(line: ServerConnection, name: bytes) -> None:
        line.send(failure(45000081, "waiting for the next packet timed out"))
        going_on.wait(5)

    with before(SecondSocket(fault=refuse)) as (say, _):
        with pytest.raises(TryLater, match="next packet"):
            say.live(texts())
        going_on.set()


@pytest.mark.slow
def test_a_refusal_is_told_though_the_line_is_gone_for_those_who_send() -> None:
    gone = threading.Event()

    def texts() -> Iterator[str]:
        yield "one"
        assert gone.wait(5)
        yield from ["more"] * 50

    def refuse(line: ServerConnection, name: bytes) -> None:
        line.send(failure(45000001, "what"))
        line.close()
        gone.set()

    with (
        before(SecondSocket(fault=refuse)) as (say, _),
        say.tts.synthesize_live(say.settled(live=True), texts()) as stream,
    ):
        next(stream.chunks)
        assert gone.wait(5)
        threading.Event().wait(0.1)
        with pytest.raises(VendorRefused, match="what"):
            list(stream.chunks)


def test_a_text_that_cannot_be_read_says_so_itself() -> None:
    def texts() -> Iterator[str]:
        yield "one"
        raise BadInput("line 2 is not utf-8")

    with before(SecondSocket()) as (say, _), pytest.raises(BadInput, match="line 2"):
        say.live(texts())


def test_a_full_service_is_asked_for_another_session() -> None:
    socket = SecondSocket(busy=2)
    with before(socket, retries=2) as (say, server):
        assert say.live(iter(["one"]))[0] == expected_sound("one")
    assert (server.connections, len(set(socket.names))) == (3, 3)
    assert len({each.headers["X-Api-Connect-Id"] for each in server.handshakes}) == 3


FAULTS_SECOND: dict[str, tuple[Callable[[ServerConnection, bytes], None], str]] = {
    "cut": (lambda line, name: websocket.cut(line), "BrokenAnswer"),
    "ended without the last frame": (lambda line, name: line.close(), "BrokenAnswer"),
    "an error frame": (lambda line, name: line.send(failure(55000001, "oops")), "TryLater"),
    "the session fails": (
        lambda line, name: line.send(told(SESSION_FAILED, name, status_code=45000000, message="no")),
        "VendorRefused",
    ),
    "the session fails without a word": (
        lambda line, name: line.send(told(SESSION_FAILED, name)),
        "VendorRefused",
    ),
    "it ends with an error": (
        lambda line, name: line.send(told(SESSION_FINISHED, name, status_code=55000000, message="no")),
        "TryLater",
    ),
    "too much": (lambda line, name: websocket.say_too_much(line), "BrokenAnswer"),
    "a frame that is none": (lambda line, name: line.send(b"\x11\xb4\0\0ab"), "BrokenAnswer"),
    "text": (lambda line, name: line.send("what"), "BrokenAnswer"),
    "silence": (lambda line, name: websocket.fall_silent(line), "TryLater"),
}


@pytest.mark.parametrize("fault", FAULTS_SECOND)
@pytest.mark.slow
def test_no_fault_of_the_second_socket_passes_for_sound(fault: str) -> None:
    say_wrong, kind = FAULTS_SECOND[fault]
    socket = SecondSocket(fault=say_wrong)
    with before(socket, timeout=0.3) as (say, _), pytest.raises(VoicectlError) as caught:
        say.live(iter(["one"]))
    assert type(caught.value).__name__ == kind


def test_a_session_that_ends_before_its_text_is_broken() -> None:
    def end(line: ServerConnection, name: bytes) -> None:
        line.send(told(SESSION_FINISHED, name, status_code=20000000, message="ok"))

    going_on = threading.Event()

    def texts() -> Iterator[str]:
        yield "one"
        going_on.wait(5)

    with before(SecondSocket(fault=end)) as (say, _):
        with pytest.raises(VoicectlError, match="before its text"):
            say.live(texts())
        going_on.set()


def test_another_answer_than_the_start_of_a_session_is_broken() -> None:
    socket = SecondSocket(first=lambda name: told(SESSION_FINISHED, name, status_code=20000000))
    with before(socket) as (say, _), pytest.raises(VoicectlError, match="event 152 came where 150"):
        say.live(iter(["one"]))


WRONG_TOKEN = {**OLD_KEYS, "VOLC_SPEECH_ACCESS_TOKEN": "EXAMPLE-wrong"}
WRONG_KEY = {"VOLC_SPEECH_API_KEY": "EXAMPLE-wrong"}


def test_a_wrong_token_is_told_by_the_handshake_of_the_first_socket() -> None:
    with before(FirstSocket(), WRONG_TOKEN) as (say, _), pytest.raises(CredentialError) as caught:
        say(TEXT, **SUBMIT)
    assert "EXAMPLE-wrong" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("keys", [WRONG_TOKEN, WRONG_KEY], ids=["token", "api key"])
def test_a_wrong_key_is_told_by_the_handshake_of_the_second_socket(keys: dict[str, str]) -> None:
    with before(SecondSocket(), keys) as (say, _), pytest.raises(CredentialError) as caught:
        say.live(iter(["one"]))
    assert "EXAMPLE-wrong" not in str(caught.value) + caught.value.hint


def test_markup_and_old_voices_are_not_for_live_text() -> None:
    with before(SecondSocket()) as (say, server):
        with pytest.raises(Unsupported, match="markup"):
            say.live(iter(["<speak/>"]), voice=MOON, ssml=True)
        with pytest.raises(Unsupported, match="--live"):
            say.live(iter(["one"]), voice=CLASSIC)
    assert server.handshakes == []
