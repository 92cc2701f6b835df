"""Promises about advice: each command that an error, a note or a page tells to run is one that there is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.main import get_command

from tests.cli.test_examples import COMMANDS, SHARED
from voicectl.cli.app import POINTERS, ROWS
from voicectl.cli.options import VALUES

PACKAGE = Path(__file__).parents[2] / "voicectl"
SOURCES = ((path, path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py")))
TREES = {
    path.relative_to(PACKAGE): ast.parse(text)
    for path, text in SOURCES
    if "hint=" in text or "voicectl " in text.replace("from voicectl ", "")
}
TREE = {name: get_command(getattr(import_module(row.module), row.attribute)) for name, row in ROWS.items()}
KNOWN = SHARED | {
    name
    for command in COMMANDS.values()
    for param in command.params
    for name in (*param.opts, *param.secondary_opts)
}
TAKES_VALUE = {name for _, names, *_ in VALUES for name in names}
ENDS = re.compile(r"\s{2,}|, |; |: |\. |`|\)| or | and | finds | lists | shows | lets |\n| \||$|&& | > | 2>")
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
PROSE = {"has", "look", "with", "writes"}
"""What the program is said to do, not told to run."""
OTHER_PROGRAMS = re.compile(
    r"^(or: )?(aliyun|aws|chmod|curl|openssl|pip|redis-cli|ve|tccli|printf|jq|sudo) |`curl |--data-urlencode"
)


class Advice(NamedTuple):
    """A line that tells to run something, and where it stands."""

    place: str
    line: str

    @property
    def words(self) -> list[str]:
        command = self.line.partition("voicectl ")[2].partition("…")[0]
        command = PLACEHOLDER.sub("X", command.replace("{{", "(").replace("}}", ")"))
        command = command[: ENDS.search(command).start()]  # type: ignore[union-attr]
        return command.replace("'", "").replace('"', "").split()

    @property
    def is_whole(self) -> bool:
        """Say whether it is to be pasted: not where it only names a command, or leaves a gap."""
        return "…" not in self.line and "`" not in self.line


def advice() -> Iterator[Advice]:
    """Yield each line of each text in the package that calls the program; docstrings have other tests."""
    for place, tree in TREES.items():
        documented = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        inner = {
            id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
        }
        for node in ast.walk(tree):
            if id(node) not in documented | inner:
                yield from (
                    Advice(f"{place}:{node.lineno}", line)  # type: ignore[attr-defined]
                    for line in text_of(node).splitlines()
                    if re.search(r"(^|[^\w./-])voicectl (-|[a-z])", line)
                )


def text_of(node: ast.AST) -> str:
    """Return a text as it stands in the code; what is filled in later is `{}`."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(text_of(part) or "{}" for part in parts)
        case _:
            return ""


ADVICE = [each for each in advice() if each.words and each.words[0] not in PROSE]


def hints() -> Iterator[Advice]:
    """Yield each line of each hint that is written where its error is raised."""
    for place, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "hint":
                for line in text_of(node.value).splitlines():
                    yield Advice(f"{place}:{node.value.lineno}", line)


HINTS = [each for each in hints() if "--" in each.line and not OTHER_PROGRAMS.search(each.line)]


def fault_of(words: list[str], *, is_whole: bool = True) -> str:
    """Return what is wrong with a command line; empty where nothing is."""
    command: Any = None
    given: list[str] = []
    options: set[str] = set()
    members: Mapping[str, Any] = TREE
    waits_for_value = False
    for word in words:
        if waits_for_value:
            waits_for_value = False
        elif re.match(r"--?[a-zA-Z]", word):
            name = word.partition("=")[0]
            param = next((each for each in getattr(command, "params", ()) if name in each.opts), None)
            if param is None and name not in SHARED:
                return f"there is no option {name}"
            options.add(name)
            waits_for_value = "=" not in word and (not param.is_flag if param else name in TAKES_VALUE)
        elif members:
            if word == "X" or word.isupper():
                return ""
            if word not in members:
                return f"there is no command {word}"
            command = members[word]
            members = getattr(command, "commands", {})
        else:
            given.append(word)
    if command is None or members or "--help" in options or not is_whole:
        return ""
    missing = [
        each
        for each in command.params
        if each.required and each.param_type_name == "option" and not options & set(each.opts)
    ]
    needed = [each for each in command.params if each.required and each.param_type_name == "argument"]
    if missing:
        return f"{missing[0].opts[-1]} is missing"
    return "an argument is missing" if len(given) < len(needed) else ""


@pytest.mark.parametrize("each", ADVICE, ids=[f"{each.place} {each.line.strip()[:50]}" for each in ADVICE])
def test_what_is_told_to_run_can_be_run(each: Advice) -> None:
    assert not fault_of(each.words, is_whole=each.is_whole), each.words


@pytest.mark.parametrize("each", HINTS, ids=[f"{each.place} {each.line[:50]}" for each in HINTS])
def test_an_option_that_is_told_to_give_is_one_of_a_command(each: Advice) -> None:
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", each.line))
    assert not told - KNOWN, each.line


@pytest.mark.parametrize("pointer", POINTERS.values())
def test_a_pointer_leads_to_a_command(pointer: str) -> None:
    assert not fault_of(Advice("", pointer).words)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("voicectl profil list", "there is no command profil"),
        ("voicectl profile lst", "there is no command lst"),
        ("voicectl --vendor aws tts voices --langs zh", "there is no option --langs"),
        ("voicectl profile use", "an argument is missing"),
        ("voicectl call listen", "--port is missing"),
        ("voicectl -p work token print", ""),
    ],
)
def test_a_wrong_command_is_found(line: str, fault: str) -> None:
    assert fault_of(Advice("", line).words) == fault
