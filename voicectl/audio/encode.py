"""Samples turned into the bytes of a container, as they come. No decoding and no resampling."""

from __future__ import annotations

from typing import Any, Protocol

from voicectl.audio import wav
from voicectl.audio.check import Meter, meter
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import Unavailable, Unsupported

MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


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
            return _PcmEncoder(given)
        case Container.WAV:
            return _WavEncoder(given, sized=sized)
        case Container.MP3:
            return _Mp3Encoder(given)
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
        return b""

    def final_header(self) -> bytes:
        return b""


class _PcmEncoder:
    """Whole frames, nothing around them."""

    __slots__ = ("_frames", "_given", "taken_bytes")

    def __init__(self, given: AudioFormat) -> None:
        self._given = given
        self._frames = wav.WholeFrames(given.frame_bytes)
        self.taken_bytes = 0

    @property
    def seconds(self) -> float:
        return self.taken_bytes / self._given.bytes_per_second

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
        self._pcm = _PcmEncoder(given)
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


class _Mp3Encoder:
    """One LAME encoder for all the samples: each new one would add silence."""

    __slots__ = ("_lame", "_pcm")

    def __init__(self, given: AudioFormat) -> None:
        _refuse_what_mp3_lacks(given)
        self._pcm = _PcmEncoder(given)
        self._lame = _lame(given)

    @property
    def seconds(self) -> float:
        return self._pcm.seconds

    def feed(self, chunk: bytes) -> bytes:
        frames = self._pcm.feed(chunk)
        return bytes(self._lame.encode(frames)) if frames else b""

    def finish(self) -> bytes:
        return bytes(self._lame.flush()) if self._pcm.taken_bytes else b""

    def final_header(self) -> bytes:
        return b""


def _refuse_what_mp3_lacks(given: AudioFormat) -> None:
    if given.sample_rate not in MP3_RATES or given.channels > 2 or given.bits != 16:
        raise Unsupported("mp3 has no room for {sampling}", sampling=given.sampling, hint="--format wav")


def require(wanted: Container | None) -> None:
    """Raise Unavailable if writing `wanted` from samples needs an extra that is not installed."""
    if wanted is Container.MP3:
        _lameenc()


def _lameenc() -> Any:
    try:
        import lameenc
    except ImportError as error:
        raise Unavailable(
            "writing mp3 needs an extra that is not installed", hint="pip install 'voicectl[audio]'"
        ) from error
    return lameenc


def _lame(given: AudioFormat) -> Any:
    lame = _lameenc().Encoder()
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
