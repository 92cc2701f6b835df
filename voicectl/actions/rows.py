"""Items of a batch as they lie in a file: JSON lines, CSV or TSV, read row by row. What is done: elsewhere.

A row that makes no sense carries its error, and the next one is read all the same.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from io import TextIOWrapper
from typing import NamedTuple

from voicectl.actions.row_lines import LONGEST_LINE, Lines
from voicectl.core.errors import BadInput, UsageError, VoicectlError

JSON_LINES = "jsonl"
KINDS = {"jsonl": JSON_LINES, "ndjson": JSON_LINES, "csv": "csv", "tsv": "tsv", "tab": "tsv"}
ID = "id"


class Row(NamedTuple):
    """One item: the line it begins in, and its cells as text; empty cells are left out.

    `raw` is what a file of rows that failed gets: a JSON object on one line, or the line as it was.
    """

    line: int
    id: str
    cells: Mapping[str, str]
    raw: str
    error: VoicectlError | None = None


class Columns(NamedTuple):
    """The columns that a row may have; one that ends in a dot stands for all that begin so."""

    known: Collection[str]
    needed: Collection[str]

    def stranger(self, names: Collection[str]) -> str | None:
        """Return the first name that is no column."""
        prefixes = tuple(name for name in self.known if name.endswith("."))
        return next(
            (
                name
                for name in names
                if name not in self.known and not (prefixes and name.startswith(prefixes))
            ),
            None,
        )

    def near(self, name: str) -> str:
        return next(iter(get_close_matches(name, self.known, n=1)), "")


def rows_in(text: TextIOWrapper, kind: str, columns: Columns) -> Iterator[Row]:
    """Return the rows of a file; the header of a table is read at once.

    Raises BadInput for a header that makes no sense, UsageError for a file that is none of these.
    """
    lines = Lines(text)
    if kind == JSON_LINES:
        return _numbered(_JsonRows(lines, columns))
    return _numbered(_TableRows(lines, columns, "\t" if kind == "tsv" else ","))


def kind_of(name: str, start: str) -> str:
    """Tell how a file is written: by its suffix, else by how it starts."""
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    if suffix in KINDS:
        return KINDS[suffix]
    first = start.lstrip("\ufeff \r\n\t").partition("\n")[0]
    if first.startswith("["):
        raise UsageError(
            "{name!r} is one JSON array; a batch is an object a line",
            name=name,
            hint="jq -c '.[]' FILE > rows.jsonl",
        )
    if first.startswith("{"):
        return JSON_LINES
    return "tsv" if "\t" in first else "csv"


class _Unread(NamedTuple):
    """A row as it was found: cells by name, or what is wrong with it."""

    line: int
    cells: Mapping[str, str]
    raw: str
    error: VoicectlError | None = None


def _numbered(found: Iterator[_Unread]) -> Iterator[Row]:
    """Name each row: by its `id`, else by its place among the rows."""
    for number, each in enumerate(found, 1):
        yield Row(each.line, each.cells.get(ID) or str(number), each.cells, each.raw, each.error)


class _JsonRows:
    """A row a line, each an object."""

    def __init__(self, lines: Lines, columns: Columns) -> None:
        self._lines = lines
        self._columns = columns

    def __iter__(self) -> Iterator[_Unread]:
        return self

    def __next__(self) -> _Unread:
        while True:
            try:
                text = next(self._lines)
            except BadInput as error:
                return _Unread(self._lines.number, {}, self._lines.damaged, error)
            if text.strip():
                return self._read(text.strip("\r\n\ufeff"), self._lines.number)

    def _read(self, text: str, line: int) -> _Unread:
        try:
            return _checked(_Unread(line, _flat(_object_in(text, line), line), text), self._columns)
        except BadInput as error:
            return _Unread(line, {}, text, error)


class _TableRows:
    """Rows under a header."""

    def __init__(self, lines: Lines, columns: Columns, delimiter: str) -> None:
        csv.field_size_limit(LONGEST_LINE)
        first = lines.peek()
        if delimiter == "," and "," not in first and ";" in first:
            delimiter = ";"
        self._lines = lines
        self._columns = columns
        self._reader = csv.reader(lines, delimiter=delimiter, strict=True)
        self._names = self._header()

    def __iter__(self) -> Iterator[_Unread]:
        return self

    def __next__(self) -> _Unread:
        while True:
            line = self._lines.number + 1
            try:
                values = next(self._reader)
            except BadInput as error:
                return _Unread(line, {}, self._lines.damaged, error)
            except csv.Error as error:
                reason = BadInput("line {line}: {reason}", line=line, reason=str(error))
                return _Unread(line, {}, self._lines.damaged, reason)
            if any(values):
                return self._read(values, line)

    def _header(self) -> list[str]:
        try:
            names = [_name(cell) for cell in next(self._reader, [])]
        except csv.Error as error:
            raise BadInput("line 1: {reason}", reason=str(error)) from None
        while names and not names[-1]:
            names.pop()
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise BadInput("line 1: the column {name!r} is there twice", name=twice)
        if names:
            _refuse_stranger(names, self._columns, 1)
            for name in self._columns.needed:
                if name not in names:
                    raise BadInput(
                        "line 1: there is no column {name!r}",
                        name=name,
                        found=", ".join(names[:8]),
                        hint="the first line names the columns; here: {found}",
                    )
        return names

    def _read(self, values: list[str], line: int) -> _Unread:
        cells = {name: value for name, value in zip(self._names, values, strict=False) if value}
        raw = _as_json(cells)
        if any(values[len(self._names) :]):
            error = BadInput(
                "line {line}: {count} cells under {columns} columns",
                line=line,
                count=len(values),
                columns=len(self._names),
                hint='put a text with a comma in quotes: "one, two"',
            )
            return _Unread(line, cells, raw, error)
        return _checked(_Unread(line, cells, raw), self._columns)


def _name(cell: str) -> str:
    """Return a column's name; what comes after a dot is somebody's own, and keeps its case."""
    own, dot, rest = cell.strip().strip("\ufeff").partition(".")
    return f"{own.lower()}{dot}{rest}"


def _checked(row: _Unread, columns: Columns) -> _Unread:
    """Return the row with the first thing that is wrong with its cells."""
    try:
        _refuse_stranger(row.cells, columns, row.line)
        for name in columns.needed:
            if not row.cells.get(name, "").strip():
                raise BadInput("line {line}: there is no {name}", line=row.line, name=name)
        for name, value in row.cells.items():
            _refuse_unwritable(name, value, row.line)
    except BadInput as error:
        return row._replace(error=error)
    return row


def _refuse_stranger(names: Collection[str], columns: Columns, line: int) -> None:
    name = columns.stranger(names)
    if name is None:
        return
    near = columns.near(name)
    known = ", ".join(each + "NAME" if each.endswith(".") else each for each in columns.known)
    raise BadInput(
        "line {line}: there is no column {name!r}" + ("; did you mean {near!r}?" if near else ""),
        line=line,
        name=name,
        near=near,
        known=known,
        hint="columns are {known}",
    )


def _refuse_unwritable(name: str, value: str, line: int) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadInput(
            "line {line}: {name} has half a character, which no file holds", line=line, name=name
        ) from None


def _object_in(text: str, line: int) -> Mapping[str, object]:
    import json

    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in found]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise BadInput("line {line}: {name!r} is there twice", line=line, name=twice)
        return dict(found)

    try:
        # Numbers stay as they were written: an id 1e3 is no 1000.
        value = json.loads(text, object_pairs_hook=pairs, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise BadInput(
            "line {line}, column {column}: this is no JSON: {reason}",
            line=line,
            column=error.colno,
            reason=error.msg.lower(),
            hint='an object a line: {{"id": "1", "text": "…"}}',
        ) from None
    except RecursionError:
        raise BadInput("line {line}: this is nested too deep", line=line) from None
    if not isinstance(value, dict):
        raise BadInput("line {line}: this is no JSON object", line=line)
    return value


def _flat(value: Mapping[str, object], line: int) -> dict[str, str]:
    """Return an object as cells: what lies one deeper gets a dotted name."""
    cells: dict[str, str] = {}
    for name, each in value.items():
        inner = (
            {f"{name}.{key}": deep for key, deep in each.items()} if isinstance(each, dict) else {name: each}
        )
        for key, content in inner.items():
            match content:
                case None | "":
                    continue
                case bool():
                    cells[key] = "true" if content else "false"
                case str():
                    cells[key] = content
                case _:
                    kind = "a list" if isinstance(content, list) else "an object"
                    raise BadInput("line {line}: {name} is {kind}", line=line, name=key, kind=kind)
    return cells


def _as_json(cells: Mapping[str, str]) -> str:
    import json

    return json.dumps(dict(cells), ensure_ascii=False)


def line_to_feed_back(row: Row) -> str:
    """Return a row as a line of a file of its own; one without an id keeps the one that its place gave it."""
    if not row.cells or ID in row.cells:
        return row.raw
    return _as_json({ID: row.id, **row.cells})


def truth(name: str, word: str, line: int) -> bool:
    """Read a cell that says yes or no."""
    match word.strip().lower():
        case "true" | "yes" | "1":
            return True
        case "false" | "no" | "0" | "":
            return False
    raise BadInput("line {line}: {name} is true or false, not {word!r}", line=line, name=name, word=word)
