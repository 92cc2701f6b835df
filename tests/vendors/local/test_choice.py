"""Which engine speaks: the order, the languages, and the words when none fits. None is loaded here."""

from __future__ import annotations

import pytest

from voicectl.core.errors import Unavailable, Unsupported
from voicectl.core.tts import Utterance, Voice
from voicectl.vendors.local.choice import settled
from voicectl.vendors.local.engine import Engine, Engines, Range, Speak, first_voice


def engine(name: str, languages: str, *, installed: bool = True, voices: str = "") -> Engine:
    listed = tuple(
        Voice(id=voice, name=voice, lang=voice, gender="", engines=(name,), vendor="local")
        for voice in (voices or languages).split()
    )

    def refuse_to_load() -> Speak:
        raise AssertionError(f"{name} was loaded")

    return Engine(
        name=name,
        install=f"pip install {name}",
        is_installed=lambda: installed,
        languages=languages.split,
        voices=lambda: listed,
        voice_for=lambda tag: first_voice(listed, tag),
        open=refuse_to_load,
    )


NANO = engine("nano", "en de fr", voices="en-US en-GB de-DE fr-FR")._replace(rate=Range(0.5, 2.0))
ESPEAK = engine("espeak", "en de fr zh yue ja ru el")
ESPEAK_MISSING = ESPEAK._replace(is_installed=lambda: False)
FLITE = engine("flite", "en")


def these(*engines: Engine) -> Engines:
    return lambda: iter(engines)


BOTH = these(NANO, ESPEAK, FLITE)
ONLY_NANO = these(NANO, ESPEAK_MISSING)


@pytest.mark.parametrize(
    ("wish", "chosen"),
    [
        ({"text": "Hello"}, ("nano", "en-US")),
        ({"text": "42"}, ("nano", "en-US")),
        ({"text": "你好"}, ("espeak", "zh")),
        ({"text": "你好 world"}, ("espeak", "zh")),
        ({"text": "He said 你好 to all of us"}, ("espeak", "zh")),
        ({"text": "こんにちは"}, ("espeak", "ja")),
        ({"text": "Привет"}, ("espeak", "ru")),
        ({"text": "Hallo", "lang": "de"}, ("nano", "de-DE")),
        ({"text": "Hello", "lang": "en-GB"}, ("nano", "en-GB")),
        ({"text": "你好", "lang": "zh-HK"}, ("espeak", "yue")),
        ({"text": "Hello", "engine": "flite"}, ("flite", "en")),
        ({"text": "Hello", "engine": "espeak"}, ("espeak", "en")),
        ({"text": "Hello", "voice": "DE_de"}, ("nano", "de-DE")),
        ({"text": "Hello", "voice": "ja"}, ("espeak", "ja")),
        ({"text": "Hello", "voice": "en", "engine": "flite"}, ("flite", "en")),
    ],
    ids=str,
)
def test_the_first_engine_that_fits_is_chosen(wish: dict[str, str], chosen: tuple[str, str]) -> None:
    utterance = settled(Utterance(**wish), BOTH)  # type: ignore[arg-type]
    assert (utterance.engine, utterance.voice) == chosen


def test_chinese_without_an_engine_is_answered_in_chinese_with_two_lines() -> None:
    with pytest.raises(Unavailable) as caught:
        settled(Utterance(text="你好"), ONLY_NANO)
    assert str(caught.value) == "no installed engine speaks 'zh'; installed: nano (en, de, fr)"
    assert caught.value.language == "zh"
    assert caught.value.hint.splitlines() == [
        "pip install espeak",
        "voicectl profile add NAME --vendor aliyun",
    ]


def test_other_scripts_are_answered_in_english() -> None:
    with pytest.raises(Unavailable) as caught:
        settled(Utterance(text="Привет"), ONLY_NANO)
    assert "'ru'" in str(caught.value)
    assert caught.value.language == ""


def test_a_stray_sign_of_another_script_changes_the_engine_but_not_the_language() -> None:
    utterance = settled(Utterance(text="The letter α appears but once in this English sentence"), BOTH)
    assert (utterance.engine, utterance.voice) == ("espeak", "en")


def test_words_of_a_second_script_are_not_dropped_in_silence() -> None:
    with pytest.raises(Unavailable, match="'zh'"):
        settled(Utterance(text="He said 你好 to all of us"), ONLY_NANO)


def test_the_language_asked_for_is_trusted_over_the_script() -> None:
    assert settled(Utterance(text="He said 你好", lang="en"), ONLY_NANO).engine == "nano"


