"""Rules of a scheme that a request breaks for everybody to see, without any secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256

from voicectl.core.request import Request
from voicectl.explain.attempt import Attempt, Try
from voicectl.explain.finding import Finding, found
from voicectl.explain.mistakes.tokens import token_headers, token_parameters
from voicectl.signing import canonical, times, tokens

TEMPORARY = ("ASIA", "STS.", "AKTP")
UNHASHED = ("UNSIGNED-PAYLOAD", "STREAMING-")
HASH_HEADERS = (
    "x-amz-content-sha256",
    "x-acs-content-sha256",
    "x-content-sha256",
    "x-tos-content-sha256",
)
_MILLISECONDS = re.compile(r"\d{13}")


def visible(attempt: Attempt, *, whole_body: bool = True, claimed: bool = True) -> Iterator[Finding]:
    """Yield what is wrong with a request for everybody to see.

    `whole_body` says that the body at hand is the one that was sent, `claimed` that the claims could be
    read; else nothing is said about them.
    """
    for rule in _OF_CLAIMS if claimed else ():
        yield from rule(attempt)
    if whole_body:
        yield from _body(attempt)
    yield from _plus(attempt)


# Token -----------------------------------------------------------------------------------------


def _token(attempt: Attempt) -> Iterator[Finding]:
    sent = token_headers(attempt)
    parameters = token_parameters(attempt)
    key_id = attempt.claims.key_id
    temporary = attempt.credentials.security_token is not None or key_id.startswith(TEMPORARY)
    if not sent and not parameters:
        if temporary:
            yield _token_missing(attempt)
        return
    listed = {name.lower() for name in attempt.claims.signed_headers}
    left = [name for name in sent if name.lower() not in listed]
    if left and _signs_tokens(attempt):
        yield found(
            "token-unsigned",
            "the security token travels outside the signature",
            "Put the token into the request first, and sign afterwards.",
            f"{left[0]!r} is on the wire and not in the signed headers",
            repair=lambda a: a.claiming(signed_headers=_with(a, left)),
        )


def _signs_tokens(attempt: Attempt) -> bool:
    if not attempt.has("sign_token", "signed_headers", "names") or attempt.of("presigned"):
        return False
    token = attempt.of("names").token.lower()
    return bool(attempt.of("sign_token")) and token in attempt.of("signed_headers")({token})


def _with(attempt: Attempt, names: Iterable[str]) -> tuple[str, ...]:
    added = {*attempt.claims.signed_headers, *(name.lower() for name in names)}
    return tuple(sorted(added, key=str.lower))


def _token_missing(attempt: Attempt) -> Finding:
    how = (
        "the key given here has a token"
        if attempt.credentials.security_token
        else f"{attempt.claims.key_id[:4]!r} at the start of the key id marks a temporary key"
    )
    return found(
        "token-missing",
        "the temporary key's security token was not sent",
        "Send the security token together with its key, and sign it where the scheme signs it. Usual "
        "culprit: only key id and secret were copied from what STS gave.",
        f"{how}, and the request carries none",
        repair=_with_token,
    )


def _with_token(attempt: Attempt) -> Attempt:
    """Return the attempt with the token that was forgotten, signed where the scheme signs it."""
    token, name = attempt.credentials.security_token, attempt.scheme.scheme
    if token is None:
        return attempt
    if name == "aliyun-rpc-v1":
        return attempt.sending(query=tokens.in_query(attempt.request, "SecurityToken", token).query)
    if attempt.has("presigned") and attempt.of("presigned"):
        parameter = attempt.of("names").token if attempt.has("names") else "security-token"
        return attempt.sending(query=tokens.in_query(attempt.request, parameter, token).query)
    header = attempt.of("names").token if attempt.has("names") else "x-oss-security-token"
    sent = attempt.sending(headers=tokens.in_header(attempt.request, header, token).headers)
    counts = not attempt.has("names") or _signs_tokens(attempt)
    return sent.claiming(signed_headers=_with(sent, [header])) if counts else sent


# Headers ---------------------------------------------------------------------------------------


def _unsigned(attempt: Attempt) -> Iterator[Finding]:
    missing = sorted(set(_mandatory(attempt)) - {name.lower() for name in attempt.claims.signed_headers})
    if missing:
        names = ", ".join(missing)
        yield found(
            "hdr-required-unsigned",
            "the signature leaves out a mandatory header",
            "Sign every mandatory header: "
            + _MANDATORY_WORDS.get(_kind(attempt), "those of the specification")
            + ".",
            f"{names} {'is' if len(missing) == 1 else 'are'} not in the signed headers",
            repair=lambda a: a.claiming(signed_headers=_with(a, missing)),
        )


_MANDATORY_WORDS = {
    "aws": "host, x-amz-date and all other x-amz-* headers",
    "aliyun-acs3": "host, content-type and all x-acs-* headers",
    "volcengine": "x-date, alone or together with host and x-content-sha256",
    "tencent": "host and content-type",
    "tos4": "host and all x-tos-* headers",
}
_ADDED_LATER = ("x-amz-cf-", "x-amzn-trace-id", "x-amz-user-agent")


def _kind(attempt: Attempt) -> str:
    return next((kind for kind in _MANDATORY_WORDS if attempt.scheme.scheme.startswith(kind)), "")


def _mandatory(attempt: Attempt) -> Iterator[str]:
    """Yield the headers of this request that its scheme wants signed; a token has a rule of its own."""
    if not attempt.has("signed_headers", "names"):
        return
    kind, presigned = _kind(attempt), bool(attempt.of("presigned"))
    sent = {name.lower() for name, _ in attempt.request.headers}
    if not kind or (presigned and kind == "volcengine"):
        return
    if kind == "volcengine":
        yield "x-date"
        # The vendor's smallest demo signs that alone; who signs more does as its kits do.
        if not {"host", "x-content-sha256"} & {name.lower() for name in attempt.claims.signed_headers}:
            return
    yield from ("host", "content-type") if kind == "tencent" else ("host",)
    prefix = {"aws": "x-amz-", "aliyun-acs3": "x-acs-", "tos4": "x-tos-"}.get(kind, "")
    token = attempt.of("names").token.lower()
    for name in sent:
        of_vendor = bool(prefix) and name.startswith(prefix) and not name.startswith(_ADDED_LATER)
        of_body = kind == "volcengine" and name == "x-content-sha256"
        of_type = kind == "aliyun-acs3" and name == "content-type"
        if (of_vendor or of_body or of_type) and name != token:
            yield name


def _absent(attempt: Attempt) -> Iterator[Finding]:
    sent = {name.lower() for name, _ in attempt.request.headers} | {"host"}
    for name in attempt.claims.signed_headers:
        if name.lower() not in sent:
            yield found(
                "hdr-hop-dropped",
                "a signed header is not on the wire",
                "Do not sign headers that clients and proxies add, change or drop, and send every header "
                "that is signed.",
                f"{name!r} is in the signed list, and the request has no such header",
                repair=lambda a, n=name: a.claiming(  # type: ignore[misc]
                    signed_headers=tuple(each for each in a.claims.signed_headers if each != n)
                ),
            )


# Times and scope -------------------------------------------------------------------------------


def _time(attempt: Attempt) -> Iterator[Finding]:
    text = attempt.claims.timestamp
    if _MILLISECONDS.fullmatch(text):
        yield found(
            "ts-millis",
            "the timestamp counts milliseconds instead of seconds",
            "Divide by 1000 and cut. Usual culprits: JavaScript's Date.now(), Java's "
            "System.currentTimeMillis().",
            f"{text!r} has 13 digits",
            code="Math.floor(Date.now() / 1000)",
            repair=lambda a: _timed(a, text[:10], text),
        )
    elif attempt.claims.moment.now == times.UNKNOWN and not _is_keyless(attempt):
        what = f"{text!r} is not a time of this scheme" if text else "the request carries no time"
        yield found(
            "ts-format" if text else "ts-missing",
            "the time is written in another form than the scheme's"
            if text
            else "the request carries no time",
            "Send the time as the scheme wants it: 20260102T030405Z for AWS, OSS version 4 and Volcengine, "
            "2026-01-02T03:04:05Z for Aliyun, Unix seconds for Tencent, an HTTP date for OSS version 1.",
            what,
        )


def _is_keyless(attempt: Attempt) -> bool:
    return attempt.scheme.scheme in {"bearer", "basic"}


def _timed(attempt: Attempt, right: str, wrong: str) -> Attempt:
    """Return the attempt with another timestamp, on the wire and in the claims."""
    request = attempt.request
    headers = tuple((name, right if value.strip() == wrong else value) for name, value in request.headers)
    query = request.query.replace(f"={wrong}", f"={right}")
    return attempt.sending(headers=headers, query=query).claiming(timestamp=right)


def _scoped(attempt: Attempt) -> bool:
    return attempt.has("scope_parts", "write_date") and bool(attempt.of("scope_parts"))


def _day(attempt: Attempt) -> Iterator[Finding]:
    now = attempt.claims.moment.now
    if not _scoped(attempt) or now == times.UNKNOWN or "date" not in attempt.of("scope_parts"):
        return
    right, given = attempt.of("write_date")(now), attempt.claims.date
    if given == right:
        return
    evidence = f"the scope says {given!r}, the timestamp {attempt.claims.timestamp!r} is of {right!r}"
    days = _days_apart(given, right)
    name, title, fix = _DAY_OTHER
    if days is None or days == 0:
        name, title, fix = _DAY_FORMAT
    elif abs(days) == 1:
        name, title, fix = _DAY_LOCAL
    yield found(name, title, fix, evidence, repair=lambda a: a.claiming(date=right))


_DAY_LOCAL = (
    "date-scope-local",
    "the scope carries the local date, while the timestamp is in UTC",
    "Format scope date and timestamp from the same UTC instant. Usual culprits: Java's SimpleDateFormat "
    "without a time zone, JavaScript's getDate() in place of getUTCDate(), PHP's date() in place of "
    "gmdate(), Python's datetime.now().",
)
_DAY_FORMAT = (
    "scope-date-format",
    "the date of the scope is written in another form than the scheme's",
    "Write the date as 20260102; Tencent alone writes 2026-01-02.",
)
_DAY_OTHER = (
    "scope-date-other",
    "the date in scope and key is not the day of the timestamp",
    "Derive scope and key anew for each day from the timestamp. Usual culprit: a signing key cached over "
    "midnight.",
)


def _days_apart(one: str, other: str) -> int | None:
    days = []
    for text in (one, other):
        digits = text.replace("-", "")
        moment = times.by_form("%Y%m%d")(digits)
        if len(digits) != 8 or moment == times.UNKNOWN:
            return None
        days.append(moment)
    return (days[0] - days[1]).days


def _region(attempt: Attempt) -> Iterator[Finding]:
    right, given = attempt.context.region, attempt.claims.region
    if _scoped(attempt) and "region" in attempt.of("scope_parts") and right and given != right:
        yield found(
            "scope-wrong-region",
            "the signature was made for another region than the endpoint's",
            "Use the endpoint's region, without a product's prefix such as 'oss-'.",
            f"the scope says {given!r}, the right region is {right!r}",
            repair=lambda a: a.claiming(region=right),
        )


def _service(attempt: Attempt) -> Iterator[Finding]:
    right, given = attempt.context.service, attempt.claims.service
    if _scoped(attempt) and "service" in attempt.of("scope_parts") and right and given != right:
        yield found(
            "scope-wrong-service",
            "the signature was made for another service than the one to sign for",
            "Use the signing name, which need not be the host's first label: 'vms' for "
            "cloud-vms.volcengineapi.com, 'lex' for runtime.lex.*, 'execute-api' for API Gateway.",
            f"the scope says {given!r}, the right service is {right!r}",
            repair=lambda a: a.claiming(service=right),
        )


def _scope(attempt: Attempt) -> Iterator[Finding]:
    if not _scoped(attempt):
        return
    parts: tuple[str, ...] = attempt.of("scope_parts")
    given = attempt.claims.scope.split("/")
    form = "/".join(parts)
    if len(given) != len(parts):
        yield found(
            "scope-malformed",
            "the credential scope has other elements than the scheme's",
            f"Write {form}.",
            f"the scope is {attempt.claims.scope!r}, of the form {form}",
        )
    elif given[-1] != parts[-1]:
        yield found(
            "scope-wrong-terminator",
            "the last word of the scope is another vendor's",
            f"End the scope in {parts[-1]!r}.",
            f"the scope ends in {given[-1]!r}",
        )


_OF_CLAIMS = (_token, _unsigned, _absent, _time, _day, _region, _service, _scope)


# Body and signature ----------------------------------------------------------------------------


def _body(attempt: Attempt) -> Iterator[Finding]:
    request = attempt.request
    for name in HASH_HEADERS:
        given = request.header(name)
        if given is None or given.strip().startswith(UNHASHED):
            continue
        right = sha256(request.body).hexdigest()
        if given.strip() != right:
            yield _hash_other(name, given.strip(), right)
    md5 = request.header("Content-MD5")
    if md5 is not None and md5.strip() != _md5(request):
        yield found(
            "body-md5-other",
            "Content-MD5 is not the body's MD5",
            "Send the base64 of the 16 raw bytes of the MD5 of the very body that is sent.",
            f"the request says {md5.strip()!r}, the body's is {_md5(request)!r}",
            repair=lambda a: a.sending(headers=a.request.with_header("Content-MD5", _md5(a.request)).headers),
        )


def _hash_other(name: str, given: str, right: str) -> Finding:
    if given.lower() == right:
        return found(
            "digest-upper-hex",
            "the body's hash is in capital hexadecimal letters",
            "Write hexadecimal with small letters. Usual culprits: C#'s Convert.ToHexString, Java's "
            "DatatypeConverter.",
            f"{name} says {given!r}",
            repair=lambda a: a.sending(headers=a.request.with_header(name, right).headers),
        )
    return found(
        "body-hash-other",
        "the declared hash of the body is not the hash of the body that was sent",
        "Serialise once, hash those bytes, and send the same bytes.",
        f"{name} says {given[:70]!r}, the body's hash is {right}",
        repair=lambda a: a.sending(headers=a.request.with_header(name, right).headers),
    )


def _md5(request: Request) -> str:
    from base64 import b64encode
    from hashlib import md5

    return b64encode(md5(request.body, usedforsecurity=False).digest()).decode()


def _plus(attempt: Attempt) -> Iterator[Finding]:
    """A base64 signature in a query or form whose '+' was not encoded."""
    if not attempt.has("write_signature") or attempt.of("write_signature") is not canonical.base64_text:
        return
    texts = (attempt.request.query, canonical.form_body(attempt.request))
    for part in (part for text in texts for part in text.split("&")):
        name, _, value = part.partition("=")
        if name == "Signature" and ("+" in value or " " in value):
            yield found(
                "sig-not-url-encoded",
                "the signature was put into the URL or form without percent-encoding, so its '+' arrives as "
                "a space",
                "Percent-encode the signature: + is %2B, / is %2F, = is %3D.",
                "the parameter Signature holds a raw '+'",
                code="encodeURIComponent(signature)",
            )


def declared_matches(attempt: Attempt, tries: Iterable[Try]) -> Iterator[Try]:
    """Yield the tries whose hash of the body is the one that the request declares."""
    declared = {attempt.request.header(name) for name in HASH_HEADERS} - {None}
    for tried in tries:
        step = tried.attempt.of("payload") if "payload" in tried.attempt.changed else None
        if step and step(attempt.request) in declared:
            yield tried
