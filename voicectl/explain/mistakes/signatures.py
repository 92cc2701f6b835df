"""Mistakes in writing the signature, once it is made."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from urllib.parse import quote

from voicectl.explain.attempt import Attempt, Mistake, Tries, Try
from voicectl.signing import canonical

Write = Callable[[bytes], str]


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _for_urls(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def writing(kind: Write, *ways: tuple[str, Write]) -> Tries:
    """Return tries that write the signature otherwise, in schemes whose own way is `kind`."""

    def tries(attempt: Attempt) -> Iterator[Try]:
        if attempt.has("write_signature") and attempt.of("write_signature") is kind:
            for note, write in ways:
                yield Try(note, attempt.stepping(write_signature=write))

    return tries


def _hex_in(write: Write) -> Tries:
    return writing(
        canonical.base64_text,
        ("the HMAC's hexadecimal text was encoded as base64", lambda data: _base64(data.hex().encode())),
        (
            "the HMAC's hexadecimal text in capitals was encoded as base64",
            lambda data: _base64(data.hex().upper().encode()),
        ),
        (
            "the HMAC's hexadecimal text, with a line feed, was encoded as base64",
            lambda data: _base64(data.hex().encode() + b"\n"),
        ),
        (
            "openssl's '(stdin)= …' was encoded as base64",
            lambda data: _base64(f"(stdin)= {data.hex()}".encode()),
        ),
        (
            "openssl's 'SHA1(stdin)= …' was encoded as base64",
            lambda data: _base64(f"SHA1(stdin)= {data.hex()}".encode()),
        ),
    )


MISTAKES = (
    Mistake(
        id="digest-base64-of-hex",
        title="base64 was made of the HMAC's hexadecimal text instead of its bytes",
        shows="the signature has 56 characters, far too many",
        fix="Take the HMAC as raw bytes, and encode these. Usual culprits: PHP's hash_hmac without true, "
        "openssl without -binary, JavaScript's digest('hex').",
        code="base64_encode(hash_hmac('sha1', $string, $key, true))",
        weight=5,
        tries=_hex_in(canonical.base64_text),
    ),
    Mistake(
        id="digest-hex-not-base64",
        title="the HMAC is sent as hexadecimal text where base64 is wanted",
        shows="the signature is 40 hexadecimal digits",
        fix="Encode the raw digest as base64.",
        weight=3,
        tries=writing(
            canonical.base64_text,
            ("the signature is written as hexadecimal", lambda data: data.hex()),
            ("the signature is written as hexadecimal in capitals", lambda data: data.hex().upper()),
        ),
    ),
    Mistake(
        id="digest-base64-not-hex",
        title="the HMAC is sent as base64 where hexadecimal text is wanted",
        shows="the signature is not 64 hexadecimal digits",
        fix="Write the raw digest as small hexadecimal letters.",
        weight=2,
        tries=writing(
            canonical.hex_text,
            ("the signature is written in base64", _base64),
            ("the signature is written in base64 for URLs", lambda data: urlsafe_b64encode(data).decode()),
            ("the signature is written in base64 without '='", lambda data: _base64(data).rstrip("=")),
            ("the signature is written in base64 for URLs, without '='", _for_urls),
            ("the signature is base64 of the hexadecimal text", lambda data: _base64(data.hex().encode())),
        ),
    ),
    Mistake(
        id="digest-base64-variant",
        title="the signature is written in another base64 than the standard one",
        shows="fails when the signature holds '+' or '/', or always",
        fix="Use standard base64 with '+', '/' and '='. Usual culprits: Python's urlsafe_b64encode, Java's "
        "Base64.getUrlEncoder, Android's Base64.DEFAULT, which ends in a line feed.",
        weight=2,
        tries=writing(
            canonical.base64_text,
            ("the signature is written in base64 for URLs", lambda data: urlsafe_b64encode(data).decode()),
            (
                "the signature is written in base64 for URLs without '='",
                _for_urls,
            ),
            ("the signature is written in base64 without '='", lambda data: _base64(data).rstrip("=")),
            ("the signature was encoded as base64 twice", lambda data: _base64(_base64(data).encode())),
            ("the signature is in small letters", lambda data: _base64(data).lower()),
            ("the signature ends in a line feed", lambda data: _base64(data) + "\n"),
        ),
    ),
    Mistake(
        id="sig-not-url-encoded",
        title="the signature was put into the URL or form without percent-encoding, so its '+' arrives as a "
        "space",
        shows="some calls succeed: those whose signature has no '+'",
        fix="Percent-encode the signature: + is %2B, / is %2F, = is %3D.",
        code="encodeURIComponent(signature)",
        weight=6,
        tries=writing(
            canonical.base64_text,
            ("each '+' of the signature became a space", lambda data: _base64(data).replace("+", " ")),
        ),
    ),
    Mistake(
        id="sig-encoded-twice",
        title="the signature is percent-encoded once too often",
        shows="fails when the signature holds '+', '/' or '='; base64 always ends in '='",
        fix="Encode it once where it is put into the URL. Usual culprits: an HTTP library that encodes what "
        "was encoded by hand.",
        weight=2,
        tries=writing(
            canonical.base64_text,
            ("the signature is percent-encoded twice", lambda data: quote(_base64(data), safe="")),
            (
                "the signature is percent-encoded twice, save for '/'",
                lambda data: quote(_base64(data), safe="/"),
            ),
            (
                "the signature is percent-encoded in a header",
                lambda data: quote(_base64(data), safe="").lower(),
            ),
        ),
    ),
    Mistake(
        id="sig-truncated",
        title="the signature is cut short or padded",
        shows="every call fails",
        fix="Send the whole signature, nothing before and nothing behind it.",
        weight=1,
        tries=writing(
            canonical.hex_text,
            ("only the first 32 digits of the signature were sent", lambda data: data.hex()[:32]),
            ("only the first 40 digits of the signature were sent", lambda data: data.hex()[:40]),
            ("the last digit of the signature is missing", lambda data: data.hex()[:-1]),
            ("the first digit of the signature is missing", lambda data: data.hex()[1:]),
            (
                "zeros at the start of the signature's bytes are missing",
                lambda data: "".join(f"{byte:x}" for byte in data),
            ),
            ("zeros at the start of the signature are missing", lambda data: data.hex().lstrip("0")),
            ("the signature has 0x before it", lambda data: "0x" + data.hex()),
            ("the signature has dashes, as C#'s BitConverter writes", lambda data: data.hex("-").upper()),
            ("the signature has dashes", lambda data: data.hex("-")),
            ("the signature has blanks between its bytes", lambda data: data.hex(" ")),
            ("the signature has colons, as openssl -c writes", lambda data: data.hex(":")),
            ("the signature is openssl's '(stdin)= …'", lambda data: f"(stdin)= {data.hex()}"),
            (
                "the signature is openssl's 'SHA2-256(stdin)= …'",
                lambda data: f"SHA2-256(stdin)= {data.hex()}",
            ),
            ("the signature is sha256sum's line with ' -'", lambda data: f"{data.hex()}  -"),
            ("the signature is in quotes", lambda data: f'"{data.hex()}"'),
            ("the signature is the hexadecimal text of its base64", lambda data: b64encode(data).hex()),
            (
                "the signature is the hexadecimal text of its hexadecimal text",
                lambda data: data.hex().encode().hex(),
            ),
        ),
    ),
)
