"""Rows of a batch: what each kind of file says, and bad rows that spoil no other."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest

from voicectl.actions.row_lines import LONGEST_LINE
from voicectl.actions.rows import Columns, Row, kind_of, line_to_feed_back, rows_in
from voicectl.core.errors import BadInput, UsageError

COLUMNS = Columns(("id", "text", "voice", "ssml", "param."), ("text",))


def read(content: str | bytes, kind: str = "jsonl", encoding: str = "utf-8-sig") -> list[Row]:
    raw = content.encode() if isinstance(content, str) else content
    newline = "\n" if kind == "jsonl" else ""
    text = io.TextIOWrapper(io.BytesIO(raw), encoding, errors="surrogateescape", newline=newline)
    return list(rows_in(text, kind, COLUMNS))


def errors(rows: list[Row]) -> list[str]:
    return [str(row.error) for row in rows if row.error]


def test_numbers_and_zeros_stay_as_they_were_written() -> None:
    (row,) = read('{"id": 1e3, "text": "x", "voice": "007", "ssml": true, "param": {"speed": 1.50}}')
    assert row.cells == {"id": "1e3", "text": "x", "voice": "007", "ssml": "true", "param.speed": "1.50"}


@pytest.mark.parametrize("kind", ["jsonl", "csv", "tsv"])
def test_a_mark_at_the_start_and_windows_line_ends_are_no_text(kind: str) -> None:
    tables = {
        "jsonl": '\ufeff{"id": "a", "text": "你好，世界"}\r\n\r\n',
        "csv": "\ufeffID, Text \r\na,你好，世界\r\n",
    }
    tables["tsv"] = tables["csv"].replace(", Text", "\tText").replace("a,", "a\t")
    (row,) = read(tables[kind], kind)
    assert (row.id, row.cells["text"], row.error) == ("a", "你好，世界", None)


def test_quoted_cells_hold_line_ends_commas_and_quotes_and_lines_are_counted_right() -> None:
    rows = read('id,text\na,"one\r\ntwo, ""three"""\nb,\nc,four\n', "csv")
    assert [row.cells.get("text") for row in rows] == ['one\r\ntwo, "three"', None, "four"]
    assert [row.line for row in rows] == [2, 4, 5]
    assert errors(rows) == ["line 4: there is no text"]


def test_a_table_may_be_wide_and_mostly_empty() -> None:
    names = ["text", *(f"param.p{number}" for number in range(500))]
    (row,) = read(",".join(names) + "\nhello" + "," * 499 + ",last\n", "csv")
    assert row.cells == {"text": "hello", "param.p499": "last"}


def test_a_table_with_semicolons_is_one() -> None:
    assert read("id;text\na;x, y\n", "csv")[0].cells["text"] == "x, y"


def test_a_row_without_an_id_is_called_by_its_place() -> None:
    rows = read('{"text": "x"}\n\n{"text": "y"}\n')
    assert [(row.id, row.line) for row in rows] == [("1", 1), ("2", 3)]


BAD = {
    "no JSON": ("{bad", "line 2, column 2: this is no JSON"),
    "no object": ('["x"]', "line 2: this is no JSON object"),
    "no text": ('{"id": "b", "text": " "}', "line 2: there is no text"),
    "a strange column": (
        '{"text": "x", "voise": "y"}',
        "line 2: there is no column 'voise'; did you mean 'voice'?",
    ),
    "a list": ('{"text": ["x"]}', "line 2: text is a list"),
    "a name twice": ('{"text": "x", "text": "y"}', "line 2: 'text' is there twice"),
    "half a character": ('{"text": "\\ud83d"}', "line 2: text has half a character"),
    "nested": ("[" * 100_000, "line 2: this is"),
}


@pytest.mark.parametrize("case", BAD, ids=str)
def test_a_bad_row_is_named_by_its_line_and_the_others_go_on(case: str) -> None:
    line, words = BAD[case]
    rows = read(f'{{"id": "a", "text": "x"}}\n{line}\n{{"id": "c", "text": "z"}}\n')
    assert [row.error is None for row in rows] == [True, False, True]
    assert errors(rows)[0].startswith(words)
    assert line.strip("{}")[:9] in line_to_feed_back(rows[1]), "what failed can be mended and fed back"


@pytest.mark.parametrize("line", [b'{"text": "\xff\xfe"}', "x" * (LONGEST_LINE + 5)], ids=["bytes", "long"])
def test_a_line_that_cannot_be_read_spoils_no_other(line: bytes | str) -> None:
    bad = line if isinstance(line, bytes) else line.encode()
    rows = read(b'{"text": "x"}\n' + bad + b'\n{"text": "z"}\n')
    assert [row.error is None for row in rows] == [True, False, True]
    assert "line 2" in errors(rows)[0]


def test_a_table_goes_on_after_a_row_with_too_many_cells_and_one_with_broken_quotes() -> None:
    rows = read('id,text\na,one,two\nb,"x"y\nc,good\n', "csv")
    assert [row.error is None for row in rows] == [False, False, True]
    assert [row.line for row in rows] == [2, 3, 4]


@pytest.mark.parametrize(
    ("header", "words"),
    [("id,words", "there is no column 'words'"), ("id,voice", "no column 'text'"), ("text,text", "twice")],
)
def test_a_header_that_makes_no_sense_is_told_at_once(header: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read(f"{header}\na,b\n", "csv")


def test_other_encodings_are_read_where_they_are_said() -> None:
    assert read("id,text\na,你好\n".encode("gb18030"), "csv", "gb18030")[0].cells["text"] == "你好"
    assert read("id\ttext\na\t你好\n".encode("utf-16"), "tsv", "utf-16")[0].cells["text"] == "你好"


def test_rows_that_failed_keep_the_id_that_their_place_gave_them() -> None:
    rows = read('{"text": "x"}\n{"text": "y"}\n')
    assert json.loads(line_to_feed_back(rows[1])) == {"id": "2", "text": "y"}


def test_rows_are_read_as_they_come() -> None:
    class Endless(io.RawIOBase):
        lines = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            self.lines += 1
            line = b'{"text": "x"}\n'
            buffer[: len(line)] = line
            return len(line)

    source = Endless()
    rows: Iterator[Row] = rows_in(io.TextIOWrapper(io.BufferedReader(source)), "jsonl", COLUMNS)  # type: ignore[arg-type]
    next(rows)
    assert source.lines < 3


def test_the_kind_is_told_by_the_suffix_else_by_the_start() -> None:
    assert kind_of("a.CSV", "{") == "csv"
    assert [kind_of("-", start) for start in ('{"text"', "id\ttext\n", "id,text\n")] == [
        "jsonl",
        "tsv",
        "csv",
    ]
    with pytest.raises(UsageError, match="array"):
        kind_of("a.json", '[{"text": "x"}]')
