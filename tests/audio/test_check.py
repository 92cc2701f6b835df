"""A sound is judged by its bytes: what it is, how long, and whether it is whole."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audio.tones import RATE, SPEECH, chunk, fmt, riff, split, tone
from voicectl.audio.check import container_of, inspect, refuse_wrong_start
from voicectl.audio.encode import encoder
from voicectl.audio.mp3 import Mp3Meter, encoder_note, frame_at
from voicectl.audio.wav import header
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer


def mp3(seconds: float, rate: int = RATE, channels: int = 1) -> bytes:
    pytest.importorskip("lameenc", reason="lameenc is not installed", exc_type=ImportError)
    shaping = encoder(AudioFormat(Container.PCM, rate, channels), Container.MP3, sized=False)
    return shaping.feed(tone(seconds * channels, rate=rate)) + shaping.finish()


ID3 = b"ID3\x04\0\0\0\0\x02\x01" + bytes(257)
ID3_WITH_FOOTER = b"ID3\x04\0\x10\0\0\0\x05" + b"\xff\xfb\x90\x64\0" + b"3DI\x04\0\x10\0\0\0\x05"


@pytest.mark.parametrize(
    ("head", "container"),
    [
        (header(SPEECH), Container.WAV),
        (b"RF64\xff\xff\xff\xffWAVE", Container.WAV),
        (b"ID3\x04", Container.MP3),
        (b"\xff\xfb\x90\x64", Container.MP3),
        (b"\xff\xf3\x84\xc4", Container.MP3),
        (b"\xff\xe3\x18\xc4", Container.MP3),
        (b"\xff\xf1\x50\x80", Container.AAC),
        (b"\xff\xf9\x50\x80", Container.AAC),
        (b"OggS" + bytes(24) + b"OpusHead", Container.OPUS),
        (b"OggS" + bytes(24) + b"\x01vorbis", Container.OGG),
        (b"fLaC\0\0\0\x22", Container.FLAC),
        (b"RIFF\0\0\0\0AVI ", None),
        (b"\xff\xff\xff\xff", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell_the_container(head: bytes, container: Container | None) -> None:
    assert container_of(head) is container


@pytest.mark.parametrize("promised", list(Container))
@pytest.mark.parametrize(
    "text",
    [
        b'{"code": 40000000}',
        b"<html>",
        b"\xef\xbb\xbf  <?xml version",
        b'[{"e":1}]',
        '{"消息": "没有'.encode()[:-1],
    ],
)
def test_an_error_text_is_never_taken_for_sound(text: bytes, promised: Container) -> None:
    with pytest.raises(BrokenAnswer, match="text, not sound"):
        refuse_wrong_start(text, promised)


@pytest.mark.parametrize(
    ("head", "promised"),
    [
        (header(SPEECH), Container.MP3),
        (b"ID3\x04", Container.WAV),
        (b"ID3\x04", Container.PCM),
        (b"OggS" + bytes(30), Container.MP3),
        (b"\0" * 30, Container.WAV),
        (b"\0" * 30, Container.OGG),
        (b"\xff\xf1\x50\x80", Container.MP3),
    ],
)
def test_another_container_than_promised_is_refused(head: bytes, promised: Container) -> None:
    with pytest.raises(BrokenAnswer, match=f"{promised} was promised"):
        refuse_wrong_start(head, promised)


@pytest.mark.parametrize(
    ("head", "promised"),
    [
        (b"{\0" * 30, Container.PCM),
        (b"\xff\xfb\x90\x64" * 9, Container.PCM),
        (b"", Container.PCM),
        (b"\0" * 30, Container.MP3),
        (b"OggS" + bytes(24) + b"OpusHead", Container.OGG),
    ],
)
def test_sound_that_only_looks_odd_is_accepted(head: bytes, promised: Container) -> None:
    refuse_wrong_start(head, promised)


@pytest.mark.parametrize(
    ("rate", "channels"), [(8000, 1), (16000, 1), (22050, 2), (24000, 1), (44100, 1), (48000, 2)]
)
@pytest.mark.parametrize("size", [100, 100000])
@pytest.mark.slow
def test_the_length_of_an_mp3_is_what_a_decoder_finds(rate: int, channels: int, size: int) -> None:
    miniaudio = pytest.importorskip("miniaudio", reason="miniaudio is not installed", exc_type=ImportError)
    data = mp3(1.5, rate, channels)
    read = miniaudio.decode(data, nchannels=channels, sample_rate=rate)
    measuring = Mp3Meter()
    for each in split(data, size):
        measuring.feed(each)
    assert measuring.seconds == pytest.approx(read.num_frames / rate, rel=0.02)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ID3, b""),
        (ID3_WITH_FOOTER, b""),
        (bytes(333), b""),
        (b"\xff\xfb\x90\x64" + bytes(30), b""),
        (b"", b"TAG" + bytes(125)),
        (b"", b"APETAGEX" + bytes(60)),
    ],
    ids=["ID3", "ID3 with footer", "zeros", "a false start", "ID3v1", "APE"],
)
def test_tags_and_padding_are_no_sound(before: bytes, after: bytes) -> None:
    data = mp3(1.0)
    alone, tagged = inspect(io.BytesIO(data)), inspect(io.BytesIO(before + data + after), MP3)
    assert tagged.duration_seconds == alone.duration_seconds


MP3 = AudioFormat(Container.MP3, 0)


def test_the_encoders_note_is_no_sound_and_tells_what_is_not() -> None:
    data = mp3(1.0)
    frames = Mp3Meter()
    frames.feed(data)
    note = encoder_note(data[:4], follow_bytes=len(data), samples=frames.samples, sound_samples=RATE)
    assert inspect(io.BytesIO(note + data)).duration_seconds == pytest.approx(1.0, abs=0.0005)


def test_a_single_frame_is_sound() -> None:
    data = mp3(0.2)
    frame = frame_at(data)
    assert frame
    assert inspect(io.BytesIO(data[: frame.bytes])).duration_seconds == 576 / RATE


def test_a_file_is_named_and_measured() -> None:
    sound = inspect(io.BytesIO(header(SPEECH, 48000) + tone(1.0)))
    assert (sound.container, sound.bytes, sound.duration_seconds) == (Container.WAV, 48044, 1.0)


def test_samples_are_measured_by_their_count() -> None:
    assert inspect(io.BytesIO(tone(0.5)), SPEECH).duration_seconds == 0.5


def test_telephone_sound_is_measured_though_it_is_not_joined() -> None:
    data = riff(fmt(tag=7, rate=8000, bits=8), chunk(b"data", bytes(4000)))
    assert inspect(io.BytesIO(data)).duration_seconds == 0.5


def test_an_unknown_container_is_accepted_when_nothing_was_promised() -> None:
    sound = inspect(io.BytesIO(b"\0\0\0\x20ftypM4A " + bytes(90)))
    assert (sound.container, sound.duration_seconds) == (None, None)


@pytest.mark.parametrize(
    ("data", "promised"),
    [
        pytest.param(b"", None, id="nothing"),
        pytest.param(b"", SPEECH, id="no samples"),
        pytest.param(header(SPEECH, 0), None, id="a header only"),
        pytest.param(header(SPEECH, 48000) + tone(0.9), None, id="wav cut short"),
        pytest.param(ID3, None, id="a tag only"),
        pytest.param(bytes(5000), MP3, id="zeros in place of mp3"),
        pytest.param(b"<html>502 Bad Gateway</html>", None, id="a web page"),
    ],
)
def test_an_empty_or_cut_file_is_refused(data: bytes, promised: AudioFormat | None) -> None:
    with pytest.raises(BrokenAnswer):
        inspect(io.BytesIO(data), promised)


def test_an_mp3_cut_inside_a_frame_or_short_of_its_note_is_refused() -> None:
    data = mp3(1.0)
    with pytest.raises(BrokenAnswer, match="cut short"):
        inspect(io.BytesIO(data[:-50]))
    note = encoder_note(data[:4], follow_bytes=len(data), samples=100 * 576, sound_samples=RATE)
    with pytest.raises(BrokenAnswer, match="cut short"):
        inspect(io.BytesIO(note + data))


@given(st.binary(max_size=3000), st.integers(1, 500))
def test_garbage_never_crashes_the_mp3_walker(garbage: bytes, size: int) -> None:
    whole, pieces = Mp3Meter(), Mp3Meter()
    whole.feed(b"\xff\xfb\x90\x64" + garbage)
    for each in split(b"\xff\xfb\x90\x64" + garbage, size):
        pieces.feed(each)
    assert (whole.samples, whole.is_cut) == (pieces.samples, pieces.is_cut)
