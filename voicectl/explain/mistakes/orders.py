"""Wrong orders of parameters. What is said about them lies in `query_entries.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from voicectl.core.request import percent_decode
from voicectl.explain.attempt import Tries, any_of, setting
from voicectl.signing import canonical
from voicectl.signing.canonical import QueryItem

Items = Iterable[QueryItem]


def by(key: Callable[[QueryItem], Any]) -> Callable[[Items], list[QueryItem]]:
    return lambda items: sorted(items, key=key)


def by_raw_pair(items: Items) -> list[QueryItem]:
    return sorted(items, key=lambda item: (item[2], item[1] or ""))


def _natural(item: QueryItem) -> tuple[Any, ...]:
    import re

    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", item[2]) if part
    )


_ORDERS: tuple[tuple[str, str, Callable[[Items], list[QueryItem]]], ...] = (
    ("ord-unsorted", "parameters keep the order in which they were written", canonical.as_given),
    ("ord-unsorted", "parameters stand in reverse order", lambda items: list(items)[::-1]),
    ("ord-joined-pairs", "the texts name=value were sorted", by(lambda item: f"{item[0]}={item[1] or ''}")),
    (
        "ord-joined-pairs",
        "the texts name=value were sorted before they were encoded",
        by(lambda item: f"{item[2]}={item[1] or ''}"),
    ),
    ("ord-encoded-name", "parameters were sorted by the encoded name", by(lambda item: item[0])),
    ("ord-encoded-name", "parameters were sorted by encoded name and value", canonical.by_encoded_pair),
    ("ord-raw-name", "parameters were sorted by the name before it was encoded", canonical.by_raw_name),
    ("ord-raw-name", "parameters were sorted by name and value before they were encoded", by_raw_pair),
    (
        "ord-ignoring-case",
        "parameters were sorted without regard to capitals",
        by(lambda item: item[2].lower()),
    ),
    (
        "ord-ignoring-case",
        "parameters were sorted without regard to capitals, then by value",
        by(lambda item: (item[2].lower(), item[1] or "")),
    ),
    (
        "ord-ignoring-case",
        "parameters were sorted without regard to capitals, as capitals",
        by(lambda item: item[2].upper()),
    ),
    ("ord-ignoring-case", "small letters were sorted before capitals", by(lambda item: item[2].swapcase())),
    ("ord-natural", "numbers in names were sorted by their value: Id.2 before Id.10", by(_natural)),
    (
        "ord-descending",
        "parameters were sorted from Z to A",
        lambda items: sorted(items, key=lambda i: i[2], reverse=True),
    ),
    (
        "ord-descending",
        "parameters were sorted from Z to A, and so were the values of one name",
        lambda items: sorted(items, key=lambda item: (item[0], item[1] or ""), reverse=True),
    ),
    ("ord-by-value", "parameters were sorted by encoded value", by(lambda item: item[1] or "")),
    ("ord-by-value", "parameters were sorted by value", by(lambda item: percent_decode(item[1] or ""))),
    (
        "ord-by-length",
        "parameters were sorted by the length of the name",
        by(lambda item: (len(item[2]), item[2])),
    ),
)


def ordered(mistake: str) -> Tries:
    return any_of(*(setting(note, order_pairs=order) for name, note, order in _ORDERS if name == mistake))
