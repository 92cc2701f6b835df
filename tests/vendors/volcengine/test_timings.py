"""Words and their times, in both interfaces' forms."""

from __future__ import annotations

import json

import pytest

from voicectl.core.tts import Mark
from voicectl.vendors.volcengine.timings import marks_of_addition, marks_of_sentence

SENTENCE = {
    "phonemes": [],
    "text": "其他人。",
    "words": [
        {"confidence": 0.85, "startTime": 0.205, "endTime": 0.315, "word": "其"},
        {"confidence": 0.97, "startTime": 0.315, "endTime": 0.515, "word": "他"},
        {"confidence": 0.92, "startTime": 0.515, "endTime": 0.8149, "word": "人。"},
    ],
}


def test_a_sentence_is_a_mark_before_its_words() -> None:
    assert list(marks_of_sentence(SENTENCE)) == [
        Mark(205, 815, "其他人。", is_sentence=True),
        Mark(205, 315, "其"),
        Mark(315, 515, "他"),
        Mark(515, 815, "人。"),
    ]


@pytest.mark.parametrize(
    "sentence",
    [None, "text", {}, {"text": "x"}, {"text": "x", "words": []}, {"text": "x", "words": "no"},
     {"text": "x", "words": [{"word": "x"}, {"word": "x", "startTime": "1", "endTime": None}]}],
)  # fmt: skip
def test_a_sentence_without_times_has_no_marks(sentence: object) -> None:
    assert list(marks_of_sentence(sentence)) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([("你", 95, 265), ("好", 265, 560)], [Mark(95, 265, "你"), Mark(265, 560, "好")]),
        ([("你", 0.095, 0.265), ("好", 0.265, 0.56)], [Mark(95, 265, "你"), Mark(265, 560, "好")]),
        ([("你", 95, 265), ("好。", 265, 1110)], [Mark(95, 265, "你"), Mark(265, 560, "好。")]),
        ([("a", 0, 560)], [Mark(0, 560, "a")]),
        ([("a", 0, 0.5)], [Mark(0, 500, "a")]),
    ],
    ids=["milliseconds", "seconds", "an end beyond the sound", "one word", "one word in seconds"],
)
def test_times_of_the_first_interface_are_read_in_either_unit(
    words: list[tuple[str, float, float]], expected: list[Mark]
) -> None:
    told = [{"word": word, "start_time": begin, "end_time": end} for word, begin, end in words]
    addition = {"duration": "560", "frontend": json.dumps({"words": told})}
    assert list(marks_of_addition(addition)) == expected


@pytest.mark.parametrize(
    "addition",
    [None, {}, {"duration": "560"}, {"duration": "x", "frontend": "{}"}, {"frontend": "no json"},
     {"frontend": "[]"}, {"duration": "1", "frontend": '{"words": 1}'}],
)  # fmt: skip
def test_an_addition_without_times_has_no_marks(addition: object) -> None:
    assert marks_of_addition(addition) == ()
