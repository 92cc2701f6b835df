"""A HAR, as browsers save it: which entry failed, what it sent and got. Nothing is copied anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote_plus

from voicectl.core.errors import BadInput
from voicectl.core.note import Note
from voicectl.core.request import Pairs, Request
from voicectl.explain.answer import answer_of
from voicectl.explain.captured import Answer, Captured
from voicectl.explain.echoes import moment_of
from voicectl.explain.wire import bytes_of, scheme_of, split_url, text_of

_SIGNATURE_NAMES = ("signature=", "x-amz-signature=", "x-oss-signature=", "x-signature=", "x-tos-signature=")

_Object = Mapping[str, object]


def read_har(text: str) -> Captured:
    """Read the entry most worth explaining: the latest signed one that failed, else the latest signed one."""
    entries = list(_entries(_parsed(text)))
    if not entries:
        raise BadInput("the HAR has no entries", hint="save it again while the request is in the list")
    number, entry, answer = max(
        entries, key=lambda item: (*_rank(item[1], item[2]), _started(item[1]), item[0])
    )
    request = _request(_object(entry, "request"), number)
    notes = [
        Note(
            id="har-entry",
            template="entry {number} of {count} was taken: {method} {host}, status {status}",
            facts={
                "number": number,
                "count": len(entries),
                "method": request.method,
                "host": request.host,
                "status": answer.status if answer else "unknown",
            },
        )
    ]
    return Captured(request=request, form="har", answer=answer, notes=tuple(notes))


def _parsed(text: str) -> object:
    import json

    try:
        return json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        raise BadInput(
            "line {line}, column {column}: the HAR is no valid JSON: {reason}",
            line=error.lineno,
            column=error.colno,
            reason=error.msg,
            hint="save it again as HAR with content",
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadInput("the HAR is no valid JSON: nested too deeply, or a number too long") from error


def _entries(value: object) -> Iterator[tuple[int, _Object, Answer | None]]:
    """Yield the entries with their numbers from 1; a lone entry or a list of entries is taken as well."""
    log = _object(value, "log") if isinstance(value, dict) else {}
    listed = log.get("entries") if log else value if isinstance(value, list) else [value]
    for number, entry in enumerate(listed if isinstance(listed, list) else [], 1):
        if isinstance(entry, dict) and isinstance(entry.get("request"), dict):
            yield number, entry, _answer(entry)


def _object(value: object, name: str) -> _Object:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _text(value: _Object, name: str) -> str:
    found = value.get(name)
    return text_of(bytes_of(found)) if isinstance(found, str) else ""


def _rank(entry: _Object, answer: Answer | None) -> tuple[bool, bool]:
    failed = answer is not None and (answer.status >= 400 or bool(answer.code))
    return _is_signed(_object(entry, "request")), failed


def _is_signed(request: _Object) -> bool:
    names = {name.lower() for name, _ in _headers(request)}
    texts = [_text(request, "url"), _text(_object(request, "postData"), "text")]
    return "authorization" in names or any(
        name in text.lower() for text in texts for name in _SIGNATURE_NAMES
    )


def _started(entry: _Object) -> float:
    from datetime import datetime

    text = _text(entry, "startedDateTime")
    try:
        moment = moment_of(text) or datetime.fromisoformat(text)
        return moment.timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _headers(value: _Object) -> Pairs:
    listed = value.get("headers")
    fields = [field for field in listed if isinstance(field, dict)] if isinstance(listed, list) else []
    return tuple((_text(field, "name"), _text(field, "value")) for field in fields if _text(field, "name"))


def _request(value: _Object, number: int) -> Request:
    address = split_url(_text(value, "url"))
    headers = _headers(value)
    pseudo = {name: text for name, text in headers if name.startswith(":")}
    kept = tuple((name, text) for name, text in headers if not name.startswith(":"))
    written = next((text.strip() for name, text in kept if name.lower() == "host"), "")
    host = written or pseudo.get(":authority") or address.authority.rpartition("@")[2]
    method = _text(value, "method") or pseudo.get(":method", "")
    if not host or not method:
        raise BadInput("entry {number} of the HAR names no method or no host", number=number)
    return Request(
        method=method,
        host=host,
        path=address.path,
        query=address.query,
        headers=_with_cookies(kept, value),
        body=_body(value, number),
        scheme=scheme_of(address.scheme, host),
    )


def _with_cookies(headers: Pairs, value: _Object) -> Pairs:
    """Add the cookies that stand in a list of their own, where no header shows them."""
    listed = value.get("cookies")
    if any(name.lower() == "cookie" for name, _ in headers) or not isinstance(listed, list) or not listed:
        return headers
    pairs = [
        f"{_text(cookie, 'name')}={_text(cookie, 'value')}" for cookie in listed if isinstance(cookie, dict)
    ]
    return (*headers, ("Cookie", "; ".join(pairs))) if pairs else headers


def _body(value: _Object, number: int) -> bytes:
    data = _object(value, "postData")
    text = _text(data, "text")
    if text:
        return _decoded(text, _text(data, "encoding") or _text(data, "_encoding"), number)
    listed = data.get("params")
    params = [param for param in listed if isinstance(param, dict)] if isinstance(listed, list) else []
    if params and "multipart" in _text(data, "mimeType"):
        raise BadInput("entry {number} of the HAR has a multipart form without its text", number=number)
    pairs = ((bytes_of(_text(param, "name")), bytes_of(_text(param, "value"))) for param in params)
    return bytes_of("&".join(f"{quote_plus(name)}={quote_plus(content)}" for name, content in pairs))


def _decoded(text: str, encoding: str, number: int) -> bytes:
    if encoding != "base64":
        return bytes_of(text)
    import base64

    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError as error:
        raise BadInput("entry {number} of the HAR has a body that is no base64", number=number) from error


def _answer(entry: _Object) -> Answer | None:
    value = _object(entry, "response")
    status = value.get("status")
    # Browsers write 0 where the answer never came.
    if not isinstance(status, int) or status <= 0:
        return None
    content = _object(value, "content")
    text = _text(content, "text")
    try:
        body = _decoded(text, _text(content, "encoding"), 0)
    except BadInput:
        body = bytes_of(text)
    return answer_of(status, _headers(value), body)
