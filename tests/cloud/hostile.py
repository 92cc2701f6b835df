"""A server that refuses everything and repeats what it was sent, and more, in every vendor's own form.

How it does so is named by the first part of the path: `http://127.0.0.1:1/~twilio` answers as Twilio does.
"""

from __future__ import annotations

import html
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from websockets.utils import accept_key

from tests.cloud.server import Answer, Bytes, RawRequest
from tests.cloud.volcengine_sockets import failure

Say = Callable[["Words", RawRequest], "Answer | Bytes"]
CUT_AFTER = 20
JSON, XML, TEXT = "application/json", "text/xml", "text/plain"


def spellings(secret: str) -> tuple[str, ...]:
    """Return the ways in which servers write a text that they were sent."""
    raw = secret.encode()
    slashed = json.dumps(secret)[1:-1].replace("/", "\\/")
    every = "".join(f"\\u{ord(sign):04X}" for sign in secret)
    return (
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        quote(quote(secret, safe="")).lower(),
        json.dumps(secret)[1:-1],
        slashed,
        slashed.replace("=", "\\u003d").replace("<", "\\u003C").replace("&", "\\u0026"),
        every,
        html.escape(secret),
        "".join(f"&#x{ord(sign):x};" for sign in secret),
        repr(raw),
        raw.hex(),
        raw.hex().upper(),
        *(b64encode(bytes(start) + raw + b"!").decode() for start in range(3)),
        *(urlsafe_b64encode(bytes(start) + raw).decode().rstrip("=") for start in range(3)),
        quote(b64encode(raw).decode(), safe=""),
    )


def in_parts(secret: str) -> tuple[str, ...]:
    """Return the ways in which servers write a part of what they were sent."""
    return (
        secret[:CUT_AFTER] + "...",
        "\n ".join(secret[start : start + 16] for start in range(0, len(secret), 16)),
    )


@dataclass(frozen=True, slots=True)
class Words:
    """What is repeated: the request as it came, and every secret, whether it was sent or not."""

    text: str
    whole: str
    """The same without parts: a good answer may hold what only begins like a secret, as new tokens do."""
    short: str
    elsewhere: str

    @classmethod
    def of(cls, request: RawRequest, secrets: Mapping[str, str], elsewhere: str) -> Words:
        """Return what to say to a request."""
        sent = request.raw.decode("utf-8", "replace")
        wholes = [spelled for secret in secrets.values() for spelled in spellings(secret)]
        parts = [spelled for secret in secrets.values() for spelled in in_parts(secret)]
        text, whole = (
            f"you sent: {sent} which means: {' | '.join(listed)}" for listed in (wholes + parts, wholes)
        )
        return cls(text, whole, " ".join(secrets.values()), elsewhere)


def _json(status: int, told: object, *headers: tuple[str, str]) -> Answer:
    return Answer(status, (("Content-Type", JSON), *headers), json.dumps(told, ensure_ascii=False).encode())


def _xml(status: int, body: str) -> Answer:
    return Answer(status, (("Content-Type", XML),), body.encode())


def _s3(words: Words, code: str) -> Answer:
    told = html.escape(words.text)
    fields = ("Message", "StringToSign", "CanonicalRequest", "AWSAccessKeyId", "RequestId", "SecurityToken")
    body = "".join(f"<{name}>{told}</{name}>" for name in fields)
    return _xml(403, f"<Error><Code>{code}</Code>{body}</Error>")


def _sts(words: Words, code: str) -> Answer:
    told = html.escape(words.text)
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{told}</Message></Error>"
    return _xml(403, f"<ErrorResponse>{error}<RequestId>{told}</RequestId></ErrorResponse>")


def _polly(words: Words, code: str) -> Answer:
    echo = (
        f"{words.short} The Canonical String for this request should have been\n'{words.text}'\n\n"
        f"The String-to-Sign should have been\n'{words.text}'"
    )
    return _json(403, {"message": echo}, ("x-amzn-ErrorType", code))


def _rpc(words: Words, code: str) -> Answer:
    told = {"Code": code, "Message": words.text, "RequestId": words.short, "Recommend": words.text}
    return _json(403, {**told, "AccessDeniedDetail": {"AuthAction": words.text}})


def _mismatch(words: Words) -> Answer:
    told = f"Specified signature is not matched with our calculation. server string to sign is:{words.text}"
    return _json(400, {"Code": "SignatureDoesNotMatch", "Message": told, "RequestId": "r"})


