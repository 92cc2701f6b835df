"""Wrong ways to percent-encode a query. What is said about them lies in `encoding_entries.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal
from urllib.parse import quote_from_bytes

from voicectl.core.request import percent_decode, percent_encode, utf8
from voicectl.explain.attempt import Attempt, Tries, Try, after, any_of, wrapping

Change = Callable[[str], str]
NormalForm = Literal["NFC", "NFD", "NFKC", "NFKD"]
NORMAL_FORMS: tuple[NormalForm, ...] = ("NFC", "NFD", "NFKC", "NFKD")

ENCODED = ("aliyun-rpc", "aliyun-acs3", "aliyun-oss-v4", "aws", "volcengine", "tos4", "tencent")

_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")


def spaces_as_plus(encoded: str) -> str:
    return encoded.replace("%20", "+")


def small_hex(encoded: str) -> str:
    return _ESCAPE.sub(lambda match: match[0].lower(), encoded)


def raw(characters: str) -> Change:
    """Return a change that leaves these characters as they are."""
    table = [(f"%{ord(character):02X}", character) for character in characters]

    def change(encoded: str) -> str:
        if "%" not in encoded:
            return encoded
        for escape, character in table:
            encoded = encoded.replace(escape, character).replace(escape.lower(), character)
        return encoded

    return change


def escaped(characters: str) -> Change:
    """Return a change that encodes these characters, which the rule keeps."""
    table = [(character, f"%{ord(character):02X}") for character in characters]

    def change(encoded: str) -> str:
        for character, escape in table:
            encoded = encoded.replace(character, escape)
        return encoded

    return change


def all_of(*changes: Change) -> Change:
    def change(encoded: str) -> str:
        for each in changes:
            encoded = each(encoded)
        return encoded

    return change


def in_query(note: str, change: Change) -> Tries:
    """Change names and values, then values alone, then names alone; RPC encodes the whole once more."""
    return any_of(
        both(note, change),
        wrapping(f"{note}, in values only", change, "encode_value"),
        wrapping(f"{note}, in names only", change, "encode_name"),
    )


def both(note: str, change: Change) -> Tries:
    """Change names and values; where the joined query is encoded again, by the same wrong encoder or not."""
    inner = wrapping(note, change, "encode_name", "encode_value")

    def tries(attempt: Attempt) -> Iterator[Try]:
        yield from inner(attempt)
        if attempt.has("encode_query"):
            yield from wrapping(f"{note}, both times", change, "encode_name", "encode_value", "encode_query")(
                attempt
            )

    return tries


def normal_form(form: NormalForm) -> Change:
    """Return a change of encoded text to a Unicode normal form."""

    def change(encoded: str) -> str:
        from unicodedata import normalize

        if encoded.isascii() and "%" not in encoded:
            return encoded
        decoded = percent_decode(encoded)
        changed = normalize(form, decoded)
        return encoded if changed == decoded else _like(encoded, changed)

    return change


def _like(encoded: str, text: str) -> str:
    """Write the text as the other one was written: encoded, or not."""
    return percent_encode(text) if "%" in encoded or encoded.isascii() else text


def normalised(attempt: Attempt) -> Iterator[Try]:
    """Normalise text in the query, the path, both, or the secret-free rest of the request."""
    for form in NORMAL_FORMS:
        change = normal_form(form)
        note = f"text was brought to the form {form} before it was signed"
        query = {
            step: after(attempt.of(step), change)
            for step in ("encode_name", "encode_value")
            if attempt.has(step)
        }
        path = (
            {"encode_path": _path_form(attempt.of("encode_path"), form)} if attempt.has("encode_path") else {}
        )
        for steps, where in ((query | path, ""), (query, ", in the query"), (path, ", in the path")):
            if steps:
                yield Try(note + where, attempt.stepping(**steps))


def _path_form(step: Change, form: NormalForm) -> Change:
    """Normalise the path before the step: it may encode twice."""

    def change(path: str) -> str:
        from unicodedata import normalize

        decoded = percent_decode(path)
        if normalize(form, decoded) == decoded:
            return step(path)
        pieces = [percent_encode(normalize(form, percent_decode(piece))) for piece in path.split("/")]
        return step("/".join(pieces))

    return change


def single_characters(attempt: Attempt) -> Iterator[Try]:
    for character in ',:;@$=&+?[]#|{}"<>^\\`% ':
        change = raw(character)
        yield from in_query(f"{character!r} was left as it is", change)(attempt)
    for characters in (
        ":,",
        ":@",
        ";:",
        ",;:@",
        "[]",
        ":/",
        ":/?",
        "/:@",
        ";/?:@&=+$,#",
        ";/?:@&=+$,",
        "$&+,:;=@",
        "/~",
    ):
        note = f"the characters {' '.join(characters)} were left as they are"
        yield from both(note, raw(characters))(attempt)


def charset(name: str) -> Change:
    def change(encoded: str) -> str:
        decoded = percent_decode(encoded)
        if decoded.isascii():
            return encoded
        return quote_from_bytes(decoded.encode(name, "replace"), "-_.~")

    return change


def percent_u(encoded: str) -> str:
    decoded = percent_decode(encoded)
    return "".join(
        character
        if ord(character) < 128 and character not in "%" and percent_encode(character) == character
        else (f"%u{ord(character):04X}" if ord(character) > 255 else f"%{ord(character):02X}")
        for character in decoded
    )


def mojibake(encoded: str) -> str:
    """UTF-8 bytes read as Latin-1 and encoded as UTF-8 once more."""
    decoded = percent_decode(encoded)
    return encoded if decoded.isascii() else percent_encode(utf8(decoded).decode("latin-1"))


def non_ascii_raw(encoded: str) -> str:
    return re.sub("(?:%[89A-Fa-f][0-9A-Fa-f])+", lambda match: percent_decode(match[0]), encoded)


def _in_script_units(encoded: str) -> str:
    """Write each UTF-16 unit of non-ASCII text as %XX or, above 255, as %uXXXX."""

    def units(match: re.Match[str]) -> str:
        text = percent_decode(match[0]).encode("utf-16-be", "surrogatepass")
        found = [int.from_bytes(text[at : at + 2]) for at in range(0, len(text), 2)]
        return "".join([f"%u{unit:04X}" if unit > 255 else f"%{unit:02X}" for unit in found])

    return re.sub("(?:%[89A-Fa-f][0-9A-Fa-f])+", units, encoded)


WRITERS = (
    ("Java's URLEncoder", all_of(spaces_as_plus, raw("*"), escaped("~"))),
    ("JavaScript's URLSearchParams", all_of(spaces_as_plus, raw("*"), escaped("~"))),
    ("C#'s HttpUtility.UrlEncode", all_of(spaces_as_plus, raw("!*()"), escaped("~"), small_hex)),
    ("C#'s HttpUtility.UrlEncode, in .NET Core", all_of(spaces_as_plus, raw("!*()"), small_hex)),
    ("C#'s WebUtility.UrlEncode", all_of(spaces_as_plus, raw("!*()"), escaped("~"))),
    ("Go's url.QueryEscape", spaces_as_plus),
    ("PHP's urlencode", all_of(spaces_as_plus, escaped("~"))),
    ("Ruby's URI.encode_www_form", all_of(spaces_as_plus, raw("*"), escaped("~"))),
    ("Dart's Uri.encodeQueryComponent", all_of(spaces_as_plus, raw("~"))),
    ("Rust's form_urlencoded", all_of(spaces_as_plus, raw("*"), escaped("~"))),
    ("Python's quote_plus with safe='/'", all_of(spaces_as_plus, raw("/"))),
    ("Python's quote with safe='/~'", raw("/")),
    ("JavaScript's encodeURI", raw(";,/?:@&=+$#!'()*")),
    ("JavaScript's escape", all_of(raw("@*/+"), escaped("~"), _in_script_units)),
    ("Perl's and C#'s EscapeDataString of old", raw("!*'()")),
    ("Swift's urlQueryAllowed", raw("!$&'()*+,;=:@/?")),
    ("Swift's urlQueryAllowed without '&', '=' and '+'", raw("!$'()*,;:@/?")),
    ("Swift's urlHostAllowed", raw("!$&'()*+,;=:[]")),
    ("Dart's Uri.encodeFull", raw(";,/?:@&=+$#!'()*[]")),
    ("Go's url.PathEscape", raw("$&+=:@")),
    ("Guava's urlPathSegmentEscaper", raw("!$&'()*+,;=:@")),
    ("Rust's NON_ALPHANUMERIC set", escaped("-_.~")),
    ("OkHttp's query encoder", all_of(raw("*"), escaped("~"))),
    ("Python 2's quote", all_of(raw("/"), escaped("~"))),
    ("Spring's encodeQueryParam", raw("!$'()*+,;:@/?")),
    ("AFNetworking's encoder", raw("/?")),
)


def form_writers(attempt: Attempt) -> Iterator[Try]:
    for name, change in WRITERS:
        yield from both(f"names and values were encoded as {name} does", change)(attempt)


def reader(note: str, read: object) -> Tries:
    def tries(attempt: Attempt) -> Iterator[Try]:
        if attempt.has("read_pairs"):
            yield Try(note, attempt.stepping(read_pairs=read))

    return tries
