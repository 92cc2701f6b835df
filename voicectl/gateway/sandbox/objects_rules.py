"""What each object store has of its own: how it checks, what it says of an object, how it refuses. As data.

Objects: `objects.py`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import md5
from typing import NamedTuple
from xml.sax.saxutils import escape

from voicectl.core.request import Pairs, Request
from voicectl.gateway.sandbox import aws_rules
from voicectl.gateway.sandbox.check import Rules
from voicectl.gateway.sandbox.cloud import No, Refused
from voicectl.gateway.wire import Answer, as_json
from voicectl.signing.canonical import UNSIGNED_PAYLOAD, hash_body
from voicectl.signing.claims import Claims

POLYNOMIAL = 0xC96C5795D7870F42
"""Of CRC-64/XZ, its bits the other way round."""
ONES = (1 << 64) - 1
LONGEST_LINK = 604800
FOREVER = timedelta(days=3650)
BARELY = timedelta(microseconds=1)
NO_SKEW = "The difference between the request time and the current time is too large."
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your key and "
    "signing method."
)


class Own(NamedTuple):
    """One vendor's store; `brings_all` where a part that is not there is answered with the whole."""

    vendor: str
    is_signed: Callable[[Request], bool]
    rules: Callable[[Request, str], Rules]
    named: Callable[[str], Pairs]
    sums: Callable[[bytes], Pairs]
    refusal: Callable[[Refused, str, datetime], Answer]
    brings_all: bool = False


def bucket_in_host(host: str) -> str:
    """Return the bucket of `bucket.localhost`, "" for a host that names none."""
    name = host.rpartition(":")[0] if ":" in host else host
    return name.removesuffix(".localhost") if name.endswith(".localhost") else ""


def words(**codes: tuple[str, int]) -> dict[str, No]:
    """Return a store's refusals; the three have most of them in common."""
    usual = {
        "malformed": No("AccessDenied", 403, "The request is not signed: {reason}"),
        "unknown_key": No("InvalidAccessKeyId", 403, "The access key id does not exist in our records."),
        "bad_token": No("InvalidSecurityToken", 403, "The security token is invalid."),
        "expired_token": No("ExpiredToken", 403, "The security token has expired."),
        "old": No("RequestTimeTooSkewed", 403, NO_SKEW),
        "early": No("RequestTimeTooSkewed", 403, NO_SKEW),
        "late": No("AccessDenied", 403, "Request has expired."),
        "mismatch": No("SignatureDoesNotMatch", 403, MISMATCH),
    }
    return {
        **usual,
        **{kind: No(code, status, usual[kind].message) for kind, (code, status) in codes.items()},
    }


def link_life(name: str) -> Callable[[Request], timedelta | None]:
    """Return what reads how long a link is good: None for a request that is none."""

    def life(request: Request) -> timedelta | None:
        seconds = next((text for each, text in request.pairs() if each.lower() == name), None)
        if seconds is None or request.header("authorization") is not None:
            return None
        is_number = seconds.isascii() and seconds.isdigit() and len(seconds) < 10
        is_sound = is_number and 1 <= int(seconds) <= LONGEST_LINK
        return timedelta(seconds=int(seconds) if is_sound else 0)

    return life


def _signature_in(request: Request, *marks: str) -> bool:
    shown = request.header("authorization")
    return (
        shown.startswith(marks) if shown is not None else any(f"{mark}=" in request.query for mark in marks)
    )


# S3 ---------------------------------------------------------------------------------------------


S3_WORDS = {
    **words(bad_token=("InvalidToken", 400), expired_token=("ExpiredToken", 400)),
    "wrong_body": No("XAmzContentSHA256Mismatch", 400, "The hash of the body is not the one that was told."),
    "wrong_service": No("AuthorizationHeaderMalformed", 400, "The service is {service}."),
}
S3_RULES = aws_rules.rules("s3", S3_WORDS, "aws-sigv4-s3")


def _is_s3(request: Request) -> bool:
    shown = request.header("authorization") or request.query
    return "AWS4-HMAC-SHA256" in shown and ("/s3/" in shown or "%2Fs3%2F" in shown)


def _s3_sums(data: bytes) -> Pairs:
    return (("ETag", f'"{_md5(data)}"'),)


# OSS --------------------------------------------------------------------------------------------


OSS_WORDS = words(expired_token=("SecurityTokenExpired", 403))
OSS_TOKEN = ("x-oss-security-token", "security-token")


def _is_oss(request: Request) -> bool:
    return _signature_in(request, "OSS ", "OSS4-HMAC-SHA256 ", "OSSAccessKeyId", "x-oss-signature")


