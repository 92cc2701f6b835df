"""Wrong choices of the parameters that are signed. What is said about them lies in `query_entries.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import combinations

from voicectl.core.request import Request, percent_decode
from voicectl.explain.attempt import Attempt, Tries, Try
from voicectl.signing import canonical
from voicectl.signing.canonical import QueryItem, QueryPair

Items = Iterable[QueryItem]

LISTED = ("aliyun-rpc", "aliyun-acs3", "aliyun-oss-v4", "aws", "volcengine", "tos4", "tencent")
AS_SENT_RULE = ("aws", "aliyun-rpc", "aliyun-acs3", "aliyun-oss-v4", "volcengine", "tos4")


def reading(attempt: Attempt, change: Callable[[list[QueryPair]], list[QueryPair]]) -> Attempt:
    """Change the pairs after they are read, whichever text they are read from."""
    read = attempt.of("read_pairs")
    return attempt.stepping(read_pairs=lambda text: change(read(text)))


def _pairs(attempt: Attempt) -> list[QueryPair]:
    """Return all pairs that are signed, of query and form."""
    if not attempt.has("read_pairs", "signed_query"):
        return []
    pairs: list[QueryPair] = list(attempt.of("read_pairs")(attempt.of("signed_query")(attempt.request)))
    if attempt.has("signed_form"):
        pairs += attempt.of("read_pairs")(attempt.of("signed_form")(attempt.request))
    left_out = attempt.of("left_out") if attempt.has("left_out") else frozenset()
    return [pair for pair in pairs if pair[0] not in left_out]


def unsigned_query(attempt: Attempt) -> str:
    """Return the query as it was before the signature was put into it."""
    left_out = attempt.of("left_out") if attempt.has("left_out") else frozenset()
    parts = attempt.request.query.split("&")
    return "&".join([part for part in parts if percent_decode(part.partition("=")[0]) not in left_out])


def _without(names: frozenset[str]) -> Callable[[list[QueryPair]], list[QueryPair]]:
    return lambda pairs: [pair for pair in pairs if pair[0] not in names]


def one_unsigned(attempt: Attempt) -> Iterator[Try]:
    pairs = _pairs(attempt)
    names = list(dict.fromkeys(name for name, _ in pairs))
    for name in names:
        yield Try(f"the parameter {name!r} was not signed", reading(attempt, _without(frozenset({name}))))
    if len(names) <= 12:
        for two in combinations(names, 2):
            note = f"the parameters {two[0]!r} and {two[1]!r} were not signed"
            yield Try(note, reading(attempt, _without(frozenset(two))))


_GROUPS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("parameters with a dot in their name", lambda name: "." in name),
    ("parameters with small first letters", lambda name: name[:1].islower()),
    ("parameters with capital first letters", lambda name: name[:1].isupper()),
    ("parameters that start with x-", lambda name: name.lower().startswith("x-")),
    ("parameters that do not start with x-", lambda name: not name.lower().startswith("x-")),
    ("Action and Version", lambda name: name in {"Action", "Version"}),
    ("Format", lambda name: name == "Format"),
    ("Format and RegionId", lambda name: name in {"Format", "RegionId"}),
    (
        "AccessKeyId, Format and SignatureNonce",
        lambda name: name in {"AccessKeyId", "Format", "SignatureNonce"},
    ),
    (
        "SignatureMethod and SignatureVersion",
        lambda name: name in {"SignatureMethod", "SignatureVersion"},
    ),
    (
        "all parameters whose name starts with Signature",
        lambda name: name.startswith("Signature"),
    ),
    (
        "the common parameters",
        lambda name: (
            name
            in {
                "AccessKeyId",
                "Format",
                "RegionId",
                "SignatureMethod",
                "SignatureNonce",
                "SignatureVersion",
                "Timestamp",
                "Version",
                "Action",
                "SecurityToken",
            }
        ),
    ),
    (
        "all but the common parameters",
        lambda name: (
            name
            not in {
                "AccessKeyId",
                "Format",
                "RegionId",
                "SignatureMethod",
                "SignatureNonce",
                "SignatureVersion",
                "Timestamp",
                "Version",
                "Action",
                "SecurityToken",
            }
        ),
    ),
)


def groups_unsigned(attempt: Attempt) -> Iterator[Try]:
    names = {name for name, _ in _pairs(attempt)}
    for what, belongs in _GROUPS:
        group = frozenset(name for name in names if belongs(name))
        if group and group != names:
            yield Try(f"{what} were not signed", reading(attempt, _without(group)))


def empty_dropped(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("read_pairs"):
        kept = reading(attempt, lambda pairs: [pair for pair in pairs if pair[1]])
        yield Try("parameters with an empty value were not signed", kept)
        bare = reading(attempt, lambda pairs: [pair for pair in pairs if pair[1] is not None])
        yield Try("parameters without '=' were not signed", bare)


def not_signed(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("signed_query"):
        yield Try("the query was not signed", attempt.stepping(signed_query=lambda request: ""))


def claims_unsigned(attempt: Attempt) -> Iterator[Try]:
    """Leave the signature's own parameters out of a presigned query."""
    if not (attempt.has("presigned", "names") and attempt.of("presigned")):
        return
    names = attempt.of("names")
    ours = {names.algorithm, names.credential, names.date, names.expires, names.headers, names.token} - {""}
    yield Try(
        "the parameters of the signature itself were not signed", reading(attempt, _without(frozenset(ours)))
    )
    for name in sorted(ours):
        if name != names.token:
            note = f"the parameter {name!r} was added after signing"
            yield Try(note, reading(attempt, _without(frozenset({name}))))


