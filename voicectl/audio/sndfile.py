"""Samples to ogg, opus and flac through libsndfile, the only home of `soundfile`. Others: `encode.py`."""

from __future__ import annotations

import os
from typing import Any

from voicectl.audio.encode import PcmEncoder
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import Unavailable, Unsupported

MADE = {Container.OGG: ("OGG", "VORBIS"), Container.OPUS: ("OGG", "OPUS"), Container.FLAC: ("FLAC", "PCM_16")}
"""What libsndfile calls each container, and what is in it."""
OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
HEAD_BYTES = 64
"""Enough of the start for all that is written again at the end: the facts of a flac."""


def load() -> Any:
    """Return the library; Unavailable where the extra is not installed."""
    try:
        import soundfile
    except (ImportError, OSError) as error:  # OSError: its wheel brings no library for this machine
        raise Unavailable(
            "writing ogg, opus and flac needs an extra that is not installed",
            hint="pip install 'voicectl[audio-all]'",
        ) from error
    return soundfile


class SndfileEncoder:
    """One encoder for all the samples; bytes come as libsndfile makes them.

    A flac whose start cannot be written again leaves its length open, as the format allows.
    """

    __slots__ = ("_file", "_given", "_growing", "_pcm", "_sized", "_wanted")

    def __init__(self, given: AudioFormat, wanted: Container, *, sized: bool) -> None:
        _refuse_what_it_lacks(given, wanted)
        self._given = given
        self._wanted = wanted
        self._sized = sized
        self._pcm = PcmEncoder(given)
        self._growing = _Growing()
        self._file = self._opened()

    def _opened(self) -> Any:
        kind, coding = MADE[self._wanted]
        return load().SoundFile(
            self._growing,
            "w",
            samplerate=self._given.sample_rate,
            channels=self._given.channels,
            format=kind,
            subtype=coding,
        )

    @property
    def seconds(self) -> float:
        return self._pcm.seconds

    def feed(self, chunk: bytes) -> bytes:
        if frames := self._pcm.feed(chunk):
            self._file.buffer_write(frames, dtype="int16")
        return self._growing.take() if self._pcm.taken_bytes else b""

    def finish(self) -> bytes:
        self._file.close()
        return self._growing.take() if self._pcm.taken_bytes else b""

    def final_header(self) -> bytes:
        rewritten = self._sized and self._wanted is Container.FLAC and self._pcm.taken_bytes
        return bytes(self._growing.head) if rewritten else b""


class _Growing:
    """A file for libsndfile that gives away what is finished and remembers its start."""

    __slots__ = ("_at", "_size", "_waiting", "head")

    def __init__(self) -> None:
        self._at = 0
        self._size = 0
        self._waiting = bytearray()
        self.head = bytearray()

    def take(self) -> bytes:
        """Return the bytes that nobody has taken yet."""
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken

    def write(self, data: bytes) -> int:
        if self._at == self._size:
            self._waiting += data
            self._size += len(data)
        in_head = data[: max(0, HEAD_BYTES - self._at)]
        self.head[self._at : self._at + len(in_head)] = in_head
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int) -> bytes:
        """Return nothing: an encoder only writes."""
        return b""


def _refuse_what_it_lacks(given: AudioFormat, wanted: Container) -> None:
    is_odd_rate = wanted is Container.OPUS and given.sample_rate not in OPUS_RATES
    if is_odd_rate or given.bits != 16:
        raise Unsupported(
            "{wanted} has no room for {sampling}",
            wanted=wanted,
            sampling=given.sampling,
            other="ogg" if is_odd_rate else "wav",
            hint="--format {other}",
        )
