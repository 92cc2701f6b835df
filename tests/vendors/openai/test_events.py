"""Sound in server-sent events, and the many ways in which they go wrong."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from tests.cloud.openai import KEY, REQUEST_ID, OpenAiServer, event, told_in_events
from tests.cloud.server import Answer, Bytes, RawRequest, Respond
from tests.cloud.sounds import seconds_of, wav
from tests.vendors.openai.speaking import EVENTS, SOUND, answer, say, speaker
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer, CredentialError, TryLater, VendorRefused, VoicectlError
from voicectl.vendors.openai.events import events

HALF = event(type="speech.audio.delta", audio=b64encode(SOUND[:500]).decode())


@pytest.mark.parametrize("knows_events", [True, False], ids=["events", "sound all the same"])
def test_events_are_asked_for_and_decoded(knows_events: bool) -> None:
    service = OpenAiServer(knows_events=knows_events)
    with speaker(service) as (tts, _):
        sound, stream = say(tts, format=AudioFormat(Container.WAV, 0))
    assert (sound, stream.request_id) == (wav(seconds_of("hi"), 24000, sized=False), REQUEST_ID)
    assert service.spoken[0]["stream_format"] == "sse"


GOOD: dict[str, bytes] = {
    "as specified": told_in_events(SOUND),
    "lines end in return and feed": told_in_events(SOUND).replace(b"\n", b"\r\n"),
    "lines end in return": told_in_events(SOUND).replace(b"\n", b"\r"),
    "comments and other fields": b": ping\n\nevent: x\nid: 1\nretry: 9\n" + told_in_events(SOUND),
    "an end of the chat interface": told_in_events(SOUND).rpartition(b"data: ")[0] + b"data: [DONE]\n\n",
    "no blank after the colon": told_in_events(SOUND).replace(b"data: ", b"data:"),
    "an event nobody knows": event(type="speech.audio.started") + told_in_events(SOUND),
    "data in two lines": told_in_events(SOUND).replace(b'delta", ', b'delta",\ndata: '),
    "data in two lines that end in return and feed": told_in_events(SOUND)
    .replace(b'delta", ', b'delta",\ndata: ')
    .replace(b"\n", b"\r\n"),
    "nothing after the end": told_in_events(SOUND).rstrip(b"\n"),
}


@pytest.mark.parametrize("form", GOOD)
@pytest.mark.parametrize("label", ["text/event-stream", "audio/mpeg", "text/plain"])
def test_events_are_understood_in_every_form_under_every_label(form: str, label: str) -> None:
    with speaker(answer(GOOD[form], ("Content-Type", label))) as (tts, _):
        assert say(tts)[0] == SOUND


@pytest.mark.parametrize("form", GOOD)
def test_it_does_not_matter_where_the_pieces_of_the_answer_end(form: str) -> None:
    body = GOOD[form]
    whole = list(events([body]))
    for size in (1, 2, 3, 7):
        assert list(events(body[at : at + size] for at in range(0, len(body), size))) == whole


def test_events_that_nobody_asked_for_are_decoded_as_well() -> None:
    with speaker(answer(told_in_events(SOUND))) as (tts, _):
        assert say(tts, params={})[0] == SOUND


def error(**told: Any) -> bytes:
    return event(type="error", error=told)


def cut(request: RawRequest) -> Bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    return Bytes((head + b"%x\r\n" % len(HALF) + HALF + b"\r\n",))


BROKEN: dict[str, tuple[Respond, type[VoicectlError], str]] = {
    "ends before it is done": (answer(HALF), BrokenAnswer, "before the sound was done"),
    "cut in the middle of an event": (answer(told_in_events(SOUND)[:900]), BrokenAnswer, "no base64|JSON"),
    "cut by the server": (cut, BrokenAnswer, "broke off after"),
    "done without sound": (answer(event(type="speech.audio.done")), BrokenAnswer, "held no sound"),
    "empty sound": (
        answer(event(type="speech.audio.delta", audio="") + b"data: [DONE]\n\n"),
        BrokenAnswer,
        "no sound",
    ),
    "no base64": (answer(event(type="speech.audio.delta", audio="%%%")), BrokenAnswer, "base64"),
    "no JSON": (answer(b"data: hello\n\n"), BrokenAnswer, "hello"),
    "empty": (answer(b""), BrokenAnswer, "empty"),
    "blanks": (answer(b"\n\n\n"), BrokenAnswer, "before the sound was done"),
    "web page": (answer(b"<html>login</html>", ("Content-Type", "text/html")), BrokenAnswer, "web page"),
    "an error first": (answer(error(message="no", code="invalid_api_key")), CredentialError, "no"),
    "an error in the middle": (
        answer(HALF + error(message="busy", code="rate_limit_exceeded")),
        TryLater,
        "busy",
    ),
    "a flat error": (answer(HALF + event(type="error", message="boom")), VendorRefused, "boom"),
    "an error that is a word": (answer(HALF + event(type="error", error="boom")), VendorRefused, "boom"),
    "an error without a type": (answer(HALF + event(error={"message": "boom"})), VendorRefused, "boom"),
    "an error without words": (answer(HALF + event(type="error")), VendorRefused, "stopped"),
    "JSON error in a 200": (
        answer(
            b'{"error": {"message": "no", "code": "insufficient_quota"}}',
            ("Content-Type", "application/json"),
        ),
        VendorRefused,
        "quota",
    ),
    "JSON error as an event stream": (
        answer(b'{"error": {"message": "slow", "code": "rate_limit_exceeded"}}'),
        TryLater,
        "slow",
    ),
    "JSON that is no error": (answer(b'{"audio": "aGk="}'), BrokenAnswer, "holds no sound"),
    "JSON that is cut": (answer(b'{"error": {"mess'), BrokenAnswer, "JSON that was promised"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_fault_is_told_as_what_it_is(fault: str) -> None:
    respond, kind, said = BROKEN[fault]
    with speaker(respond) as (tts, _), pytest.raises(kind, match=said):
        say(tts)


def test_an_error_that_comes_before_any_sound_is_tried_again() -> None:
    answers = [error(message="busy", code="rate_limit_exceeded"), told_in_events(SOUND)]
    with speaker(lambda request: Answer(200, (EVENTS,), answers.pop(0)), retries=1) as (tts, _):
        assert say(tts)[0] == SOUND


def test_an_error_after_the_first_sound_is_not() -> None:
    busy = answer(HALF + error(message="busy", code="rate_limit_exceeded"))
    with speaker(busy, retries=1) as (tts, server), pytest.raises(TryLater):
        say(tts)
    assert len(server.requests) == 1


def test_a_key_that_the_server_repeats_is_hidden() -> None:
    body = HALF + error(message=f"key {KEY} has no credit left")
    with (
        speaker(answer(body, EVENTS, ("x-request-id", "r-7"))) as (tts, _),
        pytest.raises(VendorRefused) as caught,
    ):
        say(tts)
    assert KEY not in str(caught.value) + json.dumps(caught.value.facts)
    assert caught.value.facts["request_id"] == "r-7"


def test_a_line_without_end_is_given_up() -> None:
    endless = (b"data: " + b"x" * (1 << 20) for _ in range(100))
    with pytest.raises(BrokenAnswer, match="longer than the limit"):
        list(events(endless))
