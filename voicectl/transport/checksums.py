"""What a store says of the bytes it keeps, and whether they came so. Reading the bytes: `download.py`.

Sources: https://help.aliyun.com/en/oss/developer-reference/getobject,
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, RFC 9530 (Repr-Digest), RFC 1864.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Callable, Mapping
from hashlib import md5, sha256

from fastcrc import crc32, crc64

STRENGTH = ("sha256", "md5", "crc64", "crc32c", "crc32")
"""The kinds of checksum, the strongest first."""
CRC64_HEADERS = ("x-oss-hash-crc64ecma", "x-tos-hash-crc64ecma")
S3_HEADERS = {
    "sha256": "x-amz-checksum-sha256",
    "crc32c": "x-amz-checksum-crc32c",
    "crc32": "x-amz-checksum-crc32",
}
ENCRYPTED = ("aws:kms", "aws:kms:dsse")
REPR_DIGEST = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):")
MD5_ETAG = re.compile(r'"([0-9A-Fa-f]{32})"')


def promised(headers: Mapping[str, str], *, is_whole: bool, etag_is_md5: bool) -> dict[str, str]:
    """Return the checksums of all the bytes, by kind: CRC-64 in decimal, the others in hex.

    `is_whole`: this answer brings all of them, so what it says of its own body counts too.
    """
    crcs = [headers[name] for name in CRC64_HEADERS if headers.get(name, "").isdecimal()]
    found = {"crc64": crcs[0]} if crcs else {}
    if is_whole:
        found["md5"] = _hex(headers.get("content-md5", ""))
        found |= {kind: _hex(headers.get(name, "")) for kind, name in S3_HEADERS.items()}
    if told := REPR_DIGEST.search(headers.get("repr-digest", "")):
        found["sha256"] = _hex(told[1])
    etag = MD5_ETAG.fullmatch(headers.get("etag", ""))
    if etag and etag_is_md5 and not _is_encrypted(headers):
        found["md5"] = etag[1].lower()
    return {kind: text for kind, text in found.items() if text}


class Digests:
    """Sums up bytes as they are read: SHA-256 always, and each kind that was promised."""

    __slots__ = ("_crcs", "_md5", "_promised", "_sha256")

    def __init__(self, promised: Mapping[str, str]) -> None:
        self._promised = promised
        self._sha256 = sha256()
        self._md5 = md5(usedforsecurity=False) if "md5" in promised else None
        self._crcs = {kind: 0 for kind in CRCS if kind in promised}

    def feed(self, block: memoryview) -> None:
        """Take the next bytes."""
        self._sha256.update(block)
        if self._md5 is not None:
            self._md5.update(block)
        for kind, so_far in self._crcs.items():
            self._crcs[kind] = CRCS[kind](block, so_far)

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    @property
    def wrong(self) -> str:
        """The kind of a checksum that the bytes do not have; empty where all is well."""
        found = self._found()
        return next((kind for kind in self._kinds if found[kind] != self._promised[kind]), "")

    @property
    def strongest(self) -> str:
        """The strongest kind that was promised; empty where none was."""
        return next(iter(self._kinds), "")

    @property
    def _kinds(self) -> list[str]:
        return [kind for kind in STRENGTH if kind in self._promised]

    def _found(self) -> dict[str, str]:
        found = {"sha256": self.sha256, "md5": self._md5.hexdigest() if self._md5 else ""}
        for kind, value in self._crcs.items():
            found[kind] = str(value) if kind == "crc64" else f"{value:08x}"
        return found


CRCS: Mapping[str, Callable[[memoryview, int], int]] = {
    "crc64": crc64.xz,
    "crc32c": crc32.iscsi,
    "crc32": crc32.iso_hdlc,
}


def _hex(base64: str) -> str:
    """Return base64 in hex; empty for what is none, such as a sum over the sums of parts."""
    try:
        return b64decode(base64, validate=True).hex()
    except (NoBase64, ValueError):
        return ""


def _is_encrypted(headers: Mapping[str, str]) -> bool:
    """Say whether S3 keeps the object under a key, which makes its ETag no MD5."""
    by_customer = "x-amz-server-side-encryption-customer-algorithm" in headers
    return by_customer or headers.get("x-amz-server-side-encryption", "") in ENCRYPTED
