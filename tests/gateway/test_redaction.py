"""Keys are taken out wherever they stand, and nothing else is."""

from __future__ import annotations

import pytest

from voicectl.gateway.redaction import plain, redacted

KEY = "ak_live_K7abcdef0123456789ABCDEFGHIJKLMNOPQRSTUV0bsl45"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJLN2FiY2RlZiJ9.c2ln-bmF0_dXJl"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (KEY, "ak_live_***"),
        (f"my key:{KEY}.", "my key:ak_live_***."),
        (f"我的密钥是{KEY}，请保密", "我的密钥是ak_live_***，请保密"),
        (f"x{KEY}", "xak_live_***"),
        (f"{KEY}{KEY}", "ak_live_***"),
        (f"令牌{TOKEN}！", "令牌***！"),
        (KEY.replace("ak_live", "sk_test"), "sk_test_***"),
        ("the bearer of bad news", "the bearer of bad news"),
        ("ak_live_", "ak_live_"),
        ("你好，今天心情不错。", "你好，今天心情不错。"),
    ],
)
def test_keys_go_and_words_stay(text: str, left: str) -> None:
    assert redacted(text) == left


def test_a_log_hides_whatever_was_shown_as_a_key_and_stays_on_its_line() -> None:
    assert plain("Authorization: bEaReR \t s3cret\nforged line\x1b[2J") == (
        "Authorization: bEaReR ? ***?forged line?[2J"
    )
