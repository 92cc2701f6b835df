"""WAV: the header we write, and any vendor's WAV taken apart as it comes. No files, no other container."""

from __future__ import annotations

from typing import NamedTuple

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer

UNKNOWN_SIZE = 0xFFFFFFFF
HEADER_BYTES = 44
# Writers that cannot know the length put the largest number of their integer type, or something near it.
STREAMED_FROM = 0x7FFFFF00
MAX_FMT_BYTES = 4096
PCM_TAG, EXTENSIBLE_TAG = 0x0001, 0xFFFE
CODINGS = {
    0x0002: "ADPCM",
    0x0003: "floating point",
    0x0006: "A-law",
    0x0007: "mu-law",
    0x0011: "IMA ADPCM",
    0x0031: "GSM",
    0x0055: "mp3",
}
# What may follow the samples. Other bytes there mean that the header lied about the length.
CHUNKS_AFTER_SOUND = frozenset(
    {
        *(b"RIFF", b"fmt ", b"data", b"LIST", b"fact", b"cue ", b"smpl", b"inst", b"bext", b"iXML", b"_PMX"),
        *(b"JUNK", b"PAD ", b"FLLR", b"id3 ", b"ID3 ", b"cart", b"acid", b"note", b"plst", b"PEAK", b"afsp"),
    }
)


def header(audio: AudioFormat, data_bytes: int | None = None) -> bytes:
    """Return the 44 bytes before the samples; None is a length not known yet (a pipe).

    An odd `data_bytes` is followed by one byte of padding, which the caller writes.
    """
    data, riff = UNKNOWN_SIZE, UNKNOWN_SIZE
    if data_bytes is not None and data_bytes + HEADER_BYTES <= UNKNOWN_SIZE:
        data, riff = data_bytes, HEADER_BYTES - 8 + data_bytes + data_bytes % 2
    return b"".join(
        (
            b"RIFF" + riff.to_bytes(4, "little") + b"WAVE",
            b"fmt " + (16).to_bytes(4, "little"),
            PCM_TAG.to_bytes(2, "little") + audio.channels.to_bytes(2, "little"),
            audio.sample_rate.to_bytes(4, "little") + audio.bytes_per_second.to_bytes(4, "little"),
            audio.frame_bytes.to_bytes(2, "little") + audio.bits.to_bytes(2, "little"),
            b"data" + data.to_bytes(4, "little"),
        )
    )


class WholeFrames:
    """Hands on whole frames only and keeps the part of one that has not fully come."""

    __slots__ = ("_rest", "_size")

    def __init__(self, frame_bytes: int) -> None:
        self._size = frame_bytes
        self._rest = b""

    def feed(self, chunk: bytes) -> bytes:
        """Return all frames that are complete with `chunk`."""
        if self._rest:
            chunk = self._rest + chunk
        cut = len(chunk) - len(chunk) % self._size
        self._rest = chunk[cut:]
        return chunk[:cut] if self._rest else chunk


class Fmt(NamedTuple):
    """A WAV's own words about its samples; `tag` is the coding."""

    tag: int
    channels: int
    sample_rate: int
    bytes_per_second: int
    frame_bytes: int
    bits: int

    def plain(self) -> AudioFormat:
        """Return the samples' format (container `pcm`); BrokenAnswer for all but plain integers."""
        if self.tag != PCM_TAG:
            coding = CODINGS.get(self.tag, hex(self.tag))
            raise BrokenAnswer("the WAV holds {coding}, not plain samples", coding=coding)
        return AudioFormat(Container.PCM, self.sample_rate, self.channels, self.bits)


