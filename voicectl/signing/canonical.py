"""The pure steps that schemes are put together from, right and plausible ones. Schemes lie beside it."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from hashlib import sha256
from hmac import digest as hmac_digest
from operator import itemgetter
from urllib.parse import unquote_to_bytes

from voicectl.core.request import Pairs, Request, percent_decode, percent_encode, utf8

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
EMPTY_HASH = sha256(b"").hexdigest()
DEFAULT_PORTS = {"http": "80", "https": "443"}

QueryPair = tuple[str, str | None]
"""A name and its value; None where the wire has no `=`."""
QueryItem = tuple[str, str | None, str]
"""The name and value as they will be joined, and the name as it was before it was encoded."""
HeaderLine = tuple[str, str, str]
"""A header's name in the block, its value, its name in the list of signed headers."""
Mac = Callable[[bytes, bytes], bytes]


def as_is(text: str) -> str:
    """Leave the text alone."""
    return text


# Paths -----------------------------------------------------------------------------------------

encode_path = partial(percent_encode, safe="/")


def recode_path(path: str) -> str:
    """Encode each segment of a wire path once, whatever the client left unencoded."""
    return "/".join(percent_encode(percent_decode(segment)) for segment in path.split("/"))


def collapse_path(path: str) -> str:
    """Drop empty and `.` segments and resolve `..`, never above the root; a final slash stays."""
    if "//" not in path and "/." not in path and path.startswith("/"):
        return path
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    slash = "/" if kept and path.endswith("/") else ""
    return "/" + "/".join(kept) + slash


def no_prefix(request: Request) -> str:
    """Sign the path alone."""
    return ""


def bucket_prefix(bucket: str) -> Callable[[Request], str]:
    """Return a step that puts the bucket before the path, unless the path starts with it already.

    Without a bucket the host's first label is one where OSS's own name follows.
    """

    def prefix(request: Request) -> str:
        host = request.host.lower()
        label = bucket or _bucket_of(host)
        in_path = f"{request.path}/".startswith(f"/{label}/")
        return "" if not label or (in_path and not host.startswith(f"{label}.")) else f"/{label}"

    return prefix


def _bucket_of(host: str) -> str:
    """Return the bucket before `.oss-REGION`, and nothing for an address without one."""
    label, _, rest = host.partition(".")
    return label if rest.startswith("oss-") else ""


# Queries and forms -----------------------------------------------------------------------------


def percent_pairs(query: str) -> list[QueryPair]:
    """Decode `%XX`; a plus sign is a plus sign, a name without `=` has an empty value."""
    parts = [part.partition("=") for part in query.split("&") if part]
    return [(percent_decode(name), percent_decode(value)) for name, _, value in parts]


def percent_query(pairs: Pairs) -> str:
    """Write decoded pairs by RFC 3986."""
    return "&".join([f"{percent_encode(name)}={percent_encode(value)}" for name, value in pairs])


def form_query(pairs: Pairs) -> str:
    """Write decoded pairs as a form."""
    return "&".join([f"{form_encode(name)}={form_encode(value)}" for name, value in pairs])


def form_decode(text: str) -> str:
    """Decode a form's name or value: a plus sign is a space."""
    return unquote_to_bytes(utf8(text.replace("+", " "))).decode("utf-8", "surrogateescape")


def form_encode(text: str) -> str:
    """Encode as HTML forms do in most languages: a space becomes a plus sign."""
    return percent_encode(text, safe=" ").replace(" ", "+")


def form_pairs(query: str) -> list[QueryPair]:
    """Decode a query or body that a form may have written."""
    parts = [part.partition("=") for part in query.split("&") if part]
    return [(form_decode(name), form_decode(value)) for name, _, value in parts]


def raw_pairs(query: str) -> list[QueryPair]:
    """Split without decoding; joined again, the text is what it was."""
    parts = [part.partition("=") for part in query.split("&")] if query else []
    return [(name, value if equals else None) for name, equals, value in parts]


def form_body(request: Request) -> str:
    """Return the body of a form as text, and nothing for any other body."""
    kind = request.header("Content-Type") or "application/x-www-form-urlencoded"
    if not kind.lower().lstrip().startswith("application/x-www-form-urlencoded"):
        return ""
    return request.body.decode("utf-8", "surrogateescape")


def wire_query(request: Request) -> str:
    """Return the query as it travels."""
    return request.query


def by_encoded_pair(items: Iterable[QueryItem]) -> list[QueryItem]:
    """Sort by encoded name, then by encoded value."""
    return sorted(items, key=lambda item: (item[0], item[1] or ""))


def by_raw_name(items: Iterable[QueryItem]) -> list[QueryItem]:
    """Sort by the name's own bytes; values of one name keep their order."""
    return sorted(items, key=itemgetter(2))


def as_given(items: Iterable[QueryItem]) -> list[QueryItem]:
    """Keep the order."""
    return list(items)


