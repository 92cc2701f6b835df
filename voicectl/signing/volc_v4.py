"""Volcengine's HMAC-SHA256, in headers and in the query. Its object store has a file of its own.

Specification: https://www.volcengine.com/docs/6369/67269
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials
from voicectl.core.request import Pairs, Request
from voicectl.signing import canonical
from voicectl.signing.canonical import HeaderLine
from voicectl.signing.options import Options
from voicectl.signing.v4 import V4, Names

CONTENT_HASH = "X-Content-Sha256"
ALWAYS_SIGNED = {"content-type", "content-md5", "host"}
DEFAULT_CONTENT_TYPE = "application/x-www-form-urlencoded; charset=utf-8"
NAMES = Names(
    date="X-Date",
    token="X-Security-Token",
    algorithm="X-Algorithm",
    credential="X-Credential",
    expires="X-Expires",
    headers="X-SignedHeaders",
    queries="X-SignedQueries",
    signature="X-Signature",
)


def build(name: str, region: str, service: str, given: Mapping[str, object]) -> V4:
    """Make `volcengine-v4` or `volcengine-v4-query`."""
    options = Options(name, given, ("expires",) if name == "volcengine-v4-query" else ())
    scheme = V4(
        scheme=name,
        algorithm="HMAC-SHA256",
        names=NAMES,
        region=region,
        service=service,
        add_headers=_headers,
        wire_value=canonical.trim,
        read_pairs=canonical.form_pairs,
        order_pairs=canonical.by_raw_name,
        signed_headers=_counted,
        host_value=canonical.without_default_port,
        scope_parts=("date", "region", "service", "request"),
        key_parts=("date", "region", "service", "request"),
    )
    presigned = replace(
        scheme,
        presigned=True,
        left_out=frozenset({NAMES.signature}),
        add_headers=_no_headers,
        expires=options.seconds("expires"),
        extra_parameters=(("X-NotSignBody", ""),),
        sign_token=False,
        sign_added_host=False,
        signed_headers=_host_only,
        write_headers=_headers_or_blank_line,
        payload=canonical.empty_payload,
    )
    return presigned if name == "volcengine-v4-query" else replace(scheme, query_form=presigned)


def _headers(scheme: V4, request: Request, credentials: Credentials, at: Moment, now: str) -> Pairs:
    added = [(scheme.names.date, now)]
    if request.method.upper() != "GET" and request.header("Content-Type") is None:
        added.append(("Content-Type", DEFAULT_CONTENT_TYPE))
    if credentials.security_token:
        added.append((scheme.names.token, credentials.security_token.reveal()))
    return (*added, (CONTENT_HASH, canonical.hash_body(request)))


def _no_headers(scheme: V4, request: Request, credentials: Credentials, at: Moment, now: str) -> Pairs:
    return ()


def _counted(names: set[str]) -> set[str]:
    return {name for name in names if name in ALWAYS_SIGNED or name.startswith("x-")}


def _host_only(names: set[str]) -> set[str]:
    return names & {"host"}


def _headers_or_blank_line(lines: Sequence[HeaderLine]) -> str:
    """Write the lines; where no header is signed, the vendor still wants an empty one."""
    return canonical.one_a_line(lines) or "\n"
