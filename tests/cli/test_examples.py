"""Promises about help: each command shows two examples first, and each example is a command that there is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from typer.main import get_command

from tests.fakes import world
from voicectl.cli.app import POINTERS, ROWS, SUMMARY
from voicectl.cli.groups import root
from voicectl.cli.help_text import GLOBAL_PANELS, examples_in, help_of
from voicectl.cli.options import FLAGS, VALUES
from voicectl.cli.session import Session

SHARED = {word for _, words, *_ in (*VALUES, *FLAGS) for word in words} | {"-h", "--help"}


def leaves(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    members = getattr(command, "commands", None)
    if members is None:
        yield path, command
    for name, member in (members or {}).items():
        yield from leaves(member, (*path, name))


COMMANDS = {
    path: command
    for name, row in ROWS.items()
    for path, command in leaves(get_command(getattr(import_module(row.module), row.attribute)), (name,))
}


def help_of_words(path: tuple[str, ...], columns: int = 80) -> str:
    session = Session(world({"COLUMNS": str(columns), "NO_COLOR": "1"}))
    context: Any = root(SUMMARY, ROWS, POINTERS).make_context("voicectl", ["help"], obj=session)
    for word in path:
        command = context.command.get_command(context, word)
        context = type(context)(command, info_name=word, parent=context, obj=session)
    return help_of(context)


def words_of_example(line: str) -> list[str]:
    """Return the words after the program's name, as far as its own command goes."""
    command = re.split(r"\bvoicectl ", line, maxsplit=1)[1]
    return shlex.split(re.split(r"[|<>&)]| -- ", command, maxsplit=1)[0])


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_each_command_has_two_examples(path: tuple[str, ...]) -> None:
    assert len(examples_in(COMMANDS[path].help)) >= 2


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_each_example_calls_its_command_with_options_that_there_are(path: tuple[str, ...]) -> None:
    command = COMMANDS[path]
    known = SHARED | {word for param in command.params for word in (*param.opts, *param.secondary_opts)}
    for line in examples_in(command.help):
        words = words_of_example(line)
        options = [word for word in words if re.match(r"--?[a-zA-Z]", word)]
        assert not set(options) - known, line
        assert " ".join(path) in " ".join(words) or "say" in path, line


@pytest.mark.parametrize("path", [(), ("tts",), ("gateway",), ("gateway", "key"), *COMMANDS], ids=" ".join)
def test_help_shows_examples_first_then_what_is_the_commands_own(path: tuple[str, ...]) -> None:
    shown = help_of_words(path)
    headings = re.findall(r"^(\S.*):$", shown, re.MULTILINE)
    assert shown.splitlines()[0][0].isupper()
    assert headings[0] == "Examples"
    assert len(re.findall(r"^  .*voicectl ", shown.partition("Examples:")[2].partition("\n\n")[0], re.M)) >= 2
    if path in COMMANDS:
        assert headings[-1].startswith("Global options")


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_reads_as_a_person_would_write_it(path: tuple[str, ...]) -> None:
    shown = help_of_words(path)
    assert not re.findall(r"\[default|\[required|x[<>]=|<=x|\{[A-Z]+\}|<[a-z|]+>|None|\(0\)", shown)


def test_what_holds_without_an_option_is_said_once() -> None:
    assert "there (overwrite)." in help_of_words(("tts", "say"))
    assert "in seconds (2)." in help_of_words(("call", "create"))
    assert help_of_words(("recording", "download")).count("(4)") == 1


def test_every_global_option_is_in_one_panel_of_the_roots_help() -> None:
    names = [name for panel in GLOBAL_PANELS.values() for name in panel]
    assert sorted(names) == sorted([*(name for name, *_ in (*VALUES, *FLAGS)), "help"])


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_help_is_as_wide_as_the_terminal(columns: int) -> None:
    for path in COMMANDS:
        lines = help_of_words(path, columns).splitlines()
        wide = [line for line in lines if len(line) > columns and len(line.split()) > 3]
        assert all("voicectl " in line for line in wide), wide