def _oss_rules(request: Request, bucket: str) -> Rules:
    shown, options = request.header("authorization"), (("bucket", bucket),) if bucket else ()
    is_link = shown is None and "OSSAccessKeyId=" in request.query
    if is_link or (shown or "").startswith("OSS "):
        # What a link of this version signs is when it ends, so that it may lie far ahead.
        return Rules(
            vendor="aliyun",
            scheme="aliyun-oss-v1",
            words=OSS_WORDS,
            token=OSS_TOKEN,
            window=FOREVER if is_link else timedelta(minutes=15),
            life=lambda request: BARELY if is_link else None,
            options=options,
        )
    return Rules(
        vendor="aliyun",
        scheme="aliyun-oss-v4",
        words=OSS_WORDS,
        token=OSS_TOKEN,
        service="oss",
        life=link_life("x-oss-expires"),
        options=options,
    )


def _oss_sums(data: bytes) -> Pairs:
    digest = md5(data, usedforsecurity=False).digest()
    return (
        ("ETag", f'"{digest.hex().upper()}"'),
        ("Content-MD5", b64encode(digest).decode()),
        ("x-oss-hash-crc64ecma", str(crc64(data))),
        ("x-oss-object-type", "Normal"),
    )


# TOS --------------------------------------------------------------------------------------------


def _look_at_tos(request: Request, claims: Claims) -> str:
    declared = request.header("x-tos-content-sha256")
    return "" if declared in (None, UNSIGNED_PAYLOAD) or declared == hash_body(request) else "mismatch"


TOS_RULES = Rules(
    vendor="volcengine",
    scheme="tos4",
    words=words(),
    token=("x-tos-security-token", "X-Tos-Security-Token"),
    service="tos",
    signed=("host",),
    prefixes=("x-tos-",),
    look=_look_at_tos,
    life=link_life("x-tos-expires"),
)


def _is_tos(request: Request) -> bool:
    return _signature_in(request, "TOS4-HMAC-SHA256 ", "X-Tos-Signature")


def _tos_sums(data: bytes) -> Pairs:
    return (("ETag", f'"{_md5(data)}"'), ("x-tos-hash-crc64ecma", str(crc64(data))))


# Refusals ---------------------------------------------------------------------------------------


def _xml(refused: Refused, request_id: str, now: datetime) -> Answer:
    """Write a refusal as S3 and OSS do, with the server's own strings."""
    told = {"Code": refused.code, "Message": refused.message}
    for name, text in (
        ("StringToSign", refused.string_to_sign),
        ("CanonicalRequest", refused.canonical_request),
    ):
        if text:
            told |= {name: text, f"{name}Bytes": text.encode("utf-8", "surrogateescape").hex(" ")}
    if refused.code == "RequestTimeTooSkewed":
        told["ServerTime"] = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    told |= {"RequestId": request_id, "HostId": "sandbox"}
    tags = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in told.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{tags}</Error>'.encode("utf-8", "replace")
    return Answer(refused.status, (("Content-Type", "application/xml"),), body)


def _s3_refusal(refused: Refused, request_id: str, now: datetime) -> Answer:
    written = _xml(refused, request_id, now)
    return written._replace(headers=(*written.headers, ("x-amz-request-id", request_id)))


def _oss_refusal(refused: Refused, request_id: str, now: datetime) -> Answer:
    """Write it also into a header: the answer to a HEAD has no body."""
    written = _xml(refused, request_id, now)
    assert isinstance(written.body, bytes)
    more = (("x-oss-request-id", request_id), ("x-oss-err", b64encode(written.body).decode()))
    return written._replace(headers=(*written.headers, *more))


def _tos_refusal(refused: Refused, request_id: str, now: datetime) -> Answer:
    told = {"Code": refused.code, "RequestId": request_id, "HostId": "sandbox", "Message": refused.message}
    return as_json(refused.status, told, ("x-tos-request-id", request_id))


S3 = Own(
    vendor="aws",
    is_signed=_is_s3,
    rules=lambda request, bucket: S3_RULES,
    named=lambda name: (("x-amz-request-id", name.upper()),),
    sums=_s3_sums,
    refusal=_s3_refusal,
)
OSS = Own(
    vendor="aliyun",
    is_signed=_is_oss,
    rules=_oss_rules,
    named=lambda name: (("x-oss-request-id", name.upper()),),
    sums=_oss_sums,
    refusal=_oss_refusal,
    brings_all=True,
)
TOS = Own(
    vendor="volcengine",
    is_signed=_is_tos,
    rules=lambda request, bucket: TOS_RULES,
    named=lambda name: (("x-tos-request-id", name), ("x-tos-id-2", name)),
    sums=_tos_sums,
    refusal=_tos_refusal,
)


# Checksums --------------------------------------------------------------------------------------


def _md5(data: bytes) -> str:
    return md5(data, usedforsecurity=False).hexdigest()


@lru_cache
def _table() -> tuple[int, ...]:
    rows = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (POLYNOMIAL if byte & 1 else 0)
        rows.append(byte)
    return tuple(rows)


@lru_cache(64)
def crc64(data: bytes) -> int:
    """Return the checksum that OSS and TOS tell of an object: CRC-64/XZ."""
    rest, table = ONES, _table()
    for byte in data:
        rest = rest >> 8 ^ table[(rest ^ byte) & 0xFF]
    return rest ^ ONES
