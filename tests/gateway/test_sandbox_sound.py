"""What the sandbox sounds like: forms, lengths, times, and what stands in for speech."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import Unavailable, VoicectlError
from voicectl.core.tts import SpeechStream, Utterance
from voicectl.gateway.sandbox.sound import (
    Flow,
    Studio,
    encoded,
    resampled,
    spoken_by,
    spoken_now,
    timed,
    tone,
)


class Speaker:
    """A `Tts` that says as many samples as the text has signs, or cannot at all."""

    def __init__(self, *, can: bool = True) -> None:
        self.can = can
        self.said: list[str] = []

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        if not self.can:
            raise Unavailable("no installed engine speaks it")
        self.said.append(utterance.text)
        sound = AudioFormat(Container.PCM, 16000)
        yield SpeechStream(format=sound, chunks=iter((b"\1\0" * len(utterance.text),)))


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 44100])
def test_a_tone_is_as_long_as_its_text_deserves(rate: int) -> None:
    assert len(tone("a" * 100, rate)) / 2 / rate == pytest.approx(6)


def test_what_nobody_speaks_is_a_tone_and_that_is_said_once() -> None:
    told: list[VoicectlError] = []
    speaker: Any = Speaker(can=False)
    speak = spoken_by(speaker, told.append)
    assert [speak("好", 16000), speak("吗", 16000)] == [tone("好", 16000), tone("吗", 16000)]
    assert len(told) == 1


def test_a_long_text_is_spoken_in_pieces_and_at_the_rate_that_was_asked_for() -> None:
    speaker: Any = Speaker()
    text = "This is a sentence. " * 50
    studio = Studio(spoken_by(speaker, lambda error: None))
    sound = asyncio.run(studio.made(text, "pcm", 8000))
    assert max(map(len, speaker.said)) <= 400
    assert len(sound.data) == pytest.approx(len(text), abs=2 * len(speaker.said))


def test_a_studio_that_is_closed_speaks_no_further() -> None:
    studio = Studio(tone)
    studio.close()
    with pytest.raises(Unavailable):
        asyncio.run(studio.made("hi", "pcm", 8000))


def test_what_was_made_is_kept() -> None:
    made: list[str] = []

    def speak(text: str, rate: int) -> bytes:
        made.append(text)
        return b"\0\0" * rate

    async def twice() -> None:
        studio = Studio(speak)
        sounds = [await studio.made("<speak>hi</speak>", "wav", 8000) for _ in range(2)]
        assert sounds[0] is sounds[1]
        assert (sounds[0].seconds, sounds[0].data[:4]) == (1, b"RIFF")

    asyncio.run(twice())
    assert made == ["hi"]


def test_a_flow_has_one_header_whose_length_is_open() -> None:
    async def flow() -> bytes:
        flow = Flow(Studio(tone), "wav", 8000)
        parts = [await flow.say("Hello. "), await flow.say("You.")]
        assert [begun for _, begun in parts] == [0, 420]
        return b"".join(data for data, _ in parts)

    sound = asyncio.run(flow())
    assert sound.count(b"RIFF") == 1
    assert sound[4:8] == b"\xff\xff\xff\xff"


@pytest.mark.parametrize(
    ("waiting", "every", "parts", "rest"),
    [
        ("Hello. And", False, ["Hello. "], "And"),
        ("Hello. And", True, ["Hello. ", "And"], ""),
        ("你好。再见", False, ["你好。"], "再见"),
        ("", True, [], ""),
        ("<speak>Hello. And", False, [], "<speak>Hello. And"),
        ("<speak>Hello. And</speak>", False, ["<speak>Hello. And</speak>"], ""),
    ],
)
def test_whole_sentences_are_spoken_at_once(waiting: str, every: bool, parts: list[str], rest: str) -> None:
    assert spoken_now(waiting, every=every) == (parts, rest)


def test_words_and_han_signs_have_their_times() -> None:
    found = timed("Hi 你好", 100, 500)
    assert [(each.text, each.begin_ms, each.end_ms) for each in found] == [
        ("Hi", 100, 300),
        ("你", 400, 500),
        ("好", 500, 600),
    ]


def test_containers_are_what_they_are_called() -> None:
    samples = tone("hello there", 16000)
    assert encoded("pcm", 16000, samples) == samples
    assert len(encoded("wav", 16000, samples)) == len(samples) + 44
    assert encoded("mp3", 16000, samples)[0] == 0xFF
    assert len(resampled(samples, 16000, 8000)) == len(samples) // 2
