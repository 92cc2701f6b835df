"""What reaches a screen: few colours, which any background shows, none in a pipe; progress that goes away."""

from __future__ import annotations

import re
from itertools import count
from typing import cast

import pytest

from tests.conftest import Program
from tests.fakes import Terminal, world
from voicectl.cli.columns import width
from voicectl.cli.console import Console
from voicectl.cli.explain_view import comparison
from voicectl.core.options import Options
from voicectl.explain.verdict import Difference, Explanation, Texts

SGR = re.compile(r"\x1b\[([0-9;]*)m")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
TAKEN_AWAY = "\r\x1b[1A\x1b[2K"
SHOWN_ON_ANY_BACKGROUND = {"0", "1", "31;1", "35"}
"""Off, bold, bold red for errors, magenta for warnings."""
SCREENS = {
    "root help": ("--help",),
    "help": ("call", "create", "--help"),
    "page": ("help", "environment"),
    "table": ("help", "vendors", "-O", "table"),
    "object": ("cache", "stats", "-O", "text"),
    "signature": (
        "sign",
        "debug",
        "--scheme",
        "bearer",
        "--url",
        "https://h.test/",
        "-O",
        "text",
        "--at",
        "2026-01-02T03:04:05Z",
    ),
    "error": ("tts", "nothing"),
    "missing command": ("tts",),
}
KEYS = {"VOICECTL_ACCESS_KEY_SECRET": "EXAMPLE"}


@pytest.mark.parametrize("screen", SCREENS)
def test_there_is_no_colour_in_a_pipe_and_where_asked_for_only_what_any_background_shows(
    screen: str, voicectl: Program
) -> None:
    plain = voicectl(*SCREENS[screen], env=KEYS)
    assert "\x1b" not in plain.stdout + plain.stderr
    painted = voicectl(*SCREENS[screen], env={**KEYS, "FORCE_COLOR": "1"})
    told = painted.stdout + painted.stderr
    assert set(SGR.findall(told)) <= SHOWN_ON_ANY_BACKGROUND
    assert "\x1b" not in SGR.sub("", told)
    assert SGR.sub("", told) == plain.stdout + plain.stderr, "colour carries nothing of its own"
    assert SGR.findall(told)


@pytest.mark.parametrize("off", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_colour_can_be_had_and_forbidden_by_flag(off: dict[str, str], voicectl: Program) -> None:
    assert "\x1b" in voicectl("--color", "always", "tts", "--help", env=off).stdout
    for words in (("--color", "never", "tts", "--help"), ("tts", "--help", "--color=never")):
        assert "\x1b" not in voicectl(*words, env={"FORCE_COLOR": "1"}).stdout
    assert "\x1b" in voicectl("profile", "show", "x", "--color", "always", env=off).stderr


def shown(environ: dict[str, str], total: float | None, amounts: list[float], *, note: str = "") -> str:
    """Return what progress writes when each look at the clock finds it 0.4 s later."""
    seconds = count(0.0, 0.4)
    here = world(environ)._replace(monotonic=lambda: next(seconds))
    console = Console(here, Options())
    with console.progress("speaking", total) as advance:
        for amount in amounts:
            advance(amount)
        if note:
            console.warn("{note}", note=note)
    return cast(Terminal, here.stderr).shown


def lines_in(told: str) -> list[str]:
    return [line.rstrip() for line in re.split(r"[\r\n]", CONTROL.sub("", told)) if line.strip()]


def test_progress_is_told_after_half_a_second_and_taken_away_at_the_end() -> None:
    told = shown({"TERM": "xterm", "NO_COLOR": "1"}, 100, [10, 15, 75])
    first, *_, last = lines_in(told)
    assert re.fullmatch(r"speaking ━+╸? +25% -:--:-- left", first)
    assert re.fullmatch(r"speaking ━+ 100% \S+ left", last)
    assert told.endswith(TAKEN_AWAY)
    assert shown({"TERM": "xterm"}, 100, [10]) == ""


def test_progress_shows_a_cursor_again_and_few_colours() -> None:
    told = shown({"TERM": "xterm"}, 100, [10, 15])
    assert told.rindex("\x1b[?25h") > told.rindex("\x1b[?25l")
    assert set(SGR.findall(told)) == {"0", "2"}, "the part to come is dim"


def test_work_of_unknown_length_tells_how_long_it_has_taken() -> None:
    lines = lines_in(shown({"TERM": "xterm"}, None, [1, 1, 1]))
    assert lines
    assert all(re.fullmatch(r"speaking 0:00:\d\d", line) for line in lines)


def test_a_terminal_that_cannot_go_back_gets_no_progress() -> None:
    assert shown({"TERM": "dumb"}, 100, [10, 20, 30]) == ""
    assert shown({}, 100, [10, 20, 30]) == ""


def test_progress_is_never_wider_than_the_terminal() -> None:
    lines = lines_in(shown({"TERM": "xterm", "COLUMNS": "12"}, 100, [10, 15, 25]))
    assert max(map(len, lines)) <= 12


def test_a_warning_stands_above_progress_and_stays() -> None:
    told = shown({"TERM": "xterm", "NO_COLOR": "1"}, 100, [10, 15], note="slow")
    assert "\r\x1b[2Kwarning: slow\nspeaking" in told
    assert "warning: slow" in lines_in(told)


@pytest.mark.parametrize("columns", [60, 100])
def test_texts_stand_side_by_side_also_where_signs_are_wide(columns: int) -> None:
    given = Texts(string_to_sign="v1\n" + "你好世界" * 12 + "x\nend")
    correct = Texts(string_to_sign="v1\n" + "你好世界" * 12 + "y\nend")
    told = Explanation(
        verdict="explained",
        scheme="youdao-v3",
        given=given,
        correct=correct,
        first_difference=Difference(where="string_to_sign", line=2, column=49, given="x", correct="y"),
    )
    lines = [line for line in comparison(told, columns).splitlines() if " │ " in line]
    assert len({width(line.partition(" │ ")[0]) for line in lines}) == 1
    assert max(map(width, lines)) <= columns
    marked, pointer = lines[2], lines[3]
    assert width(marked[: marked.index("x")]) == pointer.index("^")
