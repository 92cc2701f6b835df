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
    AAC = "aac"

    @classmethod
    def named_by(cls, path: str) -> Container | None:
        """Return the container that the suffix of a file name promises, or None."""
        stem, _, suffix = path.replace("\\", "/").rpartition("/")[2].rpartition(".")
        known = {each.value: each for each in cls} | {"wave": cls.WAV, "raw": cls.PCM, "oga": cls.OGG}
        return known.get(suffix.lower()) if stem else None


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """A container with its sampling: `wav` at 16000 Hz, one channel, 16 bits.

    Samples are little-endian integers, 8 bits unsigned. What a container tells of itself (mp3, a
    recording passed through) needs no sampling here: `sample_rate` may then be 0.
    """

    container: Container
    sample_rate: int
    channels: int = 1
    bits: int = 16

    @property
    def frame_bytes(self) -> int:
        """The bytes of one moment: a sample for each channel."""
        return self.channels * self.bits // 8

    @property
    def bytes_per_second(self) -> int:
        """The rate of the uncompressed samples."""
        return self.sample_rate * self.frame_bytes

    @property
    def sampling(self) -> str:
        """The sampling in words, for messages."""
        return f"{self.sample_rate} Hz, {self.channels} channel(s), {self.bits} bits"
