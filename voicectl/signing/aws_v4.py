"""AWS Signature Version 4: in headers, in the query, and with S3's rules. Event streams are not here.

Specification: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials
from voicectl.core.request import Pairs, Request
from voicectl.signing import canonical, times
from voicectl.signing.options import Options
from voicectl.signing.v4 import V4, Names, time_header

OPTIONS = ("expires", "double_encode", "normalize_path", "payload", "sign_body", "omit_session_token")
S3_SERVICES = {"s3", "s3-object-lambda", "s3-outposts", "s3express"}
CONTENT_HASH = "X-Amz-Content-SHA256"
DEFAULT_EXPIRES = "3600"
STREAMED = (
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-EVENTS",
)
"""What stands for the hash of a body that travels in pieces; the pieces' own signatures are not made here."""
NAMES = Names(
    date="X-Amz-Date",
    token="X-Amz-Security-Token",
    algorithm="X-Amz-Algorithm",
    credential="X-Amz-Credential",
    expires="X-Amz-Expires",
    headers="X-Amz-SignedHeaders",
    signature="X-Amz-Signature",
)
CHANGED_ON_THE_WAY = {
    "authorization",
    "baggage",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
}
"""Headers that proxies or clients change or add after signing; botocore leaves out the same ones."""


def build(name: str, region: str, service: str, given: Mapping[str, object]) -> V4:
    """Make `aws-sigv4`, `aws-sigv4-query` or `aws-sigv4-s3`.

    A service of S3's kind gets S3's rules under any of the three names. `expires` counts in the query
    form only.
    """
    options = Options(name, given, OPTIONS)
    s3 = name == "aws-sigv4-s3" or service in S3_SERVICES
    presigned = name == "aws-sigv4-query"
    default = canonical.UNSIGNED_PAYLOAD if s3 and presigned else "sha256"
    kind = options.choice("payload", ("sha256", canonical.UNSIGNED_PAYLOAD, *STREAMED), default)
    hashed = canonical.hash_body if kind == "sha256" else canonical.in_words(kind)
    sign_body = options.flag("sign_body", s3 and not presigned)
    sign_token = not options.flag("omit_session_token", False)
    scheme = V4(
        scheme=name,
        algorithm="AWS4-HMAC-SHA256",
        names=NAMES,
        region=region,
        service=service or ("s3" if s3 else ""),
        add_headers=_headers(hashed if sign_body else None),
        sign_token=sign_token,
        find_time=_time,
        normalise_path=canonical.collapse_path if options.flag("normalize_path", not s3) else canonical.as_is,
        encode_path=canonical.encode_path if options.flag("double_encode", not s3) else canonical.as_is,
        signed_headers=_counted,
        header_value=canonical.collapse_blanks,
        payload=canonical.declared(CONTENT_HASH, hashed),
        scope_parts=("date", "region", "service", "aws4_request"),
        key_prefix="AWS4",
        key_parts=("date", "region", "service", "aws4_request"),
    )
    expires = options.seconds("expires", DEFAULT_EXPIRES)
    if presigned:
        return _presigned(scheme, expires)
    unsigned = canonical.declared(CONTENT_HASH, canonical.unsigned_payload if s3 else hashed)
    return replace(scheme, query_form=replace(_presigned(scheme, expires), payload=unsigned))


def _presigned(scheme: V4, expires: str) -> V4:
    unsigned = {NAMES.signature} if scheme.sign_token else {NAMES.signature, NAMES.token}
    return replace(scheme, presigned=True, expires=expires, left_out=frozenset(unsigned))


def _counted(names: set[str]) -> set[str]:
    return names - CHANGED_ON_THE_WAY


def _headers(
    hashed: Callable[[Request], str] | None,
) -> Callable[[V4, Request, Credentials, Moment, str], Pairs]:
    """Return what a request is given; `hashed` where it carries the hash of its body."""

    def add(scheme: V4, request: Request, credentials: Credentials, at: Moment, now: str) -> Pairs:
        added = []
        if not scheme.presigned:
            added.append(_date(scheme, request, at, now))
            if credentials.security_token and scheme.sign_token:
                added.append((scheme.names.token, credentials.security_token.reveal()))
        if hashed:
            added.append((CONTENT_HASH, hashed(request)))
        return tuple(added)

    return add


def _date(scheme: V4, request: Request, at: Moment, now: str) -> tuple[str, str]:
    """Return X-Amz-Date or, for a request that has a Date already, a right Date, as AWS's own SDK does."""
    if request.header("Date") is None:
        return scheme.names.date, now
    return "Date", times.http_date(at.now, "-0000")


def _time(scheme: V4, request: Request) -> str:
    """Return the time in the form that is signed, also where it travels as Date."""
    date = request.header("Date")
    if request.header(scheme.names.date) is not None or date is None:
        return time_header(scheme, request)
    return times.basic_time(times.read_http_date(date))
