"""What the codes of Twilio's REST interface mean as our errors. Nothing is sent here.

Source: https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

from collections.abc import Mapping

from voicectl.core.errors import (
    BadInput,
    CredentialError,
    NotFound,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.refusal import object_in
from voicectl.core.request import Reply

Meaning = tuple[type[VoicectlError], str]

KEY = "check that sid and secret belong together, and to this region"
RIGHTS = "a main or standard API key may do this, a restricted one only if told so"
ACCOUNT = "look at the account's state in the console"
LATER = "try again in a while"
TO, FROM = "--to +8613800138000", "--from: a number that this account owns or has verified"
LAND = "allow the country in the console: Voice, Settings, Geo permissions"
TRIAL = "a trial account calls verified numbers only: verify it in the console, or upgrade"
CODES: Mapping[int, Meaning] = {
    20003: (CredentialError, KEY),
    20005: (CredentialError, ACCOUNT),
    20006: (CredentialError, RIGHTS),
    20008: (CredentialError, "test credentials can only place calls that ring nowhere"),
    20403: (CredentialError, RIGHTS),
    10001: (CredentialError, ACCOUNT),
    10002: (CredentialError, "a trial account may not do this: upgrade it"),
    20429: (TryLater, LATER),
    22005: (TryLater, "the account's queue holds a day's calls already: call later, or raise its rate"),
    10004: (TryLater, LATER),
    20500: (TryLater, LATER),
    20503: (TryLater, LATER),
    21201: (BadInput, TO),
    21211: (BadInput, TO),
    21217: (BadInput, TO),
    13223: (BadInput, TO),
    13226: (BadInput, TO),
    21212: (BadInput, FROM),
    21213: (BadInput, FROM),
    21206: (BadInput, "--param SendDigits=1234#"),
    21208: (BadInput, "--param Timeout=60"),
    32018: (BadInput, "say less: 4000 characters with all markup"),
    21202: (VendorRefused, "this number costs extra; twilio does not call it"),
    21203: (VendorRefused, LAND),
    21215: (VendorRefused, LAND),
    13227: (VendorRefused, LAND),
    32205: (VendorRefused, LAND),
    21204: (VendorRefused, ""),
    21205: (VendorRefused, "--param Url=https://…"),
    21209: (VendorRefused, "--param Method=POST"),
    21210: (VendorRefused, FROM),
    32204: (VendorRefused, FROM),
    21214: (VendorRefused, "this number cannot be reached"),
    21216: (VendorRefused, "twilio blocks calls to this number"),
    13225: (VendorRefused, "twilio blocks calls to this number"),
    32203: (VendorRefused, "twilio blocks calls to this number"),
    21218: (VendorRefused, "--param ApplicationSid=AP…"),
    21219: (VendorRefused, TRIAL),
    14111: (VendorRefused, TRIAL),
    32100: (VendorRefused, TRIAL),
    573005: (VendorRefused, TRIAL),
    21220: (VendorRefused, "voicectl call status ID"),
    21234: (VendorRefused, "--param MachineDetection=Enable"),
    21263: (VendorRefused, "--param MachineDetection=Enable"),
    20001: (VendorRefused, "check the names of --param"),
    20404: (NotFound, "it may belong to another account or region"),
}


def judge(reply: Reply) -> VoicectlError | None:
    """Judge by the code in the body, whatever the status; None where there is none."""
    found = object_in(reply.body) or {}
    code = found.get("code")
    if isinstance(code, str) and code.isdecimal():
        code = int(code)
    if not isinstance(code, int) or isinstance(code, bool) or "sid" in found:
        return None
    kind, hint = CODES.get(code) or _by(reply.status)
    told = found.get("message") or found.get("detail") or found.get("title") or f"error {code}"
    return kind(
        "twilio refuses: {reason}",
        hint=hint,
        reason=str(told),
        vendor_code=str(code),
        request_id=reply.headers.get("twilio-request-id", ""),
    )


def _by(status: int) -> Meaning:
    match status:
        case 401 | 403:
            return CredentialError, RIGHTS
        case 404:
            return NotFound, ""
        case 429:
            return TryLater, LATER
        case _ if status >= 500:
            return TryLater, LATER
    return VendorRefused, ""
