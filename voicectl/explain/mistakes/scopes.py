"""Mistakes in the credential scope and in the times that are signed with it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from voicectl.explain.attempt import Attempt, Mistake, Try
from voicectl.explain.mistakes.derivation import V4
from voicectl.explain.mistakes.places import dates_near, regions, services, spellings_of_day

TERMINATORS = (
    "aws4_request",
    "request",
    "tc3_request",
    "aliyun_v4_request",
    "volc_request",
    "volc4_request",
    "goog4_request",
    "tos4_request",
    "tos_request",
    "oss4_request",
    "oss_request",
    "acs3_request",
    "aws_request",
    "aws4-request",
    "hmac_request",
    "AWS4_REQUEST",
    "aliyun_request",
    "aliyun_v1_request",
    "sdk_request",
    "tc_request",
    "s3_request",
)


def _scoped(attempt: Attempt) -> bool:
    return attempt.has("scope_parts", "key_parts") and bool(attempt.of("scope_parts"))


def _elsewhere(element: str, values: list[str], attempt: Attempt) -> Iterator[Try]:
    """Sign scope and key with another element than the wire shows."""
    if not _scoped(attempt) or element not in attempt.of("scope_parts"):
        return
    shown = getattr(attempt.claims, element)
    for value in values:
        if value != shown:
            note = f"scope and key were made with {element} {value!r}, the request shows {shown!r}"
            yield Try(note, attempt.claiming(**{element: value}))


def _regions(attempt: Attempt) -> Iterator[Try]:
    yield from _elsewhere("region", regions(attempt), attempt)


def _services(attempt: Attempt) -> Iterator[Try]:
    yield from _elsewhere("service", services(attempt), attempt)


def _days(attempt: Attempt) -> Iterator[Try]:
    yield from _elsewhere("date", dates_near(attempt.claims.date), attempt)


def _day_spellings(attempt: Attempt) -> Iterator[Try]:
    yield from _elsewhere("date", spellings_of_day(attempt), attempt)
    if _scoped(attempt):
        for value in (*spellings_of_day(attempt), *dates_near(attempt.claims.date)):
            note = f"the scope in the string to sign has {value!r} as its date"
            parts = tuple(value if part == "date" else part for part in attempt.of("scope_parts"))
            yield Try(note, attempt.stepping(scope_parts=parts))


def _terminators(attempt: Attempt) -> Iterator[Try]:
    if not _scoped(attempt):
        return
    scope, chain = attempt.of("scope_parts"), attempt.of("key_parts")
    right = scope[-1]
    claimed = attempt.claims.scope.rpartition("/")[2]
    for word in dict.fromkeys((claimed, *TERMINATORS)):
        if word != right:
            other = {"scope_parts": (*scope[:-1], word), "key_parts": (*chain[:-1], word)}
            yield Try(f"scope and key end in {word!r}, not in {right!r}", attempt.stepping(**other))
    for word in dict.fromkeys((claimed, *TERMINATORS)):
        if word != right:
            note = f"the scope ends in {word!r}, not in {right!r}"
            yield Try(note, attempt.stepping(scope_parts=(*scope[:-1], word)))
            note = f"the key's derivation ends in {word!r}, not in {right!r}"
            yield Try(note, attempt.stepping(key_parts=(*chain[:-1], word)))


def _forms(attempt: Attempt) -> Iterator[Try]:
    """Write the scope in the string to sign otherwise: elements left out, in another order, with the key "
    "id."""
    if not _scoped(attempt):
        return
    parts: tuple[str, ...] = attempt.of("scope_parts")
    for number, part in enumerate(parts):
        left = parts[:number] + parts[number + 1 :]
        yield Try(f"the scope in the string to sign lacks {part!r}", attempt.stepping(scope_parts=left))
    for order in permutations(parts):
        if order != parts:
            yield Try(f"the scope has the order {'/'.join(order)}", attempt.stepping(scope_parts=order))
    claims = attempt.claims
    known = {"date": claims.date, "region": claims.region, "service": claims.service}
    texts = [known.get(part, part) for part in parts]
    scope = "/".join(texts)
    key_id = claims.key_id
    region = attempt.context.region or claims.region
    for text, note in (
        (f"{key_id}/{scope}", "the scope in the string to sign has the key id before it"),
        (f"/{scope}", "the scope in the string to sign starts with '/'"),
        (f"{scope}/", "the scope in the string to sign ends in '/'"),
        (scope.replace("/", "%2F"), "the scope in the string to sign is percent-encoded"),
        (",".join(texts), "the scope's elements are joined by ','"),
        (" ".join(texts), "the scope's elements are joined by a space"),
        ("".join(texts), "the scope's elements are joined without '/'"),
        ("\n".join(texts), "the scope's elements stand on a line each"),
        (scope.lower(), "the scope in the string to sign is in small letters"),
        (scope.upper(), "the scope in the string to sign is in capital letters"),
        ("", "the scope in the string to sign is empty"),
        (claims.scope, f"the scope in the string to sign is {claims.scope!r}, as it is claimed"),
        (
            f"{claims.date}/{region}/{claims.service}/{parts[-1]}",
            "the scope has a region, which this scheme has not",
        ),
    ):
        yield Try(note, attempt.stepping(scope_parts=(text,)))


