"""What stores say of their bytes is read as they mean it, and what differs is found."""

from __future__ import annotations

from base64 import b64encode
from hashlib import md5, sha256

import pytest
from fastcrc import crc32, crc64

from voicectl.core.recording import Segment
from voicectl.transport.checksums import Digests, promised
from voicectl.transport.ranges import asking_for, validator_of

BODY = b"123456789"


def base64(digest: bytes) -> str:
    return b64encode(digest).decode()


TOLD = {
    "OSS": ({"x-oss-hash-crc64ecma": "11051210869376104954"}, "crc64"),
    "TOS": ({"x-tos-hash-crc64ecma": str(crc64.xz(BODY))}, "crc64"),
    "S3, SHA-256": ({"x-amz-checksum-sha256": base64(sha256(BODY).digest())}, "sha256"),
    "S3, CRC-32C": ({"x-amz-checksum-crc32c": base64(crc32.iscsi(BODY).to_bytes(4, "big"))}, "crc32c"),
    "S3, CRC-32": ({"x-amz-checksum-crc32": base64(crc32.iso_hdlc(BODY).to_bytes(4, "big"))}, "crc32"),
    "S3, ETag": ({"etag": f'"{md5(BODY).hexdigest()}"'}, "md5"),
    "Content-MD5": ({"content-md5": base64(md5(BODY).digest())}, "md5"),
    "RFC 9530": ({"repr-digest": f"sha-256=:{base64(sha256(BODY).digest())}:"}, "sha256"),
}


def summed(told: dict[str, str], body: bytes = BODY) -> Digests:
    digests = Digests(told)
    for position in range(0, len(body), 4):
        digests.feed(memoryview(body[position : position + 4]))
    return digests


@pytest.mark.parametrize("name", TOLD)
def test_a_right_checksum_is_known_as_such(name: str) -> None:
    headers, kind = TOLD[name]
    digests = summed(promised(headers, is_whole=True, etag_is_md5=True))
    assert (digests.wrong, digests.strongest) == ("", kind)
    assert digests.sha256 == sha256(BODY).hexdigest()


@pytest.mark.parametrize("name", TOLD)
def test_one_changed_byte_is_found(name: str) -> None:
    headers, kind = TOLD[name]
    assert summed(promised(headers, is_whole=True, etag_is_md5=True), b"123456780").wrong == kind


NONE = {
    "a sum over sums of parts": {"x-amz-checksum-sha256": f"{base64(sha256(BODY).digest())}-3"},
    "an ETag of parts": {"etag": f'"{md5(BODY).hexdigest()}-3"'},
    "an encrypted object's ETag": {
        "etag": f'"{md5(BODY).hexdigest()}"',
        "x-amz-server-side-encryption": "aws:kms",
    },
    "an ETag under a customer's key": {
        "etag": f'"{md5(BODY).hexdigest()}"',
        "x-amz-server-side-encryption-customer-algorithm": "AES256",
    },
    "no base64": {"content-md5": "?"},
}


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_checksum_of_the_bytes_is_not_taken_for_one(name: str) -> None:
    assert promised(NONE[name], is_whole=True, etag_is_md5=True) == {}


def test_an_answer_with_a_part_tells_nothing_of_the_whole_by_its_own_sum() -> None:
    headers = {"content-md5": base64(md5(BODY).digest()), "x-oss-hash-crc64ecma": "7"}
    assert promised(headers, is_whole=False, etag_is_md5=True) == {"crc64": "7"}


DATE, LATER = "Fri, 02 Jan 2026 03:04:05 GMT", "Fri, 02 Jan 2026 03:04:06 GMT"


@pytest.mark.parametrize(
    ("headers", "validator"),
    [
        ({"etag": '"a"'}, '"a"'),
        ({"etag": 'W/"a"'}, ""),
        ({"etag": "a"}, ""),
        ({"last-modified": DATE, "date": LATER}, DATE),
        ({"last-modified": DATE, "date": DATE}, ""),
        ({"last-modified": DATE}, ""),
        ({}, ""),
    ],
)
def test_only_what_names_one_version_for_sure_is_a_validator(headers: dict[str, str], validator: str) -> None:
    assert validator_of(headers) == validator


def test_a_part_is_asked_for_if_the_version_is_the_same() -> None:
    segment = Segment(start=10, end=20, done=3)
    assert asking_for(segment, '"a"') == (("Range", "bytes=13-19"), ("If-Range", '"a"'))
