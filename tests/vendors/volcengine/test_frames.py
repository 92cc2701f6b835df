"""Frames byte for byte: against bytes written by hand from the page, and against another implementation."""

from __future__ import annotations

import gzip
import json
import struct

import pytest
from volcengine_audio.protocol import EventSend, MessageType
from volcengine_audio.tts import VolcengineTTSFunctions as Theirs

from voicectl.core.errors import BrokenAnswer
from voicectl.vendors.volcengine.frames import Event, Frame, Kind, decode, encode

SESSION = "0123456789ab"


def test_a_request_of_the_first_interface_is_header_size_and_json() -> None:
    frame = Frame(kind=Kind.REQUEST, payload=b'{"a":1}')
    assert encode(frame) == bytes.fromhex("11101000 00000007") + b'{"a":1}'
    assert encode(frame) == Theirs.prepare_request({"a": 1})


def test_a_packed_request_is_what_another_implementation_writes_too() -> None:
    written = encode(Frame(kind=Kind.REQUEST, payload=b'{"a":1}'), packed=True)
    theirs = bytes(Theirs.prepare_request({"a": 1}, compression=True))
    assert written[:4] == theirs[:4] == bytes.fromhex("11101100")
    assert gzip.decompress(written[8:]) == gzip.decompress(theirs[8:])
    assert struct.unpack(">I", written[4:8]) == (len(written) - 8,)
    assert decode(written).payload == b'{"a":1}'


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (EventSend.StartConnection, ""),
        (EventSend.FinishConnection, ""),
        (EventSend.StartSession, SESSION),
        (EventSend.TaskRequest, SESSION),
        (EventSend.FinishSession, SESSION),
        (EventSend.CancelSession, SESSION),
    ],
    ids=lambda value: getattr(value, "name", "") or None,
)
def test_an_event_is_what_another_implementation_writes_too(event: EventSend, name: str) -> None:
    written = encode(Frame(kind=Kind.REQUEST, event=event.value, name=name, payload=b'{"a":1}'))
    assert written == Theirs.calculate_payload(
        MessageType.FULL_CLIENT_REQUEST, event, session_id=name or None, request_meta={"a": 1}
    )


def test_sound_of_an_event_is_read_as_another_implementation_reads_it() -> None:
    frame = Frame(kind=Kind.AUDIO, event=Event.SOUND, name=SESSION, payload=b"\0\1\2", is_json=False)
    assert Theirs.extract_response_payload(encode(frame)) == (Event.SOUND, SESSION, b"\0\1\2")
    assert encode(frame)[:4] == bytes.fromhex("11B40000")
    assert decode(encode(frame)) == frame


@pytest.mark.parametrize(
    ("message", "sequence", "payload"),
    [
        ("11B00000", None, b""),
        ("11B10000 00000001 00000002 6162", 1, b"ab"),
        ("11B30000 FFFFFFFD 00000002 6162", -3, b"ab"),
        ("11B20000 FFFFFFFF 00000001 61", -1, b"a"),
        ("11B20000 00000001 61", -1, b"a"),
        ("12B10000 DEADBEEF 00000001 00000001 61", 1, b"a"),
    ],
    ids=["acknowledged", "first", "last", "last with a sequence", "last without", "longer header"],
)
def test_sequences_are_read(message: str, sequence: int | None, payload: bytes) -> None:
    frame = decode(bytes.fromhex(message))
    assert (frame.kind, frame.sequence, frame.payload) == (Kind.AUDIO, sequence, payload)
    assert frame.is_last is (sequence is not None and sequence < 0)


def test_an_error_brings_its_code_and_message() -> None:
    frame = decode(bytes.fromhex("11F01000 02AEB141 00000002") + b"{}")
    assert (frame.kind, frame.code, frame.payload) == (Kind.ERROR, 45003073, b"{}")
    packed = gzip.compress(b"no")
    frame = decode(bytes.fromhex("11F01100 00000BBD") + struct.pack(">I", len(packed)) + packed)
    assert (frame.code, frame.payload) == (3005, b"no")


def test_a_payload_of_text_may_be_counted_in_characters() -> None:
    text = json.dumps({"text": "你好"}, ensure_ascii=False)
    name = struct.pack(">I", 2) + b"id"
    head = bytes.fromhex("11941000") + struct.pack(">i", Event.SENTENCE_END)
    frame = decode(head + name + struct.pack(">I", len(text)) + text.encode())
    assert json.loads(frame.payload) == {"text": "你好"}


BROKEN = {
    "empty": b"",
    "three bytes": b"\x11\xb1\0",
    "version": bytes.fromhex("21B10000 00000001 00000000"),
    "header of no size": bytes.fromhex("10B10000 00000001 00000000"),
    "header of endless size": bytes.fromhex("1FB10000 00000001 00000000"),
    "kind": bytes.fromhex("11710000 00000001 00000000"),
    "flags": bytes.fromhex("11B80000 00000001 00000000"),
    "serialisation": bytes.fromhex("11B12000 00000001 00000000"),
    "compression": bytes.fromhex("11B10200 00000001 00000000"),
    "no sequence": bytes.fromhex("11B10000 0000"),
    "no size": bytes.fromhex("11B10000 00000001 0000"),
    "size beyond the end": bytes.fromhex("11B10000 00000001 00000009 61"),
    "size before the end": bytes.fromhex("11B10000 00000001 00000001 6162"),
    "text beyond the end": bytes.fromhex("11901000 00000009 7B7D"),
    "name beyond the end": bytes.fromhex("11B40000 00000160 000000FF 61"),
    "no gzip": bytes.fromhex("11B10100 00000001 00000002 6162"),
    "half a gzip": bytes.fromhex("11B10100 00000001 0000000A") + gzip.compress(b"x" * 99)[:10],
}


@pytest.mark.parametrize("message", BROKEN.values(), ids=BROKEN)
def test_what_is_no_frame_is_refused(message: bytes) -> None:
    with pytest.raises(BrokenAnswer, match="malformed"):
        decode(message)


def test_a_frame_that_unpacks_to_too_much_is_refused() -> None:
    bomb = gzip.compress(bytes((16 << 20) + 1))
    with pytest.raises(BrokenAnswer, match="compression"):
        decode(bytes.fromhex("11B10100 00000001") + struct.pack(">I", len(bomb)) + bomb)


def test_text_is_no_frame() -> None:
    with pytest.raises(BrokenAnswer, match="quota exceeded"):
        decode("quota exceeded")
