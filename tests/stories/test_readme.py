"""What the README names exists: commands, options, files, variables, packages, floors of the house."""

from __future__ import annotations

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.cli.test_examples import COMMANDS, SHARED
from tests.stories.spoken import commands_in, fault
from voicectl.cli.app import ROWS
from voicectl.cli.help_words import ENVIRONMENT
from voicectl.handbook import secret_variables

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROMPT = re.compile(r"^\$ ((?:.*\\\n)*.*)", re.MULTILINE)
PROSE = BLOCK.sub("", README)
CODE = re.findall(r"`([^`\n]+)`", PROSE)
NO_MODULES = {"voicectl.vendors", "voicectl.schemes", "voicectl.fish"}
"""Groups of entry points, and a file of completions."""
OTHERS = ("aws ", "edge-tts ", "say -v Anna", "awscurl ")
"""How a line of another program begins that the README names."""


def section(title: str) -> str:
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def told() -> list[list[str]]:
    blocks = [
        "\n".join(PROMPT.findall(text)) if kind == "console" else text for kind, text in BLOCK.findall(README)
    ]
    return [words for block in blocks for words in commands_in(block)]


def said() -> list[list[str]]:
    codes = [code for code in CODE if not code.startswith(OTHERS)]
    named = [f"voicectl {code}" if code.split()[0] in ROWS and " " in code else code for code in codes]
    return [words for code in named for words in commands_in(code)]


def test_there_is_much_to_check() -> None:
    assert (len(told()) > 50, len(said()) > 15, len(CODE) > 150) == (True, True, True)


@pytest.mark.parametrize("words", told(), ids=" ".join)
def test_a_command_of_a_block_is_one_that_there_is(words: list[str]) -> None:
    assert fault(words) == ""


@pytest.mark.parametrize("words", said(), ids=" ".join)
def test_a_command_of_the_prose_is_one_that_there_is(words: list[str]) -> None:
    assert fault(words, whole=False) == ""


def test_options_of_the_prose_are_options_of_some_command() -> None:
    known = SHARED | {
        name
        for command in COMMANDS.values()
        for param in command.params
        for name in (*param.opts, *param.secondary_opts)
    }
    assert {code.split()[0] for code in CODE if code.startswith("-")} <= known


def test_links_lead_somewhere() -> None:
    goals = re.findall(r"\]\(([^)]+)\)", PROSE)
    headings = {
        re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-")
        for each in re.findall(r"^#+ (.+)$", PROSE, re.M)
    }
    assert {goal for goal in goals if goal.startswith("#")} <= {f"#{name}" for name in headings}
    files = [goal for goal in goals if not goal.startswith(("#", "https://"))]
    assert [goal for goal in files if not (ROOT / goal).exists()] == []


def test_files_that_are_named_are_there() -> None:
    named = set(re.findall(r"\btests/[\w./*-]*\w", README))
    assert len(named) > 5
    assert [path for path in named if not list(ROOT.glob(path))] == []


def test_modules_that_are_named_are_there() -> None:
    named = set(re.findall(r"(?<![\w.])voicectl(?:\.[a-z_]+)+", README)) - NO_MODULES
    assert named
    assert [name for name in named if find_spec(name) is None] == []


def test_variables_of_voicectl_are_read() -> None:
    known = {*ENVIRONMENT, *(variable.name for variable in secret_variables())}
    assert set(re.findall(r"\bVOICECTL_[A-Z_]+", README)) - {"VOICECTL_IMAGE"} <= known


def test_every_dependency_and_extra_is_given_a_reason() -> None:
    name = re.compile(r"[\w-]+")
    wanted = {name.match(each)[0] for each in PROJECT["dependencies"]}  # type: ignore[index]
    made_of = section("What it is made of")
    rows = re.findall(r"^\| ([\w-]+)", made_of, re.MULTILINE)
    assert set(rows) - {"dependency", "---"} == wanted
    assert set(re.findall(r"`([\w-]+)`", made_of)) - {"--query"} >= set(PROJECT["optional-dependencies"])


def test_extras_that_are_installed_are_there() -> None:
    named = {extra for group in re.findall(r"'\.\[([\w,-]+)\]'", README) for extra in group.split(",")}
    assert named
    assert named <= set(PROJECT["optional-dependencies"])


def test_the_tour_shows_every_floor_and_no_other() -> None:
    floors = {path.parent.name for path in (ROOT / "voicectl").glob("*/__init__.py")}
    assert set(re.findall(r"^\| `(\w+)/`", section("A tour of the house"), re.MULTILINE)) == floors
