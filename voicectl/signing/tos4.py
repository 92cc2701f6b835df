"""TOS4-HMAC-SHA256, the signature of Volcengine's object store, in headers and in the query.

Specification: https://www.volcengine.com/docs/6349/74839
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials
from voicectl.core.request import Pairs, Request
from voicectl.signing import canonical
from voicectl.signing.options import Options
from voicectl.signing.v4 import V4, Names

NAMES = Names(
    date="x-tos-date",
    token="x-tos-security-token",
)
QUERY_NAMES = Names(
    date="X-Tos-Date",
    token="X-Tos-Security-Token",
    algorithm="X-Tos-Algorithm",
    credential="X-Tos-Credential",
    expires="X-Tos-Expires",
    headers="X-Tos-SignedHeaders",
    signature="X-Tos-Signature",
)


def build(name: str, region: str, service: str, given: Mapping[str, object]) -> V4:
    """Make `tos4`; a request with `X-Tos-Expires` in its query, or the option, is signed in the query."""
    expires = Options(name, given, ("expires",)).seconds("expires")
    scheme = V4(
        scheme=name,
        algorithm="TOS4-HMAC-SHA256",
        names=NAMES,
        region=region,
        service=service or "tos",
        add_headers=_headers,
        left_out=frozenset({QUERY_NAMES.signature}),
        order_pairs=canonical.by_raw_name,
        signed_headers=_counted,
        payload=canonical.declared("x-tos-content-sha256", canonical.unsigned_payload),
        scope_parts=("date", "region", "service", "request"),
        key_parts=("date", "region", "service", "request"),
    )
    presigned = replace(
        scheme,
        names=QUERY_NAMES,
        presigned=True,
        expires=expires,
        add_headers=_no_headers,
        signed_headers=_counted_in_query,
    )
    return presigned if expires else replace(scheme, query_form=presigned, on_demand=QUERY_NAMES.expires)


def _headers(scheme: V4, request: Request, credentials: Credentials, at: Moment, now: str) -> Pairs:
    added = (("Date", now), (scheme.names.date, now))
    if credentials.security_token:
        return (*added, (scheme.names.token, credentials.security_token.reveal()))
    return added


def _no_headers(scheme: V4, request: Request, credentials: Credentials, at: Moment, now: str) -> Pairs:
    return ()


def _counted(names: set[str]) -> set[str]:
    return {name for name in names if name in {"host", "content-type"} or name.startswith("x-tos")}


def _counted_in_query(names: set[str]) -> set[str]:
    return _counted(names) - {"content-type"}
