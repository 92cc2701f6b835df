"""Whether a key of Twilio is good, by its own account, and where its services are. Codes: `errors.py`.

Specification: https://www.twilio.com/docs/iam/api/account
"""

from __future__ import annotations

from voicectl.core.errors import BrokenAnswer, CredentialError
from voicectl.core.identity import Caller, Identity
from voicectl.core.refusal import promised_object
from voicectl.core.request import Reply
from voicectl.core.vendor import Access
from voicectl.signing import schemes
from voicectl.vendors.twilio.errors import judge
from voicectl.vendors.twilio.places import account_of, account_path, api, is_account_key


def identity(access: Access) -> Identity:
    """Return how Twilio is asked."""
    return Identity(ask=lambda: _caller(access), endpoints=lambda: (api(access),))


def _caller(access: Access) -> Caller:
    """Ask for the account; with a standard API key, which may not, for one call of it."""
    client = access.client(schemes.build("basic"), judge)
    account, path = account_of(access), account_path(access)
    if is_account_key(access):
        return _caller_in(client.send(api(access).request("GET", f"{path}.json"), action="FetchAccount"))
    request = api(access).request("GET", f"{path}/Calls.json", pairs=(("PageSize", "1"),))
    reply = client.send(request, action="ListCalls")
    if "calls" not in promised_object(reply):
        raise BrokenAnswer("the answer lists no calls", hint="check --endpoint-url")
    return Caller(name=account, request_id=reply.headers.get("twilio-request-id", ""))


def _caller_in(reply: Reply) -> Caller:
    found = promised_object(reply)
    if not found.get("sid"):
        raise BrokenAnswer("the answer names no account", hint="check --endpoint-url")
    status = str(found.get("status") or "active")
    if status != "active":
        raise CredentialError("the account is {status}", status=status, hint="look at it in the console")
    return Caller(name=str(found["sid"]), request_id=reply.headers.get("twilio-request-id", ""))
