"""The catalogue's entries about percent-encoding; how each is made again lies in `encodings.py`."""

from __future__ import annotations

from voicectl.core.request import percent_decode, percent_encode
from voicectl.explain.attempt import Mistake, any_of
from voicectl.explain.mistakes import encodings
from voicectl.signing import canonical

MISTAKES = (
    Mistake(
        id="enc-space-plus",
        title="spaces in the query were signed as '+' instead of %20",
        shows="requests without a space in a value go through",
        fix="Encode by RFC 3986; after a form encoder replace '+' by %20. Usual culprits: Java's "
        "URLEncoder, Go's url.QueryEscape, Python's quote_plus and urlencode, PHP's urlencode, JavaScript's "
        "URLSearchParams.",
        code='URLEncoder.encode(v, "UTF-8").replace("+", "%20").replace("*", "%2A").replace("%7E", "~")',
        weight=13,
        schemes=encodings.ENCODED,
        tries=encodings.in_query("spaces were written '+'", encodings.spaces_as_plus),
    ),
    Mistake(
        id="enc-query-double",
        title="names and values are percent-encoded twice",
        shows="values that need escapes fail: they come out as %25XX",
        fix="Encode once: what comes from a URL is encoded already. Usual culprits: URL libraries that "
        "encode what was encoded by hand; RPC encodes the whole query once more, not each value.",
        weight=6,
        schemes=encodings.ENCODED,
        tries=encodings.in_query("percent-encoding was done twice", percent_encode),
    ),
    Mistake(
        id="enc-star-raw",
        title="'*' was not percent-encoded",
        shows="text without '*' goes through",
        fix="Encode '*' as %2A. Usual culprits: Java's URLEncoder, JavaScript's encodeURIComponent and "
        "URLSearchParams, C#'s UrlEncode.",
        code='value.replace("*", "%2A")',
        weight=5,
        schemes=encodings.ENCODED,
        tries=encodings.in_query("'*' was left as it is", encodings.raw("*")),
    ),
    Mistake(
        id="enc-js-chars-raw",
        title="the marks ! ' ( ) * were not percent-encoded",
        shows="text with brackets, apostrophes or exclamation marks fails",
        fix="Encode these five characters too. Usual culprits: JavaScript's encodeURIComponent, Dart's "
        "Uri.encodeComponent, Perl's URI::Escape.",
        code="encodeURIComponent(v).replace(/[!'()*]/g, c => '%' + "
        "c.charCodeAt(0).toString(16).toUpperCase())",
        weight=4,
        schemes=encodings.ENCODED,
        tries=any_of(
            encodings.in_query("! ' ( ) * were left as they are", encodings.raw("!'()*")),
            *(
                encodings.both(f"{characters} were left as they are", encodings.raw(characters))
                for characters in ("!'()", "()", "!*'", "()*", "!()*", "!", "'", "(", ")")
            ),
        ),
    ),
    Mistake(
        id="enc-slash-raw",
        title="'/' in a parameter was not percent-encoded",
        shows="values without '/' go through",
        fix="Encode '/' in values as %2F; keep it only in paths. Usual culprit: Python's quote, whose "
        "default keeps '/': write quote(value, safe='').",
        code="quote(value, safe='')",
        weight=3,
        schemes=encodings.ENCODED,
        tries=encodings.in_query("'/' was left as it is", encodings.raw("/")),
    ),
    Mistake(
        id="enc-query-none",
        title="the parameters were signed without any percent-encoding",
        shows="only plain values work",
        fix="Encode names and values one by one, then join. Usual culprits: decoded parameters from a web "
        "framework, string templates.",
        weight=3,
        schemes=encodings.ENCODED,
        tries=any_of(
            encodings.in_query("names and values were not encoded", percent_decode),
            encodings.both("only characters outside ASCII were not encoded", encodings.non_ascii_raw),
        ),
    ),
    Mistake(
        id="enc-unicode-form",
        title="text was brought to another Unicode normal form for signing than for sending",
        shows="accents and kana fail, though the eye sees no difference",
        fix="Choose one normal form before anything is signed or sent. Usual culprits: file names from "
        "macOS (NFD), input methods, databases that normalise.",
        weight=4,
        tries=encodings.normalised,
    ),
    Mistake(
        id="enc-form-encoder",
        title="a form or URL encoder with other rules than RFC 3986 wrote the query",
        shows="values with spaces, '*', '~' or other marks fail",
        fix="Encode by RFC 3986: only A-Z a-z 0-9 - _ . ~ stay. Usual culprits: Java's URLEncoder, "
        "JavaScript's encodeURI and URLSearchParams, C#'s HttpUtility.UrlEncode, Swift's urlQueryAllowed.",
        code='URLEncoder.encode(v, "UTF-8").replace("+", "%20").replace("*", "%2A").replace("%7E", "~")',
        weight=1,
        schemes=encodings.ENCODED,
        tries=encodings.form_writers,
    ),
    Mistake(
        id="enc-tilde-encoded",
        title="'~' is encoded as %7E; it must stay as it is",
        shows="only values with '~' fail",
        fix="Leave '~' alone. Usual culprits: Java's URLEncoder, PHP's rawurlencode before 5.3, Python's "
        "quote before 3.7.",
        code='value.replace("%7E", "~")',
        weight=2,
        schemes=encodings.ENCODED,
        tries=any_of(
            encodings.in_query("'~' was written %7E", encodings.escaped("~")),
            encodings.both("'~' was written %7e", lambda text: text.replace("~", "%7e")),
        ),
    ),
    Mistake(
        id="enc-small-hex",
        title="percent escapes are written with small hexadecimal letters (%2f)",
        shows="values with any escape fail",
        fix="Write escapes with capitals: %2F. Usual culprits: C#'s HttpUtility.UrlEncode, hand-written "
        "encoders in C and Lua.",
        weight=2,
        schemes=encodings.ENCODED,
        tries=encodings.in_query("escapes were written with small letters", encodings.small_hex),
    ),
    Mistake(
        id="enc-unreserved-encoded",
        title="characters that must stay as they are (- _ . ~) are encoded",
        shows="values with dots, dashes or underscores fail",
        fix="Leave A-Z a-z 0-9 - _ . ~ alone. Usual culprits: Rust's NON_ALPHANUMERIC set, hand-written "
        "encoders.",
        weight=1,
        schemes=encodings.ENCODED,
        tries=any_of(
            encodings.in_query("- _ . ~ were encoded", encodings.escaped("-_.~")),
            *(encodings.both(f"{c!r} was encoded", encodings.escaped(c)) for c in "-_."),
            encodings.both("- _ . were encoded", encodings.escaped("-_.")),
        ),
    ),
    Mistake(
        id="enc-chars-raw",
        title="characters that must be encoded are left as they are",
        shows="only values with these characters fail",
        fix="Encode everything but A-Z a-z 0-9 - _ . ~. Usual culprits: URL builders that keep ':', ',' or "
        "'@' in queries, where a canonical query does not.",
        weight=2,
        schemes=encodings.ENCODED,
        tries=encodings.single_characters,
    ),
    Mistake(
        id="enc-charset",
        title="text in the query was encoded from another charset than UTF-8",
        shows="only non-ASCII values fail",
        fix="Encode the UTF-8 bytes. Usual culprits: Java's getBytes() without a charset on Windows, PHP "
        "files saved as GBK, C#'s Encoding.Default.",
        weight=2,
        schemes=encodings.ENCODED,
        tries=any_of(
            *(
                encodings.both(f"text was encoded as {name.upper()}", encodings.charset(name))
                for name in (
                    "gbk",
                    "latin-1",
                    "cp1252",
                    "utf-16-be",
                    "utf-16-le",
                    "shift_jis",
                    "big5",
                    "ascii",
                )
            ),
            encodings.both("text was encoded as UTF-8 twice", encodings.mojibake),
            encodings.both("text was encoded by JavaScript's escape, as %uXXXX", encodings.percent_u),
        ),
    ),
    Mistake(
        id="enc-plus-read",
        title="a '+' on the wire was read as a space, or a space as a '+'",
        shows="only values with '+' fail",
        fix="Send a space as %20 and a plus as %2B; then nobody has to guess.",
        weight=2,
        schemes=encodings.ENCODED,
        tries=any_of(
            encodings.reader("a '+' in the query stands for itself", canonical.percent_pairs),
            encodings.reader("a '+' in the query stands for a space", canonical.form_pairs),
        ),
    ),
)
