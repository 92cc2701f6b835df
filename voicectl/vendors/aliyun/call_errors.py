"""What Dyvmsapi's refusals mean; those of the gateway before it: `errors.py`. Nothing is sent here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voicectl.core.errors import (
    BrokenAnswer,
    CredentialError,
    NotFound,
    OutcomeUnknown,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.refusal import object_in
from voicectl.core.request import Reply
from voicectl.vendors.aliyun.errors import judge_rpc

Meaning = tuple[type[VoicectlError], str]

POLICY = "attach the policy AliyunDyvmsFullAccess, or one that allows dyvms:{action}, to this key's RAM user"
BALANCE = "top up the account: the phone calls console shows what is left"
SUBSCRIBE = "turn on the voice service in the phone calls console"
TEMPLATE = "check the template in the phone calls console: is it approved, and of this account?"
VARIABLES = "give each variable of the template: --var NAME=VALUE"
LATER = "do not try again at once: one number takes 1 call a minute, 5 an hour, 20 a day"
HOURS = "call within the hours that the console allows"
LOOK = "look before you call again: voicectl call list"
NO_RECORD = "a call just placed has no record for a while: add --wait"
CODES: Mapping[str, Meaning] = {
    "isp.RAM_PERMISSION_DENY": (CredentialError, POLICY),
    "isv.OUT_OF_SERVICE": (VendorRefused, BALANCE),
    "isv.AMOUNT_NOT_ENOUGH": (VendorRefused, BALANCE),
    "isv.AMOUNT_NOT_ENOUG": (VendorRefused, BALANCE),
    "isv.PRODUCT_UN_SUBSCRIPT": (VendorRefused, SUBSCRIBE),
    "isv.PRODUCT_UNSUBSCRIBE": (VendorRefused, SUBSCRIBE),
    "isv.ACCOUNT_NOT_EXISTS": (VendorRefused, SUBSCRIBE),
    "isv.ACCOUNT_ABNORMAL": (VendorRefused, "ask the vendor what is wrong with the account"),
    "isv.TTS_TEMPLATE_ILLEGAL": (VendorRefused, TEMPLATE),
    "isv.TEMPLATE_ILLEGAL": (VendorRefused, TEMPLATE),
    "isv.TEMPLATE_PARAMS_ILLEGAL": (VendorRefused, VARIABLES),
    "isv.TEMPLATE_MISSING_PARAMETERS": (VendorRefused, VARIABLES),
    "isv.VOICE_FILE_ILLEGAL": (VendorRefused, "check the id of the voice file in the phone calls console"),
    "isv.INVALID_JSON_PARAM": (VendorRefused, VARIABLES),
    "isv.PARAM_NOT_SUPPORT_URL": (VendorRefused, "leave the URL out of the variables"),
    "isv.PARAM_LENGTH_LIMIT": (VendorRefused, "shorten the variables"),
    "isv.ASR_MODEL_ERROR": (VendorRefused, "check --param AsrModelId and AsrBaseId"),
    "isv.DISPLAY_NUMBER_ILLEGAL": (
        VendorRefused,
        "--from wants a number that this account has bought; leave it out in shared mode",
    ),
    "isv.MOBILE_NUMBER_ILLEGAL": (VendorRefused, "check --to"),
    "isv.MOBILE_COUNT_OVER_LIMIT": (VendorRefused, "one number a call"),
    "isv.BLACK_KEY_CONTROL_LIMIT": (VendorRefused, "a variable holds a word that the vendor forbids"),
    "isv.BILLID_NOT_EXIST": (VendorRefused, "--from wants a number that this account has bought"),
    "BillidNotExist": (VendorRefused, "--from wants a number that this account has bought"),
    "isv.BUSINESS_LIMIT_CONTROL": (TryLater, LATER),
    "isv.VOICE_ROBOT_CALLEE_LIMIT": (TryLater, LATER),
    "isv.VOICE_ROBOT_NOT_PERIOD": (TryLater, HOURS),
    "isv.VOICE_CALL_PERIOD_ERROR": (TryLater, HOURS),
    "isv.COMPLAINT_REJECT": (VendorRefused, "this number has complained: do not call it"),
    "ComplaintReject": (VendorRefused, "this number has complained: do not call it"),
    "isv.QUERY_DATE_ILLEGAL": (VendorRefused, "check --date: it is the day of the call, in China"),
    "InvalidParameter.date": (VendorRefused, "check --date: it is the day of the call, in China"),
    "100008.0": (NotFound, NO_RECORD),
    "isv.INVALID_PARAMETERS": (VendorRefused, "voicectl --dry-run shows what would be sent"),
    "isv.VOICE_CALL_FAIL": (VendorRefused, "the vendor could not place it"),
    "isp.SYSTEM_ERROR": (TryLater, "try again in a while"),
    "isp.GATEWAY_ERROR": (TryLater, "try again in a while"),
    "isp.UNKNOWN": (TryLater, "try again in a while"),
}
IN_TROUBLE = ("isp.", "ServiceUnavailable", "InternalError", "UnknownError")
"""Codes after which nobody knows how far the vendor had come."""
FORBIDDEN = ("Forbidden", "NoPermission")
LONGEST_REASON = 300
SAYS: Mapping[type[VoicectlError], str] = {
    TryLater: "aliyun does not call now: {reason}",
    NotFound: "aliyun has no record of this call: {reason}",
}


def judge(action: str, *, creates: bool = False) -> Callable[[Reply], VoicectlError | None]:
    """Return the judge of one operation; where it `creates`, only what is sure counts as refused."""

    def judged(reply: Reply) -> VoicectlError | None:
        body = object_in(reply.body)
        code = str(body.get("Code") or "") if body else ""
        if body is None or not code:
            # Where nothing rings, the status of HTTP is word enough.
            if not creates and reply.status >= 300:
                return None
            return BrokenAnswer("the answer of {action} is not the JSON that was promised", action=action)
        if code == "OK":
            is_whole = reply.status == 200 and (not creates or _is_name(body.get("CallId")))
            return None if is_whole else BrokenAnswer("the answer of {action} names no call", action=action)
        return _refusal(body, code, action, reply, creates=creates)

    return judged


def _refusal(
    body: Mapping[str, object], code: str, action: str, reply: Reply, *, creates: bool
) -> VoicectlError:
    reason = str(body.get("Message") or code)[:LONGEST_REASON]
    facts = {"reason": reason, "vendor_code": code, "action": action}
    request_id = str(body.get("RequestId") or "")
    facts |= {"request_id": request_id} if request_id else {}
    found = CODES.get(code)
    kind, hint = found or (VendorRefused, "")
    if code.startswith(FORBIDDEN):
        kind, hint, found = CredentialError, POLICY, (CredentialError, POLICY)
    is_sure = bool(found) and not (kind is TryLater and code.startswith(IN_TROUBLE))
    if creates and not is_sure and code.startswith(IN_TROUBLE):
        return OutcomeUnknown("aliyun had trouble and may have called: {reason}", hint=LOOK, **facts)
    if found is None and not code.startswith(("isv.", "isp.")):
        known = judge_rpc(reply)
        if known is not None:
            return known
    if found is None and code.startswith("isp."):
        kind, hint = TryLater, "try again in a while"
    return kind(SAYS.get(kind, "aliyun refuses: {reason}"), hint=hint, **facts)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
