"""Sound that comes as server-sent events, in pieces of base64; errors among them. Asking for it: `tts.py`.

Specification: https://html.spec.whatwg.org/multipage/server-sent-events.html and
https://platform.openai.com/docs/api-reference/audio/speech-audio-delta-event
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from voicectl.core.errors import BrokenAnswer, VendorRefused
from voicectl.core.refusal import error_in, meaning, object_in, promised_object, refusal_of
from voicectl.core.request import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voicectl.core.errors import VoicectlError
    from voicectl.core.request import ReplyStream

KIND = "text/event-stream"
DELTA, DONE = "speech.audio.delta", "speech.audio.done"
END = b"[DONE]"
FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")
LONGEST_LINE = 8 << 20


def sound_of(reply: ReplyStream, host: str) -> Iterator[bytes]:
    """Yield the sound of a good reply, in whichever way the server chose to bring it.

    Many servers do not know of events and answer with sound, or with an error in JSON.
    """
    chunks = iter(reply.chunks)
    head = b""
    while not head.strip():
        more = next(chunks, None)
        if more is None:
            break
        head += more
    begins = head.lstrip()
    if begins[:1] == b"{":
        raise _no_sound(
            Reply(status=reply.status, headers=reply.headers, body=b"".join((head, *chunks))), host
        )
    is_labelled = reply.headers.get("content-type", "").lower().startswith(KIND)
    if is_labelled or begins.startswith(FIELDS):
        return _decoded(chain((head,), chunks), host)
    return chain((head,), chunks)


def error_at_start(head: bytes, host: str) -> VoicectlError | None:
    """Return what an answer complains of before any sound; None where that is not told as yet."""
    if not head.lstrip().startswith(FIELDS):
        return None
    for data in events([head]):
        found = object_in(data) or {}
        if found.get("type") == DELTA:
            break
        if _is_error(found):
            return _error(found, data, host)
    return None


def _no_sound(reply: Reply, host: str) -> VoicectlError:
    found = error_in(reply, host)
    if found is None:
        promised_object(reply)
        return BrokenAnswer("{host} answered with JSON that holds no sound", host=host)
    return found


def _decoded(chunks: Iterable[bytes], host: str) -> Iterator[bytes]:
    """Yield the sound in events; BrokenAnswer where they end before the server says that it is done."""
    heard = False
    for data in events(chunks):
        if data == END:
            break
        found = object_in(data)
        if found is None:
            raise BrokenAnswer("an event is not the JSON that was promised: {data!r}", data=_shown(data))
        match found.get("type"):
            case str(kind) if kind == DELTA:
                sound = _sound(found)
                heard = heard or bool(sound)
                yield sound
            case str(kind) if kind == DONE:
                break
            case _ if _is_error(found):
                raise _error(found, data, host)
    else:
        raise BrokenAnswer("the events ended before the sound was done")
    if not heard:
        raise BrokenAnswer("the events held no sound")


def events(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the data of each event; comments and other fields are passed over."""
    held: list[bytes] = []
    for line in _lines(chunks):
        if not line and held:
            yield b"\n".join(held)
            held = []
        name, _, value = line.partition(b":")
        if name == b"data":
            held.append(value.removeprefix(b" "))
    if held:
        yield b"\n".join(held)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines without their ends: a feed, a return, or both; the last may have none."""
    rest = b""
    for chunk in chunks:
        # A return at the end may be the first half of an end.
        text = (rest + chunk).replace(b"\r\n", b"\n")
        cut = len(text) - text.endswith(b"\r")
        *lines, rest = text[:cut].replace(b"\r", b"\n").split(b"\n")
        rest += text[cut:]
        yield from lines
        if len(rest) > LONGEST_LINE:
            raise BrokenAnswer("an event is longer than the limit of {limit} bytes", limit=LONGEST_LINE)
    if rest:
        yield rest.removesuffix(b"\r")


def _sound(event: Mapping[str, object]) -> bytes:
    from base64 import b64decode

    try:
        return b64decode(str(event.get("audio") or ""), validate=True)
    except ValueError:
        raise BrokenAnswer("an event holds no base64") from None


def _is_error(event: Mapping[str, object]) -> bool:
    return bool(event.get("error")) or event.get("type") == "error"


def _error(event: Mapping[str, object], data: bytes, host: str) -> VoicectlError:
    refusal = refusal_of(data)
    if refusal is None or not refusal.message:
        return VendorRefused("{host} stopped: {told}", host=host, told=_shown(data))
    kind = "" if refusal.kind == "error" else refusal.kind
    found = meaning(refusal._replace(kind=kind), 200, host)
    return found or VendorRefused("{host} stopped: {told}", host=host, told=refusal.message)


def _shown(data: bytes) -> str:
    return data[:80].decode("utf-8", "replace")
