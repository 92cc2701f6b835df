"""Raw requests: what stands in the text is what the request holds, whatever the tool that showed it."""

from __future__ import annotations

import pytest

from voicectl.core.errors import BadInput
from voicectl.explain.captured import Captured
from voicectl.explain.raw_http import read_http


def read(text: str | bytes) -> Captured:
    return read_http(text.encode() if isinstance(text, str) else text)


def note_ids(captured: Captured) -> list[str]:
    return [note.id for note in captured.notes]


@pytest.mark.parametrize("line_break", ["\r\n", "\n"], ids=["crlf", "lf"])
def test_path_query_headers_and_body_stay_as_they_are_written(line_break: str) -> None:
    lines = [
        "put /a//b/../%7e%2F?b=%20+&a&a= HTTP/1.1",
        "HOST: h:8443",
        "X-A:  two  inner ",
        "x-a: again",
        "",
        "é\r\n",
    ]
    request = read(line_break.join(lines)).request
    assert (request.method, request.host, request.scheme) == ("put", "h:8443", "https")
    assert (request.path, request.query) == ("/a//b/../%7e%2F", "b=%20+&a&a=")
    assert request.headers == (("HOST", "h:8443"), ("X-A", " two  inner "), ("x-a", "again"))
    assert request.body == "é\r\n".encode()


def test_a_folded_line_stays_a_line_break_in_the_value() -> None:
    request = read("GET / HTTP/1.1\r\nHost: h\r\nX-Long: one\r\n  two\r\n\tthree\r\n\r\n").request
    assert request.header("x-long") == "one\n  two\n\tthree"


def test_bytes_that_are_no_utf8_survive_a_round_trip() -> None:
    request = read(b"GET /\xe9?q=\xff HTTP/1.1\r\nHost: h\r\nX-Name: caf\xe9\r\n\r\n\xff\xfe").request
    wire = f"{request.target} {request.header('x-name')}".encode("utf-8", "surrogateescape")
    assert wire == b"/\xe9?q=\xff caf\xe9"
    assert request.body == b"\xff\xfe"


@pytest.mark.parametrize(
    ("first", "host", "scheme", "target"),
    [
        ("GET http://h.example/a?b=c HTTP/1.1", "h.example", "http", "/a?b=c"),
        ("GET https://u:p@h.example:444 HTTP/2", "h.example:444", "https", "/"),
        ("GET https://h.example?x=1#f", "h.example", "https", "/?x=1"),
        ("GET wss://h.example/ws HTTP/1.1", "h.example", "https", "/ws"),
    ],
)
def test_host_and_scheme_come_from_a_whole_url_in_the_first_line(
    first: str, host: str, scheme: str, target: str
) -> None:
    request = read(f"{first}\n\n").request
    assert (request.host, request.scheme, request.target) == (host, scheme, target)


@pytest.mark.parametrize(
    ("host", "scheme"), [("h:80", "http"), ("h:443", "https"), ("h:8080", "https"), ("h", "https")]
)
def test_the_port_tells_the_scheme_where_nothing_else_does(host: str, scheme: str) -> None:
    assert read(f"GET / HTTP/1.1\nHost: {host}\n\n").request.scheme == scheme


def test_a_missing_version_blanks_in_the_target_and_leading_empty_lines_are_taken() -> None:
    request = read("\r\n\nGET /a b?c=d e\nHost: h").request
    assert request.target == "/a b?c=d e"
    assert read("GET /a b HTTP/1.1 \nHost: h").request.target == "/a b"


@pytest.mark.parametrize(
    "text",
    [
        ":method: POST\n:authority: h.example\n:path: /v1?x=1\n:scheme: http\nx-date: now\n\nbody",
        ":authority:\nh.example\n:method:\nPOST\n:path:\n/v1?x=1\n:scheme:\nhttp\nx-date:\nnow\n\nbody",
        ":authority\r\nh.example\r\n:method\r\nPOST\r\n:path\r\n/v1?x=1\r\n:scheme\r\nhttp\r\nx-date\r\nnow\r\n\r\nbody",
    ],
    ids=["one line", "two lines", "two lines without colons"],
)
def test_pseudo_headers_are_read_as_browsers_show_them(text: str) -> None:
    request = read(text).request
    assert (request.method, request.url) == ("POST", "http://h.example/v1?x=1")
    assert request.headers == (("x-date", "now"),)
    assert request.body == b"body"


