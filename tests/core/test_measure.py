"""Text is counted as vendors count it."""

from __future__ import annotations

import pytest

from voicectl.core.errors import BadInput
from voicectl.core.measure import Unit, without_tags
from voicectl.core.tts import TextLimit

MIXED = "a你，カ한😀"


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        (Unit.CHARACTERS, 6),
        (Unit.BYTES, 1 + 3 + 3 + 3 + 3 + 4),
        (Unit.UTF16, 7),
        (Unit.GBK, 1 + 2 + 2 + 2 + 4 + 4),
        (Unit.HAN_TWICE, 7),
        (Unit.TENTHS_OF_HAN, 53),
    ],
)
def test_a_mixed_text_has_the_size_that_its_vendor_bills(unit: Unit, size: int) -> None:
    assert TextLimit(1, unit).measure(MIXED) == size
    assert sum(TextLimit(1, unit).measure(sign) for sign in MIXED) == size


def test_rare_han_signs_count_as_han() -> None:
    assert TextLimit(1, Unit.HAN_TWICE).measure("𠀀々〇㐀") == 8


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<speak>a<break time='1s'/>b</speak>", "ab"),
        ('<sub alias="a > b">x</sub>', "x"),
        ("a &amp; b &#20320;", "a & b &"),
        ("1 < 2 & 3", "1 < 2 & 3"),
    ],
)
def test_tags_are_free_where_the_vendor_says_so(markup: str, words: str) -> None:
    assert without_tags(markup) == words
    assert TextLimit(9, tags_free=True).measure(markup, ssml=True) == len(words)
    assert TextLimit(9).measure(markup, ssml=True) == len(markup)
    assert TextLimit(9, tags_free=True).measure(markup) == len(markup), "plain text has no tags"


def test_a_whole_with_its_tags_has_a_bound_of_its_own() -> None:
    limit = TextLimit(5, tags_free=True, whole=12)
    assert limit.holds("<p>abcde</p>", ssml=True)
    assert not limit.holds("<p>abcdef</p>", ssml=True)
    assert not limit.holds("<p>abcde</p >", ssml=True)
    with pytest.raises(BadInput, match=r"13 characters with their markup; v takes at most 12"):
        limit.refuse_longer("<p>abcde</p >", "v", ssml=True)
    with pytest.raises(BadInput, match=r"6 characters; v takes at most 5"):
        limit.refuse_longer("abcdef", "v")
