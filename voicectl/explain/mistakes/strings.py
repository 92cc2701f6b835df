"""Wrong ways to build and hash the two texts. What is said about them lies in `string_entries.py`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from hashlib import new as new_hash
from itertools import combinations, permutations

from voicectl.core.request import percent_encode, utf8
from voicectl.explain.attempt import Attempt, Tries, Try, after
from voicectl.explain.mistakes.derivation import sealing
from voicectl.signing import canonical
from voicectl.signing.canonical import Mac

ALGORITHMS = (
    "AWS4-HMAC-SHA256",
    "HMAC-SHA256",
    "TC3-HMAC-SHA256",
    "ACS3-HMAC-SHA256",
    "OSS4-HMAC-SHA256",
    "TOS4-HMAC-SHA256",
    "AWS4-HMAC-SHA1",
    "AWS4-HMAC-SHA512",
    "AWS4-ECDSA-P256-SHA256",
    "AWS4-HMAC-SHA256-PAYLOAD",
    "GOOG4-HMAC-SHA256",
    "SDK-HMAC-SHA256",
    "VC1-HMAC-SHA256",
    "ACS3-HMAC-SM3",
    "AWS4",
    "",
)

# The two hashes --------------------------------------------------------------------------------


def _digest(attempt: Attempt, note: str, digest: Callable[[bytes], str]) -> Iterator[Try]:
    if attempt.has("digest"):
        yield Try(note, attempt.stepping(digest=digest))


def _hash_text(name: str) -> Callable[[bytes], str]:
    return lambda data: new_hash(name, data, usedforsecurity=False).hexdigest()


def _hash_base64(data: bytes) -> str:
    return b64encode(new_hash("sha256", data).digest()).decode()


def upper(attempt: Attempt) -> Iterator[Try]:
    """Capitals in the payload's hash, the request's hash, the signature, and any two or all of them."""
    written = {
        "payload": "the hash of the body",
        "digest": "the hash of the canonical request",
        "write_signature": "the signature",
    }
    known = [step for step in written if attempt.has(step)]
    if attempt.has("write_signature") and attempt.of("write_signature") is not canonical.hex_text:
        known.remove("write_signature")
    for number in range(1, len(known) + 1):
        for chosen in combinations(known, number):
            verb = "is" if number == 1 else "are"
            note = f"{' and '.join(written[step] for step in chosen)} {verb} written in capitals"
            steps = {step: after(attempt.of(step), _upper_hex) for step in chosen}
            yield Try(note, attempt.stepping(**steps))


def _upper_hex(text: str) -> str:
    return text if text == canonical.UNSIGNED_PAYLOAD else text.upper()


def other_digests(attempt: Attempt) -> Iterator[Try]:
    what = "the canonical request"
    for name in ("sha1", "md5", "sha512", "sha384", "sha224"):
        yield from _digest(attempt, f"{what} was hashed with {name.upper()}", _hash_text(name))
    yield from _digest(attempt, f"the hash of {what} is written in base64", _hash_base64)
    twice = lambda data: canonical.sha256_hex(canonical.sha256_hex(data).encode())  # noqa: E731
    yield from _digest(attempt, f"{what} was hashed twice", twice)
    yield from _digest(attempt, f"the hash of {what} is the empty text's", lambda data: canonical.EMPTY_HASH)


def not_hashed(attempt: Attempt) -> Iterator[Try]:
    yield from _digest(
        attempt,
        "the canonical request itself stands in the string to sign",
        lambda d: d.decode("utf-8", "surrogateescape"),
    )
    if attempt.has("digest", "string_parts"):
        whole = attempt.stepping(
            string_parts=("digest",), digest=lambda d: d.decode("utf-8", "surrogateescape")
        )
        yield Try("the canonical request itself is the string to sign", whole)
        only = attempt.stepping(string_parts=("digest",))
        yield Try("only the hash of the canonical request is the string to sign", only)


def payloads(attempt: Attempt) -> Iterator[Try]:
    """Write the body's hash otherwise, or not hash it."""
    if not attempt.has("payload"):
        return
    for name in ("sha1", "md5", "sha512", "sha384"):
        note = f"the body was hashed with {name.upper()}"
        yield Try(note, attempt.stepping(payload=lambda r, n=name: _hash_text(n)(r.body)))
    for note, write in (
        ("the hash of the body is written in base64", lambda r: _hash_base64(r.body)),
        ("the body was hashed twice", lambda r: canonical.sha256_hex(canonical.sha256_hex(r.body).encode())),
        (
            "the MD5 of the body is written in base64",
            lambda r: b64encode(new_hash("md5", r.body, usedforsecurity=False).digest()).decode(),
        ),
        ("the hash of the body has 'sha256:' before it", lambda r: "sha256:" + canonical.hash_body(r)),
        ("the hash of the body has 0x before it", lambda r: "0x" + canonical.hash_body(r)),
    ):
        yield Try(note, attempt.stepping(payload=write))


