"""How Volcengine's OpenAPI gateway checks header and query form. What is then done: elsewhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from voicectl.core.credentials import Credentials
from voicectl.core.request import Request
from voicectl.gateway.sandbox.check import Rules, caller
from voicectl.gateway.sandbox.cloud import Cloud, No, Refused
from voicectl.gateway.wire import Answer, as_json
from voicectl.signing.canonical import hash_body
from voicectl.signing.claims import Claims

ALGORITHM, REGION = "HMAC-SHA256", "cn-north-1"
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your Secret Access "
    "Key and signing method. Consult the service documentation for details."
)
NUMBERS = {
    "MissingParameter": 100002,
    "MissingRequestInfo": 100004,
    "InvalidTimestamp": 100006,
    "InvalidActionOrVersion": 100008,
    "InvalidAccessKey": 100009,
    "SignatureDoesNotMatch": 100010,
    "FlowLimitExceeded": 100018,
    "InvalidAuthorization": 100024,
    "MissingAuthenticationToken": 100025,
    "InvalidSecretToken": 100026,
}
THROTTLED = No("FlowLimitExceeded", 429, "Request was denied due to flow control.")
WORDS = {
    "malformed": No("InvalidAuthorization", 400, "The Authorization of the request is malformed: {reason}"),
    "unknown_key": No("InvalidAccessKey", 401, "The access key is not known."),
    "no_token": No("InvalidSecretToken", 401, "The security token is missing."),
    "bad_token": No("InvalidSecretToken", 401, "The security token is wrong."),
    "expired_token": No("InvalidSecretToken", 401, "The security token has expired."),
    "old": No("InvalidTimestamp", 403, "The signature of the request expired."),
    "late": No("InvalidTimestamp", 403, "The signature of the request expired."),
    "early": No("InvalidTimestamp", 403, "The time of the request is in the future."),
    "mismatch": No("SignatureDoesNotMatch", 401, MISMATCH),
}


def _look(request: Request, claims: Claims) -> str:
    declared = request.header("x-content-sha256")
    return "" if declared is None or declared == hash_body(request) else "mismatch"


def _look_at_query(request: Request, claims: Claims) -> str:
    given = dict(request.pairs())
    if given.get("X-Algorithm") != ALGORITHM or "X-NotSignBody" not in given:
        return "malformed"
    listed = set(claims.signed_queries or ())
    return "mismatch" if given.keys() - listed - {"X-Signature", "X-Security-Token"} else ""


def _life(request: Request) -> timedelta:
    seconds = next((text for name, text in request.pairs() if name == "X-Expires"), "900")
    return timedelta(seconds=int(seconds) if seconds.isascii() and seconds.isdigit() else 0)


def rules(service: str, *, in_query: bool) -> Rules:
    """Return how the gateway checks a request for one service."""
    if in_query:
        return Rules(
            vendor="volcengine",
            scheme="volcengine-v4-query",
            words=WORDS,
            token=("X-Security-Token",),
            service=service,
            look=_look_at_query,
            life=_life,
        )
    return Rules(
        vendor="volcengine",
        scheme="volcengine-v4",
        words=WORDS,
        token=("x-security-token",),
        service=service,
        signed=("x-date",),
        look=_look,
    )


def is_signed(request: Request) -> bool:
    """Say whether a request is for the gateway at all."""
    shown = request.header("authorization") or ""
    return request.path in ("/", "") and (
        shown.startswith(f"{ALGORITHM} ") or "X-Signature=" in request.query
    )


def check(cloud: Cloud, request: Request, service: str) -> Credentials:
    """Return whose request it is; raises Refused."""
    return caller(cloud, rules(service, in_query=request.header("authorization") is None), request)


def good(cloud: Cloud, request: Request, result: object, service: str) -> Answer:
    """Write an answer; a result of None is left out."""
    query = dict(request.pairs())
    about = {
        "RequestId": f"sandbox-{cloud.number()}",
        "Action": query.get("Action", ""),
        "Version": query.get("Version", ""),
        "Service": service,
        "Region": REGION,
    }
    told = {} if result is None else {"Result": result}
    return as_json(200, {"ResponseMetadata": about, **told}, ("X-Tt-Logid", about["RequestId"]))


def refusal(refused: Refused, request_id: str, service: str) -> Answer:
    """Write a refusal as the gateway does."""
    error: dict[str, Any] = {"Code": refused.code, "Message": refused.message}
    if number := NUMBERS.get(refused.code):
        error["CodeN"] = number
    about = {"RequestId": request_id, "Service": service, "Region": REGION, "Error": error}
    return as_json(refused.status, {"ResponseMetadata": about}, ("X-Tt-Logid", request_id))
