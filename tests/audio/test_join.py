"""Pieces made one: no click, no gap, no noise, no surprise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from tests.audio.tones import RATE, SPEECH, chunk, fmt, riff, samples, split, tone
from voicectl.audio.join import joined
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer, Unsupported
from voicectl.core.tts import SpeechStream

WAV = AudioFormat(Container.WAV, 16000)
MP3 = AudioFormat(Container.MP3, RATE)
MP3_START = b"\xff\xf3\x84\xc4" + bytes(200)


def piece(audio: AudioFormat, data: bytes, size: int = 500) -> SpeechStream:
    return SpeechStream(format=audio, chunks=iter(split(data, size)), request_id="r")


def wav(pcm: bytes, rate: int = RATE) -> bytes:
    return riff(fmt(rate=rate), chunk(b"data", pcm), chunk(b"LIST", b"made by a vendor"))


def test_a_sine_cut_in_pieces_is_the_same_sine_again() -> None:
    pieces = [piece(WAV, wav(tone(0.1, start=at))) for at in range(0, 4 * RATE // 10, RATE // 10)]
    sound = b"".join(joined(pieces).chunks)
    assert sound == tone(0.4)
    steps = [abs(b - a) for a, b in zip(samples(sound), samples(sound)[1:], strict=False)]
    assert max(steps) < 2400, "a step larger than the sine's own is a click"


def test_the_header_tells_the_format_not_the_promise() -> None:
    assert joined([piece(WAV, wav(tone(0.1)))]).format == SPEECH


def test_samples_are_joined_as_they_are() -> None:
    stream = joined([piece(SPEECH, tone(0.1)), piece(SPEECH, tone(0.1, start=RATE // 10))])
    assert (stream.format, stream.request_id) == (SPEECH, "r")
    assert b"".join(stream.chunks) == tone(0.2)


def test_pcm_that_comes_with_a_wav_header_loses_it() -> None:
    assert b"".join(joined([piece(SPEECH, wav(tone(0.1)))]).chunks) == tone(0.1)


def test_half_a_sample_at_the_end_of_a_piece_does_not_shift_the_next() -> None:
    pieces = [piece(SPEECH, tone(0.1) + b"\x01"), piece(SPEECH, tone(0.1))]
    assert b"".join(joined(pieces).chunks) == tone(0.1) * 2


def test_pieces_that_differ_are_refused_by_name() -> None:
    pieces = [piece(WAV, wav(tone(0.1))), piece(WAV, wav(tone(0.1), rate=16000))]
    with pytest.raises(BrokenAnswer, match=r"piece 2 is 16000 Hz.*first was 24000 Hz"):
        list(joined(pieces).chunks)


def test_one_mp3_passes_through_untouched() -> None:
    stream = joined([piece(MP3, MP3_START)])
    assert (stream.format, b"".join(stream.chunks)) == (MP3, MP3_START)


def test_two_mp3_are_refused_because_each_brings_silence() -> None:
    with pytest.raises(Unsupported, match="mp3"):
        list(joined([piece(MP3, MP3_START), piece(MP3, MP3_START)]).chunks)


@pytest.mark.parametrize("audio", [SPEECH, WAV, MP3], ids=lambda audio: audio.container.value)
def test_an_error_text_in_place_of_sound_is_a_broken_answer(audio: AudioFormat) -> None:
    with pytest.raises(BrokenAnswer, match=r"not sound.*没有"):
        joined([piece(audio, '{"message": "没有这个声音"}'.encode())])


@pytest.mark.parametrize("audio", [WAV, MP3], ids=lambda audio: audio.container.value)
def test_an_empty_piece_is_a_broken_answer(audio: AudioFormat) -> None:
    with pytest.raises(BrokenAnswer, match="empty"):
        joined([piece(audio, b"")])


@pytest.mark.parametrize("kept", [0.4, 0.99])
def test_a_wav_whose_header_promises_more_is_cut_short(kept: float) -> None:
    whole = riff(fmt(), chunk(b"data", tone(0.1)))
    with pytest.raises(BrokenAnswer, match="cut short"):
        list(joined([piece(WAV, whole[: int(len(whole) * kept)])]).chunks)


def test_no_pieces_are_a_broken_answer() -> None:
    with pytest.raises(BrokenAnswer, match="no sound"):
        joined([])


def test_a_piece_is_asked_for_only_when_its_turn_comes() -> None:
    asked = []

    def pieces() -> Iterable[SpeechStream]:
        for number in range(3):
            asked.append(number)
            yield piece(SPEECH, tone(0.1))

    chunks: Iterator[bytes] = joined(pieces()).chunks
    next(chunks)
    assert asked == [0]
