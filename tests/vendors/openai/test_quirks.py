"""What servers of OpenAI's kind do in their own ways: labels, paths, lists of models, waits."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest

from tests.cloud.openai import OpenAiServer, told_in_events
from tests.cloud.server import Answer, Bytes, RawRequest
from tests.vendors.openai.speaking import MP3, SOUND, access_to, answer, say, speaker
from voicectl.core.errors import TryLater, Unsupported
from voicectl.core.identity import Caller
from voicectl.core.tts import Utterance


@pytest.mark.parametrize("as_events", [False, True], ids=["sound", "events"])
def test_sound_is_passed_on_while_it_still_comes(as_events: bool) -> None:
    heard = Event()
    body = told_in_events(SOUND) if as_events else SOUND
    label = b"text/event-stream" if as_events else b"audio/mpeg"

    def respond(request: RawRequest) -> Bytes:
        def wire() -> Iterator[bytes]:
            yield b"HTTP/1.1 200 OK\r\nContent-Type: " + label + b"\r\nContent-Length: %d\r\n\r\n" % len(body)
            yield body[:1500]
            # The rest comes when the first sound was heard, and not at all if that is waited for.
            if heard.wait(5):
                yield body[1500:]

        return Bytes(wire())

    params = {"stream_format": "sse"} if as_events else {}
    with speaker(respond) as (tts, _):
        asked = tts.settle(Utterance(text="hi", format=MP3, engine="gpt-4o-mini-tts", params=params))
        with tts.synthesize(asked) as stream:
            chunks = iter(stream.chunks)
            first = next(chunks)
            heard.set()
            assert first + b"".join(chunks) == SOUND


LABELS = (
    *("audio/mpeg", "audio/mp3", "audio/ogg; codecs=opus", "audio/opus", "audio/aac", "audio/flac"),
    *("audio/x-flac", "audio/wav", "audio/x-wav", "audio/pcm;rate=22050", "audio/L16", "text/plain"),
    *("application/octet-stream", "audio/ogg;codec=opus"),
)


@pytest.mark.parametrize("label", LABELS)
def test_sound_is_taken_for_what_it_is_under_any_label(label: str) -> None:
    with speaker(answer(SOUND, ("Content-Type", label))) as (tts, _):
        assert say(tts, params={})[0] == SOUND


@pytest.mark.parametrize(
    ("base", "prefix"),
    [("", "/v1"), ("/", "/v1"), ("/v1", "/v1"), ("/v1/", "/v1"), ("/gate/openai", "/gate/openai/v1")],
)
def test_a_base_url_may_have_a_path_and_needs_no_version(base: str, prefix: str) -> None:
    with speaker(OpenAiServer(prefix=prefix), path=base) as (tts, _):
        assert say(tts, params={})[0]


@pytest.mark.parametrize("models", [{"object": "list", "data": []}, {"models": []}], ids=["OpenAI", "edge"])
def test_a_profile_is_tested_by_the_list_of_models_in_any_form(models: object) -> None:
    with access_to(OpenAiServer(models=models)) as (card, access, _):
        assert card.identity is not None
        assert card.identity(access).ask() == Caller()


def test_a_server_that_lists_no_models_cannot_be_asked() -> None:
    with access_to(OpenAiServer(models=None)) as (card, access, _):
        assert card.identity is not None
        with pytest.raises(Unsupported, match="lists no models") as caught:
            card.identity(access).ask()
    assert "is /v1 there once?" in caught.value.hint


@pytest.mark.parametrize(("header", "seconds"), [("250", 0.25), ("x", None), ("-1", None)])
def test_a_wait_in_milliseconds_is_obeyed(header: str, seconds: float | None) -> None:
    body = b'{"error": {"message": "slow", "code": "rate_limit_exceeded"}}'

    def respond(request: RawRequest) -> Answer:
        return Answer(429, (("Content-Type", "application/json"), ("retry-after-ms", header)), body)

    with speaker(respond) as (tts, _), pytest.raises(TryLater) as caught:
        say(tts, params={})
    assert caught.value.retry_after == seconds