def test_a_chunked_body_is_joined() -> None:
    head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert read(f"{head}4;x=y\r\nab\r\n\r\n3\r\ncde\r\n0\r\n\r\n").request.body == b"ab\r\ncde"
    assert note_ids(read(f"{head}4\r\nab")) == ["not-chunked"]
    plain = read(f'{head}{{"a":1}}')
    assert (plain.request.body, note_ids(plain)) == (b'{"a":1}', ["not-chunked"])


@pytest.mark.parametrize(
    ("length", "body", "kept", "notes"),
    [
        ("4", "body", b"body", []),
        ("4", "body\n", b"body", ["newline-cut"]),
        ("4", "body\r\n\r\n", b"body", ["newline-cut"]),
        ("5", "body\n", b"body\n", []),
        ("9", "body", b"body", ["content-length"]),
        ("2", "body", b"body", ["content-length"]),
        ("x", "body", b"body", []),
        (None, "body\n", b"body\n", ["final-newline"]),
        (None, "body", b"body", []),
        (None, "\n\n", b"", []),
    ],
)
def test_the_body_is_what_is_there_and_doubts_are_noted(
    length: str | None, body: str, kept: bytes, notes: list[str]
) -> None:
    header = f"Content-Length: {length}\n" if length else ""
    captured = read(f"POST / HTTP/1.1\nHost: h\n{header}\n{body}")
    assert (captured.request.body, note_ids(captured)) == (kept, notes)


def test_the_length_note_tells_both_figures() -> None:
    (note,) = read("POST / HTTP/1.1\nHost: h\nContent-Length: 9\n\nbody").notes
    assert str(note) == "Content-Length is 9, but the body has 4 bytes; it is taken as it is"


def test_a_verbose_curl_trace_gives_the_last_request_and_its_answer() -> None:
    trace = (
        "* Connected to h\n> GET /old HTTP/1.1\n> Host: h\n>\n< HTTP/1.1 307 Moved\n<\n"
        "> PUT /new?x HTTP/1.1\r\n> Host: h\r\n> X-Date: now\r\n> \r\n} [4 bytes data]\n"
        "< HTTP/1.1 100 Continue\r\n< \r\n"
        "< HTTP/1.1 403 Forbidden\r\n< Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n< \r\n"
        '{"Code":"SignatureDoesNotMatch","Message":"no"}\n* Connection #0 left intact\n'
    )
    captured = read(trace)
    assert (captured.request.method, captured.request.target) == ("PUT", "/new?x")
    assert captured.request.header("x-date") == "now"
    assert captured.answer is not None
    assert (captured.answer.status, captured.answer.code) == (403, "SignatureDoesNotMatch")
    assert note_ids(captured) == ["body-unknown"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense\nHost: h", "line 1, column 1: 'nonsense' is not a request line"),
        (
            "\n\nGET relative HTTP/1.1\nHost: h",
            "line 3, column 1: 'GET relative HTTP/1.1' is not a request line",
        ),
        ('GET / HTTP/1.1\nHost: h\n{"a": 1}\n', "line 3, column 1: '{\"a\": 1}' is not a header line"),
        ("GET / HTTP/1.1\nHost: h\nX Y: 1\n", "line 3, column 2: 'X Y: 1' is not a header line"),
        ("GET / HTTP/1.1\nHost: h\nno colon\n", "line 3, column 3: 'no colon' is not a header line"),
        ("GET / HTTP/1.1\n folded\nHost: h", "line 2: a folded line follows no header"),
        ("GET / HTTP/1.1\nX: y\n\n", "line 1: the request names no host"),
        (":method: GET\n:authority: h\n", "line 1: the pseudo header ':path' is missing"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(text: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(text)
    assert str(caught.value) == words
