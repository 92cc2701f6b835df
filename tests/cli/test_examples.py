"""Promises about help: each command shows two examples first, and each example is a command that there is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from typer.main import get_command

from voicectl.cli.app import ROWS
from voicectl.cli.groups import examples_first, examples_in
from voicectl.cli.options import FLAGS, VALUES

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


def test_examples_stand_before_all_but_the_first_line() -> None:
    words = "Do it.\n\nMore of it, by voicectl itself.\n\nvoicectl do it\nx | voicectl do"
    assert examples_first(words) == (
        "Do it.\n\n\b\nExamples:\n  voicectl do it\n  x | voicectl do\n\nMore of it, by voicectl itself."
    )
