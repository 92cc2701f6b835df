"""Headers that are changed or dropped on the way, and their usual values. Entries: `header_entries.py`."""

from __future__ import annotations

from collections.abc import Iterator

from voicectl.explain.attempt import Attempt, Try
from voicectl.explain.mistakes.headers import listed, valued

HOP_VALUES: dict[str, tuple[str, ...]] = {
    "accept-encoding": (
        "gzip",
        "identity",
        "gzip, deflate",
        "gzip, deflate, br",
        "gzip, deflate, br, zstd",
        "gzip,deflate",
        "gzip;q=1.0,deflate;q=0.6,identity;q=0.3",
        "deflate",
        "br",
        "gzip, br",
        "br, gzip, deflate",
        "br;q=1.0, gzip;q=0.8, *;q=0.1",
        "*",
        "",
        "aws-chunked",
        "amz-sdk-invocation-id",
        "gzip, identity",
        "deflate, gzip",
        "gzip, x-gzip, deflate",
        "gzip,gzip",
    ),
    "connection": (
        "keep-alive",
        "close",
        "Keep-Alive",
        "Close",
        "upgrade",
        "Upgrade",
        "TE",
        "",
        "keep-alive, Upgrade",
    ),
    "expect": ("100-continue", "", "100-Continue"),
    "transfer-encoding": ("chunked", "identity", "gzip, chunked", "", "Chunked"),
    "te": ("trailers", "", "deflate", "trailers, deflate"),
    "accept": (
        "*/*",
        "application/json",
        "",
        "*",
        "application/json, text/plain, */*",
        "application/json, */*",
        "text/html",
        "application/xml",
    ),
    "user-agent": (
        "",
        "python-requests/2.32.3",
        "python-requests/2.31.0",
        "Go-http-client/1.1",
        "Go-http-client/2.0",
        "axios/1.7.9",
        "node-fetch/1.0",
        "okhttp/4.12.0",
        "curl/8.5.0",
        "PostmanRuntime/7.43.0",
        "undici",
        "node",
    ),
    "cache-control": ("no-cache", "", "no-store", "max-age=0"),
    "pragma": ("no-cache", ""),
    "date": ("",),
    "content-encoding": ("", "gzip", "utf-8", "aws-chunked", "amz-1.0", "identity"),
    "content-md5": ("",),
    "range": ("", "bytes=0-"),
    "origin": ("", "null"),
    "x-forwarded-proto": ("https", "http", ""),
    "x-amzn-trace-id": ("",),
}


def _hop_values(attempt: Attempt, name: str) -> Iterator[str]:
    yield from HOP_VALUES.get(name, ("",))
    if name == "content-length":
        length = len(attempt.request.body)
        yield from (str(length), "0", str(len(attempt.request.body.decode("utf-8", "replace"))), "")


def dropped(attempt: Attempt) -> Iterator[Try]:
    if not attempt.has("signed_headers"):
        return
    for name in listed(attempt):
        if attempt.request.header(name) is None and name not in {"host", "content-type"}:
            for value in _hop_values(attempt, name):
                note = f"{name!r} is in the signed list with the value {value!r}, and is not on the wire"
                yield Try(note, valued(attempt, name, value))


def changed_on_the_way(attempt: Attempt) -> Iterator[Try]:
    if not attempt.has("signed_headers"):
        return
    for name in listed(attempt):
        given = attempt.request.header(name)
        if given is not None and (name in HOP_VALUES or name == "content-length"):
            for value in _hop_values(attempt, name):
                if value != given:
                    note = f"{name!r} was signed as {value!r} and arrived as {given!r}"
                    yield Try(note, valued(attempt, name, value))
