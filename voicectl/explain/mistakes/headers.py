"""Wrong ways to write the canonical headers. What is said about them lies in `header_entries.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from voicectl.explain.attempt import Attempt, Mistake, Tries, Try, after
from voicectl.signing import canonical
from voicectl.signing.canonical import HeaderLine

V4ISH = ("aliyun-acs3", "aliyun-oss-v4", "aws", "volcengine", "tos4", "tencent")
WITH_LIST = ("aliyun-acs3", "aws", "volcengine", "tos4", "tencent")

Lines = Iterable[HeaderLine]


def valued(attempt: Attempt, name: str, value: str) -> Attempt:
    """Return an attempt in which a header has another value than the wire."""
    request = attempt.request.with_header(_spelling(attempt, name), value)
    return attempt.sending(headers=request.headers)


def _spelling(attempt: Attempt, name: str) -> str:
    return next((given for given, _ in attempt.request.headers if given.lower() == name.lower()), name)


def listed(attempt: Attempt) -> list[str]:
    return [name.lower() for name in attempt.claims.signed_headers]


# Names -----------------------------------------------------------------------------------------


def _title(name: str) -> str:
    return "-".join(part[:1].upper() + part[1:] for part in name.split("-"))


_SPECIAL = {"content-md5": "Content-MD5", "x-tc-action": "X-TC-Action", "x-tc-timestamp": "X-TC-Timestamp"}


def _spelled(name: str) -> str:
    return _SPECIAL.get(name.lower(), _title(name))


def _by_small_name(lines: Lines) -> list[HeaderLine]:
    return sorted(lines, key=lambda line: line[0].lower())


def capitals(attempt: Attempt) -> Iterator[Try]:
    """Keep capitals: as on the wire, or as a library writes them; in the block, in the list, in both."""
    if not attempt.has("header_name", "order_headers"):
        return
    lists = attempt.has("listed_name")
    wire = {name.lower(): name for name, _ in attempt.request.headers}
    names: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("as on the wire", lambda name: wire.get(name.lower(), name)),
        ("with capitals", _title),
        ("with capitals", _spelled),
        ("in capital letters", str.upper),
        ("as they are listed", lambda name: _as_listed(attempt, name)),
        ("with one capital at the start", lambda name: name[:1].upper() + name[1:]),
    )
    for how, write in names:
        for order, sorting in ((canonical.by_name, ""), (_by_small_name, ", sorted without regard to them")):
            block = {"header_name": write, "order_headers": order}
            note = f"header names were signed {how}{sorting}"
            if lists:
                yield Try(f"{note}, in block and list", attempt.stepping(**block, listed_name=write))
            yield Try(f"{note}, in the block", attempt.stepping(**block))
        if lists:
            yield Try(f"header names stand {how} in the signed list", attempt.stepping(listed_name=write))


def _as_listed(attempt: Attempt, name: str) -> str:
    return next((listed for listed in attempt.claims.signed_headers if listed.lower() == name.lower()), name)


# Values ----------------------------------------------------------------------------------------


def values_as(note: str, value: Callable[[str], str]) -> Tries:
    def tries(attempt: Attempt) -> Iterator[Try]:
        if attempt.has("header_value") and attempt.of("header_value") is not value:
            yield Try(note, attempt.stepping(header_value=value))

    return tries


def small_values(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("header_value"):
        step = attempt.of("header_value")
        if step("A") == "A":
            yield Try(
                "header values were signed in small letters",
                attempt.stepping(header_value=after(step, str.lower)),
            )


def kept_letters(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("header_value") and attempt.of("header_value")("A") == "a":
        yield Try("header values kept their capitals", attempt.stepping(header_value=canonical.trim))
        for name, given in attempt.request.headers:
            if name.lower() in listed(attempt) and given != given.lower():
                kept = partial(_keeping, given, attempt.of("header_value"))
                yield Try(f"the value of {name!r} kept its capitals", attempt.stepping(header_value=kept))


def _keeping(given: str, step: Callable[[str], str], value: str) -> str:
    return canonical.trim(value) if value == given else step(value)


def one_value_changed(attempt: Attempt) -> Iterator[Try]:
    """Sign one header's value as another text: encoded, decoded, without its quotes."""
    from urllib.parse import quote, unquote

    for name in listed(attempt):
        given = attempt.request.header(name)
        if not given or name in {"host", "content-type"}:
            continue
        for change, how in (
            (quote, "percent-encoded"),
            (lambda text: quote(text, safe=""), "percent-encoded"),
            (unquote, "percent-decoded"),
            (str.lower, "in small letters"),
            (str.upper, "in capital letters"),
            (lambda text: text.strip('"'), "without its quotes"),
            (lambda text: f'"{text}"', "in quotes"),
            (lambda text: "", "as an empty value"),
            (lambda text: text.replace(" ", ""), "without its blanks"),
            (
                lambda text: text.encode("utf-8", "surrogateescape").decode("latin-1"),
                "with its UTF-8 read as Latin-1",
            ),
            (
                lambda text: text.encode("latin-1", "replace").decode("utf-8", "replace"),
                "with its Latin-1 read as UTF-8",
            ),
        ):
            value = change(given)
            if value != given:
                yield Try(f"the header {name!r} was signed {how}", valued(attempt, name, value))


