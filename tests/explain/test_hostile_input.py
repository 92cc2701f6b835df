"""Whatever is handed in: an own error with its place or a result, and no long wait."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicectl.core.errors import BadInput, VoicectlError
from voicectl.explain.answer import read_answer
from voicectl.explain.reading import read_captured

SIZE = 1 << 19
SEEDS = [
    b"POST /a?b=c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"
    b"3\r\nabc\r\n0\r\n\r\n",
    b":method: GET\n:path: /\n:authority: h\na: b\n\nx",
    b"> GET / HTTP/1.1\n> Host: h\n>\n< HTTP/1.1 403 x\n< A: b\n<\n{}",
    b"curl -sS 'https://h/x?a=1' -H \"a: $b\" -d $'x\\n\\u0041' \\\n --json '{}' -u a:b <<E | jq\nabc\nE\n",
    b'curl ^"https://h/x^" ^\r\n -H ^"a: b^" --data-raw ^"^{^\\^"a^\\^":1^}^"',
    b'{"log":{"entries":[{"startedDateTime":"2026-01-01T00:00:00Z","request":{"method":"POST","url":"https://h/"'
    b',"headers":[{"name":"a","value":"b"}],"postData":{"text":"e30=","encoding":"base64"}},"response":'
    b'{"status":403,"headers":[],"content":{"text":"{}"}}}]}}',
    b'HTTP/1.1 403 x\r\nDate: Fri, 02 Jan 2026 03:04:05 GMT\r\n\r\n{"Code": "X", '
    b'"Message": "server string to sign is:G"}',
    b"<Error><Code>X</Code><StringToSignBytes>41 0a</StringToSignBytes>"
    b"<ServerTime>20260102T030405Z</ServerTime></Error>",
]
BITS = [
    b"'", b'"', b"\\", b"\n", b"\r\n", b"$", b"`", b"^", b"%", b"{", b"]", b"null", b"\0", b"\xff",
    b"\xc3\xa9", b":", b" ", b"-d @x", b"-T", b"<<E", b"$'", b"<", b"&", b";", b"99999999999999999999",
    b"\xed\xa0\x80", b"\xff\xfe", b"#", b"\\ud800", b"--next", b"HTTP/1.1 ", b"//", b"@", b"?", b"",
]  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        cut = draw(st.integers(0, 12))
        data = data[:start] + draw(st.sampled_from(BITS)) + data[start + cut :]
    return data


def must_be_whole(error: VoicectlError) -> None:
    assert str(error)
    assert isinstance(error.hint, str)


@settings(max_examples=300, deadline=1000)
@given(data=st.one_of(damaged(), st.binary(max_size=60)))
@pytest.mark.slow
def test_damaged_requests_give_a_request_or_an_error_of_ours(data: bytes) -> None:
    try:
        captured = read_captured(data, files={"x": b"y"}.__getitem__)
    except VoicectlError as error:
        must_be_whole(error)
        return
    request = captured.request
    wire = [request.target, request.host, *(part for pair in request.headers for part in pair)]
    assert all(part.encode("utf-8", "surrogateescape") is not None for part in wire)
    assert request.host
    assert request.method
    assert all(str(note) for note in captured.notes)


@settings(max_examples=200, deadline=1000)
@given(data=st.one_of(damaged(), st.binary(max_size=60)))
@pytest.mark.slow
def test_damaged_answers_give_an_answer_or_an_error_of_ours(data: bytes) -> None:
    try:
        answer = read_answer(data)
    except VoicectlError as error:
        must_be_whole(error)
        return
    assert f"{answer.code}{answer.message}".encode("utf-8", "surrogateescape") is not None


REQUESTS = {
    "options": b"curl h " + b"-d a " * (SIZE // 5),
    "variables": b'curl h -d "' + b"$a$b" * (SIZE // 4) + b'"',
    "documents": b"curl h " + b"<<E " * (SIZE // 4) + b"\nx\n",
    "backslashes": b"curl ^\n h " + b"\\" * SIZE,
    "empty lines": b" \n" * (SIZE // 2) + b"curl ^\n h",
    "blank target": b"GET /" + b" " * SIZE + b"x",
    "carriage returns": b"GET / HTTP/1.1\nHost: h\n" + b"\r" * SIZE,
    "folds": b"GET / HTTP/1.1\nHost: h\n" + b" x\n" * (SIZE // 3),
    "chunks": b"GET / HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n" + b"1\nx\n" * (SIZE // 4),
    "host": "curl http://é".encode() + b"a" * SIZE,
    "depth": b"[" * SIZE,
}
ANSWERS = {
    "open elements": b"<a>" * (SIZE // 3),
    "half elements": b"<a>x</a " * (SIZE // 8),
    "attributes": b"<a " + b" x" * (SIZE // 2),
    "references": b"<Message>" + b"&#" * (SIZE // 2) + b"</Message>",
    "acs3": b'{"message":"' + b"server StringToSign is [" * (SIZE // 24) + b'"}',
    "rpc": b'{"message":"' + b"server string to sign is: " * (SIZE // 26) + b'"}',
    "skew": b'{"message":"'
    + b"Signature expired: 20160928T135747Z is now earlier than " * (SIZE // 56)
    + b'"}',
    "words": b"Error: " * (SIZE // 7),
    "depth": b'{"a":' * (SIZE // 5),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reader", "data"),
    [
        *(pytest.param(read_captured, data, id=f"request {name}") for name, data in REQUESTS.items()),
        *(pytest.param(read_answer, data, id=f"answer {name}") for name, data in ANSWERS.items()),
    ],
)
def test_time_grows_no_faster_than_the_text(reader: Callable[[bytes], object], data: bytes) -> None:
    def seconds(text: bytes) -> float:
        started = time.process_time()
        try:
            reader(text)
        except BadInput as error:
            must_be_whole(error)
        return time.process_time() - started

    assert seconds(data) < 5
