"""Wishes are held to the table of an interface, in one manner for all vendors."""

from __future__ import annotations

from typing import Any

import pytest

from voicectl.core.errors import Unsupported
from voicectl.core.service import Service, Wish
from voicectl.core.tts import Utterance
from voicectl.core.wishes import refuse_beyond

SPEECH = Service(
    "speech",
    "An interface",
    wishes=(
        Wish("voice", "VoiceId"),
        Wish("rate", "Speed", 0.5, 2),
        Wish("emotion", "Mood", values=("happy", "sad")),
        Wish("params", "", values=("Segment", "Project")),
    ),
)


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"pitch": 1.0}, "it has no --pitch; it has --voice, --rate, --emotion, --param"),
        ({"words_per_minute": 180.0}, "no --rate …wpm"),
        ({"rate": 2.1}, "0.5 to 2"),
        ({"emotion": "bored"}, "'bored'; it has happy, sad"),
        ({"params": {"Segment": "1", "Other": "2"}}, "--param 'Other'; it has Segment, Project"),
    ],
    ids=["another wish", "another unit", "out of range", "another word", "another parameter"],
)
def test_what_is_beyond_the_table_is_refused(wishes: dict[str, Any], said: str) -> None:
    with pytest.raises(Unsupported, match=said):
        refuse_beyond(SPEECH, Utterance(text="hi", **wishes), "it")


@pytest.mark.parametrize(
    "wishes",
    [{}, {"voice": "any"}, {"rate": 0.5}, {"rate": 2.0}, {"emotion": "sad"}, {"params": {"Project": "1"}}],
)
def test_what_is_in_the_table_passes(wishes: dict[str, Any]) -> None:
    refuse_beyond(SPEECH, Utterance(text="hi", **wishes), "it")
