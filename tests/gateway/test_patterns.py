"""Promises about patterns: they find what Python's own engine finds, and never take long."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from random import Random

import pytest

from voicectl.gateway.patterns import MOST_MOVES, Patterns, Unbounded

LONG = 5000
MOST_SECONDS = 2.0
"""The worst that is known takes 0.2; an engine that tries one way after the other does not come to an end."""
NASTY = [
    r"(a|a)*c",
    r"(a|ab)*c",
    r"(a+)+c",
    r"(a*)*c",
    r"(\w+\s?)+!",
    r"(a|aa)+$c",
    r"(.*)*x",
    r"a*a*a*a*c",
    r".*.*.*.*=x",
    r"(?:.{0,15}a){14}c",
    r"(a|b)*a(a|b){200}c",
    r"^(([ab])+.)+=([ab])+$",
]


@pytest.mark.parametrize("pattern", NASTY)
def test_what_sends_other_engines_astray_is_searched_for_in_bounded_time(pattern: str) -> None:
    chance = Random(7)
    texts = ["a" * LONG, "".join(chance.choice("ab") for _ in range(LONG)), "ab " * (LONG // 3)]
    begun = time.perf_counter()
    found = [Patterns([pattern]).search(text) for text in texts]
    assert time.perf_counter() - begun < MOST_SECONDS
    assert found == [False] * 3


@pytest.mark.parametrize(
    ("pattern", "text", "is_there"),
    [
        (r"card \d{4}", "my card 1234.", True),
        (r"card \d{4}", "my card 123.", False),
        (r"\bgun\b", "a gun!", True),
        (r"\bgun\b", "begun", False),
        (r"pay\s+me\s+now", "PAY  me\n now", True),
        (r"^hello", "say hello", False),
        (r"now$", "do it now\n", True),
        (r"now$", "do it now\n\n", False),
        (r"now\Z", "do it now\n", False),
        (r"(kill|hurt)\s+(you|him)", "to hurt him", True),
        (r"[\u4e00-\u9fff]{3}密码", "请告诉我密码", True),
        (r"(?s)a.b", "a\nb", True),
        (r"a.b", "a\nb", False),
        (r"(?-i:IRA) fund", "ira fund", False),
        (r"(?x) pin \s code", "PIN CODE", True),
        (r"straße", "STRASSE", False),
        (r"(\d{4}[ -]?){4}", "1234-5678 90123456", True),
        (r"\Bx", "ax", True),
    ],
)
def test_a_pattern_means_what_it_always_means(pattern: str, text: str, is_there: bool) -> None:
    assert Patterns([pattern]).search(text) is is_there


def some_pattern(chance: Random, depth: int = 0) -> str:
    """Return a pattern by chance, nested up to a depth."""
    inner: Callable[[], str] = lambda: some_pattern(chance, depth + 1)  # noqa: E731
    match chance.randrange(12 if depth < 3 else 6):
        case 0 | 1 | 2:
            return chance.choice("abAB世 .")
        case 3:
            return chance.choice(
                [r"\w", r"\s", r"\d", "[ab]", "[^a]", r"[\w-]", "(?i:A)", "(?-i:A)", "(?s:.)"]
            )
        case 4:
            return chance.choice(["^", "$", r"\b", r"\B", r"\A", r"\Z"])
        case 6 | 7:
            often = ["*", "+", "?", "{2}", "{0,2}", "{1,3}", "*?", "+?", "{2,}"]
            return f"(?:{inner()}){chance.choice(often)}"
        case 8:
            return f"({inner()}|{inner()})"
    return inner() + inner() if depth < 4 else "a"


def test_whatever_the_pattern_it_finds_what_pythons_own_engine_finds() -> None:
    chance = Random(11)
    for _ in range(400):
        pattern = some_pattern(chance)
        own, pythons = Patterns([pattern]), re.compile(pattern, re.IGNORECASE)
        for _ in range(12):
            text = "".join(chance.choice("abAB世 .\n1") for _ in range(chance.randrange(1, 9)))
            assert own.search(text) == (pythons.search(text) is not None), (pattern, text)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"(?=a)b", "looks around"),
        (r"(?<!a)b", "looks around"),
        (r"(a)\1", "refers back"),
        (r"(?>a)b", "gives nothing back"),
        (r"a*+b", "gives nothing back"),
        (r"(?m)^a", "other flags"),
        (r"(?a:\w)", "other flags"),
        (r".{1000}", "repeats too much"),
        (r"((a{90}){90}){90}", "repeats too much"),
    ],
)
def test_what_cannot_be_bounded_is_refused(pattern: str, words: str) -> None:
    with pytest.raises(Unbounded, match=words):
        Patterns([pattern])


def test_repeating_nothing_takes_no_time_to_read() -> None:
    begun = time.perf_counter()
    assert Patterns([r"(?:(?:(?:){60000}){60000}){60000}x"]).search("x")
    assert time.perf_counter() - begun < 1


def test_several_patterns_are_searched_for_as_one() -> None:
    both = Patterns([r"a{3}", r"\bb\b"])
    assert [both.search(text) for text in ("aa b", "aaa", "abba")] == [True, True, False]


def test_what_is_remembered_is_bounded_and_forgetting_changes_nothing() -> None:
    patterns = Patterns([r"[a-z]+!"])
    for start in range(0x4E00, 0x4E00 + MOST_MOVES + 5000, 5000):
        assert not patterns.search("".join(map(chr, range(start, start + 5000))))
    assert patterns._moves <= MOST_MOVES
    assert patterns.search("well, abc!")