def _volc(words: Words, code: str, status: int = 401) -> Answer:
    error = {"Code": code, "CodeN": 100009, "Message": words.text}
    return _json(status, {"ResponseMetadata": {"RequestId": words.short, "Error": error}})


def _tencent(words: Words, code: str) -> Answer:
    return _json(
        200, {"Response": {"Error": {"Code": code, "Message": words.text}, "RequestId": words.short}}
    )


def _twilio(words: Words, code: int, status: int) -> Answer:
    told = {"code": code, "message": words.text, "more_info": words.text, "status": status}
    return _json(status, told, ("Twilio-Request-Id", words.short))


def _openai(words: Words, status: int, code: str) -> Answer:
    error = {"message": words.text, "type": "x", "param": words.text, "code": code}
    return _json(status, {"error": error}, ("x-request-id", words.short))


def _nls(words: Words, status: int) -> Answer:
    return _json(400, {"task_id": words.short, "result": words.text, "status": status, "message": words.text})


def _speech(words: Words, code: int, status: int = 200) -> Answer:
    """Be Volcengine's speech: a code in the body, its first interface and its newer one alike."""
    return _json(status, {"reqid": "r", "code": code, "message": words.text}, ("X-Tt-Logid", words.short))


def _events(words: Words) -> Answer:
    error = {"message": words.text, "type": "server_error", "code": "x"}
    lines = (
        f'data: {{"type": "speech.audio.delta", "audio": "AAAA"}}\n\ndata: {json.dumps({"error": error})}\n\n'
    )
    return Answer(200, (("Content-Type", "text/event-stream"),), lines.encode())


def _late(words: Words) -> Answer:
    """Fail in the middle of sound that comes as lines of JSON."""
    lines = [{"code": 0, "data": "AAAA"}, {"code": 45000000, "message": words.text}]
    body = "".join(json.dumps(line) + "\n" for line in lines)
    return Answer(200, (("Content-Type", JSON), ("X-Tt-Logid", words.short)), body.encode())


def _frame(opcode: int, payload: bytes) -> bytes:
    size = bytes((126,)) + len(payload).to_bytes(2, "big") if len(payload) > 125 else bytes((len(payload),))
    if len(payload) > 0xFFFF:
        size = bytes((127,)) + len(payload).to_bytes(8, "big")
    return bytes((0x80 | opcode,)) + size + payload


def _talk(request: RawRequest, *frames: bytes) -> Answer | Bytes:
    """Open the WebSocket and say all at once; an ordinary request is refused."""
    key = request.header("sec-websocket-key")
    if key is None:
        return Answer(400)
    lines = ("HTTP/1.1 101 Go", "Upgrade: websocket", "Connection: Upgrade")
    head = "\r\n".join((*lines, f"Sec-WebSocket-Accept: {accept_key(key)}", "", ""))
    return Bytes((head.encode(), *frames))


def _tasks_fail(words: Words, request: RawRequest) -> Answer | Bytes:
    """Be NLS and DashScope in one: a task that fails."""
    header = {
        "event": "task-failed",
        "error_code": "InvalidApiKey",
        "error_message": words.text,
        "namespace": "Default",
        "name": "TaskFailed",
        "status": 40000001,
        "status_text": words.text,
        "status_message": words.text,
        "task_id": words.short,
    }
    return _talk(request, _frame(1, json.dumps({"header": header, "payload": {}}).encode()))


def _late_tasks_fail(words: Words, request: RawRequest) -> Answer | Bytes:
    """Let a task begin before it fails."""
    begun = {
        "header": {"event": "task-started", "name": "SynthesisStarted", "status": 20000000, "task_id": "t"}
    }
    failed = _tasks_fail(words, request)
    rest = tuple(failed.chunks)[1:] if isinstance(failed, Bytes) else ()
    return _talk(request, _frame(1, json.dumps(begun).encode()), _frame(2, bytes(64)), *rest)


def _closed(words: Words, request: RawRequest) -> Answer | Bytes:
    reason = words.short.encode()[:123]
    return _talk(request, _frame(8, (4001).to_bytes(2, "big") + reason.decode("utf-8", "ignore").encode()))


def _in_headers(words: Words) -> Answer:
    one_line = " ".join(words.short.split())
    names = (
        "x-amzn-RequestId",
        "x-acs-request-id",
        "x-tt-logid",
        "x-request-id",
        "x-nls-requestid",
        "Retry-After",
    )
    return Answer(503, (*((name, one_line) for name in names), ("Content-Type", f"text/{one_line}")), b"")


