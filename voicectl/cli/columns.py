"""Words in columns of a terminal: how wide they are, and where lines part. Tables: `tables.py`.

Plain ASCII, which is most of what is told, is done without the library that knows about all other signs.
"""

from __future__ import annotations

from itertools import pairwise

MAY_PART = "\x1f"
"""Takes no column and counts as a blank to Rich; foreign text has none, see `core/printable.py`."""


def width(text: str) -> int:
    """Return how many columns a text takes: two for Chinese signs and emoji, none for marks on letters."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def padded(text: str, columns: int) -> str:
    """Return a text filled up with blanks."""
    return text + " " * (columns - width(text))


def cut(text: str, columns: int) -> str:
    """Return as much of a text as fits, and an ellipsis where something is missing."""
    if width(text) <= columns:
        return text
    if text.isascii():
        return text[: columns - 1] + "…"
    from rich.cells import set_cell_size

    return set_cell_size(text, columns - 1) + "…"


def longest_word(text: str) -> int:
    """Return the columns below which a text cannot be parted."""
    return max(map(width, text.split()), default=0)


def wrapped(words: str, columns: int, first: str = "", others: str = "") -> list[str]:
    """Return words in lines that begin as told; a word longer than a line stays whole."""
    if width(first) + width(words) <= columns:
        return [(first + words).rstrip()]
    if (first + words + others).isascii():
        from textwrap import wrap

        return wrap(
            words,
            max(1, columns),
            initial_indent=first,
            subsequent_indent=others,
            break_long_words=False,
            break_on_hyphens=False,
        )
    from rich.console import Console
    from rich.text import Text

    text = partable(words)
    room = max(columns - max(width(first), width(others)), longest_word(text))
    lines = Text(text).wrap(Console(width=room), room)
    starts = [first, *[others] * (len(lines) - 1)]
    told = (line.plain.replace(MAY_PART, "") for line in lines)
    return [(start + line).rstrip() for start, line in zip(starts, told, strict=True)]


def partable(text: str) -> str:
    """Return a text with a sign wherever its words may part: beside wide signs, not before what closes."""
    if text.isascii():
        return text
    from rich.cells import split_graphemes

    spans, _ = split_graphemes(text)
    places = [
        start
        for (before, _, columns), (start, _, others) in pairwise(spans)
        if 2 in (columns, others) and not _belong_together(text[before], text[start])
    ]
    return MAY_PART.join(text[start:end] for start, end in pairwise([0, *places, len(text)]))


def _belong_together(before: str, after: str) -> bool:
    """Say whether a sign opens what follows, or closes what was before."""
    from unicodedata import category

    return category(before) in ("Ps", "Pi") or category(after) in ("Pe", "Pf", "Po")
