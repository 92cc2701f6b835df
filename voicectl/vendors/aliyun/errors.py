"""What Aliyun's answers mean: codes of its API gateway and of NLS as our errors. Nothing is sent here."""

from __future__ import annotations

import re
from collections.abc import Mapping

from voicectl.core.errors import (
    BrokenAnswer,
    ClockSkewed,
    CredentialError,
    SignatureRejected,
    TokenRejected,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.refusal import object_in
from voicectl.core.request import Reply

Meaning = tuple[type[VoicectlError], str]

ECHO = re.compile(r"\s*server string to sign is:\s?", re.IGNORECASE)
QUOTED_TOKEN = re.compile(r"(?<=The token ')[^']*")
DONE = 20000000
ACCESS_DENIED = 40000001
NO_PERMISSION = 40020503
LAST_TIME = 253402300799
"""The end of the year 9999, in Unix time."""
LONGEST_REASON = 500

RAM_HINT = "attach the policy AliyunNLSFullAccess to the RAM user of this key"
# A code's meaning is that of the first row it begins with.
RPC_CODES: tuple[tuple[str, Meaning], ...] = (
    ("SignatureDoesNotMatch", (SignatureRejected, "check that key id and secret belong together")),
    ("IncompleteSignature", (SignatureRejected, "does a proxy change the request on its way?")),
    ("InvalidAccessKeyId.NotFound", (CredentialError, "check the key id, and that the key still exists")),
    ("InvalidAccessKeyId.Inactive", (CredentialError, "enable the key in the RAM console")),
    ("InvalidSecurityToken.Mismatch", (CredentialError, "key and security token come from two answers")),
    ("InvalidSecurityToken", (TokenRejected, "get a new temporary key, with its security token")),
    ("InvalidTimeStamp.Expired", (ClockSkewed, "set this machine's clock: timedatectl set-ntp true")),
    ("IllegalTimestamp", (ClockSkewed, "set this machine's clock: timedatectl set-ntp true")),
    ("SignatureNonceUsed", (CredentialError, "something repeated the request: check the proxy")),
    ("Forbidden", (CredentialError, RAM_HINT)),
    ("NoPermission", (CredentialError, RAM_HINT)),
    ("Throttling", (TryLater, "try again in a while")),
    ("ServiceUnavailable", (TryLater, "try again in a while")),
    ("InternalError", (TryLater, "try again in a while")),
    ("UnknownError", (TryLater, "try again in a while")),
    ("InvalidProtocol.NeedSsl", (VendorRefused, "use an https:// endpoint")),
    ("InvalidAction", (VendorRefused, "check --endpoint-url and --region")),
    ("InvalidApi", (VendorRefused, "check --endpoint-url and --region")),
    ("InvalidVersion", (VendorRefused, "check --endpoint-url and --region")),
    ("InvalidProduct", (VendorRefused, "check --endpoint-url and --region")),
)
DASHSCOPE_CODES: tuple[tuple[str, Meaning], ...] = (
    ("InvalidApiKey", (CredentialError, "check the key: it is in the Model Studio console")),
    ("InvalidApi-Key", (CredentialError, "check the key: it is in the Model Studio console")),
    ("AccessDenied", (CredentialError, "has this key, and its workspace, been given the model?")),
    ("Model.AccessDenied", (CredentialError, "has this key, and its workspace, been given the model?")),
    ("Workspace.AccessDenied", (CredentialError, "check --param workspace=ID")),
    ("Arrearage", (VendorRefused, "the account is in arrears: see the Model Studio console")),
    ("ModelNotFound", (VendorRefused, "check --model")),
    ("Throttling", (TryLater, "try again in a while")),
    ("RequestTimeOut", (TryLater, "try again")),
    ("ResponseTimeout", (TryLater, "try again")),
    ("InternalError", (TryLater, "try again in a while")),
    ("SystemError", (TryLater, "try again in a while")),
    ("ServiceUnavailable", (TryLater, "try again in a while")),
    ("InvalidParameter", (VendorRefused, "check --model, --voice and --format")),
)
SPEECH_CODES: Mapping[int, Meaning] = {
    40000003: (VendorRefused, "check --voice, --format and the appkey"),
    40000004: (TryLater, "try again"),
    40000005: (TryLater, "the account's concurrency is used up: try again in a while"),
    40000010: (VendorRefused, "the trial has ended or the account is in arrears: see the NLS console"),
    40010003: (VendorRefused, "check the text and --format"),
    40010004: (TryLater, "try again"),
    40020105: (VendorRefused, "check the appkey: it is in the NLS console, at the project"),
    40020106: (VendorRefused, "appkey and key must be of one account"),
    NO_PERMISSION: (CredentialError, RAM_HINT),
    41000003: (VendorRefused, "check --region"),
    41010101: (VendorRefused, "choose a sample rate that the voice has: 16000 or 8000"),
    41020001: (VendorRefused, "check --voice and the text"),
    43040001: (TryLater, "the account's concurrency is used up: try again in a while"),
}
SAYS: Mapping[type[VoicectlError], str] = {
    TryLater: "aliyun cannot do it now: {reason}",
    TokenRejected: "aliyun does not accept the token: {reason}",
}


def judge_rpc(reply: Reply) -> VoicectlError | None:
    """Judge by `Code`, whatever the status; None where there is none."""
    body = object_in(reply.body) or {}
    code = str(body.get("Code") or "")
    if not code or code == "OK":
        return None
    kind, hint = next((meaning for start, meaning in RPC_CODES if code.startswith(start)), _by(reply.status))
    reason, echo, string_to_sign = _cut(str(body.get("Message") or code))
    facts = {"server_string_to_sign": string_to_sign} if echo else {}
    return _error(kind, hint, code, reason, str(body.get("RequestId") or ""), **facts)


def judge_token(reply: Reply) -> VoicectlError | None:
    """Judge what CreateToken answers: a good status without a token is a failure too."""
    error = judge_rpc(reply)
    if error is not None or reply.status != 200:
        return error
    body = object_in(reply.body) or {}
    token = body.get("Token")
    if isinstance(token, dict) and token.get("Id") and 0 < _number(token.get("ExpireTime")) <= LAST_TIME:
        return None
    code = _number(body.get("ErrCode"))
    if not code and not body.get("ErrMsg"):
        return BrokenAnswer("the answer holds no token", hint="check --endpoint-url")
    kind, hint = SPEECH_CODES.get(code) or _by_number(code)
    reason, request_id = str(body.get("ErrMsg") or code), str(body.get("RequestId") or "")
    return _error(kind, hint, str(code or ""), reason, request_id)


def judge_speech(reply: Reply) -> VoicectlError | None:
    """Judge an answer that is not sound, by `status` in its body before the status of HTTP."""
    body = object_in(reply.body) or {}
    code, reason = _number(body.get("status")), str(body.get("message") or "")
    if code in (0, DONE):
        if reply.status in (401, 403):
            code, reason = ACCESS_DENIED, f"The token is refused with HTTP {reply.status}"
        else:
            return BrokenAnswer("text came where sound was promised") if reply.status == 200 else None
    return task_failed(code, reason, str(body.get("task_id") or ""))


def task_failed(code: int, reason: str, task: str) -> VoicectlError:
    """Name what a TaskFailed, or a refusal of the interface for long texts, means."""
    kind, hint = _speech_meaning(code, reason)
    safe = QUOTED_TOKEN.sub("***", reason) or str(code)
    return _error(kind, hint, str(code or ""), safe, task)


def judge_long_text(reply: Reply) -> VoicectlError | None:
    """Judge what the interface for long texts answers: by `error_code`, also under a good status."""
    body = object_in(reply.body) or {}
    code, reason = _number(body.get("error_code")), str(body.get("error_message") or "")
    if code == DONE:
        return None
    if code:
        return task_failed(code, reason, str(body.get("request_id") or ""))
    return judge_speech(reply)


def judge_dashscope(reply: Reply) -> VoicectlError | None:
    """Judge a refused handshake by the `code` in its body, else leave it to its status."""
    body = object_in(reply.body) or {}
    code = str(body.get("code") or "")
    if not code:
        return None
    return dashscope_failed(
        code, str(body.get("message") or code), str(body.get("request_id") or ""), reply.status
    )


def dashscope_failed(code: str, reason: str, request_id: str, status: int = 400) -> VoicectlError:
    """Name what a code of DashScope means."""
    rows = (meaning for start, meaning in DASHSCOPE_CODES if code.lower().startswith(start.lower()))
    kind, hint = next(rows, _by(status))
    return _error(kind, hint, code, reason, request_id)


def _speech_meaning(code: int, reason: str) -> Meaning:
    # One code for a bad token, a missing one and a forbidden voice: a new token helps with the first only.
    if code == ACCESS_DENIED and "The token" in reason:
        return TokenRejected, "token and gateway must be of one region, token and appkey of one account"
    if code == ACCESS_DENIED:
        return CredentialError, "check that the account may use this voice"
    return SPEECH_CODES.get(code) or _by_number(code)


def _error(
    kind: type[VoicectlError], hint: str, code: str, reason: str, request_id: str, **facts: str
) -> VoicectlError:
    known = {
        "vendor": "aliyun",
        "vendor_code": code,
        "reason": reason[:LONGEST_REASON],
        "request_id": request_id,
        **facts,
    }
    return kind(
        SAYS.get(kind, "aliyun refuses: {reason}"),
        hint=hint,
        **{name: text for name, text in known.items() if text or name == "reason"},
    )


def _by(status: int) -> Meaning:
    match status:
        case 401 | 403:
            return CredentialError, "check what this key may do in the RAM console"
        case 429:
            return TryLater, "try again in a while"
        case _ if status >= 500:
            return TryLater, "try again in a while"
    return VendorRefused, ""


def _by_number(code: int) -> Meaning:
    return _by(500 if code // 10_000_000 == 5 else 400)


def _cut(message: str) -> tuple[str, str, str]:
    """Take apart a message and the string to sign that the server shows after it."""
    found = ECHO.search(message)
    if found is None:
        return message, "", ""
    return message[: found.start()], found.group(), message[found.end() :]


def _number(value: object) -> int:
    """Return a code, which comes as a number or its digits; 0 for what is neither."""
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() else 0
