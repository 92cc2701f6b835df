"""A request as raw HTTP text, as browsers show HTTP/2, or as `curl -v` prints it, read into `Captured`."""

from __future__ import annotations

import re

from voicectl.core.errors import BadInput
from voicectl.core.note import Note
from voicectl.core.request import Pairs, Request
from voicectl.explain.answer import read_answer
from voicectl.explain.captured import Captured
from voicectl.explain.wire import (
    Message,
    bytes_of,
    cut_head,
    field_of,
    scheme_of,
    split_message,
    split_url,
    text_of,
    unchunk,
)

REQUEST_LINE = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]+((?:/|\*|[A-Za-z][A-Za-z0-9+.\-]*://).*)")
PSEUDO_LINE = re.compile(r":(?:method|authority|path|scheme|protocol)(?=[: \t\r\n]|$)")
TRACED_LINE = re.compile(r"^> [A-Z]+ \S+ HTTP/", re.MULTILINE)
_VERSION = re.compile(r"HTTP/[0-9](?:\.[0-9])?")
_TRACE_NOISE = re.compile(r"^(?:[*<>](?: |$)|[{}] \[)")


def read_http(data: bytes) -> Captured:
    """Read one request; `data` has no byte order mark. Raise BadInput with the line that cannot be read."""
    text = text_of(data)
    if TRACED_LINE.search(text):
        return _read_trace(text)
    if text.lstrip("\r\n").startswith(":"):
        return _read_pseudo(data)
    return _captured(split_message(data))


def _captured(message: Message) -> Captured:
    match = REQUEST_LINE.fullmatch(message.first)
    if not match:
        raise BadInput(
            "line {line}, column 1: {text!r} is not a request line",
            line=message.line,
            text=message.first[:60],
            hint="start with the method and the path, such as `POST /v1/speech HTTP/1.1`",
        )
    target = match[2].rstrip(" \t")
    before, _, last = target.rpartition(" ")
    if before and _VERSION.fullmatch(last):
        target = before.rstrip(" \t")
    return _request(message, method=match[1], target=target)


def _request(
    message: Message, *, method: str, target: str, authority: str = "", scheme: str = ""
) -> Captured:
    if target.startswith("/"):
        path, _, query = target.partition("?")
    elif target == "*":
        path, query = target, ""
    else:
        address = split_url(target)
        path, query = address.path, address.query
        scheme = scheme or address.scheme
        authority = authority or address.authority.rpartition("@")[2]
    host = message.header("host") or authority
    if not host:
        raise BadInput(
            "line {line}: the request names no host",
            line=message.line,
            hint="add a line `Host: name`, or write the whole URL in the first line",
        )
    body, notes = _body(message)
    request = Request(
        method=method,
        host=host,
        path=path,
        query=query,
        headers=message.headers,
        body=body,
        scheme=scheme_of(scheme, host),
    )
    return Captured(request=request, form="http", notes=notes)


def _body(message: Message) -> tuple[bytes, tuple[Note, ...]]:
    body = message.body
    if (message.header("transfer-encoding") or "").lower().endswith("chunked"):
        joined = unchunk(body)
        if joined is not None:
            return joined, ()
        return body, (Note(id="not-chunked", template="the body is not in chunks, though it is said to be"),)
    length = message.header("content-length") or ""
    if length.isascii() and length.isdigit() and len(length) < 16:
        return _measured(body, int(length))
    if body and not body.strip(b"\r\n"):
        return b"", ()
    if body.endswith(b"\n"):
        note = Note(id="final-newline", template="the body ends in a line break, which may be the file's own")
        return body, (note,)
    return body, ()


def _measured(body: bytes, length: int) -> tuple[bytes, tuple[Note, ...]]:
    # What an editor adds at the end of a file was never on the wire: the header says so.
    if len(body) > length and not body[length:].strip(b"\r\n"):
        cut = Note(id="newline-cut", template="the file's line break after the body was left out")
        return body[:length], (cut,)
    if len(body) == length:
        return body, ()
    facts = {"length": length, "found": len(body)}
    words = "Content-Length is {length}, but the body has {found} bytes; it is taken as it is"
    return body, (Note(id="content-length", template=words, facts=facts),)


def _read_pseudo(data: bytes) -> Captured:
    number, lines, body = cut_head(data)
    fields = _paired(lines, number)
    pseudo = {name: value for name, value in fields if name.startswith(":")}
    for name in (":method", ":path"):
        if not pseudo.get(name):
            raise BadInput("line {line}: the pseudo header {name!r} is missing", line=number, name=name)
    headers = tuple((name, value) for name, value in fields if not name.startswith(":"))
    message = Message(line=number, first="", headers=headers, body=body)
    return _request(
        message,
        method=pseudo[":method"],
        target=pseudo[":path"],
        authority=pseudo.get(":authority", ""),
        scheme=pseudo.get(":scheme", ""),
    )


def _paired(lines: list[str], number: int) -> Pairs:
    """Read `name: value` lines, or name and value on lines in turn, as newer browsers copy them."""
    if re.fullmatch(r":[a-z]+:?", lines[0].strip()):
        names = [line.strip().removesuffix(":") for line in lines[::2]]
        return tuple(zip(names, [*lines[1::2], ""], strict=False))
    pairs: list[tuple[str, str]] = []
    for line_number, line in enumerate(lines, number):
        name, value = field_of(line.removeprefix(":"), line_number)
        pairs.append((":" + name if line.startswith(":") else name, value))
    return tuple(pairs)


def _read_trace(text: str) -> Captured:
    """Read the last request that `curl -v` shows, and what came back; it does not show the request's body."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    starts = [number for number, line in enumerate(lines) if TRACED_LINE.match(line)]
    sent = lines[starts[-1] :]
    head = _marked(sent, ">")
    captured = _captured(split_message(bytes_of("\n".join([*head, "", ""]))))
    answers = [number for number, line in enumerate(sent) if line.startswith("< HTTP/")]
    note = Note(id="body-unknown", template="`curl -v` does not show the body that was sent")
    answer = None
    if answers:
        received = sent[answers[-1] :]
        shown = _marked(received, "<")
        body = [line for line in received if not _TRACE_NOISE.match(line)]
        answer = read_answer(bytes_of("\n".join([*shown, "", *body])))
    return Captured(request=captured.request, form="http", answer=answer, notes=(*captured.notes, note))


def _marked(lines: list[str], mark: str) -> list[str]:
    """Return the lines that carry the mark, without it, up to the empty one."""
    found: list[str] = []
    for line in lines:
        if line.startswith(mark):
            if line == mark or line == mark + " ":
                break
            found.append(line[2:])
    return found
