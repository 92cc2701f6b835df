"""Results as tables, lines and CSV. How wide words are: `columns.py`; how figures are told: `figures.py`.

What stands where is settled here, and Rich draws it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeGuard

from voicectl.cli.columns import MAY_PART, longest_word, partable, width
from voicectl.cli.figures import figure, title
from voicectl.core.printable import visible

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

GAP, MARGIN = 2, 2
UNBOUNDED = 1_000_000


def columns_of(items: Sequence[object]) -> list[str]:
    """Return every key of the items, in the order in which they first appear."""
    return list(dict.fromkeys(key for item in items if isinstance(item, Mapping) for key in item))


def cell(value: object) -> str:
    """Return one value as the text of a cell."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return visible(value)
        case list() | tuple() if all(isinstance(item, str) for item in value):
            return visible(", ".join(value))
        case list() | tuple() if all(isinstance(item, dict) for item in value):
            return ", ".join(": ".join(filter(None, map(cell, item.values()))) for item in value)
        case dict() if "message" in value:
            return cell(value["message"])
        case dict() | list() | tuple():
            import json

            return visible(json.dumps(value, ensure_ascii=False))
        case _:
            return str(value)


def csv_text(items: Sequence[object]) -> str:
    """Return items as CSV with a header line (RFC 4180, but lines end in a plain newline)."""
    import csv
    import io

    columns = columns_of(items)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if columns:
        writer.writerow(columns)
    writer.writerows(_csv_row(item, columns) for item in items)
    return out.getvalue()


def _csv_row(item: object, columns: Sequence[str]) -> list[str]:
    match item:
        case Mapping():
            return [cell(item.get(each)) for each in columns]
        case list() | tuple():
            return [cell(each) for each in item]
        case _:
            return [cell(item)]


def table_text(items: Sequence[object], columns: int, *, color: bool) -> str:
    """Return items as a table that fits the terminal, whatever they hold; words and ids stay whole.

    Columns in which nothing is said are left out. Where they do not fit side by side, the widest gets a line
    of its own below the others; where that is not enough, each item becomes a block, a line a field.
    """
    names = [name for name in columns_of(items) if any(_said(item, name) for item in items)]
    if not names:
        return "".join(f"{cell(item)}\n" for item in items if not isinstance(item, Mapping))
    rows = [item if isinstance(item, Mapping) else {names[0]: item} for item in items]
    grid = [_column(name, rows) for name in names]
    if widths := _fitting(grid, columns):
        return _drawn(_side_by_side(grid, widths), color=color)
    low = max(grid, key=lambda column: column.least)
    rest = [column for column in grid if column is not low]
    if rest and low.least + MARGIN <= columns and (widths := _fitting(rest, columns)):
        return _drawn(_with_one_below(rest, widths, low), color=color)
    return "\n".join(upright_text(row, columns, color=color) for row in rows)


def upright_text(item: Mapping[str, object], columns: int, *, color: bool) -> str:
    """Return one object as a line a field; what is empty is left out, what has parts gets a line a part."""
    told = [(visible(title(name)), list(filter(None, lines_of(name, value)))) for name, value in item.items()]
    longest = max((width(name) for name, lines in told if lines), default=0)
    room = columns - longest - GAP
    return _drawn(
        *(
            _row([_bold("" if number else name), _text(line)], [longest, max(room, _least(line))])
            for name, lines in told
            for number, line in enumerate(lines)
        ),
        color=color,
    )


def lines_of(name: str, value: object) -> list[str]:
    """Return one value as the lines of a cell: a mapping a line a key, a list of objects a line each."""
    match value:
        case dict():
            return [f"{visible(str(key))}: {cell(part)}" for key, part in value.items() if cell(part)]
        case list() | tuple() if value and all(isinstance(item, dict) for item in value):
            return [_parts(item) for item in value]
        case bool() | None:
            return [cell(value)]
        case int() | float():
            return [figure(name, value)]
        case _:
            return cell(value).splitlines()


def _parts(item: Mapping[str, object]) -> str:
    """Return a small object on a line; words that come first name what follows."""
    told = [(title(name), cell(part)) for name, part in item.items() if cell(part)]
    if not told or not isinstance(next(iter(item.values())), str):
        return ", ".join(f"{visible(name)} {words}" for name, words in told)
    return ": ".join(words for _, words in told)


