"""Other spellings of a body that may have been hashed. What is said about them lies in `body_entries.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from voicectl.core.request import percent_encode
from voicectl.explain import json_text
from voicectl.explain.attempt import Attempt, Tries, Try
from voicectl.explain.mistakes.queries import unsigned_query
from voicectl.signing import canonical

SCHEMES = ("aliyun-acs3", "aws", "volcengine", "tos4", "tencent", "gateway")

Change = tuple[str, bytes]
Changes = Callable[[bytes], Iterator[Change]]


def hashed(*changes: Changes) -> Tries:
    """Return tries in which the hash is of another body than was sent."""

    def tries(attempt: Attempt) -> Iterator[Try]:
        if not attempt.has("payload"):
            return
        body = attempt.request.body
        for change in changes:
            for note, other in change(body):
                if other != body:
                    yield _with_body(attempt, note, other)

    return tries


def _with_body(attempt: Attempt, note: str, body: bytes) -> Try:
    """Hash the other body as the scheme hashes bodies, also where the wire's own header holds another "
    "hash."""
    digest = sha256(body).hexdigest()
    return Try(f"the hash is of the body {note}", attempt.stepping(payload=lambda request: digest))


# JSON ------------------------------------------------------------------------------------------


def _text_of(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _document(body: bytes) -> tuple[str, str | json_text.Members | json_text.Elements] | None:
    text = _text_of(body)
    if text is None or len(text) > 200_000:
        return None
    node = json_text.parse(text)
    return None if node is None else (text, node)


def spacings(body: bytes) -> Iterator[Change]:
    document = _document(body)
    if document and not isinstance(document[1], str):
        for spacing in json_text.SPACINGS:
            yield f"as JSON {spacing.name}", json_text.write(document[1], spacing).encode()


def escapes(body: bytes) -> Iterator[Change]:
    text = _text_of(body)
    if text is None:
        return
    plain = json_text.unescape(text)
    yield "with \\uXXXX for characters outside ASCII", json_text.escape_non_ascii(text).encode()
    yield "with \\uXXXX in capitals", json_text.escape_non_ascii(plain, capitals=True).encode()
    yield "with the characters themselves in place of \\uXXXX", plain.encode("utf-8", "surrogatepass")
    yield "with \\uXXXX for characters outside ASCII", json_text.escape_non_ascii(plain).encode()


def orders(body: bytes) -> Iterator[Change]:
    document = _document(body)
    if not document:
        return
    text, node = document
    spacing = json_text.spacing_of(text, node)
    for word, changed in json_text.orders(node):
        yield f"with its keys in another order: {word}", json_text.write(changed, spacing).encode()


def doubled(body: bytes) -> Iterator[Change]:
    import json

    text = _text_of(body)
    if text is not None:
        once = json.dumps(text, ensure_ascii=False)
        yield "as a JSON string: its text in quotes", once.encode("utf-8", "surrogatepass")
        yield "as a JSON string, with \\uXXXX", json.dumps(text).encode()
        yield "as a JSON string twice", json.dumps(once, ensure_ascii=False).encode("utf-8", "surrogatepass")
        yield "in quotes", f'"{text}"'.encode()
        plain = json_text.unescape(text)
        yield "as a JSON string", json.dumps(plain, ensure_ascii=False).encode("utf-8", "surrogatepass")


_HTML = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"))
_GSON = (*_HTML, ("=", "\\u003d"), ("'", "\\u0027"))


def mark_escapes(body: bytes) -> Iterator[Change]:
    text = _text_of(body)
    if text is None:
        return
    yield "with '\\/' for '/', as PHP's json_encode writes", text.replace("/", "\\/").encode()
    yield "with '/' for '\\/'", text.replace("\\/", "/").encode()
    if "/" in text:
        escaped = json_text.escape_non_ascii(text.replace("/", "\\/"))
        yield "with '\\/' and \\uXXXX, as PHP's json_encode writes", escaped.encode()
    for table, who in ((_HTML, "Go's encoding/json"), (_GSON, "Java's Gson")):
        for capitals in (False, True):
            changed = text
            for character, escape in table:
                changed = changed.replace(
                    character, escape.upper().replace("\\U", "\\u") if capitals else escape
                )
            yield f"with < > & escaped, as {who} writes", changed.encode()
    reverse = text
    for character, escape in _GSON:
        reverse = reverse.replace(escape, character).replace(escape.upper().replace("\\U", "\\u"), character)
    yield "with < > & not escaped", reverse.encode()
    aspnet = json_text.escape_non_ascii(text, capitals=True)
    for character, number in (("<", "3C"), (">", "3E"), ("&", "26"), ("'", "27"), ("+", "2B")):
        aspnet = aspnet.replace(character, f"\\u00{number}")
    if any(mark in text for mark in "<>&'+"):
        yield "as C#'s System.Text.Json writes", aspnet.encode()


def other_writers(body: bytes) -> Iterator[Change]:
    """Both spacing and characters otherwise: what one library writes in place of another."""
    document = _document(body)
    if not document or isinstance(document[1], str):
        return
    import json

    text, node = document
    compact, spaced = (json_text.write(node, spacing) for spacing in json_text.SPACINGS[:2])
    yield "as Python's json.dumps writes", json_text.escape_non_ascii(spaced).encode()
    yield (
        "as JavaScript's JSON.stringify writes",
        json_text.unescape(compact).encode("utf-8", "surrogatepass"),
    )
    yield "as Python's json.dumps writes, compact", json_text.escape_non_ascii(compact).encode()
    spaced_plain = json_text.unescape(spaced)
    yield "as Python's json.dumps(ensure_ascii=False) writes", spaced_plain.encode("utf-8", "surrogatepass")
    yield "as PHP's json_encode writes", json_text.escape_non_ascii(compact.replace("/", "\\/")).encode()
    go = json_text.unescape(compact)
    for character, escape in _HTML:
        go = go.replace(character, escape)
    yield "as Go's encoding/json writes", go.encode("utf-8", "surrogatepass")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return
    for keys in (True, False):
        for ascii_only in (True, False):
            for between in ((",", ":"), (", ", ": ")):
                written = json.dumps(value, sort_keys=keys, ensure_ascii=ascii_only, separators=between)
                note = "parsed and written again" + (" with sorted keys" if keys else "")
                yield note, written.encode("utf-8", "surrogatepass")
    yield "as Python's str() of the value writes", str(value).encode("utf-8", "surrogatepass")
    yield "as Java's toString() of a map writes", _java(value).encode("utf-8", "surrogatepass")
    filled = _without_nulls(value)
    if filled != value:
        for between in ((",", ":"), (", ", ": ")):
            written = json.dumps(filled, ensure_ascii=text.isascii(), separators=between)
            yield "without the members that are null", written.encode("utf-8", "surrogatepass")


def _java(value: Any) -> str:
    import json

    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={_java(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_java, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    return [_without_nulls(member) for member in value] if isinstance(value, list) else value


# Bytes -----------------------------------------------------------------------------------------


def newlines(body: bytes) -> Iterator[Change]:
    yield "with a line feed behind it", body + b"\n"
    yield "with a carriage return and a line feed behind it", body + b"\r\n"
    yield "without its final line end", body.removesuffix(b"\n").removesuffix(b"\r")
    yield "with two line feeds behind it", body + b"\n\n"
    yield "with a line feed before it", b"\n" + body


def line_ends(body: bytes) -> Iterator[Change]:
    unix = body.replace(b"\r\n", b"\n")
    yield "with LF line ends", unix
    yield "with CR LF line ends", unix.replace(b"\n", b"\r\n")
    yield "without line ends", unix.replace(b"\n", b"")
    yield "without tabs and line ends", b"".join(body.split(b"\n")).replace(b"\t", b"").replace(b"\r", b"")


def blanks(body: bytes) -> Iterator[Change]:
    yield "without the blanks at its ends", body.strip()
    yield "without any blanks", b"".join(body.split())
    yield "with a space behind it", body + b" "
    yield "with a space before it", b" " + body
    yield "with a NUL behind it", body + b"\0"


def marks(body: bytes) -> Iterator[Change]:
    yield "with a byte order mark before it", b"\xef\xbb\xbf" + body
    yield "without its byte order mark", body.removeprefix(b"\xef\xbb\xbf")


def empty_text(body: bytes) -> Iterator[Change]:
    yield "as an empty text", b""


def stand_ins(body: bytes) -> Iterator[Change]:
    words = (
        "null",
        "{}",
        "[]",
        '""',
        "undefined",
        "[object Object]",
        "None",
        "nil",
        "''",
        "0",
        "false",
        "{ }",
        "true",
    )
    for word in words:
        yield f"as {word}", word.encode()
    yield "as Python's b'…' of it", str(body).encode("utf-8", "surrogatepass")
    if body:
        yield "as '<bytes>' in Go's form", f"[{' '.join(str(byte) for byte in body)}]".encode()


_CHARSETS = (
    "gbk",
    "gb18030",
    "latin-1",
    "cp1252",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "shift_jis",
    "big5",
    "euc_kr",
    "euc_jp",
    "ascii",
    "iso8859-15",
    "koi8-r",
    "cp1251",
    "utf-32",
)


def charsets(body: bytes) -> Iterator[Change]:
    text = _text_of(body)
    if text is None:
        return
    for name in _CHARSETS:
        for errors, how in (
            ("replace", "with '?' for what it lacks"),
            ("ignore", "without what it lacks"),
            ("xmlcharrefreplace", "with &#…; for what it lacks"),
        ):
            yield f"in {name.upper()}, {how}", text.encode(name, errors)
    yield "with its UTF-8 read as Latin-1", body.decode("latin-1").encode()
    yield "with its UTF-8 read as Windows-1252", body.decode("cp1252", "replace").encode()
    yield "with each character cut to one byte", bytes(ord(character) & 255 for character in text)


def normal_forms(body: bytes) -> Iterator[Change]:
    from unicodedata import normalize

    text = _text_of(body)
    if text is not None and not text.isascii():
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            yield f"in the form {form}", normalize(form, text).encode("utf-8", "surrogatepass")


def forms(body: bytes) -> Iterator[Change]:
    text = _text_of(body)
    if text is None or "=" not in text or text.lstrip().startswith(("{", "[", "<")):
        return
    pairs = canonical.form_pairs(text)
    yield "with %20 for '+'", text.replace("+", "%20").encode()
    yield "with '+' for %20", text.replace("%20", "+").encode()
    yield "decoded", canonical.form_decode(text).encode("utf-8", "surrogateescape")
    for order, how in ((pairs, ""), (sorted(pairs, key=lambda pair: pair[0]), " and sorted")):
        strict = "&".join(f"{percent_encode(n)}={percent_encode(v or '')}" for n, v in order)
        form = "&".join(f"{canonical.form_encode(n)}={canonical.form_encode(v or '')}" for n, v in order)
        plain = "&".join(f"{n}={v or ''}" for n, v in order)
        for written in (strict, form, plain):
            yield f"encoded again{how}", written.encode("utf-8", "surrogateescape")


def packings(body: bytes) -> Iterator[Change]:
    from base64 import b64decode, b64encode

    yield "in base64", b64encode(body)
    yield "in hexadecimal", body.hex().encode()
    try:
        yield "decoded from base64", b64decode(body, validate=True)
    except ValueError:
        return


def form_of_json(body: bytes) -> Iterator[Change]:
    """The JSON body's members as a form, and a form as JSON: one library's `data=` for another's `json=`."""
    import json
    from urllib.parse import quote_plus, urlencode

    text = _text_of(body)
    if text is None:
        return
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        value = dict(canonical.form_pairs(text)) if "=" in text else None
        if value:
            for between in ((",", ":"), (", ", ": ")):
                yield (
                    "as JSON of the form's fields",
                    json.dumps(value, separators=between).encode("utf-8", "surrogatepass"),
                )
        return
    if isinstance(value, dict):
        yield "as a form of the JSON's members", urlencode(value, doseq=True).encode()
        yield "as a form of the JSON's members", urlencode(value).encode()
    yield "percent-encoded", quote_plus(text).encode()


def query_instead(attempt: Attempt) -> Iterator[Try]:
    query = unsigned_query(attempt)
    if attempt.has("payload") and query:
        for text in (query, f"?{query}"):
            yield _with_body(attempt, "replaced by the query", text.encode("utf-8", "surrogateescape"))
