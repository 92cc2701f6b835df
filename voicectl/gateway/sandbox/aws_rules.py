"""How AWS checks a signature, and its words for what is wrong. What it then does: `polly.py`, `sts.py`."""

from __future__ import annotations

from datetime import timedelta

from voicectl.core.request import Request
from voicectl.gateway.sandbox.check import Rules
from voicectl.gateway.sandbox.cloud import No, Refused
from voicectl.signing.canonical import UNSIGNED_PAYLOAD, hash_body
from voicectl.signing.claims import Claims

ALGORITHM = "AWS4-HMAC-SHA256"
LONGEST_LINK = 604800
INVALID = "The security token included in the request is invalid."
EXPIRED = "The security token included in the request is expired"
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)
OLD = "Signature expired: {time} is now earlier than {oldest} ({now} - {minutes} min.)"
EARLY = "Signature not yet current: {time} is still later than {newest} ({now} + {minutes} min.)"
MESSAGES = {
    "missing": "Missing Authentication Token",
    "malformed": "Authorization header requires existence of its parts: {reason}",
    "unknown_key": INVALID,
    "bad_token": INVALID,
    "expired_token": EXPIRED,
    "old": OLD,
    "early": EARLY,
    "late": OLD,
    "mismatch": MISMATCH,
    "wrong_service": "Credential should be scoped to correct service: '{service}'. ",
    "wrong_date": "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP",
    "wrong_body": "The provided 'x-amz-content-sha256' header does not match what was computed.",
}


def words(codes: dict[str, tuple[str, int]], usual: tuple[str, int]) -> dict[str, No]:
    """Return a protocol's refusals: each one's code and status, `usual` for those not named."""
    return {kind: No(*codes.get(kind, usual), message) for kind, message in MESSAGES.items()}


REST = words(
    {
        "missing": ("MissingAuthenticationTokenException", 403),
        "malformed": ("IncompleteSignatureException", 400),
        "unknown_key": ("UnrecognizedClientException", 403),
        "bad_token": ("UnrecognizedClientException", 403),
        "expired_token": ("ExpiredTokenException", 403),
        "wrong_body": ("InvalidSignatureException", 400),
    },
    ("InvalidSignatureException", 403),
)
QUERY = words(
    {
        "missing": ("MissingAuthenticationToken", 403),
        "malformed": ("IncompleteSignature", 400),
        "unknown_key": ("InvalidClientTokenId", 403),
        "bad_token": ("InvalidClientTokenId", 403),
        "expired_token": ("ExpiredToken", 403),
        "late": ("RequestExpired", 400),
        "wrong_body": ("SignatureDoesNotMatch", 400),
    },
    ("SignatureDoesNotMatch", 403),
)


def look(request: Request, claims: Claims) -> str:
    """Find what the scheme alone does not see: a body that is not what its header says."""
    declared = request.header("x-amz-content-sha256")
    return "" if declared in (None, UNSIGNED_PAYLOAD) or declared == hash_body(request) else "wrong_body"


def life(request: Request) -> timedelta | None:
    """Return how long a signed link is good, no time at all where it says something impossible."""
    if request.header("authorization") is not None or "X-Amz-Signature=" not in request.query:
        return None
    seconds = next((text for name, text in request.pairs() if name == "X-Amz-Expires"), "")
    is_sound = seconds.isascii() and seconds.isdigit() and 1 <= int(seconds) <= LONGEST_LINK
    return timedelta(seconds=int(seconds) if is_sound else 0)


def rules(service: str, refusals: dict[str, No], scheme: str = "aws-sigv4") -> Rules:
    """Return how one service checks."""
    return Rules(
        vendor="aws",
        scheme=scheme,
        words=refusals,
        token=("x-amz-security-token", "X-Amz-Security-Token"),
        service=service,
        signed=("host",),
        prefixes=("x-amz-",),
        look=look,
        life=life,
    )


def refuse_unsigned(request: Request, refusals: dict[str, No]) -> None:
    """Raise Refused for a request without any signature."""
    if request.header("authorization") is None and "X-Amz-Signature=" not in request.query:
        raise Refused(*refusals["missing"])


def told(refused: Refused) -> str:
    """Return the message with the server's own strings, which AWS shows."""
    if not refused.string_to_sign:
        return refused.message
    return (
        f"{refused.message}\n\nThe Canonical String for this request should have been\n"
        f"'{refused.canonical_request}'\n\nThe String-to-Sign should have been\n'{refused.string_to_sign}'\n"
    )
