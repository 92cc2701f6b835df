"""Curl commands: what we read is what the real curl sends, and what cannot be known is said."""

from __future__ import annotations

import re
import shlex
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from voicectl.core.errors import BadInput, NoInput
from voicectl.core.request import Request
from voicectl.explain.captured import Captured, SelfSigned
from voicectl.explain.curl import read_curl
from voicectl.explain.wire import unchunk

FILES = {"-": b"in\nput\n", "data.txt": b"l1\nl 2\r\n\0", "fields.txt": b"X-F1: 1\r\nX-F2: 2\r\n"}
# What curl adds by itself, by its version, or for the transport alone.
NOT_COMPARED = {"user-agent", "accept", "expect", "accept-encoding", "transfer-encoding"}

Sent = Callable[[list[str]], bytes]


def read(text: str, **variables: str) -> Captured:
    return read_curl(text, files=FILES.__getitem__, variables=variables)


def note_ids(captured: Captured) -> list[str]:
    return [note.id for note in captured.notes]


@pytest.fixture(scope="module")
def recorder() -> Iterator[tuple[str, list[bytes]]]:
    """A server on loopback that keeps the bytes of each request and answers 200."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                seen.append(receive(connection))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"127.0.0.1:{listener.getsockname()[1]}", seen
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def receive(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    if b"Expect: 100-continue" in data:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", data)
    chunked = b"chunked" in data.partition(b"\r\n\r\n")[0]
    while len(data.partition(b"\r\n\r\n")[2]) < (int(length[1]) if length else 0) or (
        chunked and not data.endswith(b"0\r\n\r\n")
    ):
        data += connection.recv(65536)
    return data


@pytest.fixture
def sent(recorder: tuple[str, list[bytes]], tmp_path: Path) -> Sent:
    """Run the real curl with these arguments, HOST being the recorder, and return what it sent."""
    curl = shutil.which("curl")
    if not curl:
        pytest.skip("there is no curl on this machine to compare with")
    host, seen = recorder
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)

    def run(arguments: list[str]) -> bytes:
        words = [word.replace("HOST", host) for word in arguments]
        command = [curl, "-q", "-sS", "--max-time", "5", "--noproxy", "*", *words]
        subprocess.run(command, input=FILES["-"], cwd=tmp_path, check=True, capture_output=True)
        return seen.pop().replace(host.encode(), b"HOST")

    return run


def parts(data: bytes) -> tuple[str, str, list[tuple[str, str]], bytes]:
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("utf-8", "surrogateescape").split("\r\n")
    method, target, _ = first.split(" ")
    fields = [(name, value.removeprefix(" ")) for name, _, value in (line.partition(":") for line in lines)]
    joined = unchunk(body) if b"chunked" in head else body
    return method, target, compared(fields), joined if joined is not None else body


def compared(fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted((name.lower(), value) for name, value in fields if name.lower() not in NOT_COMPARED)


def parts_of(request: Request) -> tuple[str, str, list[tuple[str, str]], bytes]:
    return request.method, request.target, compared(list(request.headers)), request.body


COMMANDS = [
    "http://HOST/a/./b/../c?x=/../y#f?q",
    "--path-as-is http://HOST/a/./b/../c",
    "http://HOST?x=1",
    "HOST/x",
    "HTTP://HOST//a/..//b/%2e%2e/c/..",
    "http://HOST/../../a/.",
    "'http://HOST/a/..;/b?c#d?e'",
    "'http://HOST/é/中?é=中'",
    "'http://me:p%40w@HOST/'",
    "-u me:pass:word http://HOST/",
    "-u me: http://you:x@HOST/",
    "-d a=1 -d b=2 http://HOST/",
    "-d '' -d b http://HOST",
    "-d '' http://HOST",
    "-d a --data-binary b --data-raw @c --data-ascii d http://HOST",
    "-d @data.txt http://HOST",
    "--data-binary @data.txt -d @- http://HOST",
    "--data-urlencode 'a=b c*~é+/' --data-urlencode '=b c' --data-urlencode 'b c' http://HOST",
    "--data-urlencode n@data.txt --data-urlencode @data.txt --data-urlencode a@b=c http://HOST",
    "-G -d a=b -d c=%2A 'http://HOST/p?z=%2F&#f'",
    "-G --data-urlencode 'a=b c*~é+/' http://HOST",
    "-G -d '' http://HOST/p",
    "--get -I -d x http://HOST/%2A",
    "-G -X DELETE -d z --url http://HOST/x",
    "--url-query 'a=b c' --url-query +c=d%2A http://HOST/?x",
    """--json '{"a":1}' --json '{"b":2}' http://HOST""",
    "--json @data.txt -H 'content-type: text/x' http://HOST",
    "-d x --json y -d z http://HOST",
    "-d x -H Content-Type: http://HOST",
    "-d x -H 'Content-Type;' http://HOST",
    "-d x -H 'Content-Type: a' -H 'content-type: b' -H 'Content-Length: 1' http://HOST",
    "-H 'X-E;' -H 'X-R:' -H nothing -H 'X-S:   a  b  ' -H 'X-T:t' http://HOST",
    "-H @fields.txt http://HOST",
    "-H 'host: other:1' http://HOST",
    "-H Host: http://HOST",
    "-H 'Authorization: x' -u a:b http://HOST",
    "--oauth2-bearer token http://HOST",
    "-T data.txt http://HOST/d/e%20f/",
    "-T data.txt http://HOST/d",
    "-T - http://HOST/d/",
    "-X PUT -d x http://HOST",
    "-X post http://HOST",
    "-sSXPATCH -Ld a -HX-Y:z --compressed -km5 -o out http://HOST",
    "--http1.1 --no-buffer --connect-timeout 3 -fiv http://HOST",
    "-A agent -e 'ref;auto' -b a=b -b c=d -r 0-9 http://HOST",
    "-H 'Transfer-Encoding: chunked' -d hello http://HOST",
    "--request-target '/q?x=1' http://HOST/p",
    "-g 'http://HOST/{a,b}[1-2]'",
    "--data-bin a --verb -- http://HOST/x",
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.slow
def test_the_request_is_the_one_that_the_real_curl_sends(command: str, sent: Sent) -> None:
    expected = parts(sent(shlex.split(command)))
    assert parts_of(read(f"curl {command}").request) == expected


