"""Results as tables, lines and CSV. How wide words are: `columns.py`; how figures are told: `figures.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from voicectl.cli.columns import longest_word, padded, width, wrapped
from voicectl.cli.figures import figure, title
from voicectl.core.printable import visible

GAP = "  "
RULE = "─"
MARGIN = "  "

Bold = Callable[[str], str]


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


def table_text(items: Sequence[object], columns: int, bold: Bold) -> str:
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
        return _grid(grid, widths, bold)
    low = max(grid, key=lambda column: column.least)
    rest = [column for column in grid if column is not low]
    if rest and low.least + len(MARGIN) <= columns and (widths := _fitting(rest, columns)):
        return _grid(rest, widths, bold, low)
    return "\n".join(upright_text(row, columns, bold) for row in rows)


def upright_text(item: Mapping[str, object], columns: int, bold: Bold) -> str:
    """Return one object as a line a field; what is empty is left out, what has parts gets a line a part."""
    told = [(title(name), [line for line in lines_of(name, value) if line]) for name, value in item.items()]
    longest = max((width(visible(name)) for name, lines in told if lines), default=0) + len(GAP)
    out = []
    for name, lines in told:
        for number, line in enumerate(lines):
            words = "" if number else visible(name)
            start = " " * (longest - width(words))
            first, *others = wrapped(line, columns - longest)
            out.append((bold(words) if words else "") + start + first)
            out += [" " * longest + other for other in others]
    return "".join(f"{line.rstrip()}\n" for line in out)


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


def _column(name: str, rows: Sequence[Mapping[str, object]]) -> _Column:
    values = [row.get(name) for row in rows]
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    cells = [figure(name, each) if each in numbers and _is_number(each) else cell(each) for each in values]
    heading = visible(title(name))
    words = [heading, *cells]
    return _Column(
        heading=heading,
        cells=cells,
        is_number=bool(numbers) and all(value is None or _is_number(value) for value in values),
        most=max(map(width, words)),
        least=max(map(longest_word, words)),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _said(item: object, name: str) -> bool:
    return bool(cell(item.get(name))) if isinstance(item, Mapping) else True


def _fitting(grid: Sequence[_Column], columns: int) -> list[int] | None:
    """Return how wide each column is to be; None where they do not fit side by side."""
    room = columns - len(GAP) * (len(grid) - 1)
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


def _grid(grid: Sequence[_Column], widths: Sequence[int], bold: Bold, low: _Column | None = None) -> str:
    """Write columns side by side under a rule, and the cells of `low` below each row."""
    total = sum(widths) + len(GAP) * (len(widths) - 1)
    lines = [bold(line) for line in _row([column.heading for column in grid], grid, widths)]
    if low is not None:
        lines.append(MARGIN + bold(low.heading))
        total = max(total, len(MARGIN) + low.least)
    lines.append(RULE * total)
    for number in range(len(grid[0].cells)):
        lines += _row([column.cells[number] for column in grid], grid, widths)
        if low is not None and low.cells[number]:
            lines += wrapped(low.cells[number], total, MARGIN, MARGIN)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _row(cells: Sequence[str], grid: Sequence[_Column], widths: Sequence[int]) -> list[str]:
    """Return one row in as many lines as its longest cell needs."""
    parted = [wrapped(words, columns) for words, columns in zip(cells, widths, strict=True)]
    return [
        GAP.join(
            padded(lines[number] if number < len(lines) else "", columns, to_the_right=column.is_number)
            for lines, column, columns in zip(parted, grid, widths, strict=True)
        ).rstrip()
        for number in range(max(map(len, parted)))
    ]
