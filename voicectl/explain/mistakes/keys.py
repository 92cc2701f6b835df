"""Ways in which the secret itself may be wrong. What is said about them lies in `key_entries.py`."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from hashlib import md5, sha256
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from voicectl.core.request import utf8
from voicectl.explain.attempt import Attempt, Tries, Try

Change = Callable[[str], str]


def secrets(*changes: tuple[str, Change]) -> Tries:
    """Return tries with changed secrets; a change that leaves it as it is is tried by nobody."""

    def tries(attempt: Attempt) -> Iterator[Try]:
        for note, change in changes:
            try:
                yield Try(note, attempt.keyed(change))
            except ValueError:
                continue

    return tries


def _between(before: str, behind: str) -> Change:
    return lambda secret: f"{before}{secret}{behind}"


def _always(text: str) -> Change:
    return lambda _: text


def _added(pieces: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, Change]]:
    for before, behind, note in pieces:
        yield note, _between(before, behind)


_BLANKS = {
    "\n": "a line feed",
    " ": "a space",
    "\r\n": "a carriage return and a line feed",
    "\r": "a carriage return",
    "\t": "a tab",
    "\ufeff": "a byte order mark",
    "\u00a0": "a no-break space",
    "\u200b": "a zero-width space",
    "\u3000": "an ideographic space",
    "\x00": "a NUL",
    "  ": "two spaces",
    "\n\n": "two line feeds",
    "\\n": "the two characters \\n",
    "\\r\\n": "the four characters \\r\\n",
}
_PROMPTS = ("%", "$", "#", ">", "> ", "$ ", "# ", "% ", " %", ";", ",", ".", "\\", ":")
_QUOTES = (
    ('"', '"', "double quotes"),
    ("'", "'", "single quotes"),
    ("`", "`", "backticks"),
    ("“", "”", "typographic quotes"),
    ("‘", "’", "typographic quotes"),
    ('\\"', '\\"', "escaped quotes"),
    ("<", ">", "angle brackets"),
    ("{", "}", "braces"),
    ("${", "}", "braces"),
    ("[", "]", "brackets"),
    ("(", ")", "parentheses"),
)
_NAMES = (
    "AWS_SECRET_ACCESS_KEY",
    "aws_secret_access_key",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "VOLCENGINE_SECRET_KEY",
    "VOLC_SECRETKEY",
    "TENCENTCLOUD_SECRET_KEY",
    "AccessKeySecret",
    "accessKeySecret",
    "access_key_secret",
    "SecretAccessKey",
    "secretAccessKey",
    "SecretKey",
    "secretKey",
    "secret_key",
    "secret",
    "SK",
    "sk",
)
_STAND_INS = (
    "",
    "undefined",
    "null",
    "None",
    "nil",
    "NULL",
    "false",
    "nan",
    "[object Object]",
    "***",
    "secret",
    "changeme",
    "your-secret",
    "YOUR_SECRET_KEY",
    "YourAccessKeySecret",
    "<secret>",
    "SECRET_KEY",
    "Optional",
)


def blank_changes() -> Iterator[tuple[str, Change]]:
    for text, name in _BLANKS.items():
        yield from _added(
            [("", text, f"the secret ends in {name}"), (text, "", f"the secret starts with {name}")]
        )
    yield from _added((" ", b, "the secret has blanks at both ends") for b in (" ", "\n", "\r\n"))
    for prompt in _PROMPTS:
        yield from _added(
            [
                ("", prompt, f"the secret ends in a stray {prompt!r}"),
                (prompt, "", f"the secret starts with a stray {prompt!r}"),
            ]
        )
    yield "the secret given here has blanks at an end which were not signed with", str.strip
    yield "the blanks inside the secret given here were not signed with", lambda s: "".join(s.split())


def quote_changes() -> Iterator[tuple[str, Change]]:
    yield from _added((a, z, f"the secret stands in {name}") for a, z, name in _QUOTES)
    yield from _added(
        [
            ('"', "", "the secret starts with a double quote"),
            ("", '"', "the secret ends in a double quote"),
            ("'", "", "the secret starts with a single quote"),
            ("", "'", "the secret ends in a single quote"),
            ('"', '",', "the secret stands in quotes with a comma"),
            ("'", "',", "the secret stands in quotes with a comma"),
            ('"', '"\n', "the secret stands in quotes and ends in a line feed"),
            ("b'", "'", "the secret is Python's b'…' of bytes"),
            ('Optional("', '")', "the secret is Swift's Optional(…)"),
            ("Some(", ")", "the secret is Rust's Some(…)"),
        ]
    )
    yield "the secret given here stands in quotes which were not signed with", lambda s: s.strip("\"'`")


def name_changes() -> Iterator[tuple[str, Change]]:
    for name in _NAMES:
        for between in ("=", ": ", ":", " = "):
            yield from _added(
                [(name + between, "", f"the secret carries the name before it, {name}{between}")]
            )
    yield from _added([("=", "", "the secret starts with '='"), ("", "=", "the secret has one '=' too many")])


def url_changes() -> Iterator[tuple[str, Change]]:
    yield "the secret is percent-encoded", lambda s: quote(s, safe="")
    yield "the secret is percent-encoded save for '/'", lambda s: quote(s, safe="/")
    yield "the secret is form-encoded", quote_plus
    yield "the secret is percent-encoded with small hexadecimal letters", lambda s: _small(quote(s, safe=""))
    yield "the secret is percent-encoded twice", lambda s: quote(quote(s, safe=""), safe="")
    yield "each '+' in the secret became a space", lambda s: s.replace("+", " ")
    yield "each '+' in the secret was lost", lambda s: s.replace("+", "")
    yield "each '/' in the secret was lost", lambda s: s.replace("/", "")
    yield "each '+' in the secret became %2B", lambda s: s.replace("+", "%2B")
    yield "each '/' in the secret became %2F", lambda s: s.replace("/", "%2F")
    yield "each '/' in the secret became %2f", lambda s: s.replace("/", "%2f")
    yield "each '=' in the secret became %3D", lambda s: s.replace("=", "%3D")
    yield "the secret is percent-decoded", lambda s: unquote(s, errors="surrogateescape")
    yield "the secret is form-decoded", lambda s: unquote_plus(s, errors="surrogateescape")
    yield "the secret is in the alphabet for URLs: '-' for '+', '_' for '/'", _url_safe
    yield "the secret is in the alphabet for URLs, without '='", lambda s: _url_safe(s).rstrip("=")
    yield "'-' and '_' in the secret became '+' and '/'", lambda s: s.replace("-", "+").replace("_", "/")


def _small(text: str) -> str:
    return re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), text)


def _url_safe(text: str) -> str:
    return text.replace("+", "-").replace("/", "_")


def escape_changes() -> Iterator[tuple[str, Change]]:
    yield "each '/' in the secret is written '\\/'", lambda s: s.replace("/", "\\/")
    yield "each '\\/' in the secret given here was read as '/'", lambda s: s.replace("\\/", "/")
    yield "each '+' in the secret is written \\u002B", lambda s: s.replace("+", "\\u002B")
    yield "each '+' in the secret is written \\u002b", lambda s: s.replace("+", "\\u002b")
    yield "each '+' in the secret is written &#43;", lambda s: s.replace("+", "&#43;")
    yield "each '=' in the secret is written &#61;", lambda s: s.replace("=", "&#61;")
    yield "each '=' in the secret is written \\u003d", lambda s: s.replace("=", "\\u003d")
    yield "each '/' in the secret is written &#x2F;", lambda s: s.replace("/", "&#x2F;")
    yield "each backslash in the secret is doubled", lambda s: s.replace("\\", "\\\\")


def _piece(start: int | None, end: int | None) -> Change:
    return lambda secret: secret[start:end] or secret


def _before(mark: str) -> Change:
    return lambda secret: secret.partition(mark)[0] or secret


def _behind(mark: str) -> Change:
    return lambda secret: secret.rpartition(mark)[2] or secret


def cut_changes() -> Iterator[tuple[str, Change]]:
    for number in (1, 2, 3, 4):
        some = f"{number} characters of the secret are missing"
        one = "character of the secret is missing"
        yield f"the last {one if number == 1 else some}", _piece(None, -number)
        yield f"the first {one if number == 1 else some}", _piece(number, None)
    yield "the '=' at the end of the secret are missing", lambda s: s.rstrip("=")
    for mark in "+/#=$&;%!":
        yield f"the secret stops before its first {mark!r}", _before(mark)
        yield f"the secret starts behind its last {mark!r}", _behind(mark)
    for length in (8, 16, 20, 24, 30, 32, 40):
        yield f"only the first {length} characters of the secret are used", _piece(None, length)


def base64_changes() -> Iterator[tuple[str, Change]]:
    yield "the secret was decoded from base64", lambda s: _survivable(b64decode(s + "=" * (-len(s) % 4)))
    yield "the secret was decoded from base64 twice", lambda s: _survivable(b64decode(b64decode(s)))
    yield "the secret was encoded as base64", lambda s: b64encode(utf8(s)).decode()
    yield "the secret was encoded as base64, with a line feed", lambda s: b64encode(utf8(s)).decode() + "\n"
    yield "the secret and a line feed were encoded as base64", lambda s: b64encode(utf8(s + "\n")).decode()


def _survivable(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _encoded(name: str) -> Change:
    return lambda secret: _survivable(secret.encode(name))


def byte_changes() -> Iterator[tuple[str, Change]]:
    yield "the secret was read as hexadecimal", lambda s: _survivable(bytes.fromhex(s))
    yield "the secret was written as hexadecimal", lambda s: utf8(s).hex()
    yield "the secret was written as hexadecimal, in capitals", lambda s: utf8(s).hex().upper()
    for name in ("utf-16-le", "utf-16-be", "utf-16", "utf-32-le"):
        yield f"the secret's bytes are {name.upper()}", _encoded(name)


def hash_changes() -> Iterator[tuple[str, Change]]:
    yield "the SHA-256 of the secret, as hexadecimal, is the key", lambda s: sha256(utf8(s)).hexdigest()
    yield "the SHA-256 of the secret is the key", lambda s: _survivable(sha256(utf8(s)).digest())
    yield "the MD5 of the secret, as hexadecimal, is the key", lambda s: md5(utf8(s)).hexdigest()
    yield "the MD5 of the secret is the key", lambda s: _survivable(md5(utf8(s)).digest())


def id_instead(attempt: Attempt) -> Iterator[Try]:
    claimed, given = attempt.claims.key_id, attempt.credentials.key_id
    token = attempt.credentials.security_token
    for key_id in {claimed, given} - {""}:
        yield Try("the key id stands where the secret belongs", attempt.keyed(_always(key_id)))
        for between in ("", ":", ",", " ", "&", "/"):
            note = "key id and secret together stand where the secret belongs"
            yield Try(note, attempt.keyed(_between(key_id + between, "")))
    if token:
        yield Try("the security token stands where the secret belongs", attempt.with_secret(token))


def stand_ins(attempt: Attempt) -> Iterator[Try]:
    for text in _STAND_INS:
        note = f"{text!r} stands where the secret belongs" if text else "the secret was empty"
        yield Try(note, attempt.keyed(_always(text)))
    for name in _NAMES[:6]:
        for form in (name, f"${name}", f"${{{name}}}", f"%{name}%", f"$env:{name}", f"process.env.{name}"):
            note = f"the text {form!r} itself stands where the secret belongs"
            yield Try(note, attempt.keyed(_always(form)))
