"""URLs as curl takes them: scheme guessed, dot segments removed. Other forms take URLs as they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from voicectl.core.errors import BadInput
from voicectl.core.request import percent_encode
from voicectl.explain.wire import scheme_of, split_url, text_of

_REFUSED = re.compile(r"[\x00-\x20\x7f]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):/{1,3}(?=[^/])")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a curl command goes; `user` is `name:password` from the URL, decoded."""

    scheme: str
    host: str
    path: str
    query: str = field(repr=False)
    user: str = field(default="", repr=False)

    def named(self, file: str) -> Target:
        """Return it with the name of an uploaded file, where the path ends in a slash."""
        if not self.path.endswith("/") or file in ("-", "."):
            return self
        return replace(self, path=self.path + percent_encode(re.split(r"[/\\]", file)[-1]))


def read_target(url: str, line: int, column: int, *, as_is: bool) -> Target:
    """Read a URL as curl does; raise BadInput where curl would refuse it."""
    refused = _REFUSED.search(url)
    written = _SCHEME.match(url)
    address = split_url(f"{written[1]}://{url[written.end() :]}" if written else f"http://{url}")
    user, _, host = address.authority.rpartition("@")
    if refused or not host or "\\" in host or address.scheme not in _DEFAULT_PORTS:
        raise BadInput(
            "line {line}, column {column}: curl refuses this URL: {reason}",
            line=line,
            column=column,
            reason=f"blank at position {refused.start() + 1}" if refused else "no web host",
            hint="percent-encode blanks in the URL as %20",
        )
    return Target(
        scheme=scheme_of(address.scheme, host),
        host=_ascii_host(host, line).removesuffix(_DEFAULT_PORTS[address.scheme]),
        path=_escape_high(address.path if as_is else without_dot_segments(address.path)),
        query=address.query,
        user=_decoded(user),
    )


def _decoded(text: str) -> str:
    from urllib.parse import unquote_to_bytes

    return text_of(unquote_to_bytes(text))


def _ascii_host(host: str, line: int) -> str:
    if host.isascii():
        return host
    try:
        # The codec's time grows faster than the name; no name is longer than this.
        return host[:256].encode("idna").decode("ascii")
    except UnicodeError as error:
        raise BadInput("line {line}: {host!r} is not a host name", line=line, host=host[:80]) from error


def _escape_high(path: str) -> str:
    """Encode what is not ASCII, with small hex digits; newer versions of curl write capitals."""
    return re.sub(r"[^\x00-\x7f]+", lambda part: percent_encode(part[0]).lower(), path)


def without_dot_segments(path: str) -> str:
    """Remove `.` and `..` segments as RFC 3986, section 5.2.4, says; empty segments stay."""
    kept: list[str] = []
    segments = path.removeprefix("/").split("/")
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def add_query(target: Target, piece: str) -> Target:
    """Append to the query as -G and --url-query do: joined with `&`, the escapes in small letters."""
    if not piece:
        return target
    refused = _REFUSED.search(piece)
    if refused:
        raise BadInput(
            "curl refuses this query: a blank or control character at position {position}",
            position=refused.start() + 1,
            hint="use --data-urlencode instead of -d",
        )
    lowered = _ESCAPE.sub(lambda escape: escape[0].lower(), piece)
    between = "&" if target.query and not target.query.endswith("&") else ""
    return replace(target, query=target.query + between + lowered)


def form_escape(content: bytes) -> str:
    """Encode as --data-urlencode does: unreserved characters stay, a blank becomes `+`."""
    return percent_encode(text_of(content)).replace("%20", "+")
