"""How long an mp3 is, by walking its frames, and the note that tells it. No samples are touched here.

Frame layout: ISO/IEC 11172-3 and 13818-3. The note ("Xing", "Info") stands in a first frame of silence;
LAME's extension of it says how many samples the codec added at both ends.
"""

from __future__ import annotations

from typing import NamedTuple

from voicectl.core.errors import BrokenAnswer

# Kilobits a second by the index in the header: layer III of MPEG 1, and of MPEG 2 and 2.5.
BITRATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
BITRATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
RATES = (44100, 48000, 32000)
MPEG_1, MPEG_2, MPEG_2_5 = 3, 2, 0
RATE_SHIFT = {MPEG_1: 0, MPEG_2: 1, MPEG_2_5: 2}
ID3_HEADER_BYTES = 10
PADDED = 2
LAME_DELAY = 576
# From the start of LAME's extension to the two 12-bit counts of added samples.
GAPS_AT = 21
FRAMES_FLAG, BYTES_FLAG, TABLE_FLAG, QUALITY_FLAG = 1, 2, 4, 8


class Frame(NamedTuple):
    """One frame's header; two frames of a stream agree in `version` and `sample_rate`."""

    version: int
    sample_rate: int
    samples: int
    bytes: int
    side_info_bytes: int


def frame_at(head: bytes | bytearray) -> Frame | None:
    """Read the four bytes of a layer III frame header; None where they are not one."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version, bitrate_index, rate_index = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    # A bit rate of 0 is "free", which no vendor sends and whose length the header does not tell.
    if version not in RATE_SHIFT or bitrate_index in (0, 15) or rate_index == 3:
        return None
    is_1 = version == MPEG_1
    bitrate = 1000 * (BITRATES_1 if is_1 else BITRATES_2)[bitrate_index]
    rate = RATES[rate_index] >> RATE_SHIFT[version]
    samples = 1152 if is_1 else 576
    is_mono = head[3] >> 6 == 3
    size = samples // 8 * bitrate // rate + (head[2] >> 1 & 1)
    return Frame(version, rate, samples, size, (17 if is_mono else 32) if is_1 else (9 if is_mono else 17))


class Mp3Meter:
    """Counts whole frames as they pass; tags and the encoder's own notes are not sound."""

    __slots__ = ("_buffer", "_last", "_samples", "_silent", "_skip", "_started", "_told_frames")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._last: Frame | None = None
        self._samples = 0
        self._silent = 0
        self._skip = 0
        self._started = False
        self._told_frames = 0

    @property
    def seconds(self) -> float | None:
        return max(self._samples - self._silent, 0) / self._last.sample_rate if self._last else None

    @property
    def is_cut(self) -> bool:
        """Say whether the last frame is incomplete, or the encoder's note counts more frames."""
        if self._last is None:
            return False
        too_few = self._samples < self._told_frames * self._last.samples
        return too_few or frame_at(self._buffer[:4]) is not None

    @property
    def samples(self) -> int:
        """The samples of all whole frames, those that are not sound included."""
        return self._samples

    def feed(self, chunk: bytes) -> None:
        self._buffer += chunk
        while self._advance():
            pass

    def finish(self) -> None:
        """Raise BrokenAnswer where no frame was found."""
        # A lone frame has no neighbour to confirm it.
        frame = None if self._samples else frame_at(self._buffer[:4])
        if frame and len(self._buffer) >= frame.bytes:
            self._count(frame)
            del self._buffer[: frame.bytes]
        if not self._samples:
            raise BrokenAnswer("the mp3 holds no sound")

    def _advance(self) -> bool:
        """Take one step; False when it needs more bytes."""
        if self._skip:
            taken = min(self._skip, len(self._buffer))
            self._skip -= taken
            del self._buffer[:taken]
            return not self._skip
        if len(self._buffer) < ID3_HEADER_BYTES:
            return False
        if self._buffer[:3] == b"ID3":
            self._skip = _id3_bytes(self._buffer)
            return True
        frame = frame_at(self._buffer[:4])
        if frame is None or not self._fits(frame):
            return self._search()
        return self._take(frame)

    def _fits(self, frame: Frame) -> bool:
        last = self._last
        return last is None or (last.version, last.sample_rate) == (frame.version, frame.sample_rate)

    def _take(self, frame: Frame) -> bool:
        """Count a frame once it is whole; after a gap only if another frame follows it."""
        needed = frame.bytes + (0 if self._started else 4)
        if len(self._buffer) < needed:
            return False
        if not self._started and frame_at(self._buffer[frame.bytes : needed]) is None:
            return self._search()
        self._count(frame)
        del self._buffer[: frame.bytes]
        return True

    def _count(self, frame: Frame) -> None:
        self._started = True
        note = None if self._last else _encoder_note(bytes(self._buffer[: frame.bytes]), frame)
        self._last = frame
        if note is None:
            self._samples += frame.samples
        else:
            self._told_frames, self._silent = note

    def _search(self) -> bool:
        """Go on to the next place where a frame may begin."""
        self._started = False
        at = self._buffer.find(b"\xff", 1)
        del self._buffer[: at if at > 0 else len(self._buffer)]
        return bool(self._buffer)


