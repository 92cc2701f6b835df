"""Results in every format, foreign strings as plain text, colours as the environment wants them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import cast

import pytest

from tests.fakes import Terminal, world
from voicectl.cli.columns import width, wrapped
from voicectl.cli.console import Console
from voicectl.cli.figures import figure
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


def table(rows: list[dict[str, object]], columns: int) -> list[str]:
    here = world({"COLUMNS": str(columns), "NO_COLOR": "1"})
    Console(here, Options(output="table")).result(rows)
    return shown(here).splitlines()


def test_an_object_in_which_nothing_is_said_is_no_line() -> None:
    here = world()
    Console(here, Options(output="table")).result({"a": None})
    assert shown(here) == ""


@pytest.mark.parametrize("columns", [30, 40, 80, 200])
def test_a_table_fits_the_terminal_and_keeps_ids_whole(columns: int) -> None:
    lines = table([{"text": "word " * 60, "n": 1, "id": "x" * 30, "day": "2026-01-02"}] * 2, columns)
    wide = [line for line in lines if len(line) > columns]
    assert all("x" * 30 in line for line in wide)
    assert not wide or columns == 30
    assert sum("x" * 30 in line for line in lines) == 2


def test_what_is_longer_than_the_terminal_is_left_for_the_terminal_to_part() -> None:
    lines = table([{"text": "word " * 20, "id": "x" * 90}], 40)
    assert f"id    {'x' * 90}" in lines
    assert all(len(line) <= 40 for line in lines if "x" not in line.replace("text", ""))


def test_an_id_that_leaves_no_room_gets_a_line_of_its_own() -> None:
    assert table([{"at": "10:00:00Z", "state": "queued", "id": "x" * 30}], 40) == [
        "at         state", "  id", "─" * 32, "10:00:00Z  queued", f"  {'x' * 30}",
    ]  # fmt: skip


def test_columns_in_which_nothing_is_said_are_left_out_and_numbers_stand_to_the_right() -> None:
    rows = [{"id": "a", "none": None, "bytes": 5, "on": True}, {"id": "b", "bytes": 3_000_000, "on": False}]
    assert table(rows, 40) == [
        "id     size  on", "────────────────", "a   5 bytes  yes", "b   2.9 MiB  no",
    ]  # fmt: skip


def test_signs_that_join_nothing_do_not_disturb_a_table() -> None:
    rows = [{"name": "\u200d\u200d👧。각你 \u200d\u200d각", "text": "word " * 9}]
    lines = table(rows, 20)
    assert "👧。각" in lines[2]
    assert all(width(line) <= 20 for line in lines)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abc", 3),
        ("语音", 4),
        ("e\u0301", 1),
        ("👨\u200d👩\u200d👧", 2),
        ("❤\ufe0f", 2),
        ("🇨🇳🇬🇧", 4),
        ("👍🏽", 2),
    ],
)
def test_signs_take_the_columns_that_terminals_give_them(text: str, columns: int) -> None:
    assert width(text) == columns


def test_chinese_parts_between_signs_but_not_before_a_full_stop() -> None:
    assert wrapped("语音合成。再见", 8) == ["语音合", "成。再见"]
    assert wrapped("say 你好", 6) == ["say 你", "好"]


@pytest.mark.parametrize(
    ("field", "number", "told"),
    [
        ("duration_seconds", 3.21, "3.2 s"),
        ("duration_seconds", 59.96, "1 min 00 s"),
        ("duration_seconds", 3_725, "1 h 02 min"),
        ("seconds_left", -90, "-1 min 30 s"),
        ("bytes", 512, "512 bytes"),
        ("bytes", 1024**3, "1.0 GiB"),
        ("bytes", 1024**2 - 1, "1.0 MiB"),
        ("first_audio_ms", 12.4, "12 ms"),
        ("characters", 12345, "12345"),
    ],
)
def test_figures_are_told_as_people_read_them(field: str, number: float, told: str) -> None:
    assert figure(field, number) == told


def test_figures_stay_numbers_in_json_and_csv() -> None:
    for form, text in (("json", '"bytes": 3000000'), ("csv", "3000000")):
        here = world({"COLUMNS": "80"})
        Console(here, Options(output=form)).result([{"bytes": 3_000_000}])
        assert text in shown(here)


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
