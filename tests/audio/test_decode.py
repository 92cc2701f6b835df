"""mp3 made samples again: the same length, the same sound, no silence added by encoding."""

from __future__ import annotations

import pytest

from tests.audio.tones import samples, tone
from voicectl.audio.decode import QUIET, samples_of
from voicectl.audio.join import joined
from voicectl.audio.lame import Mp3Encoder
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer
from voicectl.core.tts import SpeechStream

pytest.importorskip("miniaudio")
pytest.importorskip("lameenc")

RATES = (8000, 16000, 24000, 44100)
MP3 = AudioFormat(Container.MP3, 0)


def mp3(pcm: bytes, rate: int, *, with_note: bool, channels: int = 1) -> bytes:
    encoder = Mp3Encoder(AudioFormat(Container.PCM, rate, channels), sized=with_note)
    body = encoder.feed(pcm) + encoder.finish()
    note = encoder.final_header()
    return note + body[len(note) :]


def loudness(pcm: bytes) -> float:
    values = samples(pcm)
    return (sum(value * value for value in values) / len(values)) ** 0.5


@pytest.mark.parametrize("rate", RATES)
def test_with_the_encoders_note_not_a_sample_is_lost_or_added(rate: int) -> None:
    audio, chunks = samples_of(mp3(tone(0.4, rate=rate), rate, with_note=True))
    assert audio == AudioFormat(Container.PCM, rate)
    assert len(b"".join(chunks)) == len(tone(0.4, rate=rate))


@pytest.mark.parametrize("rate", RATES)
def test_without_a_note_the_silence_at_both_ends_is_cut(rate: int) -> None:
    pcm = tone(0.4, rate=rate)
    sound = b"".join(samples_of(mp3(pcm, rate, with_note=False))[1])
    assert abs(len(sound) - len(pcm)) / 2 < 100
    assert loudness(sound[:400]) > loudness(pcm[:400]) / 2, "it begins at once"


def test_silence_that_was_spoken_stays_but_for_a_frame_at_the_end() -> None:
    silence = bytes(2 * 12000)
    sound = b"".join(samples_of(mp3(silence + tone(0.2) + silence, 24000, with_note=False))[1])
    assert len(sound) == pytest.approx(2 * 24000 * 1.2, abs=2 * 1152)
    assert max(map(abs, samples(sound[: 2 * 11000]))) <= QUIET


def test_two_channels_stay_two() -> None:
    mono = tone(0.2)
    left_and_right = b"".join(mono[at : at + 2] * 2 for at in range(0, len(mono), 2))
    audio, chunks = samples_of(mp3(left_and_right, 24000, with_note=True, channels=2))
    assert audio.channels == 2
    assert len(b"".join(chunks)) == len(left_and_right)


@pytest.mark.parametrize("with_note", [True, False])
def test_a_tone_in_four_pieces_of_mp3_is_one_tone_again(with_note: bool) -> None:
    rate, quarter = 24000, 0.25
    pieces = [
        SpeechStream(
            format=MP3,
            chunks=iter(
                (mp3(tone(quarter, start=round(number * quarter * rate)), rate, with_note=with_note),)
            ),
        )
        for number in range(4)
    ]
    stream = joined(pieces, decode=True)
    sound = b"".join(stream.chunks)
    assert stream.format == AudioFormat(Container.PCM, rate)
    assert len(sound) / 2 / rate == pytest.approx(4 * quarter, abs=0.001 if with_note else 0.01)
    border = 480
    for number in (1, 2, 3) if with_note else ():
        at = round(number * quarter * rate) * 2
        around = sound[at - border : at + border]
        assert loudness(around) > loudness(tone(0.1)) / 2, "there is a gap"
        steps = [abs(b - a) for a, b in zip(samples(around), samples(around)[1:], strict=False)]
        assert max(steps) < 9000, "there is a click"


@pytest.mark.parametrize("data", [b"\xff\xfb\x90\x64" + bytes(20), b"ID3" + bytes(200), bytes(3000)])
def test_what_cannot_be_decoded_is_a_broken_answer(data: bytes) -> None:
    with pytest.raises(BrokenAnswer):
        b"".join(samples_of(data)[1])


def test_pieces_of_another_rate_are_refused_by_number() -> None:
    pieces = [
        SpeechStream(format=MP3, chunks=iter((mp3(tone(0.3, rate=rate), rate, with_note=True),)))
        for rate in (24000, 16000)
    ]
    with pytest.raises(BrokenAnswer, match=r"piece 2 is 16000 Hz.*first was 24000 Hz"):
        list(joined(pieces, decode=True).chunks)
