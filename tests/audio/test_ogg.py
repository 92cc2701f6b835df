"""Promises about ogg and flac that pass through: their length is found, and a cut is noticed."""

from __future__ import annotations

import io

import pytest

from tests.audio import tones
from tests.cloud import sounds
from voicectl.audio.check import inspect, meter
from voicectl.audio.encode import encoder
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer

pytest.importorskip("soundfile", reason="voicectl[audio-all] is not installed")

RATE = 16000
GIVEN = AudioFormat(Container.PCM, RATE)
PAGED = (Container.OGG, Container.OPUS)


def made(container: Container, seconds: float = 3.3) -> bytes:
    shaping = encoder(GIVEN, container, sized=True)
    data = shaping.feed(tones.tone(seconds, rate=RATE)) + shaping.finish()
    head = shaping.final_header()
    return head + data[len(head) :]


@pytest.mark.parametrize("size", [1, 37, 10_000])
@pytest.mark.parametrize("container", [*PAGED, Container.FLAC])
@pytest.mark.slow
def test_the_length_is_found_however_the_bytes_come(container: Container, size: int) -> None:
    measuring = meter(AudioFormat(container, 0))
    for chunk in tones.split(made(container), size):
        measuring.feed(chunk)
    measuring.finish()
    assert measuring.seconds == pytest.approx(3.3, abs=0.001)
    assert not measuring.is_cut


@pytest.mark.parametrize("container", PAGED)
@pytest.mark.parametrize("missing", [1, 500])
def test_a_page_that_is_cut_is_noticed(container: Container, missing: int) -> None:
    with pytest.raises(BrokenAnswer, match="cut short"):
        inspect(io.BytesIO(made(container)[:-missing]))


@pytest.mark.parametrize("data", [sounds.ogg(), sounds.ogg("opus"), sounds.flac(), b"OggSnonsense" * 30])
def test_what_is_not_understood_has_no_length_and_passes(data: bytes) -> None:
    container = Container.FLAC if data[:1] == b"f" else Container.OGG
    assert inspect(io.BytesIO(data), AudioFormat(container, 0)).duration_seconds is None


@pytest.mark.parametrize("container", [*PAGED, Container.FLAC])
def test_nothing_at_all_is_no_sound(container: Container) -> None:
    with pytest.raises(BrokenAnswer, match="empty"):
        meter(AudioFormat(container, 0)).finish()
