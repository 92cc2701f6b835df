"""Cases from files: what is accepted, and how a broken one is named."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from voicectl.core.clock import Moment
from voicectl.core.errors import BadInput, UsageError
from voicectl.signing import cases

AT = Moment(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "a-nonce")


def case(signer: str = "aws-sigv4", context: Any = None, **request: Any) -> dict[str, Any]:
    return {
        "name": "one",
        "signer": signer,
        "credentials": {"access_key_id": "AKEXAMPLE", "access_key_secret": "EXAMPLE", "security_token": None},
        "context": {"region": "r", "service": "s", **(context or {})},
        "request": {"method": "GET", "host": "h.example", **request},
    }


def test_time_and_nonce_of_the_case_go_before_those_of_the_caller() -> None:
    given = {"timestamp": "2020-02-03T04:05:06+08:00", "nonce": "its-own"}
    assert cases.read(case(context=given), AT).moment == Moment(
        datetime(2020, 2, 2, 20, 5, 6, tzinfo=UTC), "its-own"
    )
    assert cases.read(case(), AT).moment == AT


@pytest.mark.parametrize(
    ("query", "wire"),
    [
        (None, ""),
        ([], ""),
        ([["a", "1 2"], ["a", ""]], "a=1%202&a="),
        ({"a": ["x", "y"], "b": "é"}, "a=x&a=y&b=%C3%A9"),
        ("a=%2f+&b", "a=%2f+&b"),
    ],
)
def test_a_query_is_pairs_an_object_or_wire_text(query: Any, wire: str) -> None:
    assert cases.read(case(query=query), AT).request.query == wire


def test_pairs_are_written_as_the_clients_of_the_vendor_write_them() -> None:
    pairs = [["b", "x y"], ["a", ""]]
    assert cases.read(case("tencent-tc3", query=pairs), AT).request.query == "b=x+y&a="
    assert cases.read(case("aliyun-oss-v4", query=pairs), AT).request.query == "b=x%20y&a"


def test_a_decoded_path_is_encoded_and_a_raw_one_is_not() -> None:
    assert cases.read(case(path="/a b/%2F?"), AT).request.path == "/a%20b/%252F%3F"
    assert cases.read(case(path="/a b/%2F", context={"path_form": "raw"}), AT).request.path == "/a b/%2F"


def test_a_raw_path_may_bring_its_query() -> None:
    request = cases.read(case(path="/p?x=%7e", context={"path_form": "raw"}), AT).request
    assert (request.path, request.query) == ("/p", "x=%7e")


def test_header_lines_stay_apart_and_a_body_may_be_any_bytes() -> None:
    request = cases.read(case(headers={"A": ["1", "2"], "B": "3"}, body={"base64": "/wA="}), AT).request
    assert request.headers == (("A", "1"), ("A", "2"), ("B", "3"))
    assert request.body == b"\xff\x00"


def test_a_line_break_in_a_header_is_folding_and_does_not_travel() -> None:
    read = cases.read(case(headers={"A": "one\r\n  two\n\tthree"}), AT)
    signed = read.signer.sign(read.request, read.credentials, read.moment)
    assert signed.request.header("A") == "one two three"
    assert "\na:one two three\n" in signed.trace.canonical_request


def broken(place: str, value: Any) -> dict[str, Any]:
    entry = case()
    part, _, field = place.rpartition(".")
    (entry[part] if part else entry)[field] = value
    return entry


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("signer", None, "signer is missing; it must be text"),
        ("credentials", [], "credentials must be an object, not a list"),
        ("credentials.access_key_secret", 7, "credentials.access_key_secret must be text, not a number"),
        ("request", None, "request is missing"),
        ("request.method", None, "request.method is missing"),
        ("request.host", {}, "request.host must be text, not an object"),
        ("request.query", 3, "request.query must be a list of pairs or an object"),
        ("request.query", [["a"]], r"request.query\[0\] must be a pair of texts"),
        ("request.query", [["a", 1]], r"request.query\[0\] must be text, not a number"),
        ("request.headers", {"A": None}, "request.headers.A is missing"),
        ("request.body", 5, "request.body must be text"),
        ("request.body", {"base64": "*"}, "request.body.base64 must be base64"),
        ("request.path", "\ud800", "half of a surrogate pair"),
        ("context.timestamp", "yesterday", "context.timestamp must be a time like"),
        ("context.path_form", "cooked", "context.path_form must be decoded or raw"),
    ],
)
def test_a_broken_case_names_the_field(place: str, value: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        cases.read(broken(place, value), AT)


@pytest.mark.parametrize("entry", [None, 3, "text", []])
def test_what_is_no_object_is_no_case(entry: Any) -> None:
    with pytest.raises(BadInput, match="the case"):
        cases.read(entry, AT)
    assert cases.name_of(entry) is None


def test_an_option_that_the_scheme_lacks_is_refused() -> None:
    with pytest.raises(UsageError, match="no option 'bucket'"):
        cases.read(case(context={"bucket": "b"}), AT)


def test_text_that_is_no_json_is_named_by_its_place() -> None:
    with pytest.raises(BadInput, match="line 2, column 1"):
        cases.parse("[\n}")
    with pytest.raises(BadInput, match="nested too deeply"):
        cases.parse("[" * 100_000)
