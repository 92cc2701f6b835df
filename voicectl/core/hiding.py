"""Stars for secrets in texts from outside, however they are spelled there. The secrets: `credentials.py`.

Promised is: a secret is found whole, and so is every part of it that is `PART` bytes or longer, plain or
percent-encoded, with the escapes of JSON, XML or Python up to three times over, in base64 at any place of
a longer word, and in hexadecimal digits, in capitals or not. Of a secret shorter than that nothing but the
whole is sought; one below `SHORT` must stand alone, and below `SHORTEST` it is not sought: it might be any
word.
"""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

STARS = b"***"
PART, SHORT, SHORTEST = 12, 8, 4
BLOCK = PART // 2
"""A part of `PART` bytes holds a whole block, wherever blocks of that size are cut."""
LEVELS = 3
ESCAPE = (
    rb"%([0-9A-Fa-f]{2})|\\x([0-9A-Fa-f]{2})|\\u([0-9A-Fa-f]{4})"
    rb"|&#[xX]0*([0-9A-Fa-f]{1,5});|&#0*([0-9]{1,6});|&(amp|lt|gt|quot|apos);|\\([\"'/\\])"
)
NAMED = {b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'"}

Span = tuple[int, int]


class Hiding:
    """Knows what to look for; built once for many texts. Without `parts` a secret is looked for whole."""

    __slots__ = ("_blocks", "_long", "_wholes")

    def __init__(self, secrets: Iterable[str], *, parts: bool = True) -> None:
        needles = {needle.lower() for secret in secrets for needle in _needles(secret)}
        self._wholes = [needle for needle in needles if not parts or len(needle) < PART]
        self._long = [needle for needle in needles if parts and len(needle) >= PART]
        self._blocks = {
            needle[start : start + BLOCK] for needle in self._long for start in range(len(needle) - BLOCK + 1)
        }

    def hidden_in(self, text: str) -> str:
        """Return a text with stars for the secrets; the same text where there are none."""
        data = text.encode("utf-8", "surrogatepass")
        hidden = self.hidden_in_bytes(data)
        return text if hidden is data else hidden.decode("utf-8", "surrogatepass")

    def hidden_in_bytes(self, data: bytes) -> bytes:
        """Do the same for bytes, which may be of any kind."""
        spans: list[Span] = []
        readings: list[_Reading] = []
        read = data
        while True:
            for span in self._found(read.lower()):
                for reading in reversed(readings):
                    span = reading.back(span)
                spans.append(span)
            deeper = _unescaped(read) if len(readings) < LEVELS else None
            if deeper is None:
                break
            readings.append(deeper)
            read = deeper.text
        return _starred(data, spans) if spans else data

    def _found(self, text: bytes) -> Iterator[Span]:
        for needle in self._wholes:
            yield from _wholes(text, needle)
        blocks, done = self._blocks, 0
        if not blocks:
            return
        for at in range(0, len(text) - BLOCK + 1, BLOCK):
            if text[at : at + BLOCK] in blocks and at + BLOCK > done:
                for span in self._around(text, at):
                    done = max(done, span[1])
                    yield span

    def _around(self, text: bytes, at: int) -> Iterator[Span]:
        """Yield the long parts of secrets around a block that they and the text have in common."""
        block = text[at : at + BLOCK]
        for needle in self._long:
            start = needle.find(block)
            while start >= 0:
                first, last = _grown(text, at, needle, start)
                if last - first >= PART:
                    yield first, last
                    if last - first == len(needle):
                        return
                start = needle.find(block, start + 1)


def _needles(secret: str) -> Iterator[bytes]:
    """Yield a secret, and what no undoing of escapes brings back: base64 and hexadecimal digits."""
    raw = read = secret.encode("utf-8", "surrogatepass")
    if len(raw) >= SHORTEST:
        yield raw
    if len(raw) < SHORT:
        return
    # What is an escape in the secret itself is undone together with those around it.
    while (reading := _unescaped(read)) is not None:
        yield (read := reading.text)
    yield raw.hex().encode()
    for before in range(3):
        # The first and the last sign may tell of what stands beside the secret too: they are left out.
        first, last = -(-8 * before // 6), (before + len(raw)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(bytes(before) + raw)[first:last]


def _wholes(text: bytes, needle: bytes) -> Iterator[Span]:
    at = text.find(needle)
    while at >= 0:
        end = at + len(needle)
        if len(needle) >= SHORT or not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum()):
            yield at, end
        at = text.find(needle, end)


def _grown(text: bytes, at: int, needle: bytes, start: int) -> Span:
    """Return how far a text and a needle agree on both sides of a place that they have in common."""
    first, last, end = at, at + BLOCK, start + BLOCK
    while first and start and text[first - 1] == needle[start - 1]:
        first, start = first - 1, start - 1
    while last < len(text) and end < len(needle) and text[last] == needle[end]:
        last, end = last + 1, end + 1
    return first, last


class _Reading(NamedTuple):
    """A text with its escapes undone once: where each one was, by its place after and before."""

    text: bytes
    starts: list[int]
    escapes: list[tuple[int, int, int]]
    """Where it ends now, where it started, and where it ended."""

    def back(self, span: Span) -> Span:
        """Return the part of the text before that was read as this one."""
        return self._place(span[0])[0], self._place(span[1] - 1)[1]

    def _place(self, at: int) -> Span:
        index = bisect_right(self.starts, at) - 1
        if index < 0:
            return at, at + 1
        end, was_from, was_to = self.escapes[index]
        return (was_from, was_to) if at < end else (was_to + at - end, was_to + at - end + 1)


def _unescaped(text: bytes) -> _Reading | None:
    """Undo each escape once; None where there is none."""
    if not any(sign in text for sign in (b"%", b"\\", b"&")):
        return None
    out, starts, escapes = bytearray(), [], []
    left = 0
    for found in re.finditer(ESCAPE, text):
        out += text[left : found.start()]
        starts.append(len(out))
        out += _meant(found)
        escapes.append((len(out), *found.span()))
        left = found.end()
    return _Reading(bytes(out + text[left:]), starts, escapes) if starts else None


def _meant(found: re.Match[bytes]) -> bytes:
    byte, mark = found[1] or found[2], found[3] or found[4]
    if byte:
        return bytes((int(byte, 16),))
    if mark or found[5]:
        return chr(int(mark, 16) if mark else int(found[5])).encode("utf-8", "surrogatepass")
    return NAMED[found[6]] if found[6] else found[7]


def _starred(data: bytes, spans: Iterable[Span]) -> bytes:
    """Put stars in the place of the spans, and never into the middle of a character or an escape."""
    out, done = bytearray(), 0
    for start, end in sorted(spans):
        while start > done and data[start] & 0xC0 == 0x80:
            start -= 1
        start -= _is_escaped(data, start)
        end += _is_escaped(data, end)
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end += 1
        if end <= done:
            continue
        if start > done or not done:
            out += data[done:start] + STARS
        done = end
    return bytes(out + data[done:])


def _is_escaped(data: bytes, at: int) -> bool:
    """Say whether a backslash belongs to what stands there: JSON is to stay JSON."""
    before = data[:at]
    return at < len(data) and bool((len(before) - len(before.rstrip(b"\\"))) % 2)
