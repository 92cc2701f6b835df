"""The header others read, and the headers of others."""

from __future__ import annotations

import io
import shutil
import subprocess
import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audio.tones import RATE, SPEECH, chunk, fmt, riff, split, tone
from voicectl.audio.wav import UNKNOWN_SIZE, WavReader, header
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer

PCM = tone(0.05)
FORMATS = [
    AudioFormat(Container.PCM, 8000, 1, 8),
    AudioFormat(Container.PCM, 16000, 1, 16),
    AudioFormat(Container.PCM, 44100, 2, 24),
    AudioFormat(Container.PCM, 48000, 2, 32),
]
needs_sox = pytest.mark.skipif(not shutil.which("sox"), reason="sox is not installed")


def read_all(chunks: list[bytes]) -> tuple[bytes, WavReader]:
    reader = WavReader()
    sound = b"".join(reader.feed(each) for each in chunks)
    reader.finish()
    return sound, reader


@pytest.mark.parametrize("audio", FORMATS, ids=lambda audio: audio.sampling)
def test_pythons_own_reader_agrees_with_our_header(audio: AudioFormat) -> None:
    pcm = bytes(audio.frame_bytes * 100)
    with wave.open(io.BytesIO(header(audio, len(pcm)) + pcm)) as read:
        told = (read.getframerate(), read.getnchannels(), read.getsampwidth() * 8, read.getnframes())
    assert told == (audio.sample_rate, audio.channels, audio.bits, 100)


def test_a_header_without_a_length_says_so_in_both_sizes() -> None:
    written = header(SPEECH)
    assert len(written) == 44
    assert written[4:8] == written[40:44] == UNKNOWN_SIZE.to_bytes(4, "little")


@pytest.mark.parametrize(("data_bytes", "riff_bytes"), [(0, 36), (1000, 1036), (1001, 1038)])
def test_the_outer_size_counts_header_samples_and_padding(data_bytes: int, riff_bytes: int) -> None:
    written = header(SPEECH, data_bytes)
    sizes = [int.from_bytes(written[at : at + 4], "little") for at in (4, 40)]
    assert sizes == [riff_bytes, data_bytes]


def test_more_than_four_gibibytes_count_as_a_stream() -> None:
    assert header(SPEECH, 1 << 32)[40:44] == b"\xff\xff\xff\xff"


@needs_sox
def test_sox_reads_all_frames_of_a_stream(tmp_path: Path) -> None:
    raw = subprocess.run(
        ["sox", "-t", "wav", "-", "-t", "raw", "-"],
        input=header(SPEECH) + PCM,
        capture_output=True,
        check=True,
    )
    assert raw.stdout == PCM


@needs_sox
def test_soxi_reads_the_true_length_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(header(SPEECH, len(PCM)) + PCM)
    told = subprocess.run(["soxi", "-s", str(file)], capture_output=True, check=True, text=True)
    assert int(told.stdout) == len(PCM) // 2


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(riff(fmt(), chunk(b"data", PCM)), id="plain"),
        pytest.param(riff(fmt(extensible=True), chunk(b"data", PCM)), id="extensible"),
        pytest.param(riff(chunk(b"LIST", b"odd"), fmt(), chunk(b"data", PCM)), id="odd LIST first"),
        pytest.param(riff(fmt(), chunk(b"data", PCM), chunk(b"LIST", b"INFO!")), id="LIST last"),
        pytest.param(riff(chunk(b"data", PCM), fmt()), id="data before fmt"),
        pytest.param(riff(fmt(), chunk(b"data", PCM, UNKNOWN_SIZE)), id="size unknown"),
        pytest.param(riff(fmt(), chunk(b"data", PCM, 0x7FFFFFFF)), id="size of a signed integer"),
        pytest.param(riff(fmt(), chunk(b"data", PCM, 0)), id="size zero"),
        pytest.param(riff(fmt(), chunk(b"data", PCM, 1000)), id="size too small"),
        pytest.param(riff(fmt(), chunk(b"data", PCM, len(PCM) + 999)), id="size too large"),
        pytest.param(
            riff(fmt(), chunk(b"data", PCM[:800])) + riff(fmt(), chunk(b"data", PCM[800:])), id="two"
        ),
        pytest.param(riff(fmt(), chunk(b"data", PCM[:800]), chunk(b"data", PCM[800:])), id="two data chunks"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 44, 100000])
