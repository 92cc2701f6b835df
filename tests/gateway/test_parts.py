"""A part of an object is exactly the part that was asked for, or there is a reason why it is not."""

from __future__ import annotations

import pytest

from voicectl.core.request import Request
from voicectl.gateway.sandbox.parts import Unsatisfiable, part_of

DATA = bytes(range(100))
HEADERS = (("ETag", '"v1"'),)


def asked(**headers: str) -> Request:
    pairs = tuple((name.replace("_", "-"), text) for name, text in headers.items())
    return Request(method="GET", host="127.0.0.1", headers=pairs)


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=90-", 90, 100),
        ("bytes=90-1000", 90, 100),
        ("bytes=-10", 90, 100),
        ("bytes=-1000", 0, 100),
        ("bytes=99-99", 99, 100),
    ],
)
def test_a_part_comes_with_its_place(wanted: str, start: int, end: int) -> None:
    answer = part_of(asked(range=wanted), DATA, HEADERS)
    assert (answer.status, answer.body) == (206, DATA[start:end])
    assert ("Content-Range", f"bytes {start}-{end - 1}/100") in answer.headers


@pytest.mark.parametrize("wanted", ["", "bytes=9-0", "bytes=-", "bytes=a-b", "lines=0-9", "bytes=0-1,5-6"])
def test_what_is_no_part_brings_all(wanted: str) -> None:
    answer = part_of(asked(range=wanted), DATA, HEADERS)
    assert (answer.status, answer.body) == (200, DATA)


@pytest.mark.parametrize("wanted", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_part_beyond_the_end_is_refused_or_brings_all(wanted: str) -> None:
    assert part_of(asked(range=wanted), DATA, HEADERS).status == 200
    with pytest.raises(Unsatisfiable):
        part_of(asked(range=wanted), DATA, HEADERS, whole_instead=False)


def test_another_version_is_told_from_the_one_that_was_begun() -> None:
    assert part_of(asked(range="bytes=0-9", if_match='"v0"'), DATA, HEADERS).status == 412
    assert part_of(asked(range="bytes=0-9", if_match='"v1"'), DATA, HEADERS).status == 206
    assert part_of(asked(range="bytes=0-9", if_range='"v0"'), DATA, HEADERS).body == DATA
    assert part_of(asked(range="bytes=0-9", if_range='"v1"'), DATA, HEADERS).status == 206
