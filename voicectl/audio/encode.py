"""Samples turned into the bytes of a container, as they come. No decoding and no resampling."""

from __future__ import annotations

from typing import Protocol

from voicectl.audio import wav
from voicectl.audio.check import Meter, meter
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer, Unsupported


class Encoder(Protocol):
    """Takes chunks as they came, gives bytes of one container."""

    @property
    def seconds(self) -> float | None:
        """How much sound was taken; None where the container does not tell."""
        ...

    def feed(self, chunk: bytes) -> bytes:
        """Return what is ready after `chunk`, often nothing."""
        ...

    def finish(self) -> bytes:
        """Return the rest; raise BrokenAnswer where what came is not whole."""
        ...

    def final_header(self) -> bytes:
        """Return what belongs over the first bytes where the target can seek; else nothing."""
        ...


def encoder(given: AudioFormat, wanted: Container | None, *, sized: bool) -> Encoder:
    """Choose how chunks of `given` become `wanted`; None and the same container pass through.

    `sized` says that the caller will put `final_header` in place.
    """
    if wanted in (None, given.container) and given.container is not Container.PCM:
        return _AsItCame(given)
    if given.container is not Container.PCM:
        raise Unsupported("{given} cannot be turned into {wanted}", given=given.container, wanted=wanted)
    match wanted:
        case None | Container.PCM:
            return PcmEncoder(given)
        case Container.WAV:
            return _WavEncoder(given, sized=sized)
        case Container.MP3:
            from voicectl.audio.lame import Mp3Encoder

            return Mp3Encoder(given, sized=sized)
        case Container.OGG | Container.OPUS | Container.FLAC:
            from voicectl.audio.sndfile import SndfileEncoder

            return SndfileEncoder(given, wanted, sized=sized)
    raise Unsupported("{wanted} cannot be written", wanted=wanted, hint="--format wav, mp3 or pcm")


class _AsItCame:
    """Passes ready-made bytes on and only looks at them."""

    __slots__ = ("_meter",)

    def __init__(self, given: AudioFormat) -> None:
        self._meter: Meter = meter(given)

    @property
    def seconds(self) -> float | None:
        return self._meter.seconds

    def feed(self, chunk: bytes) -> bytes:
        self._meter.feed(chunk)
        return chunk

    def finish(self) -> bytes:
        self._meter.finish()
        if self._meter.is_cut:
            raise BrokenAnswer("the sound is cut short")
        return b""

    def final_header(self) -> bytes:
        return b""


class PcmEncoder:
    """Whole frames, nothing around them."""

    __slots__ = ("_frames", "_given", "taken_bytes")

    def __init__(self, given: AudioFormat) -> None:
        self._given = given
        self._frames = wav.WholeFrames(given.frame_bytes)
        self.taken_bytes = 0

    @property
    def seconds(self) -> float:
        return self.taken_bytes / self._given.bytes_per_second

    @property
    def taken_frames(self) -> int:
        return self.taken_bytes // self._given.frame_bytes

    def feed(self, chunk: bytes) -> bytes:
        frames = self._frames.feed(chunk)
        self.taken_bytes += len(frames)
        return frames

    def finish(self) -> bytes:
        return b""

    def final_header(self) -> bytes:
        return b""


class _WavEncoder:
    """A header with the length left open, the samples, and at the end the true header."""

    __slots__ = ("_given", "_pcm", "_sized", "_started")

    def __init__(self, given: AudioFormat, *, sized: bool) -> None:
        self._given = given
        self._pcm = PcmEncoder(given)
        self._sized = sized
        self._started = False

    @property
    def seconds(self) -> float:
        return self._pcm.seconds

    def feed(self, chunk: bytes) -> bytes:
        frames = self._pcm.feed(chunk)
        if self._started or not frames:
            return frames
        self._started = True
        return wav.header(self._given) + frames

    def finish(self) -> bytes:
        # Without a length the padding would be heard.
        return b"\0" if self._sized and self._pcm.taken_bytes % 2 else b""

    def final_header(self) -> bytes:
        return wav.header(self._given, self._pcm.taken_bytes) if self._started else b""


def require(wanted: Container | None) -> None:
    """Raise Unavailable if writing `wanted` from samples needs an extra that is not installed."""
    if wanted is Container.MP3:
        from voicectl.audio.lame import load

        load()
    elif wanted in (Container.OGG, Container.OPUS, Container.FLAC):
        from voicectl.audio.sndfile import load as load_sndfile

        load_sndfile()
