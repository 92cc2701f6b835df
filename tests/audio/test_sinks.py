"""Sound arrives as promised: whole in a file, at once on a stream, and never where it should not be."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import wave
from pathlib import Path

import pytest

from tests.audio.tones import RATE, SPEECH, split, tone
from voicectl.audio.files import IfExists
from voicectl.audio.sinks import FileSink, Sink, StdoutSink, Written
from voicectl.audio.wav import header
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer, OutputError, Unsupported, UsageError

PCM = tone(0.5)
MP3 = AudioFormat(Container.MP3, RATE)


def send(sink: Sink, data: bytes = PCM, audio: AudioFormat = SPEECH, size: int = 1001) -> Written:
    with sink.open(audio) as out:
        for each in split(data, size):
            out.write(each)
    return out.written


def test_a_wav_file_has_its_true_length(tmp_path: Path) -> None:
    path = str(tmp_path / "a.wav")
    told = send(FileSink(path=path, container=Container.WAV))
    assert told == Written(path=path, bytes=44 + len(PCM), duration_seconds=0.5)
    with wave.open(path) as read:
        assert (read.getnframes(), read.readframes(RATE)) == (RATE // 2, PCM)


def test_pcm_is_samples_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.pcm"
    told = send(FileSink(path=str(path), container=Container.PCM), PCM + b"\x01")
    assert (path.read_bytes(), told.bytes) == (PCM, len(PCM))


def test_an_mp3_file_is_as_long_as_its_sound(tmp_path: Path) -> None:
    pytest.importorskip("lameenc", reason="lameenc is not installed", exc_type=ImportError)
    miniaudio = pytest.importorskip("miniaudio", reason="miniaudio is not installed", exc_type=ImportError)
    path = tmp_path / "a.mp3"
    told = send(FileSink(path=str(path), container=Container.MP3))
    read = miniaudio.decode_file(str(path), nchannels=1, sample_rate=RATE)
    assert (told.bytes, told.duration_seconds) == (path.stat().st_size, 0.5)
    assert read.num_frames / RATE == pytest.approx(0.5, abs=0.060)


def test_ready_made_bytes_are_written_as_they_came(tmp_path: Path) -> None:
    data = b"\xff\xf3\x84\xc4" + bytes(188)
    path = tmp_path / "a.mp3"
    told = send(FileSink(path=str(path)), data * 3, MP3, size=50)
    assert (path.read_bytes(), told.duration_seconds) == (data * 3, 3 * 576 / RATE)


def test_a_recording_stays_byte_for_byte_what_the_vendor_sent(tmp_path: Path) -> None:
    data = header(SPEECH) + PCM
    path = tmp_path / "a.wav"
    told = send(FileSink(path=str(path)), data, AudioFormat(Container.WAV, 0))
    assert (path.read_bytes(), told.duration_seconds) == (data, 0.5)


@pytest.mark.parametrize(
    ("data", "audio"),
    [
        (b"", SPEECH),
        (b"\x01", SPEECH),
        (b"", MP3),
        (bytes(3000), MP3),
        (b'{"error": "quota"}', SPEECH),
        (b"<html>" * 40, MP3),
        (header(SPEECH) + PCM, MP3),
    ],
)
def test_what_is_no_sound_leaves_the_old_file(tmp_path: Path, data: bytes, audio: AudioFormat) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(BrokenAnswer):
        send(FileSink(path=str(path)), data, audio)
    assert ([each.name for each in tmp_path.iterdir()], path.read_bytes()) == (["a"], b"old")


def test_what_cannot_be_written_is_refused_before_the_file_is_touched(tmp_path: Path) -> None:
    with pytest.raises(Unsupported):
        send(FileSink(path=str(tmp_path / "a.aac"), container=Container.AAC))
    assert list(tmp_path.iterdir()) == []


def test_a_sink_tells_whether_it_is_worth_starting(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    assert FileSink(path=str(path), if_exists=IfExists.ERROR).ready()
    path.write_bytes(b"old")
    assert not FileSink(path=str(path), if_exists=IfExists.SKIP).ready()
    with pytest.raises(OutputError):
        FileSink(path=str(path), if_exists=IfExists.ERROR).ready()


def test_a_skipped_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.pcm"
    with FileSink(path=str(path), if_exists=IfExists.SKIP).open(SPEECH) as out:
        path.write_bytes(b"old")
        out.write(PCM)
    assert (out.written.skipped, path.read_bytes()) == (True, b"old")


@pytest.mark.skipif(not shutil.which("sox"), reason="sox is not installed")
def test_a_wav_through_a_pipe_is_read_whole() -> None:
    sox = ["sox", "-t", "wav", "-", "-t", "raw", "-"]
    with subprocess.Popen(
        sox, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as run:
        assert run.stdin
        assert run.stdout
        told = send(StdoutSink(stream=run.stdin, container=Container.WAV))
        run.stdin.close()
        assert run.stdout.read() == PCM
    assert told == Written(path=None, bytes=44 + len(PCM), duration_seconds=0.5)


def test_every_chunk_leaves_at_once() -> None:
    read, write = os.pipe()
    with (
        os.fdopen(read, "rb", buffering=0) as pipe,
        os.fdopen(write, "wb") as stream,
        StdoutSink(stream=stream, container=Container.WAV).open(SPEECH) as out,
    ):
        out.write(PCM[:4000])
        assert pipe.read(9000) == header(SPEECH) + PCM[:4000]
        out.write(PCM[4000:8000])
        assert pipe.read(9000) == PCM[4000:8000]


@pytest.mark.parametrize(("mode", "patched"), [("wb", True), ("ab", False)], ids=["> FILE", ">> FILE"])
def test_a_redirected_wav_gets_its_length_where_that_is_safe(
    tmp_path: Path, mode: str, *, patched: bool
) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(b"before")
    with file.open(mode) as stream:
        stream.write(b"first ")
        send(StdoutSink(stream=stream, container=Container.WAV))  # type: ignore[arg-type]
        stream.write(b" last")
    before = b"first " if patched else b"beforefirst "
    assert file.read_bytes() == before + header(SPEECH, len(PCM) if patched else None) + PCM + b" last"


def test_a_closed_pipe_goes_up_untouched() -> None:
    read, write = os.pipe()
    os.close(read)
    stream = os.fdopen(write, "wb", buffering=0)
    with pytest.raises(BrokenPipeError):
        send(StdoutSink(stream=stream, container=Container.PCM))
    stream.close()


def test_an_error_text_never_reaches_a_stream() -> None:
    stream = io.BytesIO()
    with pytest.raises(BrokenAnswer):
        send(StdoutSink(stream=stream), b'{"error": "quota"}' * 10, SPEECH, size=5)
    assert stream.getvalue() == b""


def cut_short(sink: Sink) -> None:
    with sink.open(SPEECH) as out:
        out.write(PCM[:1000])
        raise ZeroDivisionError


def test_what_came_before_a_cut_has_left() -> None:
    stream = io.BytesIO()
    with pytest.raises(ZeroDivisionError):
        cut_short(StdoutSink(stream=stream))
    assert stream.getvalue() == PCM[:1000]


def test_a_terminal_gets_no_audio() -> None:
    main, terminal = os.openpty()
    with os.fdopen(terminal, "wb", buffering=0) as stream:
        sink = StdoutSink(stream=stream)
        for deed in (sink.ready, lambda: send(sink)):
            with pytest.raises(UsageError, match="terminal"):
                deed()
    os.close(main)


def test_an_open_sink_has_nothing_to_tell() -> None:
    with StdoutSink(stream=io.BytesIO()).open(SPEECH) as out:
        out.write(PCM)
        with pytest.raises(ValueError, match="open"):
            _ = out.written
        assert out.seconds == 0.5
