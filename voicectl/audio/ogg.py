"""How long an ogg or a flac is, and whether it is whole, by its own pages and facts. It decodes nothing.

Ogg: https://www.rfc-editor.org/rfc/rfc3533; Opus in it: RFC 7845; flac: RFC 9639, section 8.2.
"""

from __future__ import annotations

from voicectl.core.errors import BrokenAnswer

PAGE_HEAD = 27
NO_POSITION = 0xFFFF_FFFF_FFFF_FFFF
OPUS_RATE = 48000
FLAC_FACTS = 26
"""The bytes of a flac up to its number of samples."""


class OggMeter:
    """Walks from page to page; the last position that one tells is how much sound there is.

    What is no page ends the walk: the length is then not known, and nothing is said against it.
    """

    __slots__ = ("_bytes", "_head", "_is_lost", "_position", "_rate", "_skip", "_unheard")

    def __init__(self) -> None:
        self._bytes = 0
        self._head = b""
        self._skip = 0
        self._position = 0
        self._rate = 0
        self._unheard = 0
        self._is_lost = False

    @property
    def seconds(self) -> float | None:
        if self._is_lost or not self._rate or not self._position:
            return None
        return max(0, self._position - self._unheard) / self._rate

    @property
    def is_cut(self) -> bool:
        return bool(self._rate) and not self._is_lost and bool(self._head or self._skip)

    def feed(self, chunk: bytes) -> None:
        self._bytes += len(chunk)
        while chunk and not self._is_lost:
            skipped = min(self._skip, len(chunk))
            self._skip -= skipped
            self._head += chunk[skipped:]
            chunk = self._page() if self._head else b""

    def finish(self) -> None:
        if not self._bytes:
            raise BrokenAnswer("the sound is empty")

    def _page(self) -> bytes:
        """Read the page that `_head` begins with, if that is there; return what may follow it."""
        head = self._head
        if not head.startswith(b"OggS"[: len(head)]):
            self._is_lost = True
            return b""
        table = PAGE_HEAD + (head[26] if len(head) >= PAGE_HEAD else 255)
        body = sum(head[PAGE_HEAD:table])
        wanted = table if self._rate else table + body
        if len(head) < PAGE_HEAD or len(head) < wanted:
            return b""
        position = int.from_bytes(head[6:14], "little")
        self._position = self._position if position == NO_POSITION else position
        if not self._rate:
            self._identify(head[table:wanted])
        self._head, self._skip = b"", table + body - wanted
        return head[wanted:]

    def _identify(self, packet: bytes) -> None:
        """Read from the first page how fast positions count; a codec that is not known loses the way."""
        if packet.startswith(b"OpusHead"):
            self._rate, self._unheard = OPUS_RATE, int.from_bytes(packet[10:12], "little")
        elif packet.startswith(b"\x01vorbis"):
            self._rate = int.from_bytes(packet[12:16], "little")
        self._is_lost = not self._rate


class FlacMeter:
    """Reads the facts at the start; a stream that was made while it was sent leaves the length open."""

    __slots__ = ("_bytes", "_head")

    is_cut = False

    def __init__(self) -> None:
        self._bytes = 0
        self._head = b""

    @property
    def seconds(self) -> float | None:
        if len(self._head) < FLAC_FACTS or self._head[4] & 0x7F:
            return None
        facts = int.from_bytes(self._head[18:26], "big")
        rate, samples = facts >> 44, facts & 0xF_FFFF_FFFF
        return samples / rate if rate and samples else None

    def feed(self, chunk: bytes) -> None:
        self._bytes += len(chunk)
        if len(self._head) < FLAC_FACTS:
            self._head = (self._head + chunk)[:FLAC_FACTS]

    def finish(self) -> None:
        if not self._bytes:
            raise BrokenAnswer("the sound is empty")
