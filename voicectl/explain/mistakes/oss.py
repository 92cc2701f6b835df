"""Mistakes of Aliyun OSS: bucket, sub-resources, x-oss-* headers, and the lines of version 1."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import combinations

from voicectl.core.request import percent_decode, percent_encode
from voicectl.explain.attempt import Attempt, Mistake, Try, after, setting, wrapping
from voicectl.explain.mistakes.headers import valued
from voicectl.signing import canonical, times
from voicectl.signing.canonical import QueryPair

V1, BOTH = ("aliyun-oss-v1",), ("aliyun-oss",)


def _no_bucket(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("path_prefix"):
        yield Try(
            "the resource was signed without the bucket", attempt.stepping(path_prefix=canonical.no_prefix)
        )


def _other_resources(attempt: Attempt) -> Iterator[Try]:
    if not attempt.has("path_prefix", "encode_path"):
        return
    prefix, encode = attempt.of("path_prefix"), attempt.of("encode_path")
    bucket = attempt.context.bucket
    host = attempt.request.host
    for text, note in (
        (f"/{host}", "the host stands where the bucket belongs"),
        (f"/{bucket.upper()}", "the bucket is in capital letters"),
        (f"{bucket}", "the resource has no '/' before the bucket"),
        (f"/{bucket}/{bucket}", "the bucket stands in the resource twice"),
        (f"/{bucket}.oss", "the bucket was signed with '.oss' behind it"),
    ):
        yield Try(note, attempt.stepping(path_prefix=lambda _, t=text: t))
    for change, note in (
        (lambda path: path.removeprefix("/"), "the resource was signed without its leading '/'"),
        (lambda path: path.rstrip("/"), "the resource was signed without its final '/'"),
        (lambda path: path + "/", "the resource was signed with a final '/'"),
        (lambda path: re.sub("/{2,}", "/", path), "'//' in the resource was signed as '/'"),
        (lambda path: "/", "only '/' was signed as the resource"),
        (lambda path: "", "an empty resource was signed"),
        (lambda path: "/" + path.rpartition("/")[2], "only the last part of the key was signed"),
    ):
        yield Try(note, attempt.stepping(encode_path=after(encode, change)))
    if bucket:
        yield Try(
            "only the bucket was signed, not the key", attempt.stepping(encode_path=lambda _: f"/{bucket}/")
        )
        yield Try(
            "only the bucket was signed, not the key", attempt.stepping(encode_path=lambda _: f"/{bucket}")
        )
    doubled = attempt.stepping(path_prefix=lambda request: prefix(request) + "/")
    yield Try("'//' stands between bucket and key", doubled)


def _resource_encodings() -> Iterator[tuple[str, Callable[[str], str]]]:
    yield "the resource was percent-encoded", lambda path: percent_encode(percent_decode(path), "/")
    yield "the resource was signed as it stands on the wire", canonical.as_is
    yield "the resource was percent-encoded, '/' too", lambda path: percent_encode(percent_decode(path))
    yield (
        "the resource was form-encoded",
        lambda path: canonical.form_encode(percent_decode(path)).replace("%2F", "/"),
    )
    yield (
        "the resource was encoded twice",
        lambda path: percent_encode(percent_encode(percent_decode(path), "/"), "/"),
    )


def _encoded_resource(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("encode_path"):
        for note, encode in _resource_encodings():
            yield Try(note, attempt.stepping(encode_path=encode))


# Sub-resources of version 1 --------------------------------------------------------------------


def _signed_pairs(attempt: Attempt) -> list[QueryPair]:
    if not attempt.has("signed_pairs", "read_pairs", "signed_query"):
        return []
    read = attempt.of("read_pairs")(attempt.of("signed_query")(attempt.request))
    return list(attempt.of("signed_pairs")(read))


def _missing(attempt: Attempt) -> Iterator[Try]:
    names = [name for name, _ in _signed_pairs(attempt)]
    if not names:
        return
    choose = attempt.of("signed_pairs")
    for number in range(1, len(names) + 1):
        for left in combinations(names, number) if len(names) <= 6 or number in {1, len(names)} else ():
            note = f"the sub-resource {' and '.join(map(repr, left))} is not in the resource"
            dropped = frozenset(left)
            yield Try(
                note,
                attempt.stepping(signed_pairs=partial(_chosen_without, choose, dropped)),
            )


def _chosen_without(
    choose: Callable[[list[QueryPair]], list[QueryPair]], dropped: frozenset[str], pairs: list[QueryPair]
) -> list[QueryPair]:
    return [pair for pair in choose(pairs) if pair[0] not in dropped]


def _in_resource(attempt: Attempt) -> Iterator[Try]:
    if not attempt.has("signed_pairs", "read_pairs", "signed_query"):
        return
    read = list(attempt.of("read_pairs")(attempt.of("signed_query")(attempt.request)))
    right = {name for name, _ in _signed_pairs(attempt)}
    ours = {"OSSAccessKeyId", "Expires", "Signature"}
    others = list(dict.fromkeys(name for name, _ in read if name not in right and name not in ours))
    for number in range(len(others), 0, -1):
        for some in combinations(others, number) if len(others) <= 4 or number in {1, len(others)} else ():
            wanted = right | set(some)
            note = f"the parameter {' and '.join(map(repr, some))} is in the resource"
            step = lambda ps, w=wanted: [p for p in ps if p[0] in w]  # noqa: E731
            yield Try(note, attempt.stepping(signed_pairs=step))
    everything = attempt.stepping(signed_pairs=lambda pairs: [p for p in pairs if p[0] != "Signature"])
    yield Try("all parameters of the query are in the resource", everything)


def _date_line(attempt: Attempt) -> Iterator[Try]:
    """Other texts on the line that has Date, or Expires in a URL."""
    if not attempt.has("string_parts") or "date" not in attempt.of("string_parts"):
        return
    request, shown = attempt.request, attempt.claims.timestamp
    now = attempt.claims.moment.now
    found = {
        "x-oss-date": request.header("x-oss-date"),
        "Date": request.header("Date"),
        "nothing": "",
    }
    for where, text in found.items():
        if text is not None and text != shown:
            yield Try(f"{where} stands on the line of the date", attempt.claiming(timestamp=text))
    if attempt.has("presigned") and attempt.of("presigned") and now != times.UNKNOWN:
        for minutes in (1, 5, 10, 15, 30, 60, 120, 24 * 60):
            begin = now - timedelta(minutes=minutes)
            note = f"the time of signing stands where Expires belongs, {minutes} minutes before it"
            for text in (times.http_date(begin), times.unix_seconds(begin)):
                yield Try(note, attempt.claiming(timestamp=text))
            yield Try(
                "the lifetime in seconds stands where Expires belongs",
                attempt.claiming(timestamp=str(60 * minutes)),
            )
        yield Try("Expires was signed as a date", attempt.claiming(timestamp=times.http_date(now)))
        yield Try("Expires was signed in milliseconds", attempt.claiming(timestamp=f"{shown}000"))


def _md5_line(attempt: Attempt) -> Iterator[Try]:
    from base64 import b64encode
    from hashlib import md5

    if not attempt.has("string_parts") or "content-md5" not in attempt.of("string_parts"):
        return
    given = attempt.request.header("Content-MD5") or ""
    digest = md5(attempt.request.body, usedforsecurity=False)
    for text, note in (
        ("", "the line of Content-MD5 was signed empty"),
        (b64encode(digest.digest()).decode(), "the body's MD5 was signed, but not sent so"),
        (digest.hexdigest(), "the body's MD5 was signed as hexadecimal"),
        (
            b64encode(digest.hexdigest().encode()).decode(),
            "the base64 of the MD5's hexadecimal text was signed",
        ),
        (digest.hexdigest().upper(), "the body's MD5 was signed as hexadecimal in capitals"),
    ):
        if text != given:
            yield Try(note, valued(attempt, "Content-MD5", text))


def _md5_of_v4(attempt: Attempt) -> Iterator[Try]:
    """Version 4: Content-MD5 and other headers that always count were not signed."""
    for name in attempt.claims.signed_headers:
        if name.lower() == "content-md5":
            kept = tuple(each for each in attempt.claims.signed_headers if each is not name)
            yield Try("Content-MD5 was sent, but not signed", attempt.claiming(signed_headers=kept))


def _headers(attempt: Attempt) -> Iterator[Try]:
    names = [name for name in attempt.claims.signed_headers if name.lower().startswith("x-oss-")]
    tokens = {name for name in names if name.lower() == "x-oss-security-token"}
    others = [name for name in names if name not in tokens]
    for number in range(len(names), 0, -1):
        for left in combinations(names, number) if len(names) <= 5 or number in {1, len(names)} else ():
            if set(left) <= tokens:
                continue
            note = f"{', '.join(left)} was sent, but not signed"
            kept = tuple(name for name in attempt.claims.signed_headers if name not in left)
            yield Try(note, attempt.claiming(signed_headers=kept))
    metadata = {name for name in others if name.lower() not in {"x-oss-date", "x-oss-content-sha256"}}
    if metadata and metadata != set(others):
        kept = tuple(name for name in attempt.claims.signed_headers if name not in metadata)
        yield Try("x-oss-* headers were sent, but not signed", attempt.claiming(signed_headers=kept))


def _headers_elsewhere(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("signed_pairs", "write_headers"):
        write = attempt.of("write_headers")
        for note, change in (
            ("x-oss-* headers stand behind the resource", None),
            ("a blank line stands behind the x-oss-* headers", lambda text: text + "\n"),
            ("a blank line stands before the x-oss-* headers", lambda text: "\n" + text),
            ("an empty line stands where x-oss-* headers would be", lambda text: text or "\n"),
        ):
            if change is not None:
                yield Try(note, attempt.stepping(write_headers=after(write, change)))


MISTAKES = (
    Mistake(
        id="oss-subresource-missing",
        title="the resource was signed without a sub-resource that the URL has, such as acl or uploads",
        shows="plain object calls work",
        fix="Append the sub-resources that version 1 signs: acl, uploads, partNumber, response-* and the "
        "others of the list, sorted.",
        schemes=V1,
        weight=4,
        tries=_missing,
    ),
    Mistake(
        id="oss-query-in-resource",
        title="a parameter that is no sub-resource was signed as part of the resource",
        shows="works without ordinary parameters",
        fix="Leave ordinary parameters such as prefix and marker out; only listed sub-resources belong "
        "there.",
        schemes=V1,
        weight=3,
        tries=_in_resource,
    ),
    Mistake(
        id="oss-resource-no-bucket",
        title="the bucket is missing in front of the key",
        shows="no object call works; the echo starts with /bucket/",
        fix="Put /bucket before the key, also where the bucket stands in the host.",
        schemes=BOTH,
        weight=4,
        tries=_no_bucket,
    ),
    Mistake(
        id="oss-resource-encoded",
        title="the key was percent-encoded in the resource of version 1, which takes it raw",
        shows="keys of plain ASCII work",
        fix="Put the decoded key into the string; encoding is for the URL.",
        schemes=V1,
        weight=4,
        tries=_encoded_resource,
    ),
    Mistake(
        id="oss-subresource-encoded",
        title="sub-resource values were percent-encoded in the resource of version 1, which takes them raw",
        shows="response-* parameters with marks or blanks fail",
        fix="Sign the raw values, encode them in the URL only.",
        schemes=V1,
        weight=3,
        tries=lambda attempt: [
            *wrapping("sub-resource values were encoded", percent_encode, "encode_value")(attempt),
            *wrapping("sub-resource values were encoded as a form", canonical.form_encode, "encode_value")(
                attempt
            ),
            *wrapping("sub-resource values were encoded save for '/'", canonical.encode_path, "encode_value")(
                attempt
            ),
        ],
    ),
    Mistake(
        id="oss-headers-unsigned",
        title="x-oss-* headers travel outside the signature",
        shows="works until an x-oss-* header is added",
        fix="Put every x-oss-* header into the canonical headers, also those that a proxy or a library adds.",
        schemes=BOTH,
        weight=4,
        tries=_headers,
    ),
    Mistake(
        id="oss-headers-place",
        title="the x-oss-* headers of version 1 are set off by blank lines",
        shows="every call fails",
        fix="The headers follow the date line at once, and the resource follows them, without blank lines.",
        schemes=V1,
        weight=1,
        tries=_headers_elsewhere,
    ),
    Mistake(
        id="oss-resource-other",
        title="the resource is not /bucket/key",
        shows="every object call fails; the server shows another last line",
        fix="Write '/', the bucket, '/', and the whole key; for the bucket itself /bucket/.",
        schemes=BOTH,
        weight=2,
        tries=_other_resources,
    ),
    Mistake(
        id="oss-date-line",
        title="the line of the date holds another text than Date, or in a URL than Expires",
        shows="every call of this kind fails",
        fix="Sign the Date header as it is sent; in a URL the Unix seconds of Expires.",
        schemes=V1,
        weight=2,
        tries=_date_line,
    ),
    Mistake(
        id="oss-md5-line",
        title="the line of Content-MD5 holds another text than the header",
        shows="fails with, or without, Content-MD5",
        fix="Sign Content-MD5 exactly as it is sent, an empty line where it is not: the base64 of the 16 "
        "raw bytes.",
        schemes=BOTH,
        weight=2,
        tries=lambda attempt: [*_md5_line(attempt), *_md5_of_v4(attempt)],
    ),
    Mistake(
        id="oss-subresource-equals",
        title="a sub-resource without a value was signed with '='",
        shows="?acl and ?uploads fail",
        fix="Write the bare name: /bucket/key?acl.",
        schemes=V1,
        weight=2,
        tries=setting("'acl=' was signed for 'acl'", join_pair=canonical.with_equals),
    ),
)