def with_equals(name: str, value: str | None) -> str:
    """Write `name=` where the value is empty."""
    return f"{name}={value or ''}"


def bare_when_empty(name: str, value: str | None) -> str:
    """Write the name alone where the value is empty."""
    return f"{name}={value}" if value else name


def bare_when_absent(name: str, value: str | None) -> str:
    """Write the name alone where the wire had no `=`."""
    return name if value is None else f"{name}={value}"


# Headers ---------------------------------------------------------------------------------------

_BLANKS = re.compile(r"[ \t\r\n\f\v]+")
_FOLDS = re.compile(r"[ \t]*[\r\n]+[ \t]*")


def unfold(value: str) -> str:
    """Make one space of a line break and the blanks around it: such a value cannot travel."""
    return _FOLDS.sub(" ", value) if "\n" in value or "\r" in value else value


def unfolded(headers: Pairs) -> Pairs:
    """Return header lines that can travel."""
    return tuple([(name, unfold(value)) for name, value in headers])


def with_host(request: Request, headers: Pairs) -> Pairs:
    """Return these header lines with the request's host in front, unless they have one."""
    if any(name.lower() == "host" for name, _ in headers):
        return headers
    return (("Host", host_of(request)), *headers)


def collapse_blanks(value: str) -> str:
    """Trim, and make one space of any run of blanks, also inside quotes."""
    if value.isascii():
        return " ".join(value.split())
    return _BLANKS.sub(" ", value).strip(" ")


def trim(value: str) -> str:
    """Trim both ends and unfold; blanks inside stay."""
    return unfold(value.strip(" \t\r\n"))


join_values = ",".join


def join_sorted_values(values: Iterable[str]) -> str:
    """Join the values of a repeated header in their own order."""
    return ",".join(sorted(values))


def by_name(lines: Iterable[HeaderLine]) -> list[HeaderLine]:
    """Sort by the name as it stands in the block; no name comes twice."""
    return sorted(lines)


def one_a_line(lines: Sequence[HeaderLine]) -> str:
    """Write `name:value` and a line feed for each."""
    return "".join([f"{name}:{value}\n" for name, value, _ in lines])


def all_headers(names: set[str]) -> set[str]:
    """Let every header count."""
    return names


def all_listed(names: Sequence[str]) -> Sequence[str]:
    """List every header that counts."""
    return names


def host_of(request: Request) -> str:
    """Return the host as it is sent: lower case, no user, no default port of the scheme."""
    host = request.host.lower()
    if "@" not in host and ":" not in host:
        return host
    host = host.rpartition("@")[2]
    name, colon, port = host.rpartition(":")
    return name if colon and port == DEFAULT_PORTS.get(request.scheme) else host


def without_default_port(host: str) -> str:
    """Drop `:80` and `:443`, whatever the scheme."""
    return host.removesuffix(":80").removesuffix(":443")


# Digests and keys ------------------------------------------------------------------------------


def sha256_hex(data: bytes) -> str:
    """Hash, in lower-case hexadecimal."""
    return sha256(data).hexdigest()


def hash_body(request: Request) -> str:
    """Return the hash of the body as sent."""
    return sha256(request.body).hexdigest()


def unsigned_payload(request: Request) -> str:
    """Return the words that stand for a body that is not signed."""
    return UNSIGNED_PAYLOAD


def in_words(words: str) -> Callable[[Request], str]:
    """Return a step that puts these words in the place of the hash."""
    return unsigned_payload if words == UNSIGNED_PAYLOAD else lambda request: words


def empty_payload(request: Request) -> str:
    """Return the hash of nothing."""
    return EMPTY_HASH


def declared(header: str, otherwise: Callable[[Request], str]) -> Callable[[Request], str]:
    """Return a step that takes the hash from a header where the request has it."""

    def payload(request: Request) -> str:
        given = request.header(header)
        return otherwise(request) if given is None else given

    return payload


_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """Return RFC 2104's HMAC. For such short messages this is a third faster than `hmac.digest`."""
    block = (sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    return sha256(block.translate(_OUTER) + sha256(block.translate(_INNER) + message).digest()).digest()


def hmac_sha1(key: bytes, message: bytes) -> bytes:
    return hmac_digest(key, message, "sha1")


def hex_text(data: bytes) -> str:
    return data.hex()


def base64_text(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def key_start(prefix: str, suffix: str) -> str:
    """Name the first key for people: its affixes and the word `secret`."""
    start = f"{prefix} + secret" if prefix else "secret"
    return f"{start} + {suffix}" if suffix else start


def chained(mac: Mac, secret: bytes, parts: Iterable[str]) -> bytes:
    """Derive a key: each part is signed with the raw digest of the one before."""
    key = secret
    for part in parts:
        key = mac(key, part.encode("utf-8", "surrogateescape"))
    return key


def underived(mac: Mac, secret: bytes, parts: Iterable[str]) -> bytes:
    """Sign with the secret itself."""
    return secret
