"""What refusals of calls mean as our errors: codes of the service, types of its FailList.

The codes of the gateway: `errors.py`. Source: https://www.volcengine.com/docs/6358/172952
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voicectl.core.errors import (
    CredentialError,
    OutcomeUnknown,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.placing import LOOK_FIRST
from voicectl.core.refusal import object_in
from voicectl.core.request import Reply
from voicectl.vendors.volcengine.errors import judge

Meaning = tuple[type[VoicectlError], str]

ALREADY_THERE = "REDUPLICATED_ITEM"
CODES: Mapping[str, Meaning] = {
    "MissingParameter": (VendorRefused, "check --template, --from and --param"),
    "InvalidParameter": (VendorRefused, "check the template's variables and --param"),
    "OperationDenied": (
        VendorRefused,
        "it may be too late for that; else open this part of the voice service in the console",
    ),
}
RIGHTS = "a policy of this key's IAM user must allow vms:{action}"
NO_RIGHTS = ("AccessDenied", "LackPolicy", "LackProjectPolicy")
DOUBTFUL = ("InternalError", "InternalServiceTimeout", "-1")
"""Said when something behind the gateway failed: the call may have been taken."""
TYPES: Mapping[str, Meaning] = {
    "QUALIFICATION_REJECTED": (VendorRefused, "the qualification was rejected: hand it in again"),
    "QUALIFICATION_MISSING": (VendorRefused, "hand in the qualification of number and template first"),
    "NOT_AUTH": (CredentialError, "this account may not use this number or template"),
    "NOT_IN_NUMBER_POOL": (VendorRefused, "--from: a number of this pool, or --param NumberPoolNo=NP…"),
    "NO_USABLE_NUMBER": (VendorRefused, "the pool has no number to call from: buy or enable one"),
    "RESOURCE_NOT_FOUND": (VendorRefused, "check the key of --template or --voice-file"),
    "RESOURCE_KEY_IS_NOT_EXIST": (VendorRefused, "check the key of --template or --voice-file"),
    "BLACK_LIST_PHONE": (VendorRefused, "the number is on the black list"),
    "FORBIDDEN_TIME": (VendorRefused, "calls are not allowed at this hour: --schedule T"),
}


def judge_call(reply: Reply) -> VoicectlError | None:
    """Judge by the code; None where there is none."""
    error = judge(reply)
    if error is None:
        return None
    code = str(error.facts["vendor_code"])
    if code in NO_RIGHTS:
        return error.knowing(hint=RIGHTS, action=_action_in(reply))
    if code not in CODES:
        return error
    kind, hint = CODES[code]
    return kind(error.message_template, hint=hint, **_facts(error))


def judge_placing(reply: Reply) -> VoicectlError | None:
    """Judge the answer to a call that was placed: what failed behind the gateway may have rung."""
    error = judge_call(reply)
    if error is None or error.facts["vendor_code"] not in DOUBTFUL:
        return error
    return OutcomeUnknown(
        "volcengine does not tell whether the call was placed: {reason}", hint=LOOK_FIRST, **_facts(error)
    )


def refused_item(reason: str, request_id: str) -> VoicectlError:
    """Return the error for a call on the list of failures; `reason` may be any text."""
    kind, hint = TYPES.get(reason, (VendorRefused, ""))
    return kind(
        "volcengine refuses the call: {reason}",
        hint=hint,
        reason=reason,
        vendor="volcengine",
        vendor_code=reason,
        request_id=request_id,
    )


def _facts(error: VoicectlError) -> dict[str, Any]:
    return dict(error.facts)


def _action_in(reply: Reply) -> str:
    """Return what was asked for, as the gateway repeats it."""
    about = (object_in(reply.body) or {}).get("ResponseMetadata")
    return str(about.get("Action") or "*") if isinstance(about, dict) else "*"
