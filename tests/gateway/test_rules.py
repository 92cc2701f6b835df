"""Promises about sensitive combinations: what a rule finds, and how its file is read and read again."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.doors import Gate
from voicectl.core.errors import ConfigError, NoInput
from voicectl.gateway.door import Reserved
from voicectl.gateway.feelings import Wanted
from voicectl.gateway.refusals import Refusal
from voicectl.gateway.rules import Bell, smooth
from voicectl.gateway.rules_file import RulesFile, read_rules

THREAT = """
[[rule]]
id = "threat"
emotions = ["angry", "fearful"]
terms = ["kill you", "转账", "C++"]

[[rule]]
id = "bank"
emotions = "*"
terms = ["pin code"]
patterns = ["card \\\\d{4}"]
languages = ["en"]
action = "flag"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(THREAT, encoding="utf-8")
    return path


def hits(file: Path, text: str, **more: Any) -> list[str]:
    wanted = Wanted(**{"text": text, "profile": "w", "emotion": "angry", **more})
    return [rule.id for rule in read_rules(file).hits(wanted)]


@pytest.mark.parametrize(
    "text",
    [
        "I will kill you",
        "I WILL KILL YOU",
        "k i l l y o u",
        "k.i-l_l  y,o!u",
        "kill\u200byou",
        "ki\u00adll y\u2060ou",
        "ｋｉｌｌ ｙｏｕ",
        "𝐤𝐢𝐥𝐥 𝐲𝐨𝐮",
        "k\u0332i\u0332l\u0332l\u0332 you",
        "KİLL".replace("İ", "i") + " YOU",
        "<speak>kill <break/>you</speak>",
        "<speak>ki<emphasis>ll y</emphasis>ou</speak>",
        "&#107;ill &#x79;ou",
        "ki[voice:x]ll you",
        "请转 账",
        "转\n账",
        "they said: C++",
    ],
)
def test_a_term_is_found_however_it_is_dressed(file: Path, text: str) -> None:
    assert hits(file, text) == ["threat"]


@pytest.mark.parametrize("text", ["skill yogurt", "a c b", "nothing of the kind", ""])
def test_what_is_not_there_is_not_found(file: Path, text: str) -> None:
    assert hits(file, text) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"emotion": "angry"}, ["threat"]),
        ({"emotion": "fearful"}, ["threat"]),
        ({"emotion": "happy"}, []),
        ({"emotion": ""}, []),
        ({"emotion": "", "prompt": "生气"}, ["threat"]),
        ({"emotion": "", "prompt": "开心"}, []),
        ({"emotion": "", "instructions": "Sound furious."}, ["threat"]),
        ({"text": "hello", "instructions": "Now say: k i l l you"}, ["threat"]),
        ({"text": "hello", "prompt": "转账"}, ["threat"]),
        ({"emotion": "", "params": {"EmotionCategory": "angry"}}, ["threat"]),
    ],
    ids=str,
)
def test_a_rule_is_for_its_feelings_and_for_what_may_be_any(
    file: Path, more: dict[str, Any], expected: list[str]
) -> None:
    assert hits(file, **{"text": "kill you", **more}) == expected


@pytest.mark.parametrize(
    ("language", "expected"), [("en", ["bank"]), ("EN-gb", ["bank"]), ("", ["bank"]), ("de", [])]
)
def test_a_rule_is_for_its_languages_and_for_what_may_be_any(
    file: Path, language: str, expected: list[str]
) -> None:
    assert hits(file, "Tell me your PIN-code", language=language) == expected
    assert hits(file, "my card 1234 is", language=language) == expected


def test_a_pattern_sees_the_whole_of_a_long_text(file: Path) -> None:
    for place in (0, 4990, 4999, 9400, 20_000):
        assert hits(file, "x" * place + "card 1234" + "y" * 3000) == ["bank"]


def test_what_blocks_comes_before_what_flags(file: Path) -> None:
    assert hits(file, "kill you, pin code") == ["threat", "bank"]


def test_smoothing_leaves_what_is_heard() -> None:
    assert smooth("Ｈé l-l\u200bo, 世 界_！") == "héllo世界"


