"""Promises about other languages: each template is one that is told, with the same facts; few are missing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from string import Formatter

import pytest

from voicectl.cli.words import LANGUAGES, NEXT_STEPS
from voicectl.core import errors

PACKAGE = Path(__file__).parents[2] / "voicectl"
ELSEWHERE = ("cli/languages/", "testing/")
"""The catalogues themselves, and what is told to authors of plugins only."""
KINDS = {name for name, each in vars(errors).items() if isinstance(each, type)} - {"BugError"}
NEVER_TOLD = {
    "",  # what an empty error looks like in JSON
    "{text}",  # the words of a library
    "the answer was to be cut",  # a fault that was asked for, on its way to a connection
}
TREES = [
    ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
    if not path.relative_to(PACKAGE).as_posix().startswith(ELSEWHERE)
]


def texts(node: ast.AST) -> list[str]:
    """Return all that an expression of texts can be."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=one, orelse=other):
            return texts(one) + texts(other)
        case ast.BinOp(left=first, right=second):
            return [start + end for start in texts(first) for end in texts(second)]
        case _:
            return []


def written() -> Iterator[str]:
    for tree in TREES:
        for node in ast.walk(tree):
            for text in texts(node):
                yield text
                yield from text.splitlines()


def raised() -> Iterator[str]:
    """Yield the messages of failures, where they are raised."""
    for tree in TREES:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
                yield from texts(node.args[0]) if node.args else ()


WRITTEN = set(written())
RAISED = set(raised()) - NEVER_TOLD
WORDS = {name: import_module(module).WORDS for name, module in LANGUAGES.items()}


def facts_of(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("language", WORDS)
def test_every_template_of_a_language_is_one_that_is_told(language: str) -> None:
    dead = sorted(set(WORDS[language]) - WRITTEN)
    assert not dead


@pytest.mark.parametrize("language", WORDS)
def test_the_words_hold_the_same_facts(language: str) -> None:
    assert not [key for key, words in WORDS[language].items() if facts_of(key) != facts_of(words)]


@pytest.mark.parametrize("language", WORDS)
def test_the_words_are_not_english_and_end_without_a_full_stop(language: str) -> None:
    for template, words in WORDS[language].items():
        said = re.sub(r"\{[^}]*\}", "", template)
        assert words != template or not re.search("[a-z]", said), template
        assert not words.endswith(("。", ".", "，")), words


@pytest.mark.parametrize("language", WORDS)
def test_few_failures_are_without_words(language: str) -> None:
    assert len(RAISED) > 600
    missing = RAISED - set(WORDS[language])
    assert len(missing) <= 0.05 * len(RAISED), missing


@pytest.mark.parametrize("language", WORDS)
def test_the_steps_that_many_failures_share_are_told_in_the_language(language: str) -> None:
    steps = {step for step in NEXT_STEPS.values() if not step.startswith("voicectl ")}
    assert not steps - set(WORDS[language])
