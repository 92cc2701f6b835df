"""Whether a request is rightly signed, as the real services decide it: by our own schemes."""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Any, NamedTuple

from voicectl.core.credentials import Credentials
from voicectl.core.errors import BadInput
from voicectl.core.request import Request
from voicectl.core.signature import SigningTrace
from voicectl.gateway.sandbox.cloud import Cloud, Refused
from voicectl.signing import schemes
from voicectl.signing.claims import Claims

WINDOW = timedelta(minutes=15)


class Codes(NamedTuple):
    """What a vendor calls each way to be refused: code and status."""

    incomplete: tuple[str, int]
    unknown_key: tuple[str, int]
    mismatch: tuple[str, int]
    skewed: tuple[str, int]
    bad_token: tuple[str, int]
    replayed: tuple[str, int] | None = None


def caller(
    cloud: Cloud,
    vendor: str,
    scheme: str,
    request: Request,
    codes: Codes,
    *,
    token: str = "",
    **options: object,
) -> Credentials:
    """Return whose request it is; Refused, with what the server computed, where the signature is wrong.

    `token` is the session token that came along; `options` are the scheme's.
    """
    claims, signer = _claims(scheme, request, codes, options)
    known = cloud.credentials(vendor, claims.key_id, token)
    if known is None:
        is_session = claims.key_id in cloud.sessions
        raise Refused(*(codes.bad_token if is_session else codes.unknown_key), message="the key is not known")
    if abs(cloud.now - claims.moment.now) > WINDOW:
        raise Refused(
            *codes.skewed, message=f"the request was made at {claims.moment.now:%Y-%m-%dT%H:%M:%SZ}"
        )
    trace: SigningTrace = signer.trace(request, known, claims)
    if not hmac.compare_digest(trace.signature, claims.signature):
        raise Refused(
            *codes.mismatch,
            message="the signature does not match",
            canonical_request=trace.canonical_request,
            string_to_sign=trace.string_to_sign,
        )
    nonce = claims.moment.nonce
    if codes.replayed and nonce and not cloud.is_new(f"{claims.key_id} {nonce}", WINDOW * 2):
        raise Refused(*codes.replayed, message="the nonce was used before")
    return known


def _claims(scheme: str, request: Request, codes: Codes, options: dict[str, object]) -> tuple[Claims, Any]:
    try:
        signer: Any = schemes.build(scheme, options=options)
        signer = signer.for_request(request)
        return signer.claims(request), signer
    except BadInput as error:
        raise Refused(*codes.incomplete, message=str(error)) from None
