"""Wrong ways to write and join names and values. What is said about them lies in `query_entries.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from voicectl.explain.attempt import Attempt, Tries, Try, after
from voicectl.explain.mistakes import bodies
from voicectl.explain.mistakes.orders import by
from voicectl.explain.mistakes.queries import reading, unsigned_query
from voicectl.signing import canonical
from voicectl.signing.canonical import QueryItem, QueryPair

Items = Iterable[QueryItem]


def text(change: Callable[[str], str], note: str) -> Tries:
    """Change the joined query by its first and last pair's text; works for any scheme that joins pairs."""

    def tries(attempt: Attempt) -> Iterator[Try]:
        if attempt.has("order_pairs", "join_pair"):
            yield Try(note, rewriting(attempt, change))

    return tries


class _Whole(str):
    """A whole query that passes through `join_pair` as it is."""


def rewriting(attempt: Attempt, change: Callable[[str], str]) -> Attempt:
    """Change the canonical query as a whole."""
    order, join = attempt.of("order_pairs"), attempt.of("join_pair")

    def whole(items: Items) -> list[QueryItem]:
        text = "&".join(join(name, value) for name, value, _ in order(items))
        return [(_Whole(change(text)), None, "")]

    def pass_on(name: str, value: str | None) -> str:
        return name if isinstance(name, _Whole) else str(join(name, value))

    return attempt.stepping(order_pairs=whole, join_pair=pass_on)


def as_sent(attempt: Attempt) -> Iterator[Try]:
    """Take the query as it stands on the wire, neither decoded nor encoded again."""
    if attempt.has("read_pairs", "encode_name", "encode_value", "join_pair", "order_pairs"):
        raw = attempt.stepping(
            read_pairs=canonical.raw_pairs,
            encode_name=canonical.as_is,
            encode_value=canonical.as_is,
            join_pair=canonical.bare_when_absent,
        )
        yield Try("the query was signed as it was sent, sorted", raw)
        yield Try("the query was signed as it was sent", raw.stepping(order_pairs=canonical.as_given))
        yield Try(
            "the query was signed as it was sent, its texts name=value sorted",
            raw.stepping(order_pairs=by(lambda item: f"{item[0]}={item[1] or ''}")),
        )


def rewritten(attempt: Attempt) -> Iterator[Try]:
    """Where the rule is to sign the query as it was sent: sort it, encode it again."""
    if not (attempt.has("read_pairs", "encode_value") and attempt.of("read_pairs") is canonical.raw_pairs):
        return
    sorted_only = attempt.stepping(order_pairs=by(lambda item: item[2]))
    yield Try("the query was sorted, though it was sent in another order", sorted_only)
    from voicectl.core.request import percent_encode

    for read, name in ((canonical.percent_pairs, "by RFC 3986"), (canonical.form_pairs, "as a form")):
        for encode, how in ((percent_encode, "by RFC 3986"), (canonical.form_encode, "as a form")):
            again = attempt.stepping(
                read_pairs=read, encode_name=encode, encode_value=encode, join_pair=canonical.with_equals
            )
            note = f"the query was decoded {name} and encoded again {how}"
            yield Try(note, again)
            yield Try(f"{note}, and sorted", again.stepping(order_pairs=by(lambda item: item[2])))


