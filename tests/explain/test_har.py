"""HAR files: the entry that failed is found, and its request is the one that travelled."""

from __future__ import annotations

import json
from typing import Any

import pytest

from voicectl.core.errors import BadInput
from voicectl.explain.captured import Captured
from voicectl.explain.har import read_har

SIGNED = [{"name": "Authorization", "value": "AWS4-HMAC-SHA256 Credential=x"}]
TENCENT = (
    '{"Response": {"Error": {"Code": "AuthFailure.SignatureFailure", "Message": "no"}, "RequestId": "r"}}'
)


def entry(
    name: str, status: int = 200, *, body: str = "", signed: bool = True, started: str = "", **request: Any
) -> dict[str, Any]:
    return {
        "startedDateTime": started,
        "request": {"method": "GET", "url": f"https://h/{name}", "headers": SIGNED if signed else []}
        | request,
        "response": {"status": status, "headers": [], "content": {"text": body}},
    }


def read(*entries: dict[str, Any]) -> Captured:
    return read_har(json.dumps({"log": {"entries": entries}}))


@pytest.mark.parametrize(
    ("entries", "picked"),
    [
        ([entry("a", 403), entry("b", 200)], "/a"),
        ([entry("a", 403), entry("b", 403), entry("c", 200)], "/b"),
        ([entry("a", 200), entry("b", 200)], "/b"),
        ([entry("a", 200, body=TENCENT), entry("b", 200, body='{"Response": {"RequestId": "r"}}')], "/a"),
        ([entry("a", 200), entry("favicon.ico", 404, signed=False)], "/a"),
        ([entry("a", 200, signed=False), entry("b", 404, signed=False), entry("c", signed=False)], "/b"),
        (
            [entry("a?X-Amz-Signature=1", 403, signed=False), entry("b", 500, signed=False)],
            "/a?X-Amz-Signature=1",
        ),
        (
            [
                entry("late", 403, started="2026-01-02T10:00:00.5+08:00"),
                entry("early", 403, started="2026-01-02T01:00:00.000Z"),
            ],
            "/late",
        ),
        ([entry("a", 0), entry("b", 0)], "/b"),
    ],
)
def test_the_latest_signed_request_that_failed_is_taken(entries: list[dict[str, Any]], picked: str) -> None:
    assert read(*entries).request.target == picked


def test_the_choice_is_noted() -> None:
    captured = read(entry("a", 403), entry("b"))
    assert [str(note) for note in captured.notes] == ["entry 1 of 2 was taken: GET h, status 403"]


def test_pseudo_headers_go_and_headers_keep_their_order() -> None:
    headers = [
        {"name": ":authority", "value": "h.example"},
        {"name": ":method", "value": "POST"},
        {"name": "x-b", "value": "2  2"},
        {"name": "x-a", "value": "1"},
        {"name": "x-b", "value": "3"},
    ]
    request = read(entry("a b?é=1#f", 403, method="POST", headers=headers)).request
    assert (request.method, request.host, request.target) == ("POST", "h.example", "/a b?é=1")
    assert request.headers == (("x-b", "2  2"), ("x-a", "1"), ("x-b", "3"))


def test_cookies_are_added_where_no_header_shows_them() -> None:
    cookies = [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]
    assert read(entry("a", cookies=cookies)).request.header("cookie") == "a=1; b=2"
    shown = [{"name": "cookie", "value": "a=1"}]
    assert read(entry("a", cookies=cookies, headers=shown)).request.headers == (("cookie", "a=1"),)


@pytest.mark.parametrize(
    ("data", "body"),
    [
        ({"text": '{"a": "é"}'}, '{"a": "é"}'.encode()),
        ({"text": "AP8=", "encoding": "base64"}, b"\x00\xff"),
        ({"params": [{"name": "a b", "value": "é&"}, {"name": "c"}]}, b"a+b=%C3%A9%26&c="),
        ({"text": "\ud800"}, b"\xed\xa0\x80"),
        ({}, b""),
    ],
)
def test_the_body_is_text_base64_or_fields(data: dict[str, Any], body: bytes) -> None:
    assert read(entry("a", 403, postData=data)).request.body == body


def test_the_answer_is_taken_from_the_entry_even_in_base64() -> None:
    har = entry("a", 403, body="eyJDb2RlIjogIkV4cGlyZWQifQ==")
    har["response"]["content"]["encoding"] = "base64"
    har["response"]["headers"] = [
        {"name": "date", "value": "Thu, 01 Jan 2026 00:00:00 GMT"},
        {"name": "transfer-encoding", "value": "chunked"},
    ]
    answer = read(har).answer
    assert answer is not None
    assert (answer.status, answer.code, answer.date is not None) == (403, "Expired", True)


def test_a_lone_entry_and_a_list_of_entries_are_taken() -> None:
    assert read_har(json.dumps(entry("a"))).request.target == "/a"
    assert read_har(json.dumps([entry("a"), entry("b")])).request.target == "/b"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{\n "log": }', "line 2, column 9: the HAR is no valid JSON: Expecting value"),
        ("[" * 100_000, "the HAR is no valid JSON: nested too deeply, or a number too long"),
        ("[" + "1" * 5000 + "]", "the HAR is no valid JSON: nested too deeply, or a number too long"),
        ('{"log": {"entries": []}}', "the HAR has no entries"),
        ('{"log": {"entries": [1, null, {"request": 2}]}}', "the HAR has no entries"),
        ('{"a": 1}', "the HAR has no entries"),
        ('[{"request": {"method": "GET", "url": "x"}}]', None),
        ('[{"request": {"url": "https://h/"}}]', "entry 1 of the HAR names no method or no host"),
        (
            '[{"request": {"method": "POST", "url": "https://h/", '
            '"postData": {"mimeType": "multipart/form-data; boundary=x", "params": [{"name": "a"}]}}}]',
            "entry 1 of the HAR has a multipart form without its text",
        ),
        (
            '[{"request": {"method": "POST", "url": "https://h/", '
            '"postData": {"text": "!", "encoding": "base64"}}}]',
            "entry 1 of the HAR has a body that is no base64",
        ),
    ],
)
def test_what_cannot_be_read_is_named(text: str, words: str | None) -> None:
    if words is None:
        assert read_har(text).request.host == "x"
        return
    with pytest.raises(BadInput) as caught:
        read_har(text)
    assert str(caught.value) == words
