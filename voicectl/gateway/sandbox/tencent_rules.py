"""How Tencent Cloud's gateway checks a signature; every answer is a 200. What is done then: elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from voicectl.core.credentials import Credentials
from voicectl.core.request import Request
from voicectl.gateway.sandbox.check import Rules, caller
from voicectl.gateway.sandbox.cloud import Cloud, No, Refused
from voicectl.gateway.wire import Answer, as_json
from voicectl.signing.claims import Claims

THROTTLED = No("RequestLimitExceeded", 200, "The frequency of requests is over the limit.")
INVALID = "The provided credentials could not be validated. Please check your signature is correct."
LATE = "The provided credentials are expired. Please check whether the timestamp and server time match."
WORDS = {
    "malformed": No("AuthFailure.InvalidAuthorization", 200, "The Authorization header is invalid: {reason}"),
    "unknown_key": No("AuthFailure.SecretIdNotFound", 200, "The SecretId is not found."),
    "no_token": No("AuthFailure.TokenFailure", 200, "The token is missing."),
    "bad_token": No("AuthFailure.TokenFailure", 200, "The token is wrong."),
    "expired_token": No("AuthFailure.TokenFailure", 200, "The token has expired."),
    "old": No("AuthFailure.SignatureExpire", 200, LATE),
    "early": No("AuthFailure.SignatureExpire", 200, LATE),
    "mismatch": No("AuthFailure.SignatureFailure", 200, INVALID),
}


def _look(request: Request, claims: Claims) -> str:
    is_whole = request.header("content-type") is not None and request.header("host") is not None
    if not is_whole:
        return "malformed"
    return "mismatch" if request.method != "GET" and request.query else ""


def rules(service: str) -> Rules:
    """Return how the gateway checks a request for one service."""
    return Rules(
        vendor="tencent",
        scheme="tencent-tc3",
        words=WORDS,
        token=("x-tc-token",),
        window=timedelta(minutes=5),
        service=service,
        dates=("%Y-%m-%d",),
        signed=("content-type", "host"),
        look=_look,
    )


def is_signed(request: Request) -> bool:
    """Say whether a request is for the gateway at all."""
    shown = request.header("authorization") or ""
    return request.path in ("/", "") and (shown.startswith("TC3-") or bool(request.header("x-tc-action")))


def action_of(request: Request) -> str:
    """Return the action that is asked for; the SDK writes its first letter large, and either will do."""
    action = request.header("x-tc-action") or ""
    return action[:1].upper() + action[1:]


def check(cloud: Cloud, request: Request, service: str) -> Credentials:
    """Return whose request it is; raises Refused."""
    return caller(cloud, rules(service), request)


def good(cloud: Cloud, told: Mapping[str, object]) -> Answer:
    """Write an answer."""
    return as_json(200, {"Response": {**told, "RequestId": f"sandbox-{cloud.number()}"}})


def refusal(refused: Refused, request_id: str) -> Answer:
    """Write a refusal as the gateway does."""
    error = {"Code": refused.code, "Message": refused.message}
    return as_json(refused.status, {"Response": {"Error": error, "RequestId": request_id}})