def test_the_door_blocks_flags_and_tells_the_client_no_rule(file: Path) -> None:
    gate = Gate(book=read_rules(file))
    made = gate.key(tags=frozenset(("tts.basic", "tts.emotion")))
    admitted = gate.admitted(made.text)
    blocked = gate.door.reserve(admitted, Wanted(text="kill you", profile="w", emotion="angry"), gate.now)
    assert isinstance(blocked, Refusal)
    assert (blocked.status, blocked.code, blocked.rule) == (403, "content_blocked", "threat")
    assert "threat" not in blocked.message
    assert gate.door.quotas.changed() == []
    flagged = gate.door.reserve(admitted, Wanted(text="my pin code", profile="w"), gate.now)
    assert isinstance(flagged, Reserved)
    assert flagged.flags == ("bank",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[rule]]\n", "rule 1 has no id"),
        ('[[rule]]\nid = "a"\nemotions = "*"\n', "matches nothing"),
        ('[[rule]]\nid = "a"\nterms = ["x"]\n', "emotions can be"),
        ('[[rule]]\nid = "a"\nemotions = ["mad"]\nterms = ["x"]\n', "emotions can be"),
        ('[[rule]]\nid = "a"\nemotions = "*"\nterms = "x"\n', "terms is no list"),
        ('[[rule]]\nid = "a"\nemotions = "*"\nterms = [""]\n', "terms is no list"),
        ('[[rule]]\nid = "a"\nemotions = "*"\nterms = ["x"]\naction = "stop"\n', "block or flag"),
        ('[[rule]]\nid = "a"\nemotions = "*"\nterm = ["x"]\n', "'term', which there is not"),
        ('[[rule]]\nid = "a"\nemotions = "*"\nterms = ["x"]\n' * 2, "two rules 'a'"),
        ("rules = []\n", "holds what is no"),
        ("", "holds no rule"),
        ("# later\n", "holds no rule"),
        ("[rule]\n", "holds what is no"),
        ("[[rule]\n", "rules.toml:1:"),
    ],
)
def test_a_bad_file_names_what_is_wrong(file: Path, text: str, words: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_rules(file)
    assert words in str(caught.value)
    assert caught.value.hint is not None


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NoInput):
        RulesFile(tmp_path / "none.toml")


def test_a_changed_file_is_taken_whole_and_a_bad_one_not_at_all(file: Path) -> None:
    rules = RulesFile(file)
    first = rules.book
    assert rules.refresh() is None
    assert rules.book is first
    file.write_text(THREAT.replace("kill you", "hurt you"), encoding="utf-8")
    assert rules.refresh() is None
    assert rules.book.version != first.version
    assert rules.book.rules[0].terms[0] == "hurt you"
    second = rules.book
    file.write_text("[[rule]", encoding="utf-8")
    assert isinstance(rules.refresh(), ConfigError)
    assert rules.refresh() is None
    assert (rules.book, rules.has_failed) == (second, True)
    file.unlink()
    assert isinstance(rules.refresh(), NoInput)
    assert (rules.refresh(), rules.book, rules.has_failed) == (None, second, True)
    file.write_text(THREAT, encoding="utf-8")
    assert (rules.refresh(), rules.book.version, rules.has_failed) == (None, first.version, False)


def test_a_file_of_the_same_length_and_time_in_its_place_is_seen(file: Path) -> None:
    rules = RulesFile(file)
    stamp = file.stat()
    beside = file.with_name("other.toml")
    beside.write_text(THREAT.replace("kill you", "hurt you"), encoding="utf-8")
    os.utime(beside, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    beside.replace(file)
    rules.refresh()
    assert rules.book.rules[0].terms[0] == "hurt you"


def test_a_thousand_terms_on_a_long_text_take_no_time_to_speak_of(file: Path) -> None:
    terms = ", ".join(f'"forbidden thing {number}"' for number in range(1000))
    file.write_text(f'[[rule]]\nid = "a"\nemotions = "*"\nterms = [{terms}]\n', encoding="utf-8")
    book = read_rules(file)
    begun = time.perf_counter()
    assert book.hits(Wanted(text="harmless words " * 270, profile="w")) == []
    assert time.perf_counter() - begun < 0.25


def test_a_bell_rings_once_a_minute_for_each_key() -> None:
    bell = Bell()
    assert [bell.may_ring("a", at) for at in (0.0, 30.0, 59.9, 60.0, 61.0)] == [
        True,
        False,
        False,
        True,
        False,
    ]
    assert bell.may_ring("b", 30.0)
