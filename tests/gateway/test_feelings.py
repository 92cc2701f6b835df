"""Promises about feelings: no door is left open beside the one that is watched."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.doors import Gate
from voicectl.core.tts import Utterance
from voicectl.gateway.door import Reserved
from voicectl.gateway.feelings import Wanted, doors, doors_of, voices_named
from voicectl.gateway.refusals import Refusal

DOORS: list[dict[str, Any]] = [
    {"emotion": "happy"},
    {"emotion": "anything"},
    {"prompt": "开心"},
    {"prompt": "neutral, but slightly angry"},
    {"instructions": "Whisper."},
    {"text": "<speak><amazon:emotion name='excited'>Hi</amazon:emotion></speak>", "is_markup": True},
    {"text": '<speak><mstts:express-as style="sad">Hi</mstts:express-as></speak>', "is_markup": True},
    {"text": '<speak><emotion category="happy">Hi</emotion></speak>', "is_markup": True},
    {"text": '<speak effect="robot">Hi</speak>', "is_markup": True},
    {"text": "<speak><amazon:effect vocal-tract-length='+15%'>Hi</amazon:effect></speak>"},
    {"text": "<speak><amazon:domain name='news'>Hi</amazon:domain></speak>"},
    {"text": "<EMOTION category='sad'>Hi</EMOTION>"},
    {"text": "<s\n style = 'sad'>Hi</s>"},
    {"text": '<s title="a>b" style="sad">Hi</s>'},
    {"text": "Hello <laugh> there"},
    {"text": "Hello [voice:bella] there"},
    {"text": "Hello [ emotion : sad ] there"},
    {"text": "[#in a low voice]Hello"},
    {"params": {"audio_params.emotion": "sad"}},
    {"params": {"additions.context_texts": "cry"}},
    {"params": {"EmotionCategory": "sad"}},
    {"params": {"instruction": "cry"}},
    {"params": {"prompt_text": "cry"}},
]
PLAIN: list[dict[str, Any]] = [
    {},
    {"emotion": "neutral"},
    {"prompt": "普通"},
    {"prompt": " "},
    {"instructions": "  "},
    {"text": "3 < 4 and 5 > 2, a<b"},
    {"text": "see [1] and [note 2]"},
    {"text": '<speak><p><s>Hi<break time="1s"/> <sub alias="x">y</sub></s></p></speak>', "is_markup": True},
    {"params": {"bit_rate": "64"}},
]


def wanted(given: dict[str, Any]) -> Wanted:
    return Wanted(**{"text": "Hello", "profile": "work", **given})


@pytest.mark.parametrize("given", DOORS, ids=str)
def test_every_door_to_a_feeling_wants_its_tag(given: dict[str, Any]) -> None:
    gate = Gate()
    basic = gate.admitted(gate.key().text)
    refused = gate.door.reserve(basic, wanted(given), gate.now)
    assert isinstance(refused, Refusal)
    assert (refused.status, refused.message) == (403, "Insufficient permissions for emotional TTS")
    assert not gate.door.quotas.changed()


@pytest.mark.parametrize("given", DOORS, ids=str)
def test_with_its_tag_the_same_is_spoken(given: dict[str, Any]) -> None:
    gate = Gate()
    made = gate.key(tags=frozenset(("tts.basic", "tts.emotion")))
    assert isinstance(gate.door.reserve(gate.admitted(made.text), wanted(given), gate.now), Reserved)


@pytest.mark.parametrize("given", PLAIN, ids=str)
def test_what_asks_for_no_feeling_needs_no_tag(given: dict[str, Any]) -> None:
    gate = Gate()
    assert isinstance(gate.door.reserve(gate.admitted(gate.key().text), wanted(given), gate.now), Reserved)


def test_the_tag_for_feelings_alone_cannot_speak() -> None:
    gate = Gate()
    refused = gate.refused(gate.key(tags=frozenset(("tts.emotion",))).text)
    assert (refused.refusal.status, refused.refusal.code) == (403, "insufficient_scope")


@pytest.mark.parametrize(
    "utterance",
    [
        Utterance(text="Hi", emotion="sad"),
        Utterance(text="Hi", style="whisper"),
        Utterance(text="<speak><emotion>Hi</emotion></speak>", ssml=True),
        Utterance(text="<speak><voice name='x'>Hi</voice></speak>"),
        Utterance(text="Hi", params={"audio.emotion_scale": "5"}),
    ],
)
def test_the_second_look_sees_what_a_vendor_would_be_asked(utterance: Utterance) -> None:
    assert list(doors_of(utterance))
    assert not list(doors_of(Utterance(text="Hi", emotion="neutral", rate=1.5)))


def test_doors_are_told_by_name() -> None:
    assert list(doors(wanted({"emotion": "sad", "instructions": "cry"}))) == ["emotion", "instructions"]


@pytest.mark.parametrize(
    ("given", "feeling"),
    [
        ({}, "neutral"),
        ({"emotion": "sad"}, "sad"),
        ({"prompt": "悲伤"}, "sad"),
        ({"prompt": "普通"}, "neutral"),
        ({"prompt": "一个悲伤的人"}, "any"),
        ({"instructions": "cry"}, "any"),
        ({"emotion": "sad", "instructions": "cry"}, "any"),
    ],
)
def test_rules_know_a_feeling_by_its_name_or_take_it_for_any(given: dict[str, Any], feeling: str) -> None:
    assert wanted(given).feeling == feeling


@pytest.mark.parametrize(
    "given",
    [
        {"text": '<speak><voice name="Joanna">Hi</voice></speak>'},
        {"text": "<speak voice='Joanna'>Hi</speak>"},
        {"text": "<speak><amazon:voice name='Joanna' x:voice='Joanna'>Hi</amazon:voice></speak>"},
        {"text": "[voice:Joanna]Hi"},
        {"text": "[ Voice : Joanna ]Hi"},
        {"params": {"VoiceType": "Joanna"}},
        {"params": {"speaker": "Joanna"}},
    ],
    ids=str,
)
def test_a_voice_that_is_not_listed_is_refused_wherever_it_is_named(given: dict[str, Any]) -> None:
    assert list(voices_named(wanted(given))) == ["Joanna"]
    gate = Gate()
    made = gate.key(tags=frozenset(("tts.basic", "tts.emotion")), voices=("Amy",))
    refused = gate.door.reserve(gate.admitted(made.text), wanted(given), gate.now)
    assert isinstance(refused, Refusal)
    assert (refused.status, refused.code) == (403, "voice_not_allowed")
