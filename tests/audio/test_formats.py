"""What a file name promises, and what a format weighs."""

from __future__ import annotations

import pytest

from voicectl.core.audio import AudioFormat, Container


@pytest.mark.parametrize(
    ("path", "container"),
    [
        ("a.wav", Container.WAV),
        ("/tmp/a.b/c.MP3", Container.MP3),
        ("a.raw", Container.PCM),
        ("a.wave", Container.WAV),
        ("a.oga", Container.OGG),
        ("a.opus", Container.OPUS),
        ("C:\\x.y\\wav", None),
        ("a.b/wav", None),
        (".wav", None),
        ("json", None),
        ("a.json", None),
        ("a.wav/", None),
        ("-", None),
        ("", None),
    ],
)
def test_a_suffix_names_its_container(path: str, container: Container | None) -> None:
    assert Container.named_by(path) is container


def test_a_format_knows_its_rate() -> None:
    audio = AudioFormat(Container.PCM, 44100, channels=2, bits=24)
    assert (audio.frame_bytes, audio.bytes_per_second) == (6, 264600)
    assert audio.sampling == "44100 Hz, 2 channel(s), 24 bits"
