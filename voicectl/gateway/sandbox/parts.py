"""A whole body or the part that was asked for. Whose it is and what its headers say: the stores' own modules.

Specification: RFC 9110, sections 13 and 14
"""

from __future__ import annotations

import re

from voicectl.core.request import Pairs, Request
from voicectl.gateway.wire import Answer

RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class Unsatisfiable(Exception):
    """No byte of the part is there."""


def part_of(request: Request, data: bytes, headers: Pairs, *, whole_instead: bool = True) -> Answer:
    """Return the body or a part of it; to a HEAD the server sends the head alone.

    Of a part beyond the end all comes, or with `whole_instead` False Unsatisfiable is raised.
    """
    etag = next((text for name, text in headers if name == "ETag"), "")
    if request.header("if-match") not in (None, "*", etag):
        return Answer(412, headers)
    span = _span(request.header("range") or "", len(data))
    if span is not None and request.header("if-range") not in (None, etag):
        span = None
    if span is not None and span[0] >= span[1]:
        if not whole_instead:
            raise Unsatisfiable
        span = None
    ranges = (*headers, ("Accept-Ranges", "bytes"))
    if span is None:
        return Answer(200, ranges, data)
    about = ("Content-Range", f"bytes {span[0]}-{span[1] - 1}/{len(data)}")
    return Answer(206, (*ranges, about), data[span[0] : span[1]])


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """Return start and end of the part that is asked for; None for all, also where it cannot be read."""
    found = RANGE.fullmatch(asked.strip())
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found[1], found[2]
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last) + 1 if last else size, size)