def all_methods(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("signed_query") and attempt.of("signed_query") is not canonical.wire_query:
        note = f"the query of a {attempt.request.method} was signed"
        yield Try(note, attempt.stepping(signed_query=canonical.wire_query))


def name_letters(attempt: Attempt) -> Iterator[Try]:
    if not attempt.has("encode_name", "order_pairs"):
        return
    for change, note in (
        (str.lower, "names of parameters were signed in small letters"),
        (str.upper, "names of parameters were signed in capital letters"),
        (
            lambda text: text[:1].upper() + text[1:],
            "names of parameters were signed with a capital first letter",
        ),
        (
            lambda text: text[:1].lower() + text[1:],
            "names of parameters were signed with a small first letter",
        ),
    ):
        changed = attempt.stepping(encode_name=after(attempt.of("encode_name"), change))
        yield Try(note, changed)
        yield Try(f"{note} and sorted so", changed.stepping(order_pairs=by(lambda item: item[0])))


def value_letters(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("encode_value"):
        for change, note in (
            (str.lower, "values of parameters were signed in small letters"),
            (str.strip, "values of parameters were trimmed"),
            (
                lambda text: text.replace("true", "True").replace("false", "False"),
                "true and false were signed as True and False",
            ),
            (
                lambda text: text.replace("True", "true").replace("False", "false"),
                "True and False were signed as true and false",
            ),
        ):
            yield Try(note, attempt.stepping(encode_value=after(attempt.of("encode_value"), change)))
        trimmed = reading(attempt, lambda pairs: [(n, v.strip() if v else v) for n, v in pairs])
        yield Try("blanks at the ends of values were not signed", trimmed)
        small = reading(attempt, lambda pairs: [(n, v.lower() if v else v) for n, v in pairs])
        yield Try("values were signed in small letters before they were encoded", small)


def json_values(attempt: Attempt) -> Iterator[Try]:
    """Write values that are JSON as another serialiser does."""
    if not attempt.has("read_pairs", "encode_value", "signed_query"):
        return
    given = [value for _, value in attempt.of("read_pairs")(attempt.of("signed_query")(attempt.request))]
    ways: dict[str, dict[str, str]] = {}
    for value in given:
        if value and value[:1] in "{[":
            body = value.encode("utf-8", "surrogateescape")
            for writers in (bodies.spacings, bodies.escapes, bodies.other_writers):
                for note, written in writers(body):
                    text = written.decode("utf-8", "surrogateescape")
                    ways.setdefault(note, {})[value] = text
    for note, changed in ways.items():

        def rewrite(pairs: list[QueryPair], changed: dict[str, str] = changed) -> list[QueryPair]:
            return [(name, changed.get(value, value) if value else value) for name, value in pairs]

        yield Try(f"JSON in a parameter was signed {note}", reading(attempt, rewrite))


def in_path(attempt: Attempt) -> Iterator[Try]:
    query = unsigned_query(attempt)
    if attempt.has("encode_path", "signed_query") and query:
        encode = attempt.of("encode_path")
        with_query = attempt.stepping(encode_path=lambda path: f"{encode(path)}?{query}")
        yield Try("path and query were signed as the path, and the query once more", with_query)
        moved = with_query.stepping(signed_query=lambda request: "")
        yield Try("path and query were signed as the path, the query line is empty", moved)
        line = attempt.scheme.texts(attempt.request, attempt.claims)["query"]  # type: ignore[attr-defined]
        canonically = attempt.stepping(encode_path=lambda path: f"{encode(path)}?{line}")
        yield Try("path and canonical query were signed as the path, and the query once more", canonically)
        moved = canonically.stepping(signed_query=lambda request: "")
        yield Try("path and canonical query were signed as the path, the query line is empty", moved)
        through = attempt.stepping(
            encode_path=lambda path: encode(f"{path}?{query}"), signed_query=lambda request: ""
        )
        yield Try("path and query were encoded and signed as the path", through)


JOINS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("'&' stands at the end of the canonical query", lambda text: f"{text}&" if text else text),
    ("'&' stands at the start of the canonical query", lambda text: f"&{text}" if text else text),
    ("'?' stands at the start of the canonical query", lambda text: f"?{text}" if text else text),
    ("'?' stands for the empty query", lambda text: text or "?"),
    ("parameters were joined by ';'", lambda text: text.replace("&", ";")),
    ("parameters were joined by ','", lambda text: text.replace("&", ",")),
    ("parameters were joined without '&'", lambda text: text.replace("&", "")),
    ("parameters were joined without '&' and '='", lambda text: text.replace("&", "").replace("=", "")),
    ("parameters were joined by '&amp;'", lambda text: text.replace("&", "&amp;")),
    ("parameters stand on a line each", lambda text: text.replace("&", "\n")),
    ("name and value were joined without '='", lambda text: text.replace("=", "")),
    ("name and value were joined by ':'", lambda text: text.replace("=", ":")),
    ("the canonical query ends in a line feed", lambda text: f"{text}\n"),
    ("the canonical query was percent-decoded as a whole", lambda text: canonical.form_decode(text)),
    ("the whole canonical query is in small letters", str.lower),
    ("the whole canonical query was percent-encoded", lambda text: canonical.encode_path(text)),
    ("'%' in the canonical query was encoded again", lambda text: text.replace("%", "%25")),
)