def _elsewhere(words: Words, status: int) -> Answer:
    here = quote(words.short)
    scheme, _, host = words.elsewhere.partition("://")
    return Answer(status, (("Location", f"{scheme}://{here}:{here}@{host}/{here}?key={here}#{here}"),))


def _status_line(words: Words, start: bytes) -> Bytes:
    return Bytes((start + " ".join(words.short.split()).encode() + b"\r\nContent-Length: 0\r\n\r\n",))


FORMS: Mapping[str, Say] = {
    "s3": lambda words, _: _s3(words, "SignatureDoesNotMatch"),
    "s3-key": lambda words, _: _s3(words, "InvalidAccessKeyId"),
    "s3-gone": lambda words, _: _s3(words, "NoSuchKey"),
    "sts": lambda words, _: _sts(words, "InvalidClientTokenId"),
    "polly": lambda words, _: _polly(words, "InvalidSignatureException"),
    "polly-token": lambda words, _: _polly(words, "ExpiredTokenException"),
    "rpc": lambda words, _: _rpc(words, "InvalidAccessKeyId.NotFound"),
    "rpc-refused": lambda words, _: _rpc(words, "isv.BUSINESS_LIMIT_CONTROL"),
    "mismatch": lambda words, _: _mismatch(words),
    "volc": lambda words, _: _volc(words, "SignatureDoesNotMatch"),
    "volc-refused": lambda words, _: _volc(words, "InvalidParameter", 400),
    "tencent": lambda words, _: _tencent(words, "AuthFailure.SignatureFailure"),
    "tencent-refused": lambda words, _: _tencent(words, "InvalidParameter"),
    "twilio": lambda words, _: _twilio(words, 20003, 401),
    "twilio-refused": lambda words, _: _twilio(words, 21210, 400),
    "openai": lambda words, _: _openai(words, 401, "invalid_api_key"),
    "openai-refused": lambda words, _: _openai(words, 400, "bad"),
    "fastapi": lambda words, _: _json(422, {"detail": [{"loc": ["body", words.short], "msg": words.text}]}),
    "youdao": lambda words, _: _json(200, {"errorCode": "202", "msg": words.text}),
    "nls": lambda words, _: _nls(words, 40000001),
    "speech": lambda words, _: _speech(words, 3001),
    "speech-403": lambda words, _: _speech(words, 45000010, 403),
    "events": lambda words, _: _events(words),
    "late": lambda words, _: _late(words),
    "task": _tasks_fail,
    "late-task": _late_tasks_fail,
    "frame": lambda words, request: _talk(request, _frame(2, failure(3001, words.text))),
    "closed": _closed,
    "code": lambda words, _: _json(200, {"Code": words.text}),
    "text": lambda words, _: Answer(403, (("Content-Type", TEXT),), words.text.encode()),
    "short": lambda words, _: Answer(400, (("Content-Type", TEXT),), words.short.encode()),
    "page": lambda words, _: Answer(200, (("Content-Type", "text/html"),), f"<html>{words.text}".encode()),
    "words": lambda words, _: Answer(200, (("Content-Type", TEXT),), words.short.encode()),
    "any": lambda words, _: _json(200, {"told": words.whole, "Voices": [{"Name": words.short}]}),
    "headers": lambda words, _: _in_headers(words),
    "elsewhere": lambda words, _: _elsewhere(words, 302),
    "elsewhere-307": lambda words, _: _elsewhere(words, 307),
    "reason": lambda words, _: _status_line(words, b"HTTP/1.1 401 "),
    "no-http": lambda words, _: _status_line(words, b""),
}
EVERYWHERE = (
    "text",
    "short",
    "page",
    "words",
    "any",
    "headers",
    "elsewhere",
    "elsewhere-307",
    "reason",
    "no-http",
)
"""The forms that may stand before any vendor."""


@dataclass(frozen=True, slots=True)
class Hostile:
    """The server's mind; `elsewhere` is where it sends who is to be robbed by another."""

    secrets: Mapping[str, str]
    elsewhere: str = "https://elsewhere.invalid"

    def __call__(self, request: RawRequest) -> Answer | Bytes:
        form = request.path.partition("/~")[2].partition("/")[0]
        return FORMS[form](Words.of(request, self.secrets, self.elsewhere), request)
