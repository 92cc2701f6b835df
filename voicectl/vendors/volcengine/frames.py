"""The binary frames of Volcengine's speech sockets, taken apart and put together. Pure: no socket is here.

All numbers are big-endian. Specification: https://www.volcengine.com/docs/6561/79823 (sequences) and
https://www.volcengine.com/docs/6561/1329505 (events).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from voicectl.core.errors import BrokenAnswer

VERSION = 1
LARGEST_PAYLOAD = 16 << 20
GZIP_WINDOW = 31
"""What zlib takes for a gzip header around the data."""


class Kind(IntEnum):
    """What a frame is."""

    REQUEST = 0x1
    RESPONSE = 0x9
    AUDIO = 0xB
    FRONT_END = 0xC
    ERROR = 0xF


class Flag(IntEnum):
    """Which field stands before the payload."""

    NOTHING = 0
    SEQUENCE = 1
    LAST_MAYBE_WITHOUT = 2
    LAST = 3
    EVENT = 4


class Event(IntEnum):
    """The steps of a conversation that is told by events; those above 49 and 149 are the server's."""

    START_CONNECTION = 1
    FINISH_CONNECTION = 2
    CONNECTION_STARTED = 50
    CONNECTION_FAILED = 51
    CONNECTION_FINISHED = 52
    START_SESSION = 100
    CANCEL_SESSION = 101
    FINISH_SESSION = 102
    SESSION_STARTED = 150
    SESSION_CANCELED = 151
    SESSION_FINISHED = 152
    SESSION_FAILED = 153
    USAGE = 154
    TASK_REQUEST = 200
    SENTENCE_START = 350
    SENTENCE_END = 351
    SOUND = 352
    ENDED = 359
    SUBTITLE = 364


KINDS, FLAGS = frozenset(map(int, Kind)), frozenset(map(int, Flag))
NAMELESS = frozenset((Event.START_CONNECTION, Event.FINISH_CONNECTION))
"""Events without the name of a session or connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame. `name` is that of the session or connection, `code` an error's; JSON unless it is sound.

    A `sequence` below zero is the last one's.
    """

    kind: Kind
    payload: bytes = b""
    sequence: int | None = None
    event: int | None = None
    name: str = ""
    code: int | None = None
    is_json: bool = True

    @property
    def is_last(self) -> bool:
        """Say whether a sequence ends with it."""
        return self.sequence is not None and self.sequence < 0


def encode(frame: Frame, *, packed: bool = False) -> bytes:
    """Write a frame as it travels; `packed` compresses its payload."""
    import gzip

    payload = gzip.compress(frame.payload, mtime=0) if packed else frame.payload
    flag, before = _before_payload(frame)
    head = bytes((VERSION << 4 | 1, frame.kind << 4 | flag, frame.is_json << 4 | packed, 0))
    return head + before + struct.pack(">I", len(payload)) + payload


def _before_payload(frame: Frame) -> tuple[Flag, bytes]:
    if frame.code is not None:
        return Flag.NOTHING, struct.pack(">I", frame.code)
    if frame.event is not None:
        name = frame.name.encode()
        told = b"" if frame.event in NAMELESS else struct.pack(">I", len(name)) + name
        return Flag.EVENT, struct.pack(">i", frame.event) + told
    if frame.sequence is not None:
        return Flag.LAST if frame.is_last else Flag.SEQUENCE, struct.pack(">i", frame.sequence)
    return Flag.NOTHING, b""


def decode(message: str | bytes) -> Frame:
    """Read one frame; BrokenAnswer for what is none, naming the field that does not fit."""
    if isinstance(message, str):
        raise BrokenAnswer("text came where a binary frame was promised: {start}", start=message[:200])
    if len(message) < 4 or message[0] >> 4 != VERSION or not 0 < message[0] & 0xF < 0xF:
        raise _malformed("its header")
    kind, flag = message[1] >> 4, message[1] & 0xF
    serial, packing = message[2] >> 4, message[2] & 0xF
    if kind not in KINDS or flag not in FLAGS or serial > 1 or packing > 1:
        raise _malformed("its kind")
    reader = _Reader(message, 4 * (message[0] & 0xF))
    fields = _fields(reader, Kind(kind), Flag(flag))
    payload = reader.payload(is_text=bool(serial))
    return Frame(
        kind=Kind(kind),
        payload=_unpacked(payload) if packing and payload else payload,
        is_json=bool(serial),
        **fields,  # type: ignore[arg-type]
    )


def _fields(reader: _Reader, kind: Kind, flag: Flag) -> dict[str, object]:
    """Read what stands between header and payload."""
    fields: dict[str, object] = {}
    if kind is Kind.ERROR:
        fields["code"] = reader.number(">I")
    elif flag is Flag.LAST_MAYBE_WITHOUT and reader.is_payload_only:
        # The page has a sequence here as well, the vendor's later kits have none.
        fields["sequence"] = -1
    elif flag in (Flag.SEQUENCE, Flag.LAST_MAYBE_WITHOUT, Flag.LAST):
        fields["sequence"] = reader.number(">i")
    if flag is Flag.EVENT:
        event = fields["event"] = reader.number(">i")
        if event not in NAMELESS and kind is not Kind.ERROR:
            fields["name"] = reader.sized("its name").decode("utf-8", "replace")
    return fields


class _Reader:
    """Takes fields off a message, one after the other."""

    def __init__(self, message: bytes, at: int) -> None:
        self._message = message
        self._at = at

    @property
    def _rest(self) -> int:
        return len(self._message) - self._at

    @property
    def is_payload_only(self) -> bool:
        """Say whether the next number is the size of all the rest."""
        at = self._at
        return self._rest >= 4 and int.from_bytes(self._message[at : at + 4], "big") == self._rest - 4

    def number(self, form: str) -> int:
        """Take four bytes."""
        if self._rest < 4:
            raise _malformed("its length")
        (number,) = struct.unpack_from(form, self._message, self._at)
        self._at += 4
        return int(number)

    def sized(self, field: str) -> bytes:
        """Take a length and as many bytes."""
        size = self.number(">I")
        if size > self._rest:
            raise _malformed(field)
        self._at += size
        return self._message[self._at - size : self._at]

    def payload(self, *, is_text: bool) -> bytes:
        """Take the payload, which is all the rest; an acknowledgement may have none, nor its size.

        Of text the server counts characters where it should count bytes: then the rest counts.
        """
        if not self._rest:
            return b""
        size = self.number(">I")
        if size > self._rest or (size < self._rest and not is_text):
            raise _malformed("its size")
        return self._message[self._at :]


def _unpacked(payload: bytes) -> bytes:
    import zlib

    unpacking = zlib.decompressobj(GZIP_WINDOW)
    try:
        found = unpacking.decompress(payload, LARGEST_PAYLOAD)
    except zlib.error:
        raise _malformed("its compression") from None
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise _malformed("its compression")
    return found


def _malformed(field: str) -> BrokenAnswer:
    return BrokenAnswer("a frame of the answer is malformed: {field}", field=field)