def _scope_only(attempt: Attempt) -> Iterator[Try]:
    if not _scoped(attempt):
        return
    parts = attempt.of("scope_parts")
    for element, values in (("region", regions(attempt)), ("service", services(attempt))):
        for value in values if element in parts else []:
            note = f"the scope in the string to sign has {element} {value!r}, the key has another"
            changed = tuple(value if part == element else part for part in parts)
            yield Try(note, attempt.stepping(scope_parts=changed))


def _chain_as_claimed(attempt: Attempt) -> Iterator[Try]:
    """Take the scope element by element as it is claimed, however many it has."""
    if _scoped(attempt) and attempt.claims.scope:
        pieces = tuple(attempt.claims.scope.split("/"))
        note = f"scope and key are made of {attempt.claims.scope!r}, as it is claimed"
        yield Try(note, attempt.stepping(scope_parts=pieces, key_parts=pieces))


MISTAKES = (
    Mistake(
        id="date-scope-local",
        title="the scope carries the local date, while the timestamp is in UTC",
        shows="succeeds or fails by the hour of the day",
        fix="Format scope date and timestamp from the same UTC instant. Usual culprits: Java's "
        "SimpleDateFormat without a time zone, JavaScript's getDate() in place of getUTCDate(), PHP's "
        "date() in place of gmdate(), Python's datetime.now().",
        schemes=V4,
        weight=9,
        tries=_days,
    ),
    Mistake(
        id="scope-wrong-region",
        title="the signature was made for another region than the endpoint's",
        shows="refused as a mismatch, or with the right region in the message",
        fix="Use the endpoint's region, without a product's prefix such as 'oss-'.",
        schemes=("aws", "aliyun-oss-v4", "volcengine", "tos4"),
        weight=9,
        tries=_regions,
    ),
    Mistake(
        id="scope-wrong-service",
        title="credential scope and key use another service name than the one to sign for",
        shows="the code names the service, or a plain mismatch",
        fix="Use the signing name, which need not be the host's first label: 'vms' for "
        "cloud-vms.volcengineapi.com, 'lex' for runtime.lex.*, 'execute-api' for API Gateway.",
        schemes=V4,
        weight=2,
        tries=_services,
    ),
    Mistake(
        id="scope-wrong-terminator",
        title="scope or key end in the wrong last word, such as another vendor's",
        shows="every call fails",
        fix="Use this vendor's word: aws4_request, aliyun_v4_request, tc3_request, or Volcengine's plain "
        "request.",
        schemes=V4,
        weight=3,
        tries=_terminators,
    ),
    Mistake(
        id="scope-date-format",
        title="the date of the scope is written in another form than the scheme's",
        shows="every call fails",
        fix="Write the date as 20260102; Tencent alone writes 2026-01-02.",
        schemes=V4,
        weight=2,
        tries=_day_spellings,
    ),
    Mistake(
        id="scope-malformed",
        title="the scope in the string to sign is put together wrongly",
        shows="every call fails; the third line differs from the server's",
        fix="Write date/region/service/word, joined by '/', without the key id; Tencent's has no region.",
        schemes=V4,
        weight=1,
        tries=_forms,
    ),
    Mistake(
        id="scope-other-than-key",
        title="the scope in the string to sign has another region or service than the key",
        shows="every call fails; the third line differs from the server's",
        fix="Take the elements of scope and key from the same variables.",
        schemes=V4,
        weight=1,
        tries=_scope_only,
    ),
    Mistake(
        id="scope-other-elements",
        title="the scope has other elements than the scheme's",
        shows="every call fails",
        fix="Write date/region/service/word; Tencent's scope has no region.",
        schemes=V4,
        weight=1,
        tries=_chain_as_claimed,
    ),
)