def test_any_vendors_wav_gives_its_samples(data: bytes, size: int) -> None:
    sound, reader = read_all(split(data, size))
    assert sound == PCM
    assert reader.fmt
    assert reader.fmt.plain() == SPEECH


def test_a_promise_that_was_not_kept_is_counted() -> None:
    _, reader = read_all([riff(fmt(), chunk(b"data", PCM, len(PCM) + 6))])
    assert reader.missing_bytes == 6


@pytest.mark.parametrize(
    ("tag", "name"), [(3, "floating point"), (6, "A-law"), (7, "mu-law"), (0x55, "mp3"), (0x1234, "0x1234")]
)
@pytest.mark.parametrize("extensible", [False, True])
def test_samples_that_are_no_integers_are_refused_by_name(tag: int, name: str, *, extensible: bool) -> None:
    _, reader = read_all([riff(fmt(tag=tag, extensible=extensible), chunk(b"data", PCM))])
    assert reader.fmt
    with pytest.raises(BrokenAnswer, match=name):
        reader.fmt.plain()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"RIFX" + riff(fmt())[4:], id="big-endian"),
        pytest.param(b'{"error": "no such voice"}', id="JSON"),
        pytest.param(riff(fmt())[:30], id="cut in its header"),
        pytest.param(riff(chunk(b"fmt ", b"short")), id="short fmt"),
        pytest.param(riff(fmt(channels=0)), id="no channels"),
        pytest.param(riff(fmt(bits=12)), id="12 bits"),
        pytest.param(riff(chunk(b"data", PCM, UNKNOWN_SIZE), fmt()), id="endless data before fmt"),
        pytest.param(riff(fmt(), chunk(b"data", PCM), fmt(rate=8000)), id="a second format"),
    ],
)
def test_what_is_no_wav_is_a_broken_answer(data: bytes) -> None:
    with pytest.raises(BrokenAnswer):
        read_all([data])


def test_half_a_sample_never_leaves() -> None:
    reader = WavReader()
    reader.feed(riff(fmt(channels=2), chunk(b"data", b"", UNKNOWN_SIZE)))
    assert [reader.feed(b"abc"), reader.feed(b"defg"), reader.feed(b"h")] == [b"", b"abcd", b"efgh"]


@given(st.binary(max_size=200), st.integers(1, 50))
def test_garbage_is_refused_or_read_but_never_crashes(garbage: bytes, size: int) -> None:
    try:
        sound, reader = read_all(split(riff() + garbage, size))
    except BrokenAnswer:
        return
    assert reader.fmt
    assert len(sound) % reader.fmt.frame_bytes == 0


@given(
    st.lists(
        st.tuples(st.sampled_from([b"LIST", b"JUNK", b"bext", b"xyz "]), st.binary(max_size=30)), max_size=4
    ),
    st.binary(max_size=400),
    st.integers(1, 60),
)
@pytest.mark.slow
def test_chunks_around_and_splits_change_nothing(
    extra: list[tuple[bytes, bytes]], pcm: bytes, size: int
) -> None:
    known = [chunk(*each) for each in extra if each[0] != b"xyz "]
    data = riff(*(chunk(*each) for each in extra), fmt(), chunk(b"data", pcm), *known)
    sound, reader = read_all(split(data, size))
    assert sound == pcm[: len(pcm) - len(pcm) % 2] + b""
    assert reader.fmt
    assert reader.fmt.sample_rate == RATE
