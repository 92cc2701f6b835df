"""A server's answer, raw or body alone, read into `Answer`; which cause it speaks for is judged elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from voicectl.core.note import Note
from voicectl.core.request import Pairs
from voicectl.explain.captured import Answer
from voicectl.explain.echoes import clock_in, echo_in, moment_of
from voicectl.explain.markup import elements, has_document_type, is_markup, is_page
from voicectl.explain.wire import bytes_of, split_message, text_of, unchunk, without_byte_order_mark

_STATUS_LINE = re.compile(r"HTTP/[0-9](?:\.[0-9])? +(\d{3})(?: .*)?")
_REQUEST_IDS = ("x-amzn-requestid", "x-amz-request-id", "x-oss-request-id", "x-acs-request-id", "x-tt-logid")
_GOOD_CODES = frozenset({"", "0", "ok", "success", "200", "3000", "20000000"})
_IN_WORDS = (
    re.compile(r"An error occurred \(([\w.]{1,80})\)"),
    re.compile(r"\b(?:Error ?Code|Code|Error)[\"']? ?[:=] ?[\"']?([A-Z][\w.]{3,80})"),
)

_Fields = Mapping[str, object]


def read_answer(data: bytes) -> Answer:
    """Read a raw HTTP answer (the last of several), one printed by `curl -v`, or a body alone."""
    data = without_byte_order_mark(data)
    if data.lstrip(b"\r\n").startswith(b"< HTTP/"):
        data = b"\n".join(line.removeprefix(b"< ").removeprefix(b"<") for line in _lines_of_trace(data))
    status = 0
    headers: Pairs = ()
    while data.lstrip(b"\r\n").startswith(b"HTTP/"):
        message = split_message(data)
        match = _STATUS_LINE.fullmatch(message.first)
        status, headers, data = int(match[1]) if match else 0, message.headers, message.body
    return answer_of(status, headers, data)


def _lines_of_trace(data: bytes) -> Iterator[bytes]:
    for line in data.replace(b"\r\n", b"\n").split(b"\n"):
        if not line.startswith((b"* ", b"> ", b"{ [", b"} [")):
            yield b"" if line in (b"<", b"< ") else line


def answer_of(status: int, headers: Pairs, body: bytes) -> Answer:
    """Read an answer from its parts."""
    fields = {name.lower(): value.strip() for name, value in headers}
    if "chunked" in fields.get("transfer-encoding", "").lower():
        body = unchunk(body) or body
    if not body.strip() and "x-oss-err" in fields:
        body = _from_base64(fields["x-oss-err"])
    answer = _read_body(status, fields, text_of(body))
    sent_ids = (fields[name] for name in _REQUEST_IDS if name in fields)
    request_id = answer.get("request_id") or next(sent_ids, "")
    return _assemble(status, fields, {**answer, "request_id": request_id})


def _from_base64(text: str) -> bytes:
    import base64

    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return b""


def _assemble(status: int, headers: Mapping[str, str], found: dict[str, str]) -> Answer:
    message = found.get("message", "")
    echo, clock = echo_in(message), clock_in(message)
    milliseconds = found.get("tolerance_milliseconds", "")
    tolerance = int(milliseconds) // 1000 if re.fullmatch(r"[0-9]{1,9}", milliseconds) else None
    notes = (_NOTES[found["note"]],) if "note" in found else ()
    return Answer(
        status=status,
        code=found.get("code", ""),
        message=message,
        request_id=found["request_id"],
        canonical_request=found.get("canonical_request", echo.canonical_request),
        string_to_sign=found.get("string_to_sign", echo.string_to_sign),
        signature_provided=found.get("signature_provided", ""),
        key_id=found.get("key_id", ""),
        region=found.get("region", headers.get("x-amz-bucket-region", "")),
        date=moment_of(headers.get("date", "")),
        server_time=clock.server_time or moment_of(found.get("server_time", "")),
        request_time=clock.request_time or moment_of(found.get("request_time", "")),
        tolerance_seconds=tolerance if clock.tolerance_seconds is None else clock.tolerance_seconds,
        notes=notes,
    )


_NOTES = {
    "page": Note(id="html-answer", template="the answer is a web page, so a proxy or a gateway wrote it"),
    "document-type": Note(id="document-type", template="XML with a document type of its own is not read"),
    "empty": Note(id="empty-answer", template="the answer has no body"),
}


def _read_body(status: int, headers: Mapping[str, str], text: str) -> dict[str, str]:
    header_code = _bare_code(headers.get("x-amzn-errortype", ""))
    if not text.strip():
        return {"code": header_code, "note": "empty"}
    if is_markup(text):
        found = _read_markup(text)
    elif text.lstrip().startswith(("{", "[")):
        found = _read_json(status, text)
    else:
        found = _read_words(text)
    return {**found, "code": header_code} if header_code else found


def _bare_code(code: str) -> str:
    """Cut `com.amazonaws#Code:http://…` down to `Code`."""
    return code.partition(":")[0].rpartition("#")[2].strip()


def _read_markup(text: str) -> dict[str, str]:
    if is_page(text):
        return {"note": "page"}
    if has_document_type(text):
        return {"note": "document-type"}
    names = {
        "code": ("Code", "code"),
        "message": ("Message", "message"),
        "request_id": ("RequestId", "RequestID"),
        "string_to_sign": ("StringToSign",),
        "canonical_request": ("CanonicalRequest",),
        "signature_provided": ("SignatureProvided",),
        "key_id": ("AWSAccessKeyId", "OSSAccessKeyId"),
        "region": ("Region",),
        "request_time": ("RequestTime",),
        "server_time": ("ServerTime",),
        "tolerance_milliseconds": ("MaxAllowedSkewMilliseconds",),
    }
    read = elements(text)
    found = {ours: read[name] for ours, theirs in names.items() for name in theirs if name in read}
    # XML turns CR LF into LF and pages eat blanks; the bytes, where given, are what was hashed.
    exact = {
        "string_to_sign": _from_hex(read.get("StringToSignBytes", "")),
        "canonical_request": _from_hex(read.get("CanonicalRequestBytes", "")),
    }
    found |= {ours: text for ours, text in exact.items() if text}
    return found


def _from_hex(text: str) -> str:
    try:
        return text_of(bytes.fromhex(text))
    except ValueError:
        return ""


def _read_words(text: str) -> dict[str, str]:
    """Read what an SDK printed about the error."""
    matches = (pattern.search(text) for pattern in _IN_WORDS)
    return {"message": text.strip(), "code": next((match[1] for match in matches if match), "")}


def _read_json(status: int, text: str) -> dict[str, str]:
    import json

    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return _read_words(text)
    if not isinstance(value, dict):
        return {"message": text.strip()}
    error, request_id = _error_in(value)
    # A good answer may well have a field called `type`.
    vague = ("error_code", "type") if error is not value or status >= 400 else ()
    code = _bare_code(_first(error, "code", "Code", "__type", "errorCode", *vague))
    if status < 400 and code.lower() in _GOOD_CODES:
        code = ""
    message = _first(error, "message", "Message", "error_description", "detail", "msg", "title")
    return {"code": code, "message": message, "request_id": request_id}


def _error_in(value: _Fields) -> tuple[_Fields, str]:
    """Find the object that names the error, and the request's id, in the shapes that vendors use."""
    request_id = _first(value, "RequestId", "request_id", "requestId", "RequestID", "reqid", "task_id")
    for wrapper in ("Response", "ResponseMetadata"):
        inner = value.get(wrapper)
        if isinstance(inner, dict):
            error = inner.get("Error")
            return (error if isinstance(error, dict) else {}), _first(inner, "RequestId") or request_id
    error = value.get("error", value.get("Error"))
    if isinstance(error, dict):
        return error, request_id
    if isinstance(error, str):
        code = _first(value, "code") or error
        return {"code": code, "message": _first(value, "error_description", "details") or error}, request_id
    return value, request_id


def _first(value: _Fields, *names: str) -> str:
    """Return the first of these fields that is text or a number."""
    for name in names:
        field = value.get(name)
        if isinstance(field, str) and field:
            return text_of(bytes_of(field))
        if isinstance(field, int) and not isinstance(field, bool):
            return str(field)
    return ""
