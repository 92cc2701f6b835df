"""Alibaba Cloud's ACS3-HMAC-SHA256, which its documentation calls V3.

Specification: https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
"""

from __future__ import annotations

from collections.abc import Mapping

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials
from voicectl.core.request import Pairs, Request
from voicectl.signing import canonical, times
from voicectl.signing.options import Options
from voicectl.signing.v4 import V4, Names


def build(name: str, region: str, service: str, given: Mapping[str, object]) -> V4:
    """Make `aliyun-acs3`: no scope, and the bare secret is the key."""
    Options(name, given, ())
    return V4(
        scheme=name,
        algorithm="ACS3-HMAC-SHA256",
        names=Names(date="x-acs-date", token="x-acs-security-token", nonce="x-acs-signature-nonce"),
        region=region,
        service=service,
        write_time=times.iso_time,
        read_time=times.read_iso_time,
        add_headers=_headers,
        read_pairs=canonical.form_pairs,
        order_pairs=canonical.by_raw_name,
        signed_headers=_counted,
        join_values=canonical.join_sorted_values,
        scope_parts=(),
        string_parts=("algorithm", "digest"),
        key_parts=(),
        derive_key=canonical.underived,
        separator=",",
    )


def _headers(scheme: V4, request: Request, credentials: Credentials, at: Moment, now: str) -> Pairs:
    added = [
        (scheme.names.date, now),
        (scheme.names.nonce, at.nonce),
        ("x-acs-content-sha256", canonical.hash_body(request)),
    ]
    if credentials.security_token:
        added.append(("x-acs-accesskey-id", credentials.key_id))
        added.append((scheme.names.token, credentials.security_token.reveal()))
    return tuple(added)


def _counted(names: set[str]) -> set[str]:
    return {name for name in names if name in {"host", "content-type"} or name.startswith("x-acs-")}