def repeats(change: Callable[[list[QueryPair]], list[QueryPair]], note: str) -> Tries:
    def tries(attempt: Attempt) -> Iterator[Try]:
        if attempt.has("read_pairs"):
            yield Try(note, reading(attempt, change))

    return tries


def last_of_each(pairs: list[QueryPair]) -> list[QueryPair]:
    return list(dict(pairs).items())


def first_of_each(pairs: list[QueryPair]) -> list[QueryPair]:
    first: dict[str, str | None] = {}
    for name, value in pairs:
        first.setdefault(name, value)
    return list(first.items())


def joined_by(mark: str) -> Callable[[list[QueryPair]], list[QueryPair]]:
    def change(pairs: list[QueryPair]) -> list[QueryPair]:
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(value or "")
        return [(name, mark.join(given)) for name, given in values.items()]

    return change


def signature_in(attempt: Attempt) -> Iterator[Try]:
    """Put the signature's own parameter into what is signed: empty, or as it was sent."""
    if not attempt.has("read_pairs", "left_out"):
        return
    for name in sorted(attempt.of("left_out")):
        for value, how in (("", "empty"), (attempt.claims.signature, "as it was sent")):
            read = partial(_read_with, attempt.of("read_pairs"), (name, value), attempt.request.query)
            note = f"the parameter {name!r}, {how}, was signed along"
            yield Try(note, attempt.stepping(read_pairs=read, left_out=attempt.of("left_out") - {name}))


def _read_with(
    read: Callable[[str], list[QueryPair]], extra: QueryPair, query: str, text: str
) -> list[QueryPair]:
    """Read query or form; one of them gets the extra pair in place of its like."""
    pairs = [pair for pair in read(text) if pair[0] != extra[0]]
    return [*pairs, extra] if text == query or not query else pairs


_EXTRAS = (
    ("SignatureType", ""),
    ("RegionId", "cn-hangzhou"),
    ("RegionId", "cn-shanghai"),
    ("Format", "JSON"),
    ("Format", "XML"),
    ("SignatureMethod", "HMAC-SHA1"),
    ("SignatureVersion", "1.0"),
    ("_", ""),
)


def extra_signed(attempt: Attempt) -> Iterator[Try]:
    """Sign parameters that were not sent, as far as they can be guessed."""
    if not attempt.has("signed_query"):
        return
    names = {name for name, _ in _pairs(attempt)}
    extras = list(_EXTRAS)
    headers = {name.lower(): value for name, value in attempt.request.headers}
    for header, name in (
        ("x-acs-action", "Action"),
        ("x-acs-version", "Version"),
        ("x-tc-action", "Action"),
        ("x-tc-version", "Version"),
        ("x-tc-region", "Region"),
        ("x-date", "X-Date"),
        ("x-amz-date", "X-Amz-Date"),
    ):
        if header in headers:
            extras.append((name, headers[header]))
    if attempt.claims.key_id:
        extras.append(("AccessKeyId", attempt.claims.key_id))
    for name, value in extras:
        if name not in names:
            yield Try(
                f"the parameter {name!r}, which was not sent, was signed along",
                _appended(attempt, f"{name}={value}"),
            )
    both = [f"{name}={value}" for name, value in extras if name in {"Action", "Version"}]
    if len(both) == 2:
        yield Try(
            "Action and Version were signed in the query, but sent in headers",
            _appended(attempt, "&".join(both)),
        )


def _appended(attempt: Attempt, text: str) -> Attempt:
    signed = attempt.of("signed_query")

    def query(request: Request) -> str:
        given: str = signed(request)
        return f"{given}&{text}" if given else text

    return attempt.stepping(signed_query=query)


def form_in_query(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("signed_query") and not attempt.has("signed_form"):
        form = canonical.form_body(attempt.request)
        if form:
            changed = _appended(attempt, form)
            if changed.has("read_pairs") and changed.of("read_pairs") is not canonical.raw_pairs:
                changed = changed.stepping(read_pairs=canonical.form_pairs)
            yield Try(
                "the parameters of the form in the body were signed as if they stood in the query", changed
            )
