"""Pages of help set for a terminal: headings, terms, meanings. Their words: `help_pages.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from voicectl.cli.columns import width as width_of
from voicectl.cli.columns import wrapped

WIDEST = 110
"""Lines longer than this are hard to read, however wide the terminal."""
WIDEST_TERM = 34
GAP = 2
NARROW_COLUMN = 8
"""Where meanings begin on a narrow terminal: below their terms."""


class Part(NamedTuple):
    """A heading, what is said under it, and terms with their meanings.

    `indent` sets it below another; -2 is for words that stand under no heading.
    """

    heading: str
    rows: Sequence[tuple[str, str]] = ()
    words: str = ""
    indent: int = 0


def laid_out(parts: Sequence[Part], width: int, heading: Callable[[str], str]) -> str:
    """Return a page that is no wider than the terminal, as far as words can be parted."""
    width = min(width, WIDEST)
    return "\n\n".join("\n".join(_lines(part, width, heading)) for part in parts) + "\n"


def _lines(part: Part, width: int, heading: Callable[[str], str]) -> list[str]:
    margin, below = " " * part.indent, " " * (part.indent + 2)
    lines = [margin + heading(part.heading)] if part.heading else []
    if part.words:
        lines += wrapped(part.words, width, below, below)
    longest = max((width_of(term) for term, _ in part.rows if width_of(term) <= WIDEST_TERM), default=0)
    column = part.indent + 2 + min(longest, WIDEST_TERM) + GAP
    if column > width * 3 // 5:
        column = part.indent + NARROW_COLUMN
    for term, meaning in part.rows:
        start = f"{margin}  {term}"
        if meaning and width_of(start) > column - GAP:
            lines.append(start)
            start = ""
        lines += wrapped(meaning, width, start.ljust(column), " " * column) if meaning else [start.rstrip()]
    return lines
