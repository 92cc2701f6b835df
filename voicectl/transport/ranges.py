"""Parts of a body by HTTP ranges (RFC 9110, 14): asking, and reading what came. Nothing is sent here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from voicectl.core.dates import read_date
from voicectl.core.errors import BrokenAnswer
from voicectl.core.recording import Plan, Segment
from voicectl.core.request import Pairs, ReplyStream
from voicectl.transport import checksums

MIB = 1 << 20
SEGMENT_BYTES = 32 * MIB
"""What one request asks for where several go side by side; what is shorter comes in one piece."""
MOST_SEGMENTS = 256
CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
PARTIAL = 206


def asking_first(*, whole: bool) -> Pairs:
    """Return the headers of a first request: for all, or for as much as one of several would take."""
    return () if whole else (("Range", f"bytes=0-{SEGMENT_BYTES - 1}"),)


def asking_for(segment: Segment, validator: str) -> Pairs:
    """Return the headers that ask for what a segment lacks, if the bytes are still the same ones."""
    start = segment.start + segment.done
    condition = (("If-Range", validator),) if validator else ()
    return (("Range", f"bytes={start}-{segment.end - 1}"), *condition)


def plan_of(reply: ReplyStream, *, etag_is_md5: bool) -> Plan:
    """Return what a first reply begins, of all bytes or of their start; BrokenAnswer for another part."""
    size = _number(reply.headers.get("content-length", ""))
    brought = size
    if reply.status == PARTIAL:
        start, end, size = part_of(reply)
        brought = end - start
        if start:
            raise _not_asked(reply)
    is_whole = brought == size
    return Plan(
        size=size,
        validator=validator_of(reply.headers),
        segment_bytes=(size or 0) if is_whole else SEGMENT_BYTES,
        promised=checksums.promised(reply.headers, is_whole=is_whole, etag_is_md5=etag_is_md5),
    )


def part_of(reply: ReplyStream) -> tuple[int, int, int]:
    """Return start and end of what a partial answer brings, and the length of all; BrokenAnswer."""
    told = CONTENT_RANGE.fullmatch(reply.headers.get("content-range", "").strip())
    if told is None:
        raise _not_asked(reply)
    start, end, size = int(told[1]), int(told[2]) + 1, int(told[3])
    length = _number(reply.headers.get("content-length", ""))
    if not start < end <= size or length not in (None, end - start):
        raise _not_asked(reply)
    return start, end, size


def goes_on(reply: ReplyStream, segment: Segment, plan: Plan) -> bool:
    """Say whether a partial answer brings what is missing, of the same bytes in the same version."""
    start, end, size = part_of(reply)
    etag = reply.headers.get("etag", "")
    same = size == plan.size and (not etag or not plan.validator.startswith('"') or etag == plan.validator)
    if not same:
        return False
    if start != segment.start + segment.done or end > segment.end:
        raise _not_asked(reply)
    return True


def validator_of(headers: Mapping[str, str]) -> str:
    """Return what names this version of the bytes for sure: a strong ETag, else an old enough date.

    A date names one version only if it lies a second or more before the answer (RFC 9110, 8.8.2.2).
    """
    etag = headers.get("etag", "").strip()
    if etag.startswith('"') and etag.endswith('"') and len(etag) > 2:
        return etag
    changed = read_date(headers.get("last-modified", ""))
    now = read_date(headers.get("date", ""))
    if changed is None or now is None or now - changed < timedelta(seconds=1):
        return ""
    return headers["last-modified"]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() else None


def _not_asked(reply: ReplyStream) -> BrokenAnswer:
    return BrokenAnswer(
        "the answer brings another part than was asked for: {range!r}",
        range=reply.headers.get("content-range", ""),
    )
