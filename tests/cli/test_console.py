"""Results in every format, foreign strings as plain text, colours as the environment wants them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import cast

import pytest

from tests.fakes import Terminal, world
from voicectl.cli.console import Console
from voicectl.core.errors import OutputError, UsageError
from voicectl.core.options import Options
from voicectl.world import World

ROWS = [
    {"id": "a", "name": "[/b]\x1b[2J", "engines": ["x", "y"]},
    {"id": "小燕", "name": None, "engines": []},
]


def shown(here: World) -> str:
    return cast(Terminal, here.stdout).shown


def said(here: World) -> str:
    return cast(Terminal, here.stderr).shown


def test_a_pipe_gets_json_and_a_terminal_text() -> None:
    pipe, terminal = world(is_terminal=False), world()
    for here in (pipe, terminal):
        Console(here, Options()).result({"path": "x.wav"}, lambda: "wrote x.wav")
    assert json.loads(shown(pipe)) == {"path": "x.wav"}
    assert shown(terminal) == "wrote x.wav\n"


def test_jsonl_is_a_line_an_item() -> None:
    here = world()
    Console(here, Options(output="jsonl")).result(ROWS)
    assert [json.loads(line) for line in shown(here).splitlines()] == ROWS


def test_csv_has_a_header_and_reads_back() -> None:
    here = world()
    Console(here, Options(output="csv")).result(ROWS)
    rows = list(csv.reader(io.StringIO(shown(here))))
    assert rows == [["id", "name", "engines"], ["a", r"[/b]\x1b[2J", "x, y"], ["小燕", "", ""]]


def test_a_table_takes_foreign_strings_as_text_and_aligns_wide_characters() -> None:
    here = world({"COLUMNS": "60", "NO_COLOR": "1"})
    Console(here, Options(output="table")).result(ROWS)
    header, rule, first, second = shown(here).splitlines()
    assert r"[/b]\x1b[2J" in first
    assert "\x1b[2J" not in shown(here)
    assert first.index("[/b]") == header.index("name")
    assert second.startswith("小燕")
    assert set(rule) <= {"─", " "}


def test_a_list_of_small_objects_reads_like_words_in_a_table() -> None:
    here = world({"COLUMNS": "60", "NO_COLOR": "1"})
    secrets = [{"field": "key", "stored_in": "keyring"}, {"field": "t", "stored_in": "state"}]
    Console(here, Options(output="table")).result([{"name": "x", "secrets": secrets}])
    assert "key: keyring, t: state" in shown(here)


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_a_table_fits_the_terminal(columns: str) -> None:
    here = world({"COLUMNS": columns, "NO_COLOR": "1"})
    Console(here, Options(output="table")).result([{"text": "word " * 60, "id": "x" * 90}])
    assert max(len(line) for line in shown(here).splitlines()) <= int(columns)


def test_query_picks_from_the_result_and_a_wrong_one_is_named() -> None:
    here = world()
    Console(here, Options(query="[].id")).result(ROWS)
    assert json.loads(shown(here)) == ["a", "小燕"]
    with pytest.raises(UsageError, match="JMESPath"):
        Console(here, Options(query="[")).result(ROWS)


def test_json_shows_no_escape_character() -> None:
    here = world()
    Console(here, Options(output="json")).result({"message": "\x1b[31m\u202e\x9b"})
    assert json.loads(shown(here)) == {"message": "\x1b[31m\u202e\x9b"}
    assert not {"\x1b", "\u202e", "\x9b"} & set(shown(here))


def test_notes_show_facts_as_text_and_quiet_silences_them() -> None:
    loud, quiet = world(), world()
    Console(loud, Options()).note("the vendor says: {words}", words="{0}\x1b[2J[bold]")
    Console(quiet, Options(quiet=True)).note("the vendor says: {words}", words="x")
    assert said(loud) == "the vendor says: {0}\\x1b[2J[bold]\n"
    assert said(quiet) == ""


@pytest.mark.parametrize(
    ("environ", "color", "is_terminal", "colored"),
    [
        ({}, "auto", True, True),
        ({}, "auto", False, False),
        ({"NO_COLOR": "1"}, "auto", True, False),
        ({"NO_COLOR": ""}, "auto", True, True),
        ({"TERM": "dumb"}, "auto", True, False),
        ({"FORCE_COLOR": "1"}, "auto", False, True),
        ({"FORCE_COLOR": "0"}, "auto", True, False),
        ({"NO_COLOR": "1"}, "always", False, True),
        ({"FORCE_COLOR": "1"}, "never", True, False),
    ],
)
def test_colours_follow_flag_then_environment_then_terminal(
    environ: dict[str, str], color: str, is_terminal: bool, colored: bool
) -> None:
    console = Console(world(environ, is_terminal=is_terminal), Options(color=color))
    assert (console.painted("x", "31") != "x") is colored


@pytest.mark.parametrize(
    ("environ", "options", "is_terminal", "can_ask"),
    [
        ({}, Options(), True, True),
        ({}, Options(), False, False),
        ({"CI": "true"}, Options(), True, False),
        ({}, Options(no_input=True), True, False),
    ],
)
def test_nobody_is_asked_where_nobody_can_answer(
    environ: dict[str, str], options: Options, is_terminal: bool, can_ask: bool
) -> None:
    assert Console(world(environ, is_terminal=is_terminal), options).can_ask is can_ask


def test_debug_lines_go_to_their_file_and_nowhere_else(tmp_path: Path) -> None:
    here, file = world(), tmp_path / "debug.txt"
    console = Console(here, Options(debug=True, debug_file=str(file)))
    console.detail("a {fact}", fact="\x1b[2J")
    console.debug_text("Traceback\n  line")
    assert file.read_text() == "a \\x1b[2J\nTraceback\n  line\n"
    assert said(here) == ""


def test_a_debug_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    console = Console(world(), Options(debug_file=str(tmp_path)))
    with pytest.raises(OutputError, match="cannot be written"):
        console.detail("x")


def test_verbose_says_details_but_shows_no_traceback() -> None:
    here = world()
    console = Console(here, Options(verbose=True))
    console.detail("a detail")
    console.debug_text("Traceback")
    assert said(here) == "a detail\n"


def test_progress_is_silent_in_a_pipe_and_on_quick_work() -> None:
    pipe, quick = world(is_terminal=False), world()
    for here in (pipe, quick):
        with Console(here, Options()).progress("speaking", total=2) as advance:
            advance(1)
        assert said(here) == ""
