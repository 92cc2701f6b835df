"""Mistakes in the content type that is signed."""

from __future__ import annotations

from collections.abc import Iterator

from voicectl.explain.attempt import Attempt, Mistake, Try
from voicectl.explain.mistakes.headers import valued

SCHEMES = ("aliyun-acs3", "aliyun-oss", "aws", "volcengine", "tos4", "tencent")

CHARSETS = (
    "; charset=utf-8",
    "; charset=UTF-8",
    ";charset=utf-8",
    ";charset=UTF-8",
    "; charset=ISO-8859-1",
    ";charset=ISO-8859-1",
    "; charset=iso-8859-1",
    "; charset=us-ascii",
    "; charset=GBK",
    "; charset=gbk",
    '; charset="utf-8"',
    ";charset=utf8",
    "; charset=utf8",
    ";",
    "; ",
)
TYPES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "application/octet-stream",
    "text/plain",
    "",
    "application/x-amz-json-1.0",
    "application/x-amz-json-1.1",
    "multipart/form-data",
    "binary/octet-stream",
    "text/html",
    "text/json",
    "text/xml",
    "application/xml",
    "audio/mpeg",
    "audio/mp3",
    "audio/wav",
    "audio/x-wav",
    "audio/wave",
    "audio/ogg",
    "audio/pcm",
    "audio/basic",
    "image/jpeg",
    "image/png",
    "video/mp4",
    "*/*",
    "application/x-json",
    "application/JSON",
    "application/vnd.api+json",
    "application/x-protobuf",
    "undefined",
    "null",
    "None",
)


def _signs_type(attempt: Attempt) -> bool:
    listed = {name.lower() for name in attempt.claims.signed_headers}
    return "content-type" in listed or attempt.scheme.scheme.startswith("aliyun-oss-v1")


def _charset(attempt: Attempt) -> Iterator[Try]:
    given = attempt.request.header("Content-Type")
    if not _signs_type(attempt):
        return
    bare = (given or "").partition(";")[0].strip()
    for value in dict.fromkeys([bare, *[bare + charset for charset in CHARSETS]]):
        if value != (given or ""):
            note = f"the content type was signed as {value!r}, {given!r} was sent"
            yield Try(note, valued(attempt, "Content-Type", value))


def _other(attempt: Attempt) -> Iterator[Try]:
    given = attempt.request.header("Content-Type")
    own = (given or "").partition(";")[0].strip()
    if _signs_type(attempt):
        for kind in TYPES:
            if kind == own and kind:
                continue
            for charset in ("", *CHARSETS[:4]) if kind else ("",):
                value = kind + charset
                note = f"the content type was signed as {value!r}, {given!r} was sent"
                yield Try(note, valued(attempt, "Content-Type", value))
    if given is not None and not _signs_type(attempt):
        return
    if given is not None:
        kept = tuple(line for line in attempt.request.headers if line[0].lower() != "content-type")
        yield Try("the content type was not signed", attempt.sending(headers=kept))
        for value in (given.lower(), given.upper(), given + " ", given.replace(" ", "")):
            if value != given:
                yield Try(f"the content type was signed as {value!r}", valued(attempt, "Content-Type", value))


def _appeared(attempt: Attempt) -> Iterator[Try]:
    """Where the type counts without being listed: one that the client added after signing."""
    if attempt.scheme.scheme.startswith("aliyun-oss-v4"):
        given = attempt.request.header("Content-Type")
        names = attempt.claims.signed_headers
        if given is not None:
            kept = tuple(name for name in names if name.lower() != "content-type")
            yield Try("the content type was not signed", attempt.claiming(signed_headers=kept))
        else:
            for kind in TYPES:
                more = valued(attempt.claiming(signed_headers=(*names, "content-type")), "Content-Type", kind)
                yield Try(f"the content type was signed as {kind!r}, none was sent", more)
    if attempt.scheme.scheme.startswith("aliyun-oss-v1") and attempt.request.header("Content-Type") is None:
        for kind in TYPES:
            if kind:
                note = f"the content type was signed as {kind!r}, none was sent"
                yield Try(note, valued(attempt, "Content-Type", kind))


MISTAKES = (
    Mistake(
        id="hdr-content-type-charset",
        title="one side's content type has '; charset=…' and the other's has not",
        shows="the server's canonical content-type differs",
        fix="Write the charset into Content-Type yourself, and sign that very text. Usual culprits: axios "
        "and fetch, Java's HttpURLConnection and OkHttp, C#'s StringContent, which append the charset; "
        "Python's requests, which does not.",
        schemes=SCHEMES,
        weight=15,
        tries=_charset,
    ),
    Mistake(
        id="hdr-content-type-other",
        title="Content-Type was signed with another value than the request carries",
        shows="the echo has another type on its content-type line",
        fix="Set Content-Type explicitly, and sign the same text. Usual culprits: curl -d and Java's "
        "HttpURLConnection, which send application/x-www-form-urlencoded by themselves; browsers' uploads; "
        "a presigned PUT with a type.",
        schemes=SCHEMES,
        weight=14,
        tries=lambda attempt: [*_other(attempt), *_appeared(attempt)],
    ),
)
