"""How HTTP/1.1 frames a message: lines, fields, chunks, addresses. What a message means lives beside."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from voicectl.core.errors import BadInput
from voicectl.core.request import Pairs

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_NOT_TOKEN = re.compile(r"[^!#$%&'*+\-.^_`|~0-9A-Za-z]")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\r?\n")
_URL = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.\-]*)://)?([^/?#]*)([^?#]*)(?:\?([^#]*))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message in its parts; `line` is where it starts in its text, the body is all after the empty line."""

    line: int
    first: str
    headers: Pairs = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        """Return the first value of a header, without outer blanks."""
        return next((value.strip() for key, value in self.headers if key.lower() == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The parts of a URL as they stand; `scheme` is "" where none is written, the fragment is dropped."""

    scheme: str
    authority: str
    path: str
    query: str = field(repr=False)


def text_of(data: bytes) -> str:
    """Decode UTF-8; other bytes survive as surrogates."""
    return data.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """Undo `text_of`; lone surrogates that came from JSON are written as three bytes."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def without_byte_order_mark(data: bytes) -> bytes:
    """Return UTF-8 without its mark; UTF-16 with a mark, as PowerShell writes it, is converted."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").encode("utf-8", "surrogatepass")
    return data.removeprefix(b"\xef\xbb\xbf")


def cut_head(data: bytes) -> tuple[int, list[str], bytes]:
    """Return the number of the first line that is not empty, the lines of the head, and the body."""
    start = len(data) - len(data.lstrip(b"\r\n"))
    end = _HEAD_END.search(data, start)
    head = data[start : end.start()] if end else data[start:].rstrip(b"\r\n")
    lines = [line.removesuffix("\r") for line in text_of(head).split("\n")]
    return data.count(b"\n", 0, start) + 1, lines, data[end.end() :] if end else b""


def split_message(data: bytes) -> Message:
    """Cut a message into first line, header fields and body; CRLF and LF both end a line."""
    number, lines, body = cut_head(data)
    return Message(line=number, first=lines[0], headers=_fields(lines[1:], number + 1), body=body)


def _fields(lines: list[str], number: int) -> Pairs:
    fields: list[tuple[str, list[str]]] = []
    for line_number, line in enumerate(lines, number):
        if line[:1] in (" ", "\t"):
            if not fields:
                raise BadInput("line {line}: a folded line follows no header", line=line_number)
            fields[-1][1].append(line)
        else:
            name, value = field_of(line, line_number)
            fields.append((name, [value]))
    return tuple((name, "\n".join(values)) for name, values in fields)


def field_of(line: str, number: int) -> tuple[str, str]:
    """Cut one header line; raise BadInput with its place where it is none."""
    name, colon, value = line.partition(":")
    bad = _NOT_TOKEN.search(name)
    if not colon or not name or bad:
        raise BadInput(
            "line {line}, column {column}: {text!r} is not a header line",
            line=number,
            column=bad.start() + 1 if bad else len(name) + 1,
            text=line[:60],
            hint="write `Name: value`, and one empty line before the body",
        )
    return name, value.removeprefix(" ")


def unchunk(body: bytes) -> bytes | None:
    """Join the chunks of a body; None where it is not in chunks, or is cut."""
    pieces: list[bytes] = []
    position = 0
    while size := _CHUNK_SIZE.match(body, position):
        length = int(size[1], 16)
        if length == 0:
            return b"".join(pieces)
        end = size.end() + length
        pieces.append(body[size.end() : end])
        position = end + (2 if body[end : end + 2] == b"\r\n" else 1)
    return None


def split_url(url: str) -> Address:
    """Cut a URL where its marks stand, changing nothing."""
    match = _URL.match(url)
    assert match  # every part may be empty
    scheme, authority, path, query = match.groups()
    return Address(scheme=(scheme or "").lower(), authority=authority, path=path or "/", query=query or "")


def scheme_of(scheme: str, host: str) -> str:
    """Say http or https: by the written scheme, else by the port; https where neither tells."""
    if scheme:
        return "http" if scheme in ("http", "ws") else "https"
    return "http" if host.endswith(":80") else "https"
