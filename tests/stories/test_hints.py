"""What hints tell a person to type next is a command that there is, with options that it has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_examples import COMMANDS, SHARED

PACKAGE = Path(__file__).parents[2] / "voicectl"


def hints() -> Iterator[str]:
    """Yield each line of a hint that begins with the program's name."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "hint" and isinstance(node.value, ast.Constant):
                yield from re.findall(r"(?m)^voicectl (.+)$", str(node.value.value))


HINTS = sorted({*hints()})


def test_hints_were_found() -> None:
    assert len(HINTS) > 50


@pytest.mark.parametrize("hint", HINTS)
def test_a_hint_names_a_command_that_there_is(hint: str) -> None:
    words = re.sub(r"^(--[a-z-]+ \S+ )+", "", hint).split()
    path = next((tuple(words[:size]) for size in (3, 2, 1) if tuple(words[:size]) in COMMANDS), None)
    assert path or words[0] == "…", hint
    params = COMMANDS[path].params if path else []
    known = SHARED | {name for param in params for name in (*param.opts, *param.secondary_opts)}
    assert set(re.findall(r"--[a-z][a-z-]*", hint)) <= known
