"""What a sound is made of. Headers, joining and playing live in `audio/`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Container(StrEnum):
    """The form in which sound is stored or sent."""

    WAV = "wav"
    MP3 = "mp3"
    PCM = "pcm"
    OGG = "ogg"
    OPUS = "opus"
    FLAC = "flac"


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """A container with its sampling: `wav` at 16000 Hz, one channel, 16 bits."""

    container: Container
    sample_rate: int
    channels: int = 1
    bits: int = 16

    @property
    def bytes_per_second(self) -> int:
        """The rate of the uncompressed samples."""
        return self.sample_rate * self.channels * self.bits // 8