def repeats_as(note: str, join: Callable[[Iterable[str]], str]) -> Tries:
    def tries(attempt: Attempt) -> Iterator[Try]:
        if attempt.has("join_values"):
            yield Try(note, attempt.stepping(join_values=join))

    return tries


# Order and membership --------------------------------------------------------------------------


def _wire_order(attempt: Attempt) -> Callable[[Lines], list[HeaderLine]]:
    place = {name.lower(): number for number, (name, _) in reversed(list(enumerate(attempt.request.headers)))}
    return lambda lines: sorted(lines, key=lambda line: place.get(line[2].lower(), -1))


def unsorted(attempt: Attempt) -> Iterator[Try]:
    if not attempt.has("order_headers"):
        return
    wire = _wire_order(attempt)
    orders: tuple[tuple[str, Callable[[Lines], list[HeaderLine]]], ...] = (
        ("headers stand in the order of the signed list", list),
        ("headers stand in the order in which they were sent", wire),
        ("headers stand in the reverse order", lambda lines: sorted(lines, reverse=True)),
        ("host stands first", lambda lines: sorted(lines, key=lambda line: (line[2] != "host", line[0]))),
        ("host stands last", lambda lines: sorted(lines, key=lambda line: (line[2] == "host", line[0]))),
    )
    for note, order in orders:
        yield Try(note, attempt.stepping(order_headers=order))
        yield from _list_apart(attempt, note, order)
    if not attempt.has("listed_name"):
        yield from _reversals(attempt)


def _list_apart(attempt: Attempt, note: str, order: Callable[[Lines], list[HeaderLine]]) -> Iterator[Try]:
    """Order the block, but not the list; then the list, but not the block."""
    if not attempt.has("listed_headers", "write_headers", "order_headers"):
        return
    write, right = attempt.of("write_headers"), attempt.of("order_headers")
    yield Try(
        f"{note}, in the block only",
        attempt.stepping(write_headers=lambda lines: write(order(lines))),
    )
    yield Try(
        f"{note}, in the list only",
        attempt.stepping(order_headers=order, write_headers=lambda lines: write(right(lines))),
    )


def _reversals(attempt: Attempt) -> Iterator[Try]:
    from itertools import permutations

    names = listed(attempt)
    if len(names) <= 4:
        for order in permutations(names):
            note = f"headers stand in the order {', '.join(order)}"
            placed = {name: number for number, name in enumerate(order)}
            yield Try(
                note, attempt.stepping(order_headers=lambda ls, p=placed: sorted(ls, key=lambda x: p[x[2]]))
            )


def one_left_out(attempt: Attempt) -> Iterator[Try]:
    """Leave one listed header out of the block, out of the list, out of both."""
    if not attempt.has("listed_headers", "write_headers"):
        return
    write = attempt.of("write_headers")
    list_step = attempt.of("listed_headers")
    for name in listed(attempt):
        kept = tuple(listed for listed in attempt.claims.signed_headers if listed.lower() != name)
        yield Try(
            f"{name!r} is in the signed list, but was not signed", attempt.claiming(signed_headers=kept)
        )
        block = attempt.stepping(write_headers=lambda ls, n=name: write([x for x in ls if x[2].lower() != n]))
        yield Try(f"{name!r} is missing in the block of headers", block)
        listing = attempt.stepping(
            listed_headers=lambda ns, n=name: [x for x in list_step(ns) if x.lower() != n]
        )
        yield Try(f"{name!r} is missing in the signed list", listing)


