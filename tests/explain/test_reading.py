"""The way in: each form is known by its look, and no request of the catalogue is changed by reading it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from voicectl.core.errors import BadInput
from voicectl.core.request import Request
from voicectl.explain.answer import read_answer
from voicectl.explain.reading import from_flags, read_captured

CASES = json.loads((Path(__file__).parent.parent / "vectors" / "mistakes.json").read_text(encoding="utf-8"))[
    "cases"
]
HAR = '{"log": {"entries": [{"request": {"method": "GET", "url": "https://h/"}}]}}'


def rendered(request: Request) -> str:
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers)
    return f"{request.method} {request.target} HTTP/1.1\r\n{head}\r\n{request.body.decode()}"


def test_every_request_of_the_catalogue_survives_untouched() -> None:
    assert len(CASES) > 300
    read = {case["id"]: read_captured(case["raw_request"].encode()) for case in CASES}
    assert {name: rendered(each.request) for name, each in read.items()} == {
        case["id"]: case["raw_request"] for case in CASES
    }
    assert {name: each.notes for name, each in read.items() if each.notes} == {}


def test_every_answer_of_the_catalogue_is_understood() -> None:
    answers = {case["id"]: case["server_answer"] for case in CASES if case["server_answer"]}
    assert len(answers) > 100
    assert [name for name, text in answers.items() if not is_understood(text)] == []


def is_understood(text: str) -> bool:
    answer = read_answer(text.encode())
    shows_string = any(words in text for words in ("String-to-Sign", "StringToSign", "string to sign"))
    shows_canonical = any(words in text for words in ("Canonical String", "CanonicalRequest"))
    return (
        answer.status == int(text.split(" ")[1])
        and answer.date is not None
        and bool(answer.code or answer.canonical_request)
        and (answer.string_to_sign is not None) == shows_string
        and (answer.canonical_request is not None) == shows_canonical
    )


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", "http"),
        ("\ufeff\r\nGET https://h/curl x\n\n", "http"),
        (":method: GET\n:path: /\n:authority: h\n", "http"),
        ("* Trying\n> GET / HTTP/2\n> Host: h\n>\n", "http"),
        ("curl https://h/", "curl"),
        ("$ curl \\\n https://h/", "curl"),
        ("#!/bin/sh\nset -e\n/usr/bin/curl https://h/", "curl"),
        ("C:\\Windows\\curl.exe ^\r\n https://h/", "curl"),
        ("TOKEN=x sudo curl https://h/", "curl"),
        (HAR, "har"),
        ("\ufeff  " + HAR, "har"),
    ],
)
def test_the_form_is_known_by_its_look(text: str, form: str) -> None:
    captured = read_captured(text.encode())
    assert (captured.form, captured.request.host) == (form, "h")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_that_windows_wrote_are_read(encoding: str) -> None:
    request = read_captured("GET /é HTTP/1.1\r\nHost: h\r\n\r\n".encode(encoding)).request
    assert request.target == "/é"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: there is nothing to read"),
        (" \n\n", "line 1: there is nothing to read"),
        ("HTTP/1.1 403 Forbidden\n\n", "line 1: this is an answer, not a request"),
        ("\n\nhello\n", "line 3, column 1: 'hello' begins no raw request, curl command or HAR"),
        ('{"log": ,}', "line 1, column 9: the HAR is no valid JSON: Expecting value"),
    ],
)
def test_what_has_none_of_the_forms_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_captured(text.encode())
    assert str(caught.value) == words


def test_no_secret_of_a_request_shows_in_its_repr() -> None:
    text = "POST /?Signature=HIDDEN HTTP/1.1\nHost: h\nAuthorization: Bearer HIDDEN\n\nHIDDEN"
    assert "HIDDEN" not in repr(read_captured(text.encode()))


def test_flags_describe_a_request_and_nothing_is_added() -> None:
    headers = ["X-Date:  now", "Content-Type: a/b", "x-date: again"]
    captured = from_flags(method="", url="http://h:81/a b/../%7e?x=1 2#f", headers=headers, data=b"{}")
    request = captured.request
    assert (request.method, request.host, request.scheme, request.target) == (
        "POST",
        "h:81",
        "http",
        "/a b/../%7e?x=1 2",
    )
    assert request.headers == (("X-Date", " now"), ("Content-Type", "a/b"), ("x-date", "again"))
    assert (request.body, captured.form) == (b"{}", "flags")


def test_flags_without_data_get_and_a_host_header_wins() -> None:
    request = from_flags(method="", url="https://h", headers=["Host: other"]).request
    assert (request.method, request.host, request.target) == ("GET", "other", "/")


@pytest.mark.parametrize(
    ("url", "headers", "words"),
    [
        ("h/path", [], "'h/path' is not a whole URL"),
        ("https:///path", [], "'https:///path' is not a whole URL"),
        ("https://h", ["no colon"], "column 3: 'no colon' is not a header"),
    ],
)
def test_flags_that_describe_no_request_are_refused(url: str, headers: list[str], words: str) -> None:
    with pytest.raises(BadInput) as caught:
        from_flags(method="GET", url=url, headers=headers)
    assert str(caught.value) == words
