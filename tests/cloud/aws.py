"""AWS on loopback: botocore's `SigV4Auth` family decides; errors look like those of the service asked."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.cloud.court import Account, Court, Refused, fields_of, read_time
from tests.cloud.server import Answer, RawRequest

QUERY_SERVICES = {"sts", "iam"}
STAMP = "%Y%m%dT%H%M%SZ"
INVALID_TOKEN = "The security token included in the request is invalid."
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)
CODES = {  # what is wrong: rest-json, query, S3
    "no credentials": ("MissingAuthenticationTokenException", "MissingAuthenticationToken", "AccessDenied"),
    "malformed": ("IncompleteSignatureException", "IncompleteSignature", "AuthorizationHeaderMalformed"),
    "unknown key": ("UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId"),
    "bad token": ("UnrecognizedClientException", "InvalidClientTokenId", "InvalidToken"),
    "expired token": ("ExpiredTokenException", "ExpiredToken", "ExpiredToken"),
    "skewed": ("InvalidSignatureException", "SignatureDoesNotMatch", "RequestTimeTooSkewed"),
    "late": ("InvalidSignatureException", "RequestExpired", "AccessDenied"),
    "mismatch": ("InvalidSignatureException", "SignatureDoesNotMatch", "SignatureDoesNotMatch"),
    "wrong body hash": ("InvalidSignatureException", "SignatureDoesNotMatch", "XAmzContentSHA256Mismatch"),
}


@dataclass(frozen=True)
class Claim:
    """What a request says of its own signature."""

    key_id: str
    scope: str
    signed_headers: list[str]
    signature: str
    time: str
    token: str
    expires: int | None

    @property
    def parts(self) -> list[str]:
        return self.scope.split("/")


@dataclass
class AwsJudge(Court):
    """Accepts for one service and region; call it with a request to get the cloud's answer."""

    service: str = "polly"
    region: str = "us-east-1"

    def __call__(self, request: RawRequest) -> Answer:
        try:
            self.check(request)
        except Refused as refused:
            self.refusals.append(refused.code)
            return self._error(refused, request)
        return self.serve(request)

    def check(self, request: RawRequest) -> Account:
        """Return whose request it is, or raise Refused with one of `CODES`."""
        claim = claim_of(request)
        account = self.account(claim.key_id)
        if account is None:
            raise Refused("unknown key", 403, INVALID_TOKEN)
        if not hmac.compare_digest(account.token.encode(), claim.token.encode()):
            raise Refused("bad token", 403, INVALID_TOKEN)
        if self.token_is_expired(account):
            raise Refused("expired token", 403, "The security token included in the request is expired")
        self._check_scope(claim)
        self._check_time(claim)
        self._check_body(request)
        self._check_signature(request, claim, account)
        return account

    def _check_scope(self, claim: Claim) -> None:
        expected = [claim.time[:8], self.region, self.service, "aws4_request"]
        words = {
            0: "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP",
            1: f"Credential should be scoped to a valid Region, not '{claim.parts[1:2]}'",
            2: f"Credential should be scoped to correct service: '{self.service}'. ",
            3: "Credential should be scoped with a valid terminator: 'aws4_request'",
        }
        for position, message in words.items():
            if claim.parts[position : position + 1] != [expected[position]]:
                raise Refused("mismatch", 403, message)

    def _check_time(self, claim: Claim) -> None:
        signed_at = read_time(claim.time, STAMP)
        if signed_at is None:
            raise Refused("malformed", 403, "Date must be in ISO-8601 'basic format'")
        now, minutes = self.now(), f"{self.window // timedelta(minutes=1)} min."
        if claim.expires is not None:
            if not 1 <= claim.expires <= 604800 or now > signed_at + timedelta(seconds=claim.expires):
                raise Refused("late", 403, "Request has expired")
        elif signed_at < now - self.window:
            oldest = (now - self.window).strftime(STAMP)
            text = f"Signature expired: {claim.time} is now earlier than {oldest} ({now:{STAMP}} - {minutes})"
            raise Refused("skewed", 403, text)
        if signed_at > now + self.window:
            newest = (now + self.window).strftime(STAMP)
            text = f"{claim.time} is still later than {newest} ({now:{STAMP}} + {minutes})"
            raise Refused("skewed", 403, f"Signature not yet current: {text}")

    def _check_body(self, request: RawRequest) -> None:
        """botocore takes X-Amz-Content-SHA256 at its word; AWS does not."""
        declared = request.header("x-amz-content-sha256")
        if declared not in {None, "UNSIGNED-PAYLOAD", hashlib.sha256(request.body).hexdigest()}:
            raise Refused("wrong body hash", 400, "The provided 'x-amz-content-sha256' header does not match")

    def _check_signature(self, request: RawRequest, claim: Claim, account: Account) -> None:
        present = {name.lower() for name, _ in request.texts}
        must = {"host", *(name for name in present if name.startswith("x-amz-"))}
        if not must <= set(claim.signed_headers) or not set(claim.signed_headers) <= present:
            raise Refused("mismatch", 403, "There were headers present in the request which were not signed")
        canonical, to_sign, signature = botocore_signature(request, claim, account, self.region, self.service)
        if not hmac.compare_digest(signature.encode(), claim.signature.encode()):
            raise Refused("mismatch", 403, MISMATCH, canonical=canonical, to_sign=to_sign)

    def _error(self, refused: Refused, request: RawRequest) -> Answer:
        rest, query, s3 = CODES.get(refused.code, (refused.code,) * 3)
        headers = (
            self.date(),
            ("x-amzn-RequestId", "9d2b7a0e-EXAMPLE"),
            ("x-amz-request-id", "4442587FB7EXAMPLE"),
        )
        if self.service == "s3":
            shown = {"StringToSign": "to_sign", "CanonicalRequest": "canonical"}
            extra = "".join(
                f"<{tag}>{escape(refused.shown.get(key, ''))}</{tag}>" for tag, key in shown.items()
            )
            xml = f"<Error><Code>{s3}</Code><Message>{escape(refused.message)}</Message>{extra}</Error>"
            return Answer(refused.status, (*headers, ("Content-Type", "application/xml")), xml.encode())
        message = refused.message + _echo(refused)
        if self.service in QUERY_SERVICES:
            error = (
                f"<Error><Type>Sender</Type><Code>{query}</Code><Message>{escape(message)}</Message></Error>"
            )
            xml = f"<ErrorResponse>{error}<RequestId>9d2b7a0e-EXAMPLE</RequestId></ErrorResponse>"
            return Answer(refused.status, (*headers, ("Content-Type", "text/xml")), xml.encode())
        kind = ("x-amzn-ErrorType", f"{rest}:http://internal.amazon.com/coral/com.amazon.coral.service/")
        body = json.dumps({"message": message}).encode()
        return Answer(refused.status, (*headers, kind, ("Content-Type", "application/json")), body)