def test_an_engine_asked_for_that_lacks_the_language_names_one_that_has_it() -> None:
    with pytest.raises(Unavailable, match="engine 'nano' does not speak 'zh'") as caught:
        settled(Utterance(text="你好", engine="nano"), BOTH)
    assert caught.value.hint.startswith("voicectl say --engine espeak")


def test_a_voice_is_not_made_to_speak_another_script() -> None:
    with pytest.raises(Unavailable, match="engine 'nano' does not speak 'zh'"):
        settled(Utterance(text="你好", voice="en-US"), BOTH)


def test_no_engine_at_all_names_the_first_that_would_help() -> None:
    with pytest.raises(Unavailable, match="no offline engine is installed") as caught:
        settled(Utterance(text="Hello"), these(NANO._replace(is_installed=lambda: False)))
    assert caught.value.hint.startswith("pip install nano\n")


def test_a_missing_engine_prints_its_install_line() -> None:
    with pytest.raises(Unavailable, match="'espeak' is not installed") as caught:
        settled(Utterance(text="Hello", engine="espeak"), ONLY_NANO)
    assert caught.value.hint == "pip install espeak"


def test_an_unknown_engine_is_answered_with_the_list() -> None:
    with pytest.raises(Unsupported, match="there is no engine 'polly'; there are nano, espeak"):
        settled(Utterance(text="Hello", engine="polly"), ONLY_NANO)


def test_an_unknown_voice_is_answered_with_near_ones() -> None:
    with pytest.raises(Unsupported, match="'en-UK'; near ones: en-US, en-GB") as caught:
        settled(Utterance(text="Hello", voice="en-UK"), BOTH)
    assert caught.value.hint == "voicectl tts voices"


def test_a_voice_of_another_language_than_asked_for_is_refused() -> None:
    with pytest.raises(Unsupported, match="speaks 'de-DE', not 'fr'"):
        settled(Utterance(text="Bonjour", voice="de-DE", lang="fr"), BOTH)


@pytest.mark.parametrize(("rate", "nearest"), [(0.1, "--rate 0.5"), (7.0, "--rate 2")])
def test_a_setting_out_of_range_is_refused_with_the_range(rate: float, nearest: str) -> None:
    with pytest.raises(Unsupported, match=r"engine 'nano' takes 0\.5 to 2") as caught:
        settled(Utterance(text="Hello", rate=rate), BOTH)
    assert caught.value.hint == nearest


@pytest.mark.parametrize("setting", ["pitch", "volume"])
def test_a_setting_that_the_engine_lacks_is_refused(setting: str) -> None:
    with pytest.raises(Unsupported, match=f"engine 'nano' cannot change the {setting}"):
        settled(Utterance(text="Hello", **{setting: 1.0}), BOTH)  # type: ignore[arg-type]


COUNTING = engine("counting", "en")._replace(rate=Range(0.5, 2.5), usual_words_per_minute=175)


def test_words_a_minute_become_a_factor_of_the_usual_pace() -> None:
    utterance = settled(Utterance(text="Hello", words_per_minute=350), these(COUNTING))
    assert (utterance.rate, utterance.words_per_minute) == (2.0, None)


def test_an_engine_that_does_not_count_words_names_those_that_do() -> None:
    missing = COUNTING._replace(name="missing", is_installed=lambda: False)
    with pytest.raises(Unsupported) as caught:
        settled(Utterance(text="Hello", words_per_minute=180), these(NANO, missing, COUNTING))
    expected = "engine 'nano' does not count words; these can: counting, missing (not installed)"
    assert str(caught.value) == expected


def test_too_many_words_a_minute_are_refused_with_the_nearest_number() -> None:
    with pytest.raises(Unsupported, match="takes 88wpm to 437wpm") as caught:
        settled(Utterance(text="Hello", words_per_minute=900), these(COUNTING))
    assert caught.value.hint == "--rate 437wpm"


def test_a_setting_that_an_engine_lacks_is_refused_with_those_that_have_it() -> None:
    with pytest.raises(Unsupported, match="'flite' cannot change the rate; these can: nano"):
        settled(Utterance(text="Hello", engine="flite", rate=1.5), BOTH)


def test_a_voice_of_another_engine_is_refused_with_its_engine() -> None:
    with pytest.raises(Unsupported, match="'ja' is not of engine 'nano'; it is of espeak") as caught:
        settled(Utterance(text="Hello", engine="nano", voice="ja"), BOTH)
    assert caught.value.hint == "--engine espeak"
