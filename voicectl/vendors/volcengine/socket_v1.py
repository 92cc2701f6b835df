"""Speech by the first interface over a WebSocket: one frame with the request, numbered frames of sound.

Specification: https://www.volcengine.com/docs/6561/79823
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voicectl.core.conversation import Conversation
from voicectl.core.errors import BrokenAnswer, VoicectlError
from voicectl.core.refusal import object_in
from voicectl.vendors.volcengine.frames import Frame, Kind, decode, encode
from voicectl.vendors.volcengine.speech_errors import error_of, number

PATH = "/api/v1/tts/ws_binary"


def ask(talk: Conversation, body: bytes) -> Frame:
    """Send the request and return the first frame of the answer."""
    talk.send(encode(Frame(kind=Kind.REQUEST, payload=body)))
    return next_frame(talk)


def next_frame(talk: Conversation) -> Frame:
    """Return the next frame; raise what an error's code means, BrokenAnswer where there is none."""
    message = talk.receive()
    if message is None:
        raise BrokenAnswer("the answer stops, and its last frame is missing")
    frame = decode(message)
    if frame.kind is Kind.ERROR:
        raise error_in(frame)
    return frame


def error_in(frame: Frame) -> VoicectlError:
    """Return what an error frame means, whose message is text or JSON."""
    told = object_in(frame.payload)
    if told is None:
        return error_of(frame.code or 0, frame.payload.decode("utf-8", "replace"))
    message = told.get("message") or told.get("error") or ""
    return error_of(number(told.get("code")) or frame.code or 0, str(message), str(told.get("reqid") or ""))


def frames_after(first: Frame, talk: Conversation) -> Iterator[Frame]:
    """Yield the first frame, and then those that come."""
    yield first
    while True:
        yield next_frame(talk)


def sound_in(frames: Iterable[Frame]) -> Iterator[bytes]:
    """Yield the sound up to the last frame; BrokenAnswer for a gap, or a frame of another kind."""
    before = 0
    for frame in frames:
        if frame.kind is Kind.FRONT_END:
            continue
        if frame.kind is not Kind.AUDIO or frame.event is not None:
            raise BrokenAnswer("a frame came that was not asked for: kind {kind}", kind=int(frame.kind))
        if frame.sequence is not None:
            before = _next(frame.sequence, before)
        yield frame.payload
        if frame.is_last:
            return


def _next(sequence: int, before: int) -> int:
    """Return the number of a frame, which is one more than that of the frame before.

    Of the last one the page says only that it is below zero: it may be -1, or count itself or not.
    """
    number = abs(sequence)
    expected = {before + 1} | ({0} if not before else set()) | ({1, before} if sequence < 0 else set())
    if number in expected:
        return number
    raise BrokenAnswer(
        "frame {number} of the sound comes after frame {before}: one is missing or comes twice",
        number=number,
        before=before,
    )
