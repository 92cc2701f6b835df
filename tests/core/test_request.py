"""A request holds wire text: what is built can be read, what was captured survives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicectl.core.errors import BadInput
from voicectl.core.request import Request, percent_decode, percent_encode, utf8

quick = settings(max_examples=50, deadline=None)


def build(**changed: object) -> Request:
    return Request.build(**{"method": "GET", "host": "h.example", **changed})  # type: ignore[arg-type]


def test_path_and_pairs_are_encoded_by_rfc_3986() -> None:
    request = build(path="/a b/ü+%2F~*", pairs=[("k=&", "1+2 3"), ("k", "")])
    assert request.path == "/a%20b/%C3%BC%2B%252F~%2A"
    assert request.query == "k%3D%26=1%2B2%203&k="
    assert request.url == f"https://h.example{request.path}?{request.query}"


def test_an_empty_path_is_the_root() -> None:
    assert build(path="").target == Request(method="GET", host="h", path="").target == "/"


def test_a_captured_request_keeps_every_byte_of_its_target() -> None:
    request = Request(method="GET", host="h", path="//a/../b%2f", query="x=%7e+y&&z")
    assert request.target == "//a/../b%2f?x=%7e+y&&z"
    assert request.pairs() == (("x", "~+y"), ("z", ""))


@quick
@given(st.lists(st.tuples(st.text(), st.text()), max_size=4))
def test_pairs_come_back_as_they_went_in(pairs: list[tuple[str, str]]) -> None:
    kept = [pair for pair in pairs if pair != ("", "")]
    assert [pair for pair in build(pairs=pairs).pairs() if pair != ("", "")] == kept


@quick
@given(st.binary())
def test_bytes_that_are_no_utf8_survive(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    assert utf8(percent_decode(percent_encode(text))) == data


def test_half_a_surrogate_pair_is_named_with_its_place() -> None:
    with pytest.raises(BadInput, match="character 3 of"):
        percent_encode("ab\ud83c")


def test_a_header_is_found_whatever_its_case_and_the_first_wins() -> None:
    request = build(headers=[("X-One", "1"), ("x-one", "2")])
    assert (request.header("X-ONE"), request.header("x-two")) == ("1", None)


def test_with_header_replaces_all_lines_at_the_first_place() -> None:
    request = build(headers=[("A", "1"), ("B", "2"), ("a", "3")])
    assert request.with_header("A", "9").headers == (("A", "9"), ("B", "2"))
    assert request.with_header("C", "9").headers == (*request.headers, ("C", "9"))
    assert request.headers == (("A", "1"), ("B", "2"), ("a", "3"))


def test_copies_change_nothing_else() -> None:
    request = build(path="/p", pairs=[("q", "1")], headers=[("A", "1")], body=b"b", scheme="http")
    assert request.with_headers(request.headers) == request.with_query(request.query) == request


def test_repr_shows_neither_query_nor_headers_nor_body() -> None:
    shown = repr(build(pairs=[("token", "EXAMPLE1")], headers=[("A", "EXAMPLE2")], body=b"EXAMPLE3"))
    assert "EXAMPLE" not in shown