class _Column(NamedTuple):
    """A column: what stands over it, its cells, and the columns of the terminal it takes."""

    heading: str
    cells: list[str]
    is_number: bool
    most: int
    least: int

    @property
    def justify(self) -> Literal["left", "right"]:
        return "right" if self.is_number else "left"


def _column(name: str, rows: Sequence[Mapping[str, object]]) -> _Column:
    values = [row.get(name) for row in rows]
    cells = [figure(name, each) if _is_number(each) else cell(each) for each in values]
    heading = visible(title(name))
    words = [heading, *cells]
    return _Column(
        heading=heading,
        cells=cells,
        is_number=any(map(_is_number, values)) and all(each is None or _is_number(each) for each in values),
        most=max(map(width, words)),
        least=max(map(_least, words)),
    )


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _said(item: object, name: str) -> bool:
    return bool(cell(item.get(name))) if isinstance(item, Mapping) else True


def _least(words: str) -> int:
    return longest_word(partable(words))


def _fitting(grid: Sequence[_Column], columns: int) -> list[int] | None:
    """Return how wide each column is to be; None where they do not fit side by side.

    Rich would part words to make columns narrower, and these stay whole.
    """
    room = columns - GAP * (len(grid) - 1)
    widths = [column.most for column in grid]
    while sum(widths) > room:
        spare = [
            (each - column.least, number)
            for number, (each, column) in enumerate(zip(widths, grid, strict=True))
        ]
        most, number = max(spare)
        if not most:
            return None
        widths[number] -= 1
    return widths


def _side_by_side(grid: Sequence[_Column], widths: Sequence[int]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    padding = (0, GAP - 1, 0, 0)
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=padding, header_style="")
    for column, columns in zip(grid, widths, strict=True):
        table.add_column(_bold(column.heading), width=columns, justify=column.justify)
    for cells in zip(*(column.cells for column in grid), strict=True):
        table.add_row(*map(_text, cells))
    return table


def _with_one_below(grid: Sequence[_Column], widths: Sequence[int], low: _Column) -> Table:
    """Return columns side by side in the only column of a table, and the cells of `low` below each row."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table

    def row(cells: Iterable[Text], below: Text) -> Group:
        parts = [_row(cells, widths, [column.justify for column in grid])]
        return Group(*parts, Padding(below, (0, 0, 0, MARGIN))) if below else Group(*parts)

    total = max(sum(widths) + GAP * (len(widths) - 1), MARGIN + low.least)
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="")
    heading = row([_bold(column.heading) for column in grid], _bold(low.heading))
    table.add_column(heading, width=total)
    for below, *cells in zip(low.cells, *(column.cells for column in grid), strict=True):
        table.add_row(row(map(_text, cells), _text(below)))
    return table


def _row(
    cells: Iterable[Text], widths: Sequence[int], justify: Iterable[Literal["left", "right"]] = repeat("left")
) -> Table:
    """Return cells side by side that belong to no larger table."""
    from rich.table import Table

    table = Table.grid(padding=(0, GAP, 0, 0))
    for columns, side in zip(widths, justify, strict=False):
        table.add_column(width=columns, justify=side)
    table.add_row(*cells)
    return table


def _text(words: str) -> Text:
    """Return words for Rich, which takes no markup in them and knows where they may part."""
    from rich.text import Text

    return Text(partable(words), overflow="fold")


def _bold(words: str) -> Text:
    text = _text(words)
    text.stylize("bold")
    return text


def _drawn(*parts: Table, color: bool) -> str:
    """Return what Rich draws, without the blanks at the ends of lines; how wide it is was settled before."""
    from io import StringIO

    from rich.console import Console, Group

    out = StringIO()
    system: Literal["standard"] | None = "standard" if color else None
    console = Console(file=out, width=UNBOUNDED, force_terminal=color, color_system=system, no_color=False)
    console.print(Group(*parts))
    lines = out.getvalue().replace(MAY_PART, "").split("\n")
    return "".join(f"{line.rstrip()}\n" for line in lines[:-1])
