"""Promises about hints: what an error tells one to run is a command that there is, with options it has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.cli.test_examples import COMMANDS, SHARED
from tests.test_architecture import FILES, name_of, nodes_of

LONGEST_PATH = 3


def hints() -> Iterator[tuple[str, str]]:
    """Yield each command line that a hint in the package shows, with the place it is from."""
    for path in FILES:
        for node in nodes_of(path):
            for keyword in node.keywords if isinstance(node, ast.Call) else ():
                if keyword.arg == "hint":
                    texts = [each.value for each in ast.walk(keyword.value) if isinstance(each, ast.Constant)]
                    lines = "\n".join(text for text in texts if isinstance(text, str))
                    yield from (
                        (f"{name_of(path)}:{node.lineno}", found)
                        for found in re.findall(r"\bvoicectl ((?!is|FILE).*)", lines)
                    )


def without_global_options(words: list[str]) -> list[str]:
    while words and words[0].startswith("-"):
        words = words[2:]
    return words


def command_of(words: list[str]) -> tuple[str, ...] | None:
    tried = (tuple(words[:length]) for length in range(LONGEST_PATH, 0, -1))
    return next((path for path in tried if path in COMMANDS), None)


@pytest.mark.parametrize(("place", "line"), sorted(set(hints())), ids=lambda text: text)
def test_a_hint_shows_a_command_with_options_that_there_are(place: str, line: str) -> None:
    words = without_global_options(re.findall(r"[^\s`,]+", line))
    path = command_of(words)
    assert path or words in ([], ["…"]), f"{place}: no such command"
    if path:
        command = COMMANDS[path]
        known = SHARED | {word for param in command.params for word in (*param.opts, *param.secondary_opts)}
        asked = {word.partition("=")[0] for word in words if re.match(r"--?[a-zA-Z]", word)}
        assert not asked - known, f"{place}: {asked - known}"