class WavReader:
    """Takes a WAV apart as it comes: samples out, headers and other chunks left behind.

    A length of 0 or about all ones means that sound goes on to the end; so does a length after which
    no known chunk begins. Whole WAVs one after the other read as one sound, if they are alike.
    """

    __slots__ = ("_buffer", "_chunk", "_frames", "_left", "_padded", "_size", "_sound", "fmt")

    def __init__(self) -> None:
        self.fmt: Fmt | None = None
        """What the header says of the samples, None until it has come."""
        self._buffer = bytearray()
        self._sound = bytearray()
        self._frames: WholeFrames | None = None
        self._chunk = b"riff?"
        self._size = 12
        self._left = 0
        self._padded = 0

    def feed(self, chunk: bytes) -> bytes:
        """Return the whole frames that `chunk` completes."""
        self._buffer += chunk
        while self._advance():
            pass
        if self._frames is None or not self._sound:
            return b""
        sound = bytes(self._sound)
        self._sound.clear()
        return self._frames.feed(sound)

    def finish(self) -> None:
        """Refuse a WAV that ended before its sound began."""
        if self.fmt is None:
            raise BrokenAnswer("the WAV ends inside its header")

    @property
    def missing_bytes(self) -> int:
        """How many promised bytes of sound have not come; 0 where no honest length was given."""
        return self._left if self._chunk == b"data" and self._size < STREAMED_FROM else 0

    def _advance(self) -> bool:
        """Take one step; False when it needs more bytes."""
        match self._chunk:
            case b"riff?":
                return self._take_riff()
            case b"":
                return self._take_chunk_head()
            case b"fmt ":
                return self._take_fmt()
            case b"data":
                return self._take_data()
            case b"data.":
                return self._look_after_sound()
            case _:
                return self._skip()

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _take_riff(self) -> bool:
        if len(self._buffer) < 12:
            return False
        magic = self._take(12)
        if magic[:4] not in (b"RIFF", b"RF64") or magic[8:] != b"WAVE":
            raise BrokenAnswer("the sound is no WAV: it begins with {start!r}", start=magic)
        self._chunk = b""
        return True

    def _take_chunk_head(self) -> bool:
        if len(self._buffer) < 8:
            return False
        self._chunk = self._take(4)
        self._size = self._left = int.from_bytes(self._take(4), "little")
        self._padded = self._size % 2
        if self._chunk == b"data" and self.fmt is None and self._size >= STREAMED_FROM:
            raise BrokenAnswer("the WAV's sound begins before its format is told")
        if self._chunk == b"fmt " and not 16 <= self._size <= MAX_FMT_BYTES:
            raise BrokenAnswer("the WAV's format chunk has {size} bytes", size=self._size)
        return True

    def _take_fmt(self) -> bool:
        if len(self._buffer) < self._size + self._padded:
            return False
        told = parse_fmt(self._take(self._size + self._padded))
        if self.fmt is None:
            self.fmt = told
            self._frames = WholeFrames(told.frame_bytes)
        elif self.fmt != told:
            raise BrokenAnswer("the WAV changes its format from {old} to {new}", old=self.fmt, new=told)
        self._chunk = b""
        return True

    def _take_data(self) -> bool:
        if self._size >= STREAMED_FROM:
            self._sound += self._take(len(self._buffer))
            return False
        taken = self._take(self._left)
        self._sound += taken
        self._left -= len(taken)
        if not self._left:
            self._chunk = b"data."
        return not self._left

    def _look_after_sound(self) -> bool:
        """Decide whether the samples really end where the header said."""
        if len(self._buffer) < self._padded + 4:
            return False
        follows = bytes(self._buffer[self._padded : self._padded + 4])
        if follows in CHUNKS_AFTER_SOUND:
            self._take(self._padded)
            self._chunk = b"riff?" if follows == b"RIFF" else b""
        else:
            self._chunk, self._size = b"data", UNKNOWN_SIZE
        return True

    def _skip(self) -> bool:
        taken = self._take(self._left + self._padded)
        self._left -= len(taken)
        if self._left + self._padded > 0:
            return False
        self._chunk = b""
        return True


def parse_fmt(body: bytes) -> Fmt:
    """Return what the body of a `fmt ` chunk says; BrokenAnswer where it makes no sense."""
    tag, channels, rate, average, block, bits = (
        int.from_bytes(body[start:stop], "little")
        for start, stop in ((0, 2), (2, 4), (4, 8), (8, 12), (12, 14), (14, 16))
    )
    if tag == EXTENSIBLE_TAG and len(body) >= 40:
        tag = int.from_bytes(body[24:26], "little")
    if tag == PCM_TAG:
        average = rate * block
    odd = tag == PCM_TAG and (bits not in (8, 16, 24, 32) or block != channels * bits // 8)
    if odd or not (channels and rate and block and average):
        raise BrokenAnswer(
            "the WAV's format makes no sense: {rate} Hz, {channels} x {bits} bits, {block} bytes a frame",
            rate=rate,
            channels=channels,
            bits=bits,
            block=block,
        )
    return Fmt(tag, channels, rate, average, block, bits)
