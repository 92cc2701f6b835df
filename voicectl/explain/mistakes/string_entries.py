"""The catalogue's entries about the two texts and their hashes; how each is made lies in `strings.py`."""

from __future__ import annotations

from typing import Any

from voicectl.explain.attempt import Mistake, Tries, any_of
from voicectl.explain.mistakes import strings


def entry(
    name: str, title: str, fix: str, tries: Tries, weight: int = 1, shows: str = "", **more: Any
) -> Mistake:
    return Mistake(id=name, title=title, fix=fix, tries=tries, weight=weight, shows=shows, **more)


MISTAKES = (
    entry(
        "sts-trailing-newline",
        "a line feed follows the string to sign",
        "Drop the newline. Usual culprits: shells' echo and here-documents before openssl (use printf %s), "
        "println.",
        any_of(
            strings.ending("\n", "a line feed stands behind the string to sign"),
            strings.ending("\r\n", "CR LF stands behind the string to sign"),
        ),
        weight=4,
        shows="every call fails",
        code='printf %s "$string_to_sign" | openssl dgst -sha256 -hmac "$key"',
    ),
    entry(
        "sts-trailing-text",
        "something stands behind the string to sign that does not belong there",
        "The string to sign ends with its last part: the hash, the resource, the query.",
        any_of(
            *(
                strings.ending(text, f"{text!r} stands behind the string to sign")
                for text in (" ", "&", "\0", "\n\n", "/", "?")
            )
        ),
        shows="every call fails",
    ),
    entry(
        "digest-upper-hex",
        "a hash or the signature was written with capital hexadecimal digits",
        "Write hexadecimal with small letters. Usual culprits: C#'s BitConverter.ToString and "
        "Convert.ToHexString, Java's DatatypeConverter.printHexBinary, Delphi, SQL.",
        strings.upper,
        weight=4,
        shows="every call fails",
        code="Convert.ToHexString(hash).ToLowerInvariant()",
        schemes=("aliyun-acs3", "aliyun-oss-v4", "aws", "volcengine", "tos4", "tencent", "gateway"),
    ),
    entry(
        "body-unsigned-payload",
        "UNSIGNED-PAYLOAD was signed where a hash of the body is required",
        "Hash the body: only S3, TOS and OSS take these words. Usual culprit: code made for S3.",
        strings.unsigned_payload,
        weight=3,
        shows="happens where an S3 client is reused",
        schemes=("aliyun-acs3", "aws", "volcengine", "tencent", "gateway"),
    ),
    entry(
        "body-hash-where-unsigned",
        "a hash of the body was signed where UNSIGNED-PAYLOAD, or the declared hash, belongs",
        "Sign the words UNSIGNED-PAYLOAD for OSS and presigned S3 URLs, else the very value of the content "
        "hash header.",
        strings.payload_hashed,
        weight=2,
        shows="every call fails",
        schemes=("aliyun-oss-v4", "aws", "tos4"),
    ),
    entry(
        "body-not-hashed",
        "the body itself stands in the canonical request where its hash belongs",
        "Put the hexadecimal SHA-256 of the body on the last line.",
        strings.body_itself,
        weight=2,
        shows="every call with a body fails",
        schemes=strings.HASHED,
    ),
    entry(
        "body-hash-missing",
        "the line of the body's hash is empty",
        "Put the hash of the empty text (e3b0c442…) there where there is no body.",
        strings.payload_missing,
        weight=2,
        shows="GET fails, POST works",
    ),
    entry(
        "body-wrong-hash",
        "the body was hashed with another function, or its hash is written in another form",
        "Write the SHA-256 of the body in small hexadecimal letters.",
        strings.payloads,
        weight=2,
        shows="every call fails",
    ),
    entry(
        "sts-request-not-hashed",
        "the canonical request itself stands in the string to sign, not its hash",
        "Put the hexadecimal SHA-256 of the canonical request on the last line of the string to sign.",
        strings.not_hashed,
        weight=2,
        shows="every call fails",
        schemes=strings.V4ISH,
    ),
    entry(
        "sts-request-wrong-hash",
        "the canonical request was hashed with another function, or its hash is written in another form",
        "Write the SHA-256 of the canonical request in small hexadecimal letters, and hash it once.",
        strings.other_digests,
        weight=2,
        shows="every call fails",
        schemes=strings.V4ISH,
    ),
    entry(
        "sts-part-missing",
        "a line of the string to sign is missing",
        "Write every line of the string to sign, empty ones too.",
        strings.missing("string_parts", "the string to sign"),
        weight=2,
        shows="every call fails",
    ),
    entry(
        "sts-part-twice",
        "a line stands in the string to sign twice",
        "Write each line once.",
        strings.doubled("string_parts", "the string to sign"),
        0,
        shows="every call fails",
    ),
    entry(
        "sts-part-extra",
        "a line stands in the string to sign that this scheme does not have",
        "Write the lines of this vendor's specification; Aliyun's ACS3 has two: algorithm and hash.",
        strings.extra_lines,
        shows="every call fails; the server's string is shorter",
    ),
    entry(
        "sts-order",
        "the lines of the string to sign stand in another order",
        "Keep the order of the specification: algorithm, time, scope, hash.",
        strings.disordered("string_parts", "the string to sign"),
        shows="every call fails",
    ),
    entry(
        "sts-wrong-algorithm",
        "the string to sign starts with another algorithm's name",
        "Write the scheme's own name, as in the Authorization header.",
        strings.algorithms,
        weight=2,
        shows="every call fails",
    ),
    entry(
        "sts-line-ends",
        "the lines are joined by something else than a line feed",
        "Join them by one line feed, 0x0A. Usual culprits: CR LF from Windows' AppendLine and "
        "Environment.NewLine, '\\n' in single quotes in PHP and shells, which is two characters.",
        strings.line_ends(strings.JOINS),
        weight=2,
        shows="every call fails",
    ),
    entry(
        "sts-changed",
        "the string to sign was changed as a whole before the HMAC (hashed, encoded, small letters)",
        "Give the string's UTF-8 bytes to the HMAC as they are.",
        strings.whole_string,
        shows="every call fails",
    ),
    entry(
        "creq-ends",
        "the canonical request has something at its ends, or was changed as a whole, before it was hashed",
        "The canonical request starts with the method and ends with the body's hash, without a last line "
        "feed.",
        strings.request_ends,
        weight=2,
        shows="every call fails",
        schemes=strings.V4ISH,
    ),
    entry(
        "creq-part-missing",
        "a part of the canonical request is missing",
        "Write method, path, query, headers, their names and the hash, each on its own line, empty ones too.",
        strings.missing("canonical_parts", "the canonical request"),
        weight=2,
        shows="every call fails",
        schemes=strings.V4ISH,
    ),
    entry(
        "creq-part-twice",
        "a part stands in the canonical request twice",
        "Write each part once.",
        strings.doubled("canonical_parts", "the canonical request"),
        0,
        schemes=strings.V4ISH,
    ),
    entry(
        "creq-order",
        "the parts of the canonical request stand in another order",
        "Keep the order: method, path, query, headers, names, hash.",
        strings.disordered("canonical_parts", "the canonical request"),
        shows="every call fails",
        schemes=strings.V4ISH,
    ),
)
