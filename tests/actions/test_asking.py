"""Which format a vendor is asked for: its own where it has it, else samples; and what is refused."""

from __future__ import annotations

import pytest

from voicectl.actions.asking import format_to_ask
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import Unsupported

PCM, WAV, MP3, OGG, AAC = Container.PCM, Container.WAV, Container.MP3, Container.OGG, Container.AAC
POLLY = (AudioFormat(PCM, 16000), AudioFormat(PCM, 8000), AudioFormat(MP3, 0), AudioFormat(MP3, 24000))
HEADED = (AudioFormat(WAV, 0), AudioFormat(MP3, 0))


@pytest.mark.parametrize(
    ("formats", "wanted", "rate", "asked"),
    [
        (POLLY, MP3, 0, AudioFormat(MP3, 0)),
        (POLLY, MP3, 24000, AudioFormat(MP3, 24000)),
        (POLLY, MP3, 8000, AudioFormat(PCM, 8000)),
        (POLLY, WAV, 0, AudioFormat(PCM, 16000)),
        (POLLY, WAV, 8000, AudioFormat(PCM, 8000)),
        (HEADED, PCM, 0, AudioFormat(WAV, 0)),
        (HEADED[:1], MP3, 0, AudioFormat(WAV, 0)),
        (POLLY, OGG, 0, AudioFormat(PCM, 16000)),
    ],
)
def test_the_wanted_container_itself_else_samples(
    formats: tuple[AudioFormat, ...], wanted: Container, rate: int, asked: AudioFormat
) -> None:
    assert format_to_ask(formats, wanted, rate) == asked


@pytest.mark.parametrize(
    ("formats", "wanted", "rate", "said"),
    [
        (POLLY, AAC, 0, "there is wav, mp3, pcm"),
        (POLLY, WAV, 44100, "8000, 16000"),
        (HEADED, WAV, 8000, "cannot be chosen"),
        (HEADED[1:], WAV, 0, "there is mp3"),
    ],
)
def test_what_cannot_be_had_is_refused_naming_what_there_is(
    formats: tuple[AudioFormat, ...], wanted: Container, rate: int, said: str
) -> None:
    with pytest.raises(Unsupported, match=said):
        format_to_ask(formats, wanted, rate)
