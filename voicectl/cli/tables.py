"""Results as tables, CSV and progress bars: what needs Rich or the csv module, loaded when wanted."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from voicectl.core.printable import visible

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID
    from rich.table import Table

    from voicectl.world import World


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
        case dict() | list() | tuple():
            return visible(json.dumps(value, ensure_ascii=False))
        case _:
            return str(value)


def rows_of(items: Sequence[object], columns: Sequence[str]) -> list[list[str]]:
    """Return the cells of each item; an item that is no object fills the first column."""
    return [
        [cell(item.get(column)) for column in columns] if isinstance(item, Mapping) else [cell(item)]
        for item in items
    ]


def csv_text(items: Sequence[object]) -> str:
    """Return items as CSV with a header line (RFC 4180, but lines end in a plain newline)."""
    columns = columns_of(items)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if columns:
        writer.writerow(columns)
    writer.writerows(rows_of(items, columns))
    return out.getvalue()


def table_text(items: Sequence[object], environ: Mapping[str, str], color: bool) -> str:
    """Return items as a table that fits the terminal; wide characters are aligned."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    columns = columns_of(items)
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, show_header=bool(columns))
    for column in columns or [""]:
        table.add_column(Text(column.replace("_", " ")), overflow="fold")
    for row in rows_of(items, columns):
        table.add_row(*(Text(words) for words in row))
    return _printed(table, environ, color)


def upright_text(item: Mapping[str, object], environ: Mapping[str, str], color: bool) -> str:
    """Return one object as a line a field; what is empty is left out, what has parts gets a line a part."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in item.items():
        lines = [line for line in lines_of(value) if line]
        for number, line in enumerate(lines):
            table.add_row(Text("" if number else visible(name.replace("_", " ")), style="bold"), Text(line))
    return _printed(table, environ, color)


def lines_of(value: object) -> list[str]:
    """Return one value as the lines of a cell: a mapping a line a key, a list of objects a line each."""
    match value:
        case dict():
            return [f"{visible(str(name))}: {cell(part)}" for name, part in value.items()]
        case list() | tuple() if value and all(isinstance(item, dict) for item in value):
            return [cell([item]) for item in value]
        case _:
            return cell(value).splitlines()


def _printed(table: Table, environ: Mapping[str, str], color: bool) -> str:
    from rich.console import Console

    out = io.StringIO()
    console = Console(file=out, force_terminal=color, no_color=not color, _environ=environ)
    console.print(table)
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines() if line.strip())


class DelayedBar:
    """A progress bar on stderr that appears only when the work takes a while."""

    def __init__(self, world: World, label: str, total: float | None, delay_seconds: float) -> None:
        self._world = world
        self._label = label
        self._total = total
        self._shown_after = world.monotonic() + delay_seconds
        self._done = 0.0
        self._bar: tuple[Progress, TaskID] | None = None

    def advance(self, amount: float) -> None:
        """Count `amount` more as done."""
        self._done += amount
        if self._bar is None and self._world.monotonic() >= self._shown_after:
            self._bar = self._start()
        if self._bar is not None:
            progress, task = self._bar
            progress.update(task, completed=self._done)

    def close(self) -> None:
        """Take the bar off the screen."""
        if self._bar is not None:
            self._bar[0].stop()

    def _start(self) -> tuple[Progress, TaskID]:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=Console(file=self._world.stderr),
            transient=True,
        )
        progress.start()
        return progress, progress.add_task(self._label, total=self._total)