def test_a_command_that_curl_signs_is_read_without_its_secret(sent: Sent) -> None:
    command = "--aws-sigv4 aws:amz:us-east-1:polly -u AKIDEXAMPLE:SECRETEXAMPLE -d '{}' http://HOST/v1"
    method, target, fields, body = parts(sent(shlex.split(command)))
    captured = read(f"curl {command}")
    unsigned = [field for field in fields if field[0] not in ("authorization", "x-amz-date")]
    assert parts_of(captured.request) == (method, target, unsigned, body)
    assert captured.self_signed == SelfSigned(
        provider="aws", region="us-east-1", service="polly", key_id="AKIDEXAMPLE"
    )
    assert note_ids(captured) == ["self-signed"]
    assert "SECRETEXAMPLE" not in f"{captured!r} {captured.request.headers}"


def test_what_the_command_does_not_say_curl_takes_from_the_host() -> None:
    claims = read(
        "curl --aws-sigv4 aws:amz -u AKIDEXAMPLE:x https://polly.eu-west-1.amazonaws.com/"
    ).self_signed
    assert claims == SelfSigned(provider="aws", region="eu-west-1", service="polly", key_id="AKIDEXAMPLE")


def test_https_drops_its_own_port_only() -> None:
    assert read("curl https://h:443/").request.host == "h"
    assert read("curl https://h:80/").request.url == "https://h:80/"


BROWSER = r"""curl 'https://h.example/v1?a=%20' \
  -X 'POST' \
  -H 'accept: */*' \
  -H $'x-note: it\'s \u0021 \xe9' \
  --data-raw $'{"a":"1\n2\'3"}' \
  --compressed
"""


def test_a_command_copied_from_a_browser_for_bash_is_read() -> None:
    request = read(BROWSER).request
    assert (request.method, request.url) == ("POST", "https://h.example/v1?a=%20")
    assert request.header("x-note") == "it's ! \udce9"
    assert request.body == b'{"a":"1\n2\'3"}'
    assert request.header("content-type") == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("line_break", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_a_command_copied_from_a_browser_for_windows_is_read(line_break: str) -> None:
    text = line_break.join(
        [
            'curl ^"https://h.example/v1?a=1^&b=^%^20x^" ^',
            '  -H ^"x-note: a^^b^" ^',
            '  --data-raw ^"^{^\\^"a^\\^":^\\^"1 2^\\^"^}^"',
            "",
        ]
    )
    request = read(text).request
    assert request.url == "https://h.example/v1?a=1&b=%20x"
    assert request.header("x-note") == "a^b"
    assert request.body == b'{"a":"1 2"}'


def test_older_windows_commands_with_plain_quotes_are_read() -> None:
    text = 'curl.exe "https://h/?a=1&b=2" ^\r\n -H "x: ""y""" ^\r\n --data "{\\"a\\":\\"C:\\x\\"}"\r\n'
    request = read(text).request
    assert (request.target, request.header("x")) == ("/?a=1&b=2", '"y"')
    assert request.body == b'{"a":"C:\\x"}'


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("curl -d @- h <<EOF\n{\n}\nEOF\n", b"{}"),
        ("curl --data-binary @- h <<'E'\n$x \\n\nE", b"$x \\n\n"),
        ("curl --data-binary @- h <<-E\n\t$known\n\tE\n", b"value\n"),
        ("curl --data-binary @- h <<< '{}'", b"{}\n"),
        ("echo '{}' | curl --data-binary @- h", b"{}\n"),
        ("echo -n '{}' | curl --data-binary @- h", b"{}"),
        ("printf '%s' '{\"a\":\"100%\"}' | curl --data-binary @- h", b'{"a":"100%"}'),
        ("jq -c . x.json | curl --data-binary @- h", b"in\nput\n"),
        ("cat data.txt | curl --data-binary @- h", FILES["data.txt"]),
        ("curl --data-binary @- h < data.txt", FILES["data.txt"]),
        ("printf %s AP8K | base64 -d | curl --data-binary @- h", b"\x00\xff\n"),
    ],
)
def test_standard_input_is_taken_from_the_script_where_it_shows_it(text: str, body: bytes) -> None:
    assert read(text, known="value").request.body == body


