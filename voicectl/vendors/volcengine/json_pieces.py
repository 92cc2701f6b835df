"""JSON objects out of a body that comes piece by piece. What they mean is told elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from voicectl.core.errors import BrokenAnswer

LARGEST = 64 << 20
_OUTSIDE = re.compile(rb'["{}]')
_IN_TEXT = re.compile(rb'"|\\.', re.DOTALL)
EXCERPT = 200


def objects_in(chunks: Iterable[bytes]) -> Iterator[Mapping[str, object]]:
    """Yield each object as soon as it is whole, whether line breaks part them or nothing does.

    Raises BrokenAnswer for what is no JSON object, and for one that the end cuts off.
    """
    held = bytearray()
    cut = _Cutter()
    for chunk in chunks:
        held += chunk
        while end := cut.end_in(held):
            yield _object(bytes(held[:end]))
            del held[:end]
            cut = _Cutter()
        if len(held) > LARGEST:
            raise BrokenAnswer("one object of the answer is longer than {limit} bytes", limit=LARGEST)
    if held.strip():
        raise BrokenAnswer("the answer is cut off within an object: {start}", start=_excerpt(held))


class _Cutter:
    """Finds the end of the first object without looking at any byte twice."""

    def __init__(self) -> None:
        self._at = 0
        self._depth = 0
        self._in_text = False

    def end_in(self, held: bytearray) -> int:
        """Return where the first object ends; 0 where more has to come."""
        if not self._depth and bytes(held.lstrip()[:1]) not in (b"", b"{"):
            raise _no_object(held)
        while found := (_IN_TEXT if self._in_text else _OUTSIDE).search(held, self._at):
            self._at = found.end()
            match found.group():
                case b'"':
                    self._in_text = not self._in_text
                case b"{":
                    self._depth += 1
                case b"}":
                    self._depth -= 1
                    if not self._depth:
                        return self._at
        # A backslash at the end, if it is not the second of two, belongs to what comes next.
        is_open = self._in_text and self._at < len(held) and held.endswith(b"\\")
        self._at = len(held) - is_open
        return 0


def _object(text: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise _no_object(text)
    return found


def _no_object(text: bytes | bytearray) -> BrokenAnswer:
    return BrokenAnswer("the answer is not the JSON that was promised: {start}", start=_excerpt(text))


def _excerpt(text: bytes | bytearray) -> str:
    return bytes(text[:EXCERPT]).decode("utf-8", "replace").strip()
