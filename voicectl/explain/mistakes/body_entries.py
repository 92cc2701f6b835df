"""The catalogue's entries about the body; how each is made again lies in `bodies.py`."""

from __future__ import annotations

from voicectl.explain.attempt import Mistake, Tries
from voicectl.explain.mistakes import bodies
from voicectl.explain.mistakes.bodies import SCHEMES, hashed

SAME_BYTES = "Build the bytes of the body once; hash these and send these. "


def entry(
    name: str, title: str, fix: str, tries: Tries, weight: int = 1, shows: str = "", code: str = ""
) -> Mistake:
    return Mistake(
        id=name, title=title, fix=fix, tries=tries, weight=weight, shows=shows, code=code, schemes=SCHEMES
    )


MISTAKES = (
    entry(
        "body-json-unicode-escape",
        "signed and sent JSON differ in how they write non-ASCII characters, as \\uXXXX or plainly",
        SAME_BYTES
        + "Usual culprits: Python's json.dumps, which escapes, beside `json=` of httpx, which does not; "
        "PHP's json_encode without JSON_UNESCAPED_UNICODE.",
        hashed(bodies.escapes),
        weight=6,
        shows="bodies in plain ASCII go through",
        code="body = json.dumps(value).encode(); sign(body); send(content=body)",
    ),
    entry(
        "body-json-spacing",
        "signed and sent JSON differ in their blanks and line breaks",
        SAME_BYTES
        + "Usual culprits: `json=` of Python's requests (blanks) beside a signer with compact separators, "
        "axios, which serialises objects itself, pretty-printed templates.",
        hashed(bodies.spacings),
        weight=5,
        shows="JSON bodies are refused, empty ones accepted",
        code="body = json.dumps(value).encode(); sign(body); send(data=body)",
    ),
    entry(
        "body-json-key-order",
        "signed and sent JSON have their keys in different orders",
        SAME_BYTES
        + "Usual culprits: sort_keys in one of two places, Go's maps, which are written sorted, Java's "
        "HashMap.",
        hashed(bodies.orders),
        weight=3,
        shows="works while the keys happen to agree",
    ),
    entry(
        "body-double-json",
        "the hash was taken of the JSON in quotes, as a JSON string",
        "Hash the text itself, not a quoted copy. Usual culprits: JSON.stringify or json.dumps applied to "
        "what is text already.",
        hashed(bodies.doubled),
        weight=4,
        shows="every JSON body fails",
    ),
    entry(
        "body-json-mark-escape",
        "signed and sent JSON differ in escapes such as \\/ or \\u003c",
        SAME_BYTES
        + "Usual culprits: PHP's json_encode ('\\/'), Go's encoding/json (SetEscapeHTML), Java's Gson "
        "(disableHtmlEscaping), C#'s System.Text.Json.",
        hashed(bodies.mark_escapes),
        weight=2,
        shows="only bodies with these characters fail",
    ),
    entry(
        "body-json-other-writer",
        "signed and sent JSON were written by different serialisers",
        SAME_BYTES
        + "Usual culprits: `json=` of Python's requests and httpx, axios, Go's json.Marshal a second time.",
        hashed(bodies.other_writers),
        weight=2,
        shows="fails for any JSON body",
    ),
    entry(
        "body-empty-hash",
        "the body was hashed as if it were empty",
        "Give the body's bytes to the signer. Usual culprits: a stream that was read to its end before, "
        "`body` for `data` in the call of the signer, a signer that hashes GET and POST alike.",
        hashed(bodies.empty_text),
        weight=4,
        shows="requests without a body go through",
    ),
    entry(
        "body-newline",
        "signed and sent body differ by a line end at their end",
        "Send the exact bytes. Usual culprits: curl -d @FILE, which drops line ends (use --data-binary), "
        "shells' echo (use printf), editors that add a last line feed.",
        hashed(bodies.newlines),
        weight=5,
        shows="bodies typed inline work, bodies from files or pipes fail",
        code="curl --data-binary @body.json",
    ),
    entry(
        "body-line-ends",
        "the hashed body has other line ends than the wire",
        "Send the bytes that were hashed. Usual culprits: files opened in text mode on Windows, git's "
        "autocrlf, curl -d @FILE, which drops line ends.",
        hashed(bodies.line_ends),
        weight=2,
        shows="fails for bodies of several lines",
    ),
    entry(
        "body-blanks",
        "the hashed body has other blanks at its ends than the wire",
        "Send the bytes that were hashed, without trimming either.",
        hashed(bodies.blanks),
        shows="fails with some bodies",
    ),
    entry(
        "body-byte-order-mark",
        "signed and sent body differ by a byte order mark",
        "Write UTF-8 without a mark. Usual culprits: Windows' Notepad, PowerShell's Out-File, C#'s "
        "Encoding.UTF8 with a StreamWriter, Python's utf-8-sig.",
        hashed(bodies.marks),
        weight=2,
        shows="fails with files from Windows",
    ),
    entry(
        "body-wrong-charset",
        "the body was hashed in a charset other than UTF-8",
        "Hash the UTF-8 bytes. Usual culprits: Java's getBytes() without a charset, C#'s Encoding.Default "
        "and Encoding.ASCII, Node's 'binary' and 'latin1', Windows consoles.",
        hashed(bodies.charsets),
        weight=4,
        shows="bodies in plain ASCII go through",
        code="body.getBytes(StandardCharsets.UTF_8)",
    ),
    entry(
        "body-unicode-form",
        "the hashed body is in another Unicode normal form than the wire",
        "Normalise once, before both hashing and sending.",
        hashed(bodies.normal_forms),
        weight=2,
        shows="accented text fails and looks the same on the screen",
    ),
    entry(
        "body-stand-in",
        "the hash is of a stand-in such as null, {} or [object Object], not of the body",
        "Hash the bytes that are sent. Usual culprits: JSON.stringify(undefined), String(object) in "
        "JavaScript, Python's str() of bytes, a library that turns no body into {}.",
        hashed(bodies.stand_ins),
        weight=2,
        shows="fails with, or without, a body",
    ),
    entry(
        "body-form-encoding",
        "signed and sent form differ in their escapes or their order",
        SAME_BYTES + "Usual culprits: a form library that writes '+' beside a signer that writes %20.",
        hashed(bodies.forms),
        weight=2,
        shows="forms with spaces or marks fail",
    ),
    entry(
        "body-json-as-form",
        "the hash is of a form where JSON was sent, or the other way round",
        "Hash the bytes that are sent. Usual culprits: `data=` and `json=` mixed up in Python's requests, "
        "axios.",
        hashed(bodies.form_of_json),
        shows="every call with a body fails",
    ),
    entry(
        "body-packed",
        "the hash is of the body's base64 or hexadecimal text, not of its bytes",
        "Hash the raw bytes.",
        hashed(bodies.packings),
        shows="every call with a body fails",
    ),
    entry(
        "body-query-hashed",
        "the query was hashed in place of the body",
        "Hash the body; that of a GET is empty.",
        bodies.query_instead,
        shows="fails with a query",
    ),
)
