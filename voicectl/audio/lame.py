"""Samples to mp3 through LAME, the only home of `lameenc`. Other containers: `encode.py`."""

from __future__ import annotations

from typing import Any

from voicectl.audio.encode import PcmEncoder
from voicectl.audio.mp3 import Mp3Meter, encoder_note
from voicectl.core.audio import AudioFormat
from voicectl.core.errors import Unavailable, Unsupported

MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)

LAG_SECONDS = 0.17
"""Measured with lameenc 1.9 at 8000 Hz, the worst; at 24000 and more it is half of that."""


def load() -> Any:
    """Return the library; Unavailable where the extra is not installed."""
    try:
        import lameenc
    except ImportError as error:
        raise Unavailable(
            "writing mp3 needs an extra that is not installed", hint="pip install 'voicectl[audio]'"
        ) from error
    return lameenc


class Mp3Encoder:
    """One LAME encoder for all the samples: each new one would add silence.

    Where the start can be written again, a note tells players how much silence even one adds. It holds
    back up to `LAG_SECONDS` of sound before it writes a frame.
    """

    __slots__ = ("_bytes", "_frames", "_head", "_lame", "_pcm", "_sized")

    def __init__(self, given: AudioFormat, *, sized: bool) -> None:
        _refuse_what_mp3_lacks(given)
        self._lame = _lame(given)
        self._pcm = PcmEncoder(given)
        self._frames = Mp3Meter()
        self._sized = sized
        self._head = b""
        self._bytes = 0

    @property
    def seconds(self) -> float:
        return self._pcm.seconds

    def feed(self, chunk: bytes) -> bytes:
        frames = self._pcm.feed(chunk)
        return self._noted(bytes(self._lame.encode(frames))) if frames else b""

    def finish(self) -> bytes:
        return self._noted(bytes(self._lame.flush())) if self._pcm.taken_bytes else b""

    def final_header(self) -> bytes:
        if not self._sized or not self._head:
            return b""
        return encoder_note(
            self._head,
            follow_bytes=self._bytes,
            samples=self._frames.samples,
            sound_samples=self._pcm.taken_frames,
        )

    def _noted(self, data: bytes) -> bytes:
        """Keep count, and leave room for the note before the first frame."""
        if not self._sized or not data:
            return data
        self._frames.feed(data)
        self._bytes += len(data)
        if self._head:
            return data
        self._head = data[:4]
        return encoder_note(self._head) + data


def _refuse_what_mp3_lacks(given: AudioFormat) -> None:
    if given.sample_rate not in MP3_RATES or given.channels > 2 or given.bits != 16:
        raise Unsupported("mp3 has no room for {sampling}", sampling=given.sampling, hint="--format wav")


def _lame(given: AudioFormat) -> Any:
    lame = load().Encoder()
    lame.silence()
    lame.set_in_sample_rate(given.sample_rate)
    lame.set_out_sample_rate(given.sample_rate)
    lame.set_channels(given.channels)
    lame.set_bit_rate(_kilobits(given))
    lame.set_quality(2)
    return lame


def _kilobits(given: AudioFormat) -> int:
    """Return a bit rate good for speech that each of the three MPEG versions has."""
    if given.sample_rate < 16000:
        return 64
    return (64 if given.sample_rate < 32000 else 96) * given.channels
