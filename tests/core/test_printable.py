"""Text from outside cannot steer a terminal, and JSON keeps its meaning."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicectl.core.printable import visible, visible_json

ANY_TEXT = st.text(st.characters(), max_size=60)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, 你好 and 👨‍👩‍👧", "plain, 你好 and 👨‍👩‍👧"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\r\nb\tc\x00", r"a\r\nb\tc\x00"),
        ("user\u202egnp.exe", r"user\u202egnp.exe"),
        ("\u2028\u2029\ufeff\x85", r"\u2028\u2029\ufeff\u0085"),
        ("tag \U000e0041", r"tag \U000e0041"),
        ("half \ud800", r"half \ud800"),
        ("ideographic\u3000space", "ideographic\u3000space"),
    ],
)
def test_control_and_bidi_characters_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_line_ends_can_be_kept() -> None:
    assert visible("a\nb\x07", keep="\n") == "a\nb\\x07"


@given(ANY_TEXT)
def test_nothing_that_is_shown_is_harmful(text: str) -> None:
    assert all(char >= " " and char not in "\x7f\u202e\u2066" for char in visible(text))
    visible(text).encode("utf-8")


@given(ANY_TEXT)
def test_json_means_the_same_after_it_was_made_safe(text: str) -> None:
    document = visible_json(json.dumps({"x": text}, ensure_ascii=False, indent=2))
    assert json.loads(document) == {"x": text}
    assert "\x1b" not in document
    assert "\u202e" not in document
