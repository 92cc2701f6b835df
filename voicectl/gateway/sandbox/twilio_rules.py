"""Twilio's interface in the sandbox: whose request it is, how it says no. What is asked: `calls_twilio.py`.

Specification: https://www.twilio.com/docs/usage/requests-to-twilio, RFC 7617
"""

from __future__ import annotations

from base64 import b64decode

from voicectl.core.credentials import Secret
from voicectl.core.request import Request
from voicectl.gateway.sandbox.cloud import Cloud, No, Refused
from voicectl.gateway.wire import Answer, as_json

ROOT = "/2010-04-01/Accounts/"
THROTTLED = No("20429", 429, "Too Many Requests")


def check(cloud: Cloud, request: Request) -> str:
    """Return the account whose sid and token were shown; Refused for any other, and for another's place."""
    kind, _, shown = (request.header("authorization") or "").partition(" ")
    try:
        sid, _, token = b64decode(shown, validate=True).decode().partition(":")
    except ValueError:
        sid, token = "", ""
    known = cloud.credentials("twilio", sid)
    if kind.lower() != "basic" or known is None or known.secret != Secret(token):
        raise no(20003, 401, "Authenticate")
    account = request.path.removeprefix(ROOT).partition("/")[0].removesuffix(".json")
    if account != sid:
        raise no(20404, 404, f"The requested resource {request.path} was not found")
    return sid


def no(code: int, status: int, message: str) -> Refused:
    """Return a refusal by its number."""
    return Refused(str(code), status, message)


def refusal(refused: Refused, request_id: str) -> Answer:
    """Write a refusal as Twilio does; one that is the sandbox's own has no number."""
    code = int(refused.code) if refused.code.isdecimal() else 20500
    body = {
        "code": code,
        "message": refused.message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": refused.status,
    }
    headers = [("Twilio-Request-Id", request_id)]
    if refused.status == 401:
        headers.append(("WWW-Authenticate", 'Basic realm="Twilio API"'))
    return as_json(refused.status, body, *headers)
