"""Which scheme signed a request, and what the request's host tells of region, service and bucket."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from voicectl.core.request import Request
from voicectl.explain.attempt import Context
from voicectl.signing import canonical

_BY_ALGORITHM = (
    ("aws4-hmac-sha256", "aws-sigv4"),
    ("acs3-hmac-sha256", "aliyun-acs3"),
    ("oss4-hmac-sha256", "aliyun-oss-v4"),
    ("tc3-hmac-sha256", "tencent-tc3"),
    ("tos4-hmac-sha256", "tos4"),
    ("hmac-sha256", "volcengine-v4"),
    ("oss ", "aliyun-oss-v1"),
    ("bearer", "bearer"),
    ("basic", "basic"),
)
_BY_PARAMETERS = (
    (frozenset({"x-amz-signature"}), "aws-sigv4"),
    (frozenset({"x-amz-credential"}), "aws-sigv4"),
    (frozenset({"x-oss-signature"}), "aliyun-oss-v4"),
    (frozenset({"x-oss-credential"}), "aliyun-oss-v4"),
    (frozenset({"x-tos-signature"}), "tos4"),
    (frozenset({"x-tos-credential"}), "tos4"),
    (frozenset({"x-signature", "x-credential"}), "volcengine-v4"),
    (frozenset({"x-signature"}), "volcengine-v4"),
    (frozenset({"ossaccesskeyid"}), "aliyun-oss-v1"),
    (frozenset({"signaturemethod", "accesskeyid"}), "aliyun-rpc-v1"),
    (frozenset({"signaturenonce"}), "aliyun-rpc-v1"),
    (frozenset({"signature", "accesskeyid"}), "aliyun-rpc-v1"),
    (frozenset({"appkey", "sign", "salt"}), "youdao-v3"),
)
_BY_HEADER = (
    ("x-voicectl-signature", "gateway-hmac"),
    ("x-acs-signature-nonce", "aliyun-acs3"),
    ("x-acs-action", "aliyun-acs3"),
    ("x-amz-date", "aws-sigv4"),
    ("x-oss-date", "aliyun-oss-v4"),
    ("x-tc-timestamp", "tencent-tc3"),
    ("x-tc-action", "tencent-tc3"),
    ("x-tos-date", "tos4"),
)
_FAMILIES = {
    "aws-sigv4-query": "aws-sigv4",
    "aws-sigv4-s3": "aws-sigv4",
    "volcengine-v4-query": "volcengine-v4",
}
_REGION = r"[a-z]{2,5}(?:-[a-z]+){1,3}-?\d{0,2}"
_S3 = re.compile(
    rf"(?:(?P<bucket>.+)\.)?s3(?:[.-](?:dualstack\.)?(?P<region>{_REGION}))?\.amazonaws\.com(?:\.cn)?"
)
_AWS = re.compile(
    rf"(?:[\w-]+\.)*?(?P<service>[\w-]+)\.(?P<region>{_REGION})\.(?:amazonaws\.com(?:\.cn)?|api\.aws)"
)
_OSS = re.compile(rf"(?:(?P<bucket>.+)\.)?oss-(?P<region>{_REGION}?)(?:-internal)?\.aliyuncs\.com")
_TOS = re.compile(rf"(?:(?P<bucket>.+)\.)?tos-(?:s3-)?(?P<region>{_REGION})\.(?:volces|ivolces)\.com")
_TENCENT = re.compile(r"(?P<service>[a-z]+)(?:\.[\w.-]+)?\.tencentcloudapi\.com")


def scheme_name(request: Request) -> str:
    """Return the name of the scheme whose signature a request carries, or should; empty where none shows."""
    algorithm = (request.header("Authorization") or "").strip().lower()
    for start, name in _BY_ALGORITHM:
        if algorithm.startswith(start) and name not in {"bearer", "basic"}:
            return name
    texts = (request.query, canonical.form_body(request))
    names = {name.lower() for text in texts for name, _ in canonical.form_pairs(text)}
    for wanted, name in _BY_PARAMETERS:
        if wanted <= names:
            return name
    for header, name in _BY_HEADER:
        if request.header(header) is not None:
            return name
    if request.header("X-Date") is not None and "volc" in request.host:
        return "volcengine-v4"
    return next((name for start, name in _BY_ALGORITHM if algorithm.startswith(start)), "")


def family(scheme: str) -> str:
    """Return the name that covers a scheme's other forms too: header, query, S3."""
    return _FAMILIES.get(scheme, scheme)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a host's name says; empty where it does not."""

    region: str = ""
    service: str = ""
    bucket: str = ""


def place_of(request: Request, scheme: str) -> Place:
    """Read region, service and bucket off the host, and off the path in path style."""
    host = request.host.partition(":")[0].lower()
    patterns = {
        "aws-sigv4": (_S3, _AWS),
        "aliyun-oss-v1": (_OSS,),
        "aliyun-oss-v4": (_OSS,),
        "tos4": (_TOS,),
        "tencent-tc3": (_TENCENT,),
    }.get(scheme, ())
    for pattern in patterns:
        match = pattern.fullmatch(host)
        if match:
            found = {name: text or "" for name, text in match.groupdict().items()}
            if pattern is _S3:
                found["service"] = "s3"
            return Place(**found)
    return Place()


def context_of(
    request: Request, scheme: str, *, region: str, service: str, options: Mapping[str, object]
) -> Context:
    """Return what is known to be right: flags first, then what the host says."""
    place = place_of(request, scheme)
    given = options.get("bucket")
    bucket = given if isinstance(given, str) else place.bucket
    if not bucket and scheme.startswith("aliyun-oss"):
        bucket = _first_label(request)
    return Context(
        region=region or place.region,
        service=service or (place.service if scheme != "aws-sigv4" or place.service == "s3" else ""),
        bucket=bucket,
    )


def _first_label(request: Request) -> str:
    """Guess the bucket: of a host of one's own, or of an address, it stands in the path."""
    host = request.host.partition(":")[0]
    if host.startswith("oss-") or host.replace(".", "").isdigit() or host == "localhost":
        return request.path.lstrip("/").partition("/")[0]
    return host.partition(".")[0]
