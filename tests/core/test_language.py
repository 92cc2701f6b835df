"""Promises about language tags: which voice fits which wish."""

from __future__ import annotations

import pytest

from voicectl.core.language import fits


@pytest.mark.parametrize(
    ("tags", "wanted", "answer"),
    [
        ("zh-CN", "zh", True),
        ("cmn-CN", "zh", True),
        ("cmn-CN", "zh-CN", True),
        ("zh", "zh-TW", True),
        ("zh-CN", "zh-TW", False),
        ("yue-CN", "zh", False),
        ("yue-CN", "yue", True),
        ("yue-CN", "zh-HK", True),
        ("en-GB", "EN", True),
        ("en_GB", "en-gb", True),
        ("en-GB", "en-US", False),
        ("zh-CN, en-US", "en", True),
        ("arb", "ar", True),
        ("", "en", False),
    ],
)
def test_a_voice_fits_a_language_by_what_the_tags_mean(tags: str, wanted: str, answer: bool) -> None:
    assert fits(tags, wanted) is answer
