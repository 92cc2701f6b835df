"""Promises about ogg, opus and flac made here: other programs read them, with every sample in them."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from array import array
from itertools import pairwise
from pathlib import Path

import pytest

from tests.audio import tones
from voicectl.audio.encode import encoder, require
from voicectl.audio.sinks import FileSink, StdoutSink
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer, Unavailable, Unsupported

soundfile = pytest.importorskip("soundfile", reason="voicectl[audio-all] is not installed")

MADE = (Container.OGG, Container.OPUS, Container.FLAC)
RATE = 16000
GIVEN = AudioFormat(Container.PCM, RATE)
TONE = tones.tone(1.25, rate=RATE)


def written(container: Container, folder: Path, pcm: bytes = TONE, given: AudioFormat = GIVEN) -> Path:
    path = folder / f"a.{container}"
    with FileSink(path=str(path), container=container).open(given) as output:
        for at in range(0, len(pcm), 999):
            output.write(pcm[at : at + 999])
    assert output.written.duration_seconds == pytest.approx(len(pcm) / given.bytes_per_second, abs=0.001)
    assert output.written.bytes == path.stat().st_size
    return path


@pytest.mark.parametrize("container", MADE)
def test_a_file_has_as_many_samples_as_came(container: Container, tmp_path: Path) -> None:
    read, rate = soundfile.read(written(container, tmp_path), dtype="int16")
    assert (len(read), rate) == (len(TONE) // 2, RATE)


@pytest.mark.parametrize("container", MADE)
def test_the_tone_is_still_there(container: Container, tmp_path: Path) -> None:
    read, _ = soundfile.read(written(container, tmp_path), dtype="int16")
    heard = array("h", read.tobytes())
    crossings = sum((one < 0) != (two < 0) for one, two in pairwise(heard))
    expected = array("h", TONE)
    wanted = sum((one < 0) != (two < 0) for one, two in pairwise(expected))
    assert crossings == pytest.approx(wanted, rel=0.03)


def test_flac_loses_nothing(tmp_path: Path) -> None:
    read, _ = soundfile.read(written(Container.FLAC, tmp_path), dtype="int16")
    assert read.tobytes() == TONE


@pytest.mark.skipif(not shutil.which("sox"), reason="sox is not installed")
@pytest.mark.parametrize("container", [Container.OGG, Container.FLAC])
def test_sox_reads_it_whole_from_a_pipe_too(container: Container) -> None:
    pipe = _Pipe()
    with StdoutSink(stream=pipe, container=container).open(GIVEN) as output:
        output.write(TONE)
    words = ["sox", "-t", container.value, "-", "-t", "raw", "-b", "16", "-e", "signed", "-"]
    done = subprocess.run(words, input=pipe.getvalue(), capture_output=True, check=True)
    assert len(done.stdout) == len(TONE)


@pytest.mark.parametrize("container", MADE)
@pytest.mark.slow
def test_a_pipe_gets_bytes_before_the_sound_has_ended(container: Container) -> None:
    shaping = encoder(GIVEN, container, sized=False)
    ready = [shaping.feed(TONE) for _ in range(8)]
    assert sum(map(len, ready[:-1])) > 0
    # Of the start nothing is kept back: a pipe cannot have it twice.
    assert shaping.finish()
    assert shaping.final_header() == b""


@pytest.mark.parametrize("container", MADE)
def test_two_channels_stay_two(container: Container, tmp_path: Path) -> None:
    given = AudioFormat(Container.PCM, 48000, channels=2)
    assert soundfile.info(written(container, tmp_path, bytes(48000 * 4), given)).channels == 2


@pytest.mark.parametrize("container", MADE)
def test_no_sound_makes_no_file(container: Container, tmp_path: Path) -> None:
    with (
        pytest.raises(BrokenAnswer, match="no sound"),
        FileSink(path=str(tmp_path / "a"), container=container).open(GIVEN),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_rate_that_opus_lacks_is_refused_with_a_container_that_has_it() -> None:
    with pytest.raises(Unsupported, match="opus has no room for 22050 Hz") as caught:
        encoder(AudioFormat(Container.PCM, 22050), Container.OPUS, sized=True)
    assert caught.value.hint == "--format ogg"


@pytest.mark.parametrize("container", MADE)
def test_without_the_extra_the_line_that_installs_it_is_shown(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(Unavailable) as caught:
        require(container)
    assert caught.value.hint == "pip install 'voicectl[audio-all]'"


class _Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False