def encoder_note(head: bytes, *, follow_bytes: int = 0, samples: int = 0, sound_samples: int = 0) -> bytes:
    """Return a first frame that tells what follows, in the manner of LAME; its length is always the same.

    `head` is the header of a frame that follows, `samples` counts those of all frames that follow.
    """
    frame = frame_at(head)
    if frame is None:
        raise ValueError("an mp3 frame begins otherwise")
    plain = head[:2] + bytes((head[2] & ~PADDED,)) + head[3:4]
    size = frame.bytes - (1 if head[2] & PADDED else 0)
    added = min(max(samples - sound_samples - LAME_DELAY, 0), 0xFFF)
    note = b"".join(
        (
            b"Info" + (FRAMES_FLAG | BYTES_FLAG).to_bytes(4, "big"),
            (samples // frame.samples).to_bytes(4, "big") + (follow_bytes + size).to_bytes(4, "big"),
            b"LAME3.100" + bytes(GAPS_AT - 9) + (LAME_DELAY << 12 | added).to_bytes(3, "big"),
        )
    )
    return (plain + bytes(frame.side_info_bytes) + note).ljust(size, b"\0")


def tells_its_gaps(data: bytes) -> bool:
    """Say whether an mp3 begins with an encoder's note about the samples that it added."""
    at = _id3_bytes(data) if data[:3] == b"ID3" else 0
    frame = frame_at(data[at : at + 4])
    note = _encoder_note(data[at : at + frame.bytes], frame) if frame else None
    return note is not None and note[1] > 0


def _id3_bytes(head: bytes | bytearray) -> int:
    """Return the size of an ID3v2 tag: seven bits a byte."""
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return ID3_HEADER_BYTES + size


def _encoder_note(frame_bytes: bytes, frame: Frame) -> tuple[int, int] | None:
    """Return (frames, samples of delay and padding) if a first frame is a Xing/Info note, else None."""
    at = 4 + frame.side_info_bytes
    if frame_bytes[at : at + 4] not in (b"Xing", b"Info"):
        return None
    flags = int.from_bytes(frame_bytes[at + 4 : at + 8], "big")
    frames = int.from_bytes(frame_bytes[at + 8 : at + 12], "big") if flags & FRAMES_FLAG else 0
    sizes = {FRAMES_FLAG: 4, BYTES_FLAG: 4, TABLE_FLAG: 100, QUALITY_FLAG: 4}
    lame = at + 8 + sum(size for flag, size in sizes.items() if flags & flag)
    gaps = int.from_bytes(frame_bytes[lame + GAPS_AT : lame + GAPS_AT + 3], "big")
    return frames, (gaps >> 12) + (gaps & 0xFFF)