def claim_of(request: RawRequest) -> Claim:
    """Read the header form or, where the query has a signature, the query form."""
    query = dict(parse_qsl(request.query, keep_blank_values=True, errors="replace"))
    if "X-Amz-Signature" in query:
        key_id, _, scope = query.get("X-Amz-Credential", "").partition("/")
        expires = query.get("X-Amz-Expires", "")
        if query.get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256" or not expires.isdecimal():
            raise Refused("malformed", 400, "Error parsing the X-Amz-Algorithm or X-Amz-Expires parameter")
        names = query.get("X-Amz-SignedHeaders", "").split(";")
        time, token = query.get("X-Amz-Date", ""), query.get("X-Amz-Security-Token", "")
        return Claim(key_id, scope, names, query["X-Amz-Signature"], time, token, int(expires))
    authorization = request.header("authorization")
    if authorization is None:
        raise Refused("no credentials", 403, "Missing Authentication Token")
    fields = fields_of(authorization, "AWS4-HMAC-SHA256")
    if fields is None or fields.keys() != {"Credential", "SignedHeaders", "Signature"}:
        raise Refused("malformed", 400, "Authorization header requires 'Credential' parameter.")
    key_id, _, scope = fields["Credential"].partition("/")
    time, token = request.header("x-amz-date") or "", request.header("x-amz-security-token") or ""
    return Claim(key_id, scope, fields["SignedHeaders"].split(";"), fields["Signature"], time, token, None)


def botocore_signature(
    request: RawRequest, claim: Claim, account: Account, region: str, service: str
) -> tuple[str, str, str]:
    """Let botocore compute canonical request, string to sign and signature from what came."""
    s3, query = service == "s3", claim.expires is not None
    kind = {(0, 0): SigV4Auth, (1, 0): S3SigV4Auth, (0, 1): SigV4QueryAuth, (1, 1): S3SigV4QueryAuth}[
        s3, query
    ]
    unsigned = "&".join(part for part in request.query.split("&") if not part.startswith("X-Amz-Signature="))
    url = f"http://{request.header('host')}{request.path}" + (f"?{unsigned}" if unsigned else "")
    rebuilt = AWSRequest(method=request.method, url=url, data=request.body)
    for name, value in request.texts:
        if name.lower() in claim.signed_headers:
            rebuilt.headers.add_header(name, value)
    rebuilt.context["timestamp"] = claim.time
    signer = kind(Credentials(account.key_id, account.secret, account.token or None), service, region)
    canonical = signer.canonical_request(rebuilt)
    to_sign = signer.string_to_sign(rebuilt, canonical)
    return canonical, to_sign, signer.signature(to_sign, rebuilt)


def _echo(refused: Refused) -> str:
    if not refused.shown:
        return ""
    return (
        f"\n\nThe Canonical String for this request should have been\n'{refused.shown['canonical']}'"
        f"\n\nThe String-to-Sign should have been\n'{refused.shown['to_sign']}'\n"
    )