def body_itself(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("payload"):
        body = attempt.request.body.decode("utf-8", "surrogateescape")
        yield Try("the body itself stands where its hash belongs", attempt.stepping(payload=lambda _: body))


def payload_missing(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("payload"):
        yield Try("the line of the body's hash is empty", attempt.stepping(payload=lambda _: ""))
        for word in ("undefined", "null", "None", "empty"):
            note = f"{word!r} stands where the body's hash belongs"
            yield Try(note, attempt.stepping(payload=lambda _, w=word: w))


def unsigned_payload(attempt: Attempt) -> Iterator[Try]:
    if not attempt.has("payload"):
        return
    hashed_words = canonical.sha256_hex(canonical.UNSIGNED_PAYLOAD.encode())
    for text, note in (
        (canonical.UNSIGNED_PAYLOAD, "UNSIGNED-PAYLOAD stands where the body's hash belongs"),
        (hashed_words, "the hash of the words UNSIGNED-PAYLOAD stands for the body's"),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "the words for a streamed body stand where its hash belongs"),
        ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", "the words for a streamed body stand where its hash belongs"),
    ):
        yield Try(note, attempt.stepping(payload=lambda _, t=text: t))


def payload_hashed(attempt: Attempt) -> Iterator[Try]:
    """Where the rule is UNSIGNED-PAYLOAD, or what a header declares: the hash of the body."""
    if attempt.has("payload"):
        yield Try("the hash of the body was signed", attempt.stepping(payload=canonical.hash_body))
        if attempt.of("payload")(attempt.request) == canonical.UNSIGNED_PAYLOAD:
            empty = attempt.stepping(payload=canonical.empty_payload)
            yield Try("the hash of the empty text was signed", empty)


# Lines -----------------------------------------------------------------------------------------


def assembled(attempt: Attempt, request_join: str | None, string_join: str | None) -> Attempt:
    """Join the lines of the canonical request, the string to sign, or both, by something else.

    The texts stand for one line each, and the last one carries them all.
    """
    changed: dict[str, object] = {}
    if request_join is not None and attempt.has("canonical_parts"):
        digest = attempt.of("digest")
        changed["digest"] = lambda data: digest(_rejoined(data, request_join))
    result = attempt.stepping(**changed) if changed else attempt
    if string_join is not None and result.has("mac"):
        mac = result.of("mac")
        result = sealing(result, lambda key, message: mac(key, _rejoined(message, string_join)))
    return result


def _rejoined(data: bytes, join: str) -> bytes:
    return data.replace(b"\n", join.encode())


JOINS = (
    ("\r\n", "a carriage return and a line feed"),
    ("\\n", "the two characters \\n"),
    ("", "nothing"),
    (" ", "a space"),
    ("\r", "a carriage return"),
    ("&", "'&'"),
    (",", "','"),
    ("\\r\\n", "the four characters \\r\\n"),
    ("|", "'|'"),
)


def line_ends(joins: tuple[tuple[str, str], ...]) -> Tries:
    def tries(attempt: Attempt) -> Iterator[Try]:
        for join, name in joins:
            yield Try(f"lines of both texts were joined by {name}", assembled(attempt, join, join))
            yield Try(f"lines of the string to sign were joined by {name}", assembled(attempt, None, join))
            if attempt.has("canonical_parts"):
                note = f"lines of the canonical request were joined by {name}"
                yield Try(note, assembled(attempt, join, None))

    return tries


def ending(text: str, note: str) -> Tries:
    def tries(attempt: Attempt) -> Iterator[Try]:
        if attempt.has("string_end"):
            yield Try(note, attempt.stepping(string_end=text))

    return tries


def request_ends(attempt: Attempt) -> Iterator[Try]:
    if not attempt.has("digest", "canonical_parts"):
        return
    digest = attempt.of("digest")
    for note, change in (
        ("the canonical request ends in a line feed", lambda data: data + b"\n"),
        ("the canonical request ends in a carriage return and a line feed", lambda data: data + b"\r\n"),
        ("the canonical request starts with a line feed", lambda data: b"\n" + data),
        ("the canonical request ends in a space", lambda data: data + b" "),
        (
            "blank lines in the canonical request were dropped",
            lambda data: b"\n".join(filter(None, data.split(b"\n"))),
        ),
        (
            "the canonical request was trimmed line by line",
            lambda data: b"\n".join(line.strip() for line in data.split(b"\n")),
        ),
        ("the canonical request is in small letters", lambda data: data.lower()),
        (
            "the canonical request was percent-encoded",
            lambda data: canonical.encode_path(data.decode("utf-8", "surrogateescape")).encode(),
        ),
        (
            "the canonical request's bytes are UTF-16",
            lambda data: data.decode("utf-8", "surrogateescape").encode("utf-16-le", "surrogatepass"),
        ),
        (
            "the canonical request's text beyond ASCII became '?'",
            lambda data: data.decode("utf-8", "replace").encode("ascii", "replace"),
        ),
        ("the canonical request is its JSON text in quotes", _quoted),
    ):
        yield Try(note, attempt.stepping(digest=lambda data, c=change: digest(c(data))))


def _quoted(data: bytes) -> bytes:
    import json

    return json.dumps(data.decode("utf-8", "surrogateescape")).encode()


_PART_NAMES = {
    "names": "list of signed headers",
    "headers": "block of headers",
    "payload": "hash of the body",
    "digest": "hash of the canonical request",
    "timestamp": "time",
    "content-md5": "line of Content-MD5",
    "content-type": "line of Content-Type",
}


def _name(part: str) -> str:
    return _PART_NAMES.get(part, part)


def missing(step: str, where: str) -> Tries:
    def tries(attempt: Attempt) -> Iterator[Try]:
        if not attempt.has(step):
            return
        parts: tuple[str, ...] = attempt.of(step)
        for number, part in enumerate(parts):
            left = parts[:number] + parts[number + 1 :]
            yield Try(f"the {_name(part)} is missing in {where}", attempt.stepping(**{step: left}))

    return tries


def disordered(step: str, where: str) -> Tries:
    def tries(attempt: Attempt) -> Iterator[Try]:
        if not attempt.has(step):
            return
        parts: tuple[str, ...] = attempt.of(step)
        orders = permutations(parts) if len(parts) <= 4 else _swaps(parts)
        for order in orders:
            if order != parts:
                names = ", ".join(_name(part) for part in order)
                yield Try(f"{where} has the order {names}", attempt.stepping(**{step: order}))

    return tries


def _swaps(parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for one in range(len(parts)):
        for other in range(one + 1, len(parts)):
            swapped = [*parts]
            swapped[one], swapped[other] = swapped[other], swapped[one]
            yield tuple(swapped)


def doubled(step: str, where: str) -> Tries:
    def tries(attempt: Attempt) -> Iterator[Try]:
        if attempt.has(step):
            parts: tuple[str, ...] = attempt.of(step)
            for number, part in enumerate(parts):
                twice = (*parts[: number + 1], part, *parts[number + 1 :])
                yield Try(f"the {_name(part)} stands in {where} twice", attempt.stepping(**{step: twice}))

    return tries


def extra_lines(attempt: Attempt) -> Iterator[Try]:
    """Put the time where other vendors' strings have it, into a string that has none."""
    if attempt.has("string_parts", "scope_parts") and "timestamp" not in attempt.of("string_parts"):
        for parts, what in (
            (("algorithm", "timestamp", "digest"), "the time"),
            (("algorithm", "timestamp", "scope", "digest"), "the time and an empty scope"),
        ):
            yield Try(f"{what} stands in the string to sign", attempt.stepping(string_parts=parts))


def algorithms(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("algorithm", "string_parts"):
        right = attempt.of("algorithm")
        for name in (*ALGORITHMS, right.lower(), right + " ", right.replace("-", "_")):
            if name != right:
                note = f"the string to sign starts with {name!r}"
                yield Try(note, attempt.stepping(algorithm=name))


def whole_string(attempt: Attempt) -> Iterator[Try]:
    """Change the string as a whole just before the last HMAC."""
    if not attempt.has("mac"):
        return
    for note, change in _STRING_CHANGES.items():
        yield Try(note, sealing(attempt, partial(_changed_mac, attempt.of("mac"), change)))


def _changed_mac(mac: Mac, change: Callable[[bytes], bytes], key: bytes, message: bytes) -> bytes:
    return mac(key, change(message))


_STRING_CHANGES: Mapping[str, Callable[[bytes], bytes]] = {
    "the string to sign was hashed before the HMAC, as hexadecimal text": lambda d: (
        new_hash("sha256", d).hexdigest().encode()
    ),
    "the string to sign was hashed before the HMAC": lambda d: new_hash("sha256", d).digest(),
    "the string to sign was encoded as base64": lambda d: b64encode(d),
    "the string to sign was percent-encoded": lambda d: canonical.encode_path(
        d.decode("utf-8", "surrogateescape")
    ).encode(),
    "the string to sign was percent-encoded, '/' too": lambda d: percent_encode(
        d.decode("utf-8", "surrogateescape")
    ).encode(),
    "the string to sign is in small letters": lambda d: d.lower(),
    "the string to sign is in capital letters": lambda d: d.upper(),
    "the string to sign was written as hexadecimal": lambda d: d.hex().encode(),
    "the string to sign's bytes are UTF-16": lambda d: d.decode("utf-8", "surrogateescape").encode(
        "utf-16-le", "surrogatepass"
    ),
    "the string to sign starts with a line feed": lambda d: b"\n" + d,
    "the string to sign starts with a byte order mark": lambda d: b"\xef\xbb\xbf" + d,
    "the string to sign's text beyond ASCII became '?'": lambda d: d.decode("utf-8", "replace").encode(
        "ascii", "replace"
    ),
    "the string to sign stands in double quotes": lambda d: b'"' + d + b'"',
    "the string to sign is its JSON text in quotes": _quoted,
    "the string to sign was percent-decoded": lambda d: utf8(
        canonical.form_decode(d.decode("utf-8", "surrogateescape"))
    ),
    "the string to sign was trimmed": lambda d: d.strip(),
}

V4ISH = ("aliyun-acs3", "aliyun-oss-v4", "aws", "volcengine", "tos4", "tencent")
HASHED = ("aliyun-acs3", "aws", "volcengine", "tencent", "gateway")
