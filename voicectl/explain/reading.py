"""The way in: which form a text has, and the request that flags describe. Each form has its own module."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from voicectl.core.errors import BadInput
from voicectl.explain.captured import Captured, Files
from voicectl.explain.curl import read_curl
from voicectl.explain.flags import request_from_flags
from voicectl.explain.har import read_har
from voicectl.explain.raw_http import PSEUDO_LINE, REQUEST_LINE, TRACED_LINE, read_http
from voicectl.explain.wire import text_of, without_byte_order_mark

_CURL_FIRST = re.compile(r"(?:[$%#>] )?(?:\S{0,200}[/\\])?curl(?:\.exe)?(?=[ \t\r\n^\\])")
_CURL_WITHIN = re.compile(r"(?<![\w.\-])curl(?:\.exe)?(?=[ \t\r\n^\\])")


def read_captured(
    data: bytes, *, files: Files | None = None, variables: Mapping[str, str] | None = None
) -> Captured:
    """Read raw HTTP, a curl command or a HAR, whichever `data` is.

    `files` and `variables` serve curl commands, see `read_curl`. Raise BadInput with the place that cannot be
    read, and NoInput for a file that a command names and `files` does not give.
    """
    data = without_byte_order_mark(data)
    text = text_of(data)
    start = text.lstrip()
    first = start[:2000].partition("\n")[0]
    if not start:
        raise BadInput("line 1: there is nothing to read", hint=_HINT)
    if start.startswith(("{", "[")):
        return read_har(text)
    if _CURL_FIRST.match(start):
        return read_curl(text, files=files, variables=variables)
    if REQUEST_LINE.match(first) or PSEUDO_LINE.match(first) or TRACED_LINE.search(text):
        return read_http(data)
    if _CURL_WITHIN.search(text):
        return read_curl(text, files=files, variables=variables)
    if start.startswith("HTTP/"):
        raise BadInput("line 1: this is an answer, not a request", hint="give it with --against FILE")
    number = text[: len(text) - len(start)].count("\n") + 1
    raise BadInput(
        "line {line}, column 1: {text!r} begins no raw request, curl command or HAR",
        line=number,
        text=first[:60],
        hint=_HINT,
    )


_HINT = "give raw HTTP, a curl command or a HAR; a browser copies them from its network panel"


def from_flags(*, method: str, url: str, headers: Iterable[str], data: bytes | None = None) -> Captured:
    """Return the request that flags describe, as something captured."""
    return Captured(
        request=request_from_flags(method=method, url=url, headers=headers, data=data), form="flags"
    )
