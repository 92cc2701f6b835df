"""Cases to sign as files hold them, in the schema of `tests/vectors/`. They are signed elsewhere."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import BadInput
from voicectl.core.request import Pairs, Request, percent_encode, utf8
from voicectl.core.signature import QueryWriter, Signer
from voicectl.signing import schemes
from voicectl.signing.canonical import percent_query

NOT_OPTIONS = {"region", "service", "timestamp", "nonce", "path_form"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing to sign, with all that its signature depends on."""

    name: str | None
    signer: Signer
    request: Request
    credentials: Credentials
    moment: Moment


def parse(document: str | bytes) -> object:
    """Return the JSON of a file, with or without a byte order mark: a case or a list of cases."""
    import json

    try:
        return json.loads(document)
    except UnicodeDecodeError as error:
        raise BadInput(
            "byte {position} is no {encoding}", position=error.start + 1, encoding=error.encoding
        ) from error
    except json.JSONDecodeError as error:
        raise BadInput(
            "line {line}, column {column}: this is not JSON: {reason}",
            line=error.lineno,
            column=error.colno,
            reason=error.msg,
        ) from error
    except RecursionError as error:
        raise BadInput("this JSON is nested too deeply") from error


def name_of(entry: object) -> str | None:
    """Return the name of a case, also of one that is otherwise broken."""
    name = entry.get("name") if isinstance(entry, Mapping) else None
    return name if isinstance(name, str) else None


def scheme_of(entry: object) -> str:
    """Return the scheme that a case names; empty where it names none."""
    name = entry.get("signer") if isinstance(entry, Mapping) else None
    return name if isinstance(name, str) else ""


def read(entry: object, at: Moment) -> Case:
    """Return the case; `at` stands in for a time or nonce that it does not give.

    A case that cannot be used raises BadInput naming the field, or UsageError for its options.
    """
    case = _mapping(entry, "the case")
    context = _mapping(case.get("context", {}), "context")
    signer = schemes.build(
        _text(case.get("signer"), "signer"),
        region=_optional(context.get("region"), "context.region"),
        service=_optional(context.get("service"), "context.service"),
        options={key: value for key, value in context.items() if key not in NOT_OPTIONS},
    )
    return Case(
        name=name_of(case),
        signer=signer,
        request=_request(_mapping(case.get("request"), "request"), context, signer),
        credentials=_credentials(_mapping(case.get("credentials"), "credentials")),
        moment=_moment(context, at),
    )


def _credentials(given: Mapping[str, object]) -> Credentials:
    token = _optional(given.get("security_token"), "credentials.security_token")
    return Credentials(
        key_id=_optional(given.get("access_key_id"), "credentials.access_key_id"),
        secret=Secret(_text(given.get("access_key_secret"), "credentials.access_key_secret")),
        security_token=Secret(token) if token else None,
    )


def _moment(context: Mapping[str, object], at: Moment) -> Moment:
    text = _optional(context.get("timestamp"), "context.timestamp")
    nonce = _optional(context.get("nonce"), "context.nonce") or at.nonce
    if not text:
        return Moment(at.now, nonce)
    try:
        now = datetime.fromisoformat(text)
        now = now.replace(tzinfo=UTC) if now.tzinfo is None else now.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong("context.timestamp", "a time like 2026-01-02T03:04:05Z", text) from None
    return Moment(now, nonce)


def _request(given: Mapping[str, object], context: Mapping[str, object], signer: Signer) -> Request:
    path = _optional(given.get("path"), "request.path")
    query = _query(given.get("query"), signer)
    form = _optional(context.get("path_form"), "context.path_form") or "decoded"
    if form not in {"decoded", "raw"}:
        raise _wrong("context.path_form", "decoded or raw", form)
    if form == "decoded":
        path = percent_encode(path, safe="/")
    elif "?" in path:
        path, _, raw = path.partition("?")
        query = "&".join(filter(None, (raw, query)))
    return Request(
        method=_text(given.get("method"), "request.method"),
        scheme=_optional(given.get("scheme"), "request.scheme") or "https",
        host=_text(given.get("host"), "request.host"),
        path=path,
        query=query,
        headers=_headers(given.get("headers")),
        body=_body(given.get("body")),
    )


def _query(given: object, signer: Signer) -> str:
    """Return wire text; text is taken as it stands, pairs are written as the vendor's clients do."""
    if given is None:
        return ""
    if isinstance(given, str):
        return _text(given, "request.query")
    pairs = _pairs(given, "request.query")
    return signer.wire_query(pairs) if isinstance(signer, QueryWriter) else percent_query(pairs)


def _headers(given: object) -> Pairs:
    return _pairs({} if given is None else given, "request.headers")


def _pairs(given: object, field: str) -> Pairs:
    """Read a list of pairs, or an object whose values are text or lists of text."""
    found: list[tuple[str, str]] = []
    if isinstance(given, Mapping):
        for name, value in given.items():
            values = value if isinstance(value, list) else [value]
            found += [(_text(name, field), _text(one, f"{field}.{name}")) for one in values]
        return tuple(found)
    if not isinstance(given, list):
        raise _wrong(field, "a list of pairs or an object", given)
    for index, pair in enumerate(given):
        place = f"{field}[{index}]"
        if not isinstance(pair, list) or len(pair) != 2:
            raise _wrong(place, "a pair of texts", pair)
        found.append((_text(pair[0], place), _text(pair[1], place)))
    return tuple(found)


def _body(given: object) -> bytes:
    if given is None:
        return b""
    if not isinstance(given, Mapping):
        return utf8(_text(given, "request.body"))
    try:
        return b64decode(_text(given.get("base64"), "request.body.base64"), validate=True)
    except ValueError as error:
        raise _wrong("request.body.base64", "base64", given.get("base64")) from error


def _mapping(given: object, field: str) -> Mapping[str, object]:
    if not isinstance(given, Mapping):
        raise _wrong(field, "an object", given)
    return given


def _optional(given: object, field: str) -> str:
    return "" if given is None else _text(given, field)


def _text(given: object, field: str) -> str:
    if not isinstance(given, str):
        raise _wrong(field, "text", given)
    utf8(given)
    return given


def _wrong(field: str, wanted: str, given: object) -> BadInput:
    if given is None:
        return BadInput("{field} is missing; it must be {wanted}", field=field, wanted=wanted)
    return BadInput("{field} must be {wanted}, not {kind}", field=field, wanted=wanted, kind=_kind(given))


def _kind(given: object) -> str:
    """Describe a wrong value without printing one that may be a secret."""
    names = {dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(given), "this text")