def test_a_file_that_is_not_given_is_named() -> None:
    with pytest.raises(NoInput) as caught:
        read("curl -d @body.json https://h/")
    assert str(caught.value) == "cannot read 'body.json': not given"
    with pytest.raises(NoInput) as caught:
        read_curl("curl -T - https://h/")
    assert str(caught.value) == "the command takes its data from '-', which is not given"


def test_variables_are_replaced_or_kept_and_noted() -> None:
    text = (
        'curl "https://h/$known" -H "X-Amz-Security-Token: $AWS_SESSION_TOKEN" '
        "-d \"${known} $5 \\$known\" -H 'a: $b'"
    )
    captured = read(text, known="value")
    assert captured.request.path == "/value"
    assert captured.request.header("x-amz-security-token") == "$AWS_SESSION_TOKEN"
    assert captured.request.body == b"value $5 $known"
    assert captured.request.header("a") == "$b"
    assert [note.facts["name"] for note in captured.notes] == ["AWS_SESSION_TOKEN", "5"]
    assert str(captured.notes[0]) == (
        "line 1, column 51: the variable AWS_SESSION_TOKEN is unknown and left as it is written"
    )


def test_assignments_in_the_script_count_as_variables() -> None:
    captured = read("set -e\nHOST=h.example; export KEY='a b'\ncurl https://$HOST/ -H \"x-key: $KEY\" | jq .")
    assert (captured.request.host, captured.request.header("x-key")) == ("h.example", "a b")
    assert captured.notes == ()


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("curl https://h/a https://h/b", ["several-requests"]),
        ("curl https://h/a --next https://h/b", ["several-requests"]),
        ("curl 'https://h/a{1,2}'", ["glob"]),
        ("curl 'https://h/a[1-9]'", ["glob"]),
        ("curl -g 'https://h/a[1-9]'", []),
        ("curl 'https://[::1]/a' > out 2>&1", []),
    ],
)
def test_what_was_passed_over_is_noted(text: str, notes: list[str]) -> None:
    captured = read(text)
    assert note_ids(captured) == notes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("curl https://h/ \\\n --bogus", "line 2, column 2: '--bogus' is not an option of curl"),
        ("curl https://h/ -sSé", "line 1, column 17: '-sSé' is not an option of curl"),
        ("curl https://h/ -X", "line 1, column 17: the option '-X' lacks its value"),
        ("curl -s", "line 1: the command names no URL"),
        ("curl 'https://h/a b'", "line 1, column 6: curl refuses this URL: blank at position 12"),
        ("curl ftp://h/", "line 1, column 6: curl refuses this URL: no web host"),
        ("curl -G -d 'a b' h", "curl refuses this query: a blank or control character at position 2"),
        (
            "curl -F a=b h",
            "line 1, column 6: --form cannot be read: "
            "the boundary of a multipart form is curl's own and is not in the command",
        ),
        ("curl -I -d x h", "line 1: curl refuses data, an upload and --head together"),
        ("curl -d 'abc\n h", "line 1, column 9: the quote ' is never closed"),
        ('\n\ncurl -d "abc h', 'line 3, column 9: the quote " is never closed'),
        ("curl -d $'ab\\' h", "line 1, column 9: the quote $' is never closed"),
        ('curl -H "x-date: $(date)" h', "line 1, column 18: only a shell can tell what stands here"),
        ("curl -H `cat x` h", "line 1, column 9: only a shell can tell what stands here"),
        ('curl -H "${x:-y}" h', "line 1, column 10: only a shell can tell what stands here"),
        (
            "curl https://h \\ \n -d x",
            "line 1, column 16: blanks follow the backslash that should end the line",
        ),
        ('curl ^\n "abc', "line 2, column 2: a quote of this argument is never closed"),
        ("echo curl", "line 1: there is no curl command here"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(text: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(text)
    assert str(caught.value) == words
