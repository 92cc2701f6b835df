"""Promises about the words of speech options: how each spelling is read."""

from __future__ import annotations

import pytest

from voicectl.cli.speech_options import factor, pace, semitones
from voicectl.core.errors import UsageError


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("1.2", (1.2, None)),
        ("+10%", (1.1, None)),
        ("80%", (0.8, None)),
        ("180wpm", (None, 180)),
        ("", (None, None)),
    ],
)
def test_pace_is_a_factor_or_words_a_minute(word: str, read: tuple[float | None, float | None]) -> None:
    assert pace("--rate", word) == read


@pytest.mark.parametrize("word", ["wpm", "0wpm", "-5wpm", "infwpm", "nanwpm", "fast", "180 wpm x"])
def test_what_is_no_pace_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        pace("--rate", word)


@pytest.mark.parametrize(
    ("word", "read"), [("+2", 2), ("-3st", -3), ("+100%", 12), ("-50%", -12), ("200%", 12)]
)
def test_pitch_is_in_semitones_or_a_change_of_the_frequency(word: str, read: float) -> None:
    assert semitones("--pitch", word) == pytest.approx(read)


@pytest.mark.parametrize("word", ["high", "-100%", "x%", "inf"])
def test_what_is_no_pitch_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        semitones("--pitch", word)


def test_loudness_is_a_factor_or_a_change() -> None:
    assert (factor("--volume", "0.5"), factor("--volume", "-20%")) == (0.5, 0.8)