def one_more(attempt: Attempt) -> Iterator[Try]:
    """Sign one more header of the request: in block and list, in the block only."""
    if not attempt.has("listed_headers", "write_headers"):
        return
    known = set(listed(attempt))
    list_step = attempt.of("listed_headers")
    for name in dict.fromkeys(name.lower() for name, _ in attempt.request.headers):
        if name in known or name == "authorization":
            continue
        names = (*attempt.claims.signed_headers, name)
        more = attempt.claiming(signed_headers=names)
        yield Try(f"{name!r} was signed, and is not in the signed list", more)
        block = more.stepping(listed_headers=lambda ns, n=name: [x for x in list_step(ns) if x.lower() != n])
        yield Try(f"{name!r} stands in the block of headers, and is not in the signed list", block)
    if "host" not in known:
        more = attempt.claiming(signed_headers=(*attempt.claims.signed_headers, "host"))
        yield Try("'host' was signed, and is not in the signed list", more)


def every_header(attempt: Attempt) -> Iterator[Try]:
    if attempt.has("listed_headers"):
        names = dict.fromkeys(name.lower() for name, _ in attempt.request.headers)
        names.pop("authorization", None)
        every = attempt.claiming(signed_headers=tuple(names))
        yield Try("all headers of the request were signed", every)
        list_step = attempt.of("listed_headers")
        known = set(listed(attempt))
        block = every.stepping(listed_headers=lambda ns: [x for x in list_step(ns) if x.lower() in known])
        yield Try("all headers of the request stand in the block, the list names some", block)


# Writing ---------------------------------------------------------------------------------------


def block_as(note: str, change: Callable[[str], str]) -> Tries:
    def tries(attempt: Attempt) -> Iterator[Try]:
        if attempt.has("write_headers"):
            yield Try(note, attempt.stepping(write_headers=after(attempt.of("write_headers"), change)))

    return tries


def lines_as(note: str, between: str, end: str) -> Tries:
    def write(lines: Sequence[HeaderLine]) -> str:
        return "".join(f"{name}{between}{value}{end}" for name, value, _ in lines)

    def tries(attempt: Attempt) -> Iterator[Try]:
        if attempt.has("write_headers"):
            yield Try(note, attempt.stepping(write_headers=write))

    return tries


def lists(attempt: Attempt) -> Iterator[Try]:
    """Join the list otherwise; the text stands for one name, so that the scheme joins nothing more."""
    if not attempt.has("listed_headers"):
        return
    step = attempt.of("listed_headers")
    for change, note in (
        (lambda names: ",".join(names), "the names in the signed list were joined by ','"),
        (lambda names: ", ".join(names), "the names in the signed list were joined by ', '"),
        (lambda names: "; ".join(names), "the names in the signed list were joined by '; '"),
        (lambda names: " ".join(names), "the names in the signed list were joined by spaces"),
        (lambda names: ":".join(names), "the names in the signed list were joined by ':'"),
        (lambda names: "&".join(names), "the names in the signed list were joined by '&'"),
        (lambda names: "%3B".join(names), "the ';' in the signed list are percent-encoded"),
        (lambda names: "".join(names), "the names in the signed list were joined without ';'"),
        (lambda names: "\n".join(names), "the names in the signed list stand on a line each"),
        (lambda names: ";".join(names) + ";", "the signed list ends in ';'"),
        (lambda names: ";" + ";".join(names), "the signed list starts with ';'"),
        (lambda names: "SignedHeaders=" + ";".join(names), "the signed list carries its own name"),
        (lambda names: "", "the line of signed names is empty"),
        (lambda names: "host", "the line of signed names is only 'host'"),
        (lambda names: "content-type;host", "the line of signed names is only 'content-type;host'"),
        (lambda names: "host;x-amz-date", "the line of signed names is only 'host;x-amz-date'"),
        (lambda names: "host;x-date", "the line of signed names is only 'host;x-date'"),
    ):
        yield Try(note, attempt.stepping(listed_headers=lambda names, c=change: [c(list(step(names)))]))


def entry(
    name: str, title: str, fix: str, tries: Tries, weight: int = 1, shows: str = "", **more: Any
) -> Mistake:
    return Mistake(id=name, title=title, fix=fix, tries=tries, weight=weight, shows=shows, **more)
