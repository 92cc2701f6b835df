"""Tencent Cloud's TC3-HMAC-SHA256.

Specification: https://www.tencentcloud.com/document/api/1021/34193
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
    """Make `tencent-tc3`. The region travels in a header that the caller sets and is not signed."""
    Options(name, given, ())
    return V4(
        scheme=name,
        algorithm="TC3-HMAC-SHA256",
        names=Names(date="X-TC-Timestamp", token="X-TC-Token"),
        region=region,
        service=service,
        write_time=times.unix_seconds,
        read_time=times.read_unix_seconds,
        write_date=times.iso_date,
        add_headers=_headers,
        write_query=canonical.form_query,
        encode_path=canonical.as_is,
        signed_query=_query_of_get,
        read_pairs=canonical.raw_pairs,
        encode_name=canonical.as_is,
        encode_value=canonical.as_is,
        order_pairs=canonical.as_given,
        join_pair=canonical.bare_when_absent,
        signed_headers=_counted,
        header_value=_lower_case,
        payload=_payload,
        scope_parts=("date", "service", "tc3_request"),
        key_prefix="TC3",
        key_parts=("date", "service", "tc3_request"),
    )


def _headers(scheme: V4, request: Request, credentials: Credentials, at: Moment, now: str) -> Pairs:
    added = [(scheme.names.date, now)]
    if request.header("Content-Type") is None:
        kind = "application/x-www-form-urlencoded" if request.method.upper() == "GET" else "application/json"
        added.append(("Content-Type", kind))
    if credentials.security_token:
        added.append((scheme.names.token, credentials.security_token.reveal()))
    return tuple(added)


def _counted(names: set[str]) -> set[str]:
    return names & {"content-type", "host"}


def _lower_case(value: str) -> str:
    return canonical.trim(value).lower()


def _query_of_get(request: Request) -> str:
    """Return the query as it was sent; that of a POST does not count."""
    return request.query if request.method.upper() == "GET" else ""


def _payload(request: Request) -> str:
    """Hash the body, nothing for a GET, or the very words UNSIGNED-PAYLOAD where a header says so."""
    if request.header("X-TC-Content-SHA256") == canonical.UNSIGNED_PAYLOAD:
        return canonical.sha256_hex(canonical.UNSIGNED_PAYLOAD.encode())
    return canonical.EMPTY_HASH if request.method.upper() == "GET" else canonical.hash_body(request)
