"""Samples become files that others can read."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.audio.tones import RATE, SPEECH, split, tone
from voicectl.audio.encode import encoder, require
from voicectl.audio.lame import LAG_SECONDS
from voicectl.audio.mp3 import Mp3Meter
from voicectl.audio.wav import header
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import Unavailable, Unsupported


def encoded(audio: AudioFormat, wanted: Container | None, pcm: bytes, *, sized: bool = False) -> bytes:
    shaping = encoder(audio, wanted, sized=sized)
    data = b"".join([shaping.feed(each) for each in split(pcm, 999)]) + shaping.finish()
    header = shaping.final_header() if sized else b""
    return header + data[len(header) :]


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 24000, 44100, 48000])
def test_one_encoder_adds_less_than_the_codecs_own_silence(rate: int) -> None:
    miniaudio = pytest.importorskip("miniaudio", reason="miniaudio is not installed", exc_type=ImportError)
    data = encoded(AudioFormat(Container.PCM, rate), Container.MP3, tone(2.0, rate=rate), sized=True)
    read = miniaudio.decode(data, nchannels=1, sample_rate=rate)
    assert read.num_frames / rate == pytest.approx(2.0, abs=0.060)


def test_lame_says_nothing() -> None:
    """In a process of its own, at whose end the library's own buffers are written."""
    script = (
        "from tests.audio.tones import SPEECH, tone\n"
        "from voicectl.audio.encode import Container, encoder\n"
        "shaping = encoder(SPEECH, Container.MP3, sized=True)\n"
        "shaping.feed(tone(0.2)), shaping.finish()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_mp3_comes_before_the_sound_has_ended() -> None:
    shaping = encoder(SPEECH, Container.MP3, sized=False)
    assert sum(len(shaping.feed(each)) for each in split(tone(2.0), 4800)) > 8000


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 48000])
def test_mp3_is_behind_its_sound_by_no_more_than_the_named_lag(rate: int) -> None:
    shaping, meter = encoder(AudioFormat(Container.PCM, rate), Container.MP3, sized=False), Mp3Meter()
    for number, each in enumerate(split(tone(2.0, rate=rate), rate // 50 * 2), start=1):
        if data := shaping.feed(each):
            meter.feed(data)
        assert number * 0.020 - meter.samples / rate <= LAG_SECONDS


def test_without_the_extra_mp3_names_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lameenc", None)
    with pytest.raises(Unavailable) as caught:
        encoder(SPEECH, Container.MP3, sized=True)
    assert caught.value.hint == "pip install 'voicectl[audio]'"
    with pytest.raises(Unavailable):
        require(Container.MP3)
    require(Container.WAV)


@pytest.mark.parametrize(
    "audio",
    [
        AudioFormat(Container.PCM, 20000),
        AudioFormat(Container.PCM, RATE, channels=6),
        AudioFormat(Container.PCM, RATE, bits=24),
    ],
    ids=lambda audio: audio.sampling,
)
def test_what_mp3_cannot_hold_is_refused_not_resampled(audio: AudioFormat) -> None:
    with pytest.raises(Unsupported):
        encoder(audio, Container.MP3, sized=True)


def test_a_container_we_cannot_write_is_refused() -> None:
    with pytest.raises(Unsupported, match="aac"):
        encoder(SPEECH, Container.AAC, sized=True)


def test_ready_made_bytes_are_not_turned_into_another_container() -> None:
    with pytest.raises(Unsupported, match="mp3 cannot be turned into wav"):
        encoder(AudioFormat(Container.MP3, RATE), Container.WAV, sized=True)


def test_ready_made_bytes_pass_unchanged() -> None:
    data = encoded(SPEECH, Container.MP3, tone(0.2))
    assert encoded(AudioFormat(Container.MP3, RATE), Container.MP3, data) == data


def test_an_odd_wav_is_padded_only_where_its_length_is_told() -> None:
    audio = AudioFormat(Container.PCM, 8000, bits=8)
    assert encoded(audio, Container.WAV, b"abc", sized=True) == header(audio, 3) + b"abc\0"
    assert encoded(audio, Container.WAV, b"abc") == header(audio) + b"abc"
