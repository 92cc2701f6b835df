"""Which engine is meant, which voice it has, and what the interface behind it is not asked for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.vendors.volcengine.speaking import speaker
from voicectl.core.errors import Unsupported, UsageError
from voicectl.core.service import Wish
from voicectl.core.tts import formats_of
from voicectl.vendors.volcengine.engines import ENGINES, chosen, service_of
from voicectl.vendors.volcengine.services import SPEECH, V1_CLASSIC, V1_LARGE, V3_FIRST, V3_SECOND
from voicectl.vendors.volcengine.vendor import CARD

NOWHERE = "http://127.0.0.1:9"
URANUS, MOON, MARS = "zh_x_uranus_bigtts", "zh_x_moon_bigtts", "zh_x_emo_v2_mars_bigtts"


@pytest.mark.parametrize(
    ("engine", "voice", "meant"),
    [
        ("", "", ("seed-tts-2.0", "zh_female_vv_uranus_bigtts", V3_SECOND)),
        ("", URANUS, ("seed-tts-2.0", URANUS, V3_SECOND)),
        ("", MOON, ("seed-tts-1.0", MOON, V3_FIRST)),
        ("", MARS, ("seed-tts-1.0", MARS, V3_FIRST)),
        ("", "BV407_V2_streaming", ("volcano_tts", "BV407_V2_streaming", V1_CLASSIC)),
        (
            "seed-tts-1.0-concurr",
            "",
            ("seed-tts-1.0-concurr", "zh_female_shuangkuaisisi_moon_bigtts", V3_FIRST),
        ),
        ("volc.service_type.10029", MOON, ("volc.service_type.10029", MOON, V3_FIRST)),
        ("volcano_tts", "", ("volcano_tts", "BV001_streaming", V1_CLASSIC)),
        ("volcano_tts", MOON, ("volcano_tts", MOON, V1_LARGE)),
        ("volcano_icl", "S_x", ("volcano_icl", "S_x", V1_LARGE)),
        ("seed-icl-2.0", "S_x", ("seed-icl-2.0", "S_x", V3_SECOND)),
        ("volc.megatts.default", "S_x", ("volc.megatts.default", "S_x", V3_FIRST)),
        ("seed-tts-2.0", "a-voice-nobody-knows", ("seed-tts-2.0", "a-voice-nobody-knows", V3_SECOND)),
    ],
)
def test_engine_and_voice_decide_each_other(engine: str, voice: str, meant: tuple[object, ...]) -> None:
    assert chosen(engine, voice) == meant


@pytest.mark.parametrize(
    ("engine", "voice", "said", "hint"),
    [
        ("seed-tts-1.0", URANUS, "which is of model 2.0; seed-tts-2.0 has", "--engine seed-tts-2.0"),
        ("seed-tts-2.0", MOON, "which is of model 1.0; seed-tts-1.0,", "--engine seed-tts-1.0"),
        ("volcano_tts", URANUS, "which is of model 2.0", "--engine seed-tts-2.0"),
        ("seed-tts-2.0", "BV001_streaming", "the classic voices; volcano_tts has", "--engine volcano_tts"),
        ("volcano_icl", "BV001_streaming", "the classic voices; volcano_tts has", "--engine volcano_tts"),
        ("seed-tts-2.0", "S_x", "which is of the cloned voices", "--engine seed-icl-2.0"),
        ("volcano_tts", "S_x", "which is of the cloned voices", "--engine seed-icl-2.0"),
    ],
)
def test_a_voice_of_another_engine_is_refused_and_told_which_has_it(
    engine: str, voice: str, said: str, hint: str
) -> None:
    with pytest.raises(Unsupported) as caught:
        chosen(engine, voice)
    assert said in str(caught.value)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("engine", "voice", "said"),
    [
        ("", "S_x", "may be seed-icl-2.0, seed-icl-1.0"),
        ("", "a-voice-nobody-knows", "does not tell its engine"),
        ("seed-icl-2.0", "", "cloned voices only"),
        ("volcano_mega", "", "cloned voices only"),
        ("seed-tts-3.0", "", "seed-tts-2.0, seed-tts-1.0"),
    ],
)
def test_nothing_is_chosen_where_nothing_tells(engine: str, voice: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        chosen(engine, voice)
    assert said in str(caught.value)


def test_the_card_shows_every_interface_with_its_words() -> None:
    assert CARD.services is not None
    shown = {service.name: service for service in CARD.services()}
    assert {service.name for service in SPEECH} < shown.keys()
    assert "seed-tts-2.0" in shown["tts-v3-2.0"].engines
    assert shown["tts-v1-classic"].wish("rate") == Wish("rate", "audio.speed_ratio", 0.2, 3)


def test_every_engine_is_served_and_every_service_has_engines() -> None:
    assert {service_of(engine, "x") for engine in ENGINES} | {V1_CLASSIC} == set(SPEECH)
    assert {engine for service in SPEECH for engine in service.engines} == set(ENGINES)


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"rate": 2.5}, "0.5 to 2"),
        ({"pitch": 13.0}, "-12 to 12"),
        ({"pitch": 1.5}, "whole number of semitones"),
        ({"volume": 0.4}, "0.5 to 2"),
        ({"ssml": True}, "seed-tts-2.0 has no --ssml; seed-tts-1.0, "),
        ({"words_per_minute": 180.0}, "no --rate …wpm"),
        ({"lang": "sw"}, "zh-cn, en, ja"),
        ({"voice": MOON, "style": "slowly"}, "no --style; seed-tts-2.0, seed-icl-2.0 has"),
        ({"voice": MOON, "lang": "sw"}, "crosslingual"),
        ({"voice": "BV001_streaming", "style": "slowly"}, "no --style"),
        ({"voice": "BV001_streaming", "rate": 0.1}, "0.2 to 3"),
        ({"voice": MOON, "engine": "volcano_tts", "rate": 0.7}, "0.8 to 2"),
        ({"voice": MOON, "engine": "volcano_tts", "pitch": 1.0}, "no --pitch"),
        ({"params": {"speech_rate": "3"}}, "follows from --rate"),
        ({"params": {"audio_params.format": "wav"}}, "follows from --format"),
        ({"params": {"additions.post_process.pitch": "3"}}, "follows from --pitch"),
        ({"params": {"nonsense": "3"}}, "silence_duration"),
        ({"params": {"operation": "submit"}}, "does not know --param 'operation'"),
        ({"voice": "BV001_streaming", "params": {"reqid": "1"}}, "follows from"),
        ({"voice": "BV001_streaming", "params": {"app.appid": "1"}}, "does not know"),
        ({"voice": "BV001_streaming", "params": {"operation": "all"}}, "query, submit"),
    ],
    ids=str,
)
def test_what_an_interface_does_not_have_is_refused_before_anything_is_sent(
    wishes: dict[str, Any], said: str
) -> None:
    with speaker(NOWHERE) as say, pytest.raises(UsageError) as caught:
        say(**wishes)
    assert said in str(caught.value)
    assert int(caught.value.exit) == 2


@pytest.mark.parametrize(("engine", "most"), [("", 48000), ("volcano_tts", 24000)])
def test_formats_are_those_of_the_interface(engine: str, most: int) -> None:
    with speaker(NOWHERE) as say:
        formats = formats_of(say.tts, say.settled(engine=engine))
    assert formats[0].sample_rate == 24000
    assert max(each.sample_rate for each in formats) == most
    assert list(dict.fromkeys(each.container for each in formats)) == ["pcm", "mp3", "opus", "ogg"]
