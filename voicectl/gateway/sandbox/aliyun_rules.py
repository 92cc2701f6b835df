"""How Aliyun's gateway of all RPC products checks RPC v1 and ACS3. What is then done: elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from voicectl.core.credentials import Credentials
from voicectl.core.request import Request
from voicectl.gateway.sandbox.asked import form_of
from voicectl.gateway.sandbox.check import Rules, caller
from voicectl.gateway.sandbox.cloud import Cloud, No, Refused
from voicectl.gateway.wire import Answer, as_json
from voicectl.signing.canonical import form_body, form_pairs, hash_body
from voicectl.signing.claims import Claims

MISMATCH = (
    "Specified signature is not matched with our calculation. server string to sign is:{string_to_sign}"
)
MISMATCH_3 = (
    "Specified signature does not match our calculation. server StringToSign is [{string_to_sign}] "
    "server CanonicalRequest is [{canonical_request}]"
)
WORDS = {
    "malformed": No(
        "IncompleteSignature", 400, "The request signature does not conform to Aliyun standards."
    ),
    "no_version": No("IncompleteSignature", 400, "The signature method is not supported."),
    "no_path": No("InvalidAction.NotFound", 404, "Specified api is not found."),
    "unknown_key": No("InvalidAccessKeyId.NotFound", 404, "Specified access key is not found."),
    "bad_token": No("InvalidSecurityToken.Malformed", 400, "Specified SecurityToken is malformed."),
    "expired_token": No("InvalidSecurityToken.Expired", 400, "Specified SecurityToken is expired."),
    "time": No("InvalidTimeStamp.Format", 400, "Specified time stamp or date value is not well formatted."),
    "old": No("InvalidTimeStamp.Expired", 400, "Specified time stamp or date value is expired."),
    "early": No("InvalidTimeStamp.Expired", 400, "Specified time stamp or date value is expired."),
    "mismatch": No("SignatureDoesNotMatch", 400, MISMATCH),
    "replayed": No("SignatureNonceUsed", 400, "Specified signature nonce was used already."),
}
THROTTLED = No("Throttling.User", 400, "Request was denied due to user flow control.")


def _look_at_rpc(request: Request, claims: Claims) -> str:
    if request.path not in ("/", ""):
        return "no_path"
    pairs = form_pairs(request.query) + form_pairs(form_body(request))
    found = {name: value or "" for name, value in pairs}
    if len(found) != len(pairs) or not found.get("Signature"):
        return "malformed"
    if request.body and request.header("content-type") is None:
        # Without that word a body is no form, and what stands in it does not count.
        return "mismatch"
    method, version = found.get("SignatureMethod"), found.get("SignatureVersion")
    return "" if method == "HMAC-SHA1" and version == "1.0" else "no_version"


def _look_at_acs3(request: Request, claims: Claims) -> str:
    declared = request.header("x-acs-content-sha256")
    return "" if declared == hash_body(request) else "mismatch"


RPC = Rules(
    vendor="aliyun",
    scheme="aliyun-rpc-v1",
    words=WORDS,
    token=("SecurityToken",),
    has_nonce=True,
    look=_look_at_rpc,
)
ACS3 = Rules(
    vendor="aliyun",
    scheme="aliyun-acs3",
    words={**WORDS, "mismatch": No("SignatureDoesNotMatch", 400, MISMATCH_3)},
    token=("x-acs-security-token",),
    signed=("host",),
    prefixes=("x-acs-",),
    has_nonce=True,
    look=_look_at_acs3,
)


def is_signed(request: Request) -> bool:
    """Say whether a request is for the gateway at all."""
    if request.path not in ("/", ""):
        return False
    if (request.header("authorization") or "").startswith("ACS3-"):
        return True
    return "Action=" in request.query or b"Action=" in request.body


def check(cloud: Cloud, request: Request) -> Credentials:
    """Return whose request it is; raises Refused."""
    return caller(cloud, RPC if request.header("authorization") is None else ACS3, request)


def action_of(request: Request) -> str:
    """Return the action that is asked for, "" where there is none."""
    return _named(request, "x-acs-action", "Action") if is_signed(request) else ""


def refuse_other_version(request: Request, *versions: str) -> None:
    """Raise Refused for a version that the product does not have."""
    if _named(request, "x-acs-version", "Version") not in versions:
        raise Refused("InvalidVersion", 404, "Specified parameter Version is not valid.")


def _named(request: Request, header: str, parameter: str) -> str:
    shown = request.header(header)
    return form_of(request).get(parameter, "") if shown is None else shown


def good(cloud: Cloud, told: Mapping[str, object]) -> Answer:
    """Write an answer."""
    return as_json(200, {"RequestId": f"sandbox-{cloud.number()}", **told})


def refusal(refused: Refused, request_id: str) -> Answer:
    """Write a refusal as the gateway does."""
    body = {
        "RequestId": request_id,
        "HostId": "sandbox",
        "Code": refused.code,
        "Message": refused.message,
        "Recommend": "https://error-center.aliyun.com/",
    }
    return as_json(refused.status, body)
