"""Promises about patterns: what their writer may rely on, what is refused, and that none takes long."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from voicectl.core.errors import ConfigError, Unavailable
from voicectl.gateway.feelings import Wanted
from voicectl.gateway.patterns import compiled
from voicectl.gateway.rules import RuleBook
from voicectl.gateway.rules_file import RulesFile, read_rules

LONG = 5000
MOST_SECONDS = 2.0
"""The worst that is known takes 0.2; an engine that tries one way after the other does not come to an end."""
NASTY = [
    r"(a|a)*c",
    r"(a+)+c",
    r"(a*)*c",
    r"(\w+\s?)+!",
    r"(.*)*x",
    r".*.*.*.*=x",
    r"(?:.{0,30}a){14}c",
    r"(a|b)*a(a|b){900}c",
    r"^(([ab])+.)+=([ab])+$",
    r"(?:a?b?c?d?){499}!",
    r"(?:[^\n]?){440}c",
]
"""Some go astray by going back, some have more states than are remembered; the last two are the largest."""


def rules_with(directory: Path, *patterns: str) -> Path:
    path = directory / "rules.toml"
    listed = ", ".join(f"'''{pattern}'''" for pattern in patterns)
    path.write_text(f'[[rule]]\nid = "a"\nemotions = "*"\npatterns = [{listed}]\n', encoding="utf-8")
    return path


def has_hits(book: RuleBook, text: str) -> bool:
    return bool(book.hits(Wanted(text=text, profile="w")))


@pytest.mark.parametrize("pattern", NASTY)
def test_no_pattern_takes_long_on_any_text(pattern: str) -> None:
    chance = Random(7)
    search = compiled(pattern).search
    texts = [
        "a" * LONG,
        "".join(chance.choice("ab") for _ in range(LONG)),
        "".join(chr(chance.randrange(0x20000, 0x2A000)) for _ in range(LONG)),
    ]
    begun = time.perf_counter()
    assert not any(search(text.encode()) for text in texts)
    assert time.perf_counter() - begun < MOST_SECONDS


@pytest.mark.parametrize(
    ("pattern", "text", "is_there"),
    [
        (r"card \d{4}", "my CARD 1234.", True),
        (r"card \d{4}", "my card 123.", False),
        (r"card \d{4}", "ｃａｒｄ\u3000１２３４", True),
        (r"卡号\s*\d{6}", "卡 号：１２３ ４５６", True),
        (r"pay\s+me\s+now", "PAY  me\n now", True),
        (r"pay\s+me", "<b>pay</b> &#109;e", True),
        (r"\bgun\b", "begun", False),
        (r"\bgun\b", "买gun吧", True),
        (r"转.{0,3}账", "转\n一下账", True),
        (r"转\w账", "转个账", False),
        (r"转\p{Han}账", "转个账", True),
        (r"\pL{3}!", "héé!", True),
        (r"^hello", "say hello", False),
        (r"do it now$", "do it now\n", False),
        (r"(?-i:IRA) fund", "ira fund", False),
        (r"a.b", "a\ud800b", True),
    ],
)
def test_a_pattern_finds_what_its_writer_expects(
    tmp_path: Path, pattern: str, text: str, is_there: bool
) -> None:
    assert has_hits(read_rules(rules_with(tmp_path, pattern)), text) is is_there


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(", "missing ): ("),
        ("(?=a)b", "invalid perl operator: (?="),
        ("(?<!a)b", "invalid perl operator: (?<!"),
        (r"(a)\1", r"invalid escape sequence: \1"),
        (r"now\Z", r"invalid escape sequence: \Z"),
        ("((a{90}){90}){90}", "invalid repetition size: {90}"),
        (r"\pL{1000}", "pattern too large"),
        (".{1000}", "pattern too large"),
        ("(bomb)?", "matches every text"),
        ("a" * 201, "more than 200 characters"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_named(tmp_path: Path, pattern: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_rules(rules_with(tmp_path, "fine", pattern))
    assert "rule 'a': pattern 2" in str(caught.value)
    assert words in str(caught.value)
    assert caught.value.hint


def test_a_pattern_that_cannot_be_used_leaves_the_rules_as_they_were(tmp_path: Path) -> None:
    rules = RulesFile(rules_with(tmp_path, "first"))
    rules_with(tmp_path, "second", r"(a)\1")
    assert isinstance(rules.refresh(), ConfigError)
    assert rules.has_failed
    assert has_hits(rules.book, "first")


def test_without_the_engine_the_rules_stay_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = RulesFile(rules_with(tmp_path, "first"))
    monkeypatch.setitem(sys.modules, "re2", None)
    rules_with(tmp_path, "second")
    error = rules.refresh()
    assert isinstance(error, Unavailable)
    assert "voicectl[gateway]" in str(error.hint)
    assert has_hits(rules.book, "first")


def test_nothing_is_printed_about_a_bad_pattern(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="missing"):
        compiled("(")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("line", "is_loaded"), [('terms = ["x"]', False), ('patterns = ["x"]', True)])
def test_the_engine_is_loaded_only_for_rules_with_patterns(
    tmp_path: Path, line: str, is_loaded: bool
) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(f'[[rule]]\nid = "a"\nemotions = "*"\n{line}\n', encoding="utf-8")
    program = (
        "import sys; from pathlib import Path; from voicectl.gateway.rules_file import read_rules;"
        "read_rules(Path(sys.argv[1])); print('re2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(is_loaded)
