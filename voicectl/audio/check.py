"""What is this sound really? Judges what came by its bytes, not by its name; writes nothing."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from voicectl.audio.wav import WavReader
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer

HEAD_BYTES = 64
"""How many first bytes are enough to tell what a sound is."""

BLOCK_BYTES = 1 << 16
OGG_KINDS = frozenset((Container.OGG, Container.OPUS))


class Readable(Protocol):
    """What can be read to its end: a file, or what behaves like one."""

    def read(self, size: int, /) -> bytes: ...


class Meter(Protocol):
    """Measures sound that passes by."""

    @property
    def seconds(self) -> float | None:
        """How long the sound is so far; None where the container does not tell."""
        ...

    @property
    def is_cut(self) -> bool:
        """Say whether more was promised than has come."""
        ...

    def feed(self, chunk: bytes) -> None: ...

    def finish(self) -> None:
        """Raise BrokenAnswer where no sound at all was found."""
        ...


class Sound(NamedTuple):
    """What a file of sound turned out to be; `container` is None for one we do not know."""

    container: Container | None
    bytes: int
    duration_seconds: float | None


def container_of(head: bytes) -> Container | None:
    """Tell the container by the first bytes; 12 are enough, for opus 40. PCM has no mark."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return Container.WAV
    if head[:4] == b"OggS":
        return Container.OPUS if b"OpusHead" in head else Container.OGG
    if head[:4] == b"fLaC":
        return Container.FLAC
    if head[:3] == b"ID3":
        return Container.MP3
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return Container.AAC
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] & 0xF0 != 0xF0:
        return Container.MP3
    return None


def refuse_wrong_start(head: bytes, promised: Container) -> None:
    """Raise BrokenAnswer where the first bytes are an error text or another container's.

    No bytes at all are no sound, save as samples: a piece of text may have none to speak.
    """
    if not head and promised is not Container.PCM:
        raise BrokenAnswer("the sound is empty")
    if _is_text(head):
        start = head.decode("utf-8", "replace")
        raise BrokenAnswer("the answer is text, not sound: {start}", start=start)
    found = container_of(head)
    if promised is Container.PCM:
        # Loud samples may look like a frame of mp3 or aac; longer marks are no accident.
        found = found if found not in (Container.MP3, Container.AAC) or head[:3] == b"ID3" else None
    elif promised is Container.MP3 and found is None:
        # Some mp3 begins with padding; whether frames follow is seen at the end.
        return
    same = found is promised or {found, promised} <= OGG_KINDS
    if not same and (found or promised is not Container.PCM):
        raise BrokenAnswer(
            "{promised} was promised, but {found} came", promised=promised, found=found or "something else"
        )


def meter(given: AudioFormat) -> Meter:
    """Return a meter for chunks of this format."""
    match given.container:
        case Container.WAV:
            return _WavMeter()
        case Container.MP3:
            from voicectl.audio.mp3 import Mp3Meter

            return Mp3Meter()
        case Container.OGG | Container.OPUS:
            from voicectl.audio.ogg import OggMeter

            return OggMeter()
        case Container.FLAC:
            from voicectl.audio.ogg import FlacMeter

            return FlacMeter()
    return _ByteMeter(given)


def inspect(file: Readable, promised: AudioFormat | None = None) -> Sound:
    """Read a whole sound; raise BrokenAnswer if it is empty, cut short, text or not what was promised.

    Without a promise the first bytes decide, and what they do not tell is accepted.
    """
    head = file.read(HEAD_BYTES)
    if not head:
        raise BrokenAnswer("the sound is empty")
    container = promised.container if promised else container_of(head)
    refuse_wrong_start(head, container or Container.PCM)
    measuring = meter(promised or AudioFormat(container, 0)) if container else _ByteMeter()
    size, chunk = 0, head
    while chunk:
        size += len(chunk)
        measuring.feed(chunk)
        chunk = file.read(BLOCK_BYTES)
    measuring.finish()
    if measuring.is_cut:
        raise BrokenAnswer("the sound is cut short after {size} bytes", size=size)
    return Sound(container=container, bytes=size, duration_seconds=measuring.seconds)


def _is_text(head: bytes) -> bool:
    """Recognise JSON, XML and HTML: a bracket first, and nothing but text after it."""
    begins = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    # The head may end in the middle of a character, which is left out here.
    text = begins.decode("utf-8", "ignore")
    whole = len(text.encode()) > len(begins) - 4
    return whole and text[:1] in ("{", "[", "<") and all(c.isprintable() or c in "\r\n\t" for c in text)


class _ByteMeter:
    """Counts: the length of samples is known by it, that of other containers is not."""

    __slots__ = ("_bytes", "_rate")

    is_cut = False

    def __init__(self, given: AudioFormat | None = None) -> None:
        self._rate = given.bytes_per_second if given and given.container is Container.PCM else 0
        self._bytes = 0

    @property
    def seconds(self) -> float | None:
        return self._bytes / self._rate if self._rate else None

    def feed(self, chunk: bytes) -> None:
        self._bytes += len(chunk)

    def finish(self) -> None:
        if not self._bytes:
            raise BrokenAnswer("the sound is empty")


class _WavMeter:
    """Counts the samples only, whatever their coding."""

    __slots__ = ("_bytes", "_reader")

    def __init__(self) -> None:
        self._reader = WavReader()
        self._bytes = 0

    @property
    def seconds(self) -> float | None:
        fmt = self._reader.fmt
        return self._bytes / fmt.bytes_per_second if fmt else None

    @property
    def is_cut(self) -> bool:
        return self._reader.missing_bytes > 0

    def feed(self, chunk: bytes) -> None:
        self._bytes += len(self._reader.feed(chunk))

    def finish(self) -> None:
        self._reader.finish()
        if not self._bytes:
            raise BrokenAnswer("the sound is empty")
