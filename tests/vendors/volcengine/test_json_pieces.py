"""Objects come out of any cut of the bytes, as soon as they are whole."""

from __future__ import annotations

import json
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicectl.core.errors import BrokenAnswer
from voicectl.vendors.volcengine.json_pieces import objects_in

BACKSLASHES = {"\\": "\\", "x": "\\\\", "y": "\\}"}
TRICKY = {"a": '}{"\\', "b": {"c": ["{", '"}"', None]}, "你": "好\n"}

values = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@pytest.mark.parametrize(
    "between", [b"", b"\n", b"\r\n\r\n", b"  "], ids=["nothing", "line", "lines", "blanks"]
)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_objects_are_found_in_any_cut(between: bytes, size: int) -> None:
    body = between.join(json.dumps(TRICKY, ensure_ascii=bool(size % 2)).encode() for _ in range(3)) + between
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    assert list(objects_in(pieces)) == [TRICKY] * 3


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_backslashes_are_paired_across_cuts(size: int) -> None:
    body = json.dumps(BACKSLASHES).encode()
    assert list(objects_in(body[at : at + size] for at in range(0, len(body), size))) == [BACKSLASHES]


@settings(max_examples=40)
@given(st.lists(st.dictionaries(st.text(), values), max_size=4), st.integers(1, 20))
@pytest.mark.slow
def test_whatever_is_written_is_read(objects: list[dict[str, object]], size: int) -> None:
    body = b"".join(json.dumps(each, ensure_ascii=False).encode() for each in objects)
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    assert list(objects_in(pieces)) == objects


def test_an_object_comes_before_the_next_one_has_begun() -> None:
    def pieces():  # type: ignore[no-untyped-def]
        yield b'{"a": 1}'
        raise AssertionError("the next piece was asked for too early")

    assert next(objects_in(pieces())) == {"a": 1}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html></html>", "not the JSON"),
        (b"[]", "not the JSON"),
        (b'{"a": 1} x', "not the JSON"),
        (b'{"a": nothing}', "not the JSON"),
        (b'{"a": 1}\n{"b": "', "cut off"),
        (b'{"a": 1}\n{', "cut off"),
    ],
    ids=["html", "list", "rest", "no json", "cut in a text", "cut at once"],
)
def test_what_is_no_object_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(BrokenAnswer, match=said):
        list(objects_in([body]))


def test_a_long_text_in_many_pieces_is_read_in_one_go() -> None:
    piece, began = b"A" * 4096, perf_counter()
    (found,) = objects_in([b'{"data": "', *([piece] * 2000), b'"}'])
    assert len(str(found["data"])) == 2000 * 4096
    assert perf_counter() - began < 2
