"""Alibaba Cloud OSS's OSS4-HMAC-SHA256, in headers and in the query.

Specification: https://www.alibabacloud.com/help/en/oss/developer-reference/recommend-to-use-signature-version-4
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials
from voicectl.core.request import Pairs, Request, percent_encode
from voicectl.signing import canonical, times
from voicectl.signing.options import Options
from voicectl.signing.v4 import V4, Names

CONTENT_HASH = "x-oss-content-sha256"
NAMES = Names(
    date="x-oss-date",
    token="x-oss-security-token",
    algorithm="x-oss-signature-version",
    credential="x-oss-credential",
    expires="x-oss-expires",
    headers="x-oss-additional-headers",
    signature="x-oss-signature",
)


def build(name: str, region: str, service: str, given: Mapping[str, object]) -> V4:
    """Make `aliyun-oss-v4`; with the option `expires` it signs in the query."""
    options = Options(name, given, ("bucket", "expires", "additional_headers"))
    additional = options.names("additional_headers")
    expires = options.seconds("expires")

    def counted(names: set[str]) -> set[str]:
        return {name for name in names if _always_counts(name) or name in additional}

    scheme = V4(
        scheme=name,
        algorithm="OSS4-HMAC-SHA256",
        names=NAMES,
        region=region,
        service=service or "oss",
        add_headers=_headers,
        write_query=bare_query,
        path_prefix=canonical.bucket_prefix(options.text("bucket")),
        join_pair=canonical.bare_when_empty,
        signed_headers=counted,
        listed_headers=_additional,
        payload=canonical.declared(CONTENT_HASH, canonical.unsigned_payload),
        scope_parts=("date", "region", "service", "aliyun_v4_request"),
        key_prefix="aliyun_v4",
        key_parts=("date", "region", "service", "aliyun_v4_request"),
        separator=",",
        list_name="AdditionalHeaders",
        write_empty_list=False,
    )
    presigned = replace(
        scheme,
        presigned=True,
        expires=expires,
        left_out=frozenset({NAMES.signature}),
        add_headers=_no_headers,
    )
    return presigned if expires else replace(scheme, query_form=presigned)


def bare_query(pairs: Pairs) -> str:
    """Write decoded pairs; an empty value has no `=`."""
    encoded = [(percent_encode(name), percent_encode(value)) for name, value in pairs]
    return "&".join([canonical.bare_when_empty(name, value) for name, value in encoded])


def _headers(scheme: V4, request: Request, credentials: Credentials, at: Moment, now: str) -> Pairs:
    added = [(scheme.names.date, now), ("Date", times.http_date(at.now))]
    if credentials.security_token:
        added.append((scheme.names.token, credentials.security_token.reveal()))
    if request.header(CONTENT_HASH) is None:
        added.append((CONTENT_HASH, canonical.UNSIGNED_PAYLOAD))
    return tuple(added)


def _no_headers(scheme: V4, request: Request, credentials: Credentials, at: Moment, now: str) -> Pairs:
    return ()


def _always_counts(name: str) -> bool:
    return name in {"content-type", "content-md5"} or name.startswith("x-oss-")


def _additional(names: Sequence[str]) -> Sequence[str]:
    return [name for name in names if not _always_counts(name)]
