"""What each of the three forms is asked for a wish, and what each refuses before anything is sent."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.vendors.emotivoice.account import account
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.endpoint import Endpoint
from voicectl.core.errors import Unsupported
from voicectl.core.tts import Tts, Utterance
from voicectl.vendors.emotivoice import gateway, server, youdao
from voicectl.vendors.emotivoice.feelings import LABELS, OF_GATEWAY
from voicectl.vendors.emotivoice.services import services

PLACE = Endpoint.of("http://127.0.0.1:9")
WAV = AudioFormat(Container.WAV, 16000)
ALWAYS = {
    "openai": {"model": "emoti-voice", "input": "hi", "voice": "8051", "response_format": "wav"},
    "v1tts": {"text": "hi", "emotion": "neutral"},
    "youdao": {"q": "hi", "voiceName": "Maria Kasper", "format": "mp3"},
}


def speech(api: str) -> Tts:
    card, access = account(api, PLACE.scheme + "://" + PLACE.host)
    assert card.tts is not None
    return card.tts(access)


def asked(api: str, **wishes: Any) -> dict[str, Any]:
    """Return what a form is asked for a wish, beside what it is asked always."""
    settled = speech(api).settle(Utterance(**{"text": "hi", **wishes}))
    match api:
        case "openai":
            body = json.loads(server.speech_request(PLACE, settled, WAV).body)
        case "v1tts":
            body = json.loads(gateway.speech_request(PLACE, settled).body)
        case _:
            body = dict(parse_qsl(youdao.speech_request(PLACE, settled).body.decode()))
    return {name: value for name, value in body.items() if ALWAYS[api].get(name) != value}


@pytest.mark.parametrize(
    ("api", "wishes", "body"),
    [
        *((api, {}, {}) for api in ALWAYS),
        ("openai", {"voice": "9017"}, {"voice": "9017"}),
        ("openai", {"rate": 1.5}, {"speed": 1.5}),
        *(("openai", {"emotion": emotion}, {"prompt": label}) for emotion, label in LABELS.items()),
        ("openai", {"style": "whispering"}, {"prompt": "whispering"}),
        ("openai", {"emotion": "sad", "style": "slow"}, {"prompt": "悲伤 slow"}),
        ("v1tts", {"voice": "x"}, {"voice": "x"}),
        ("v1tts", {"lang": "zh"}, {"language": "zh"}),
        ("v1tts", {"rate": 0.5}, {"speed": 0.5}),
        *(("v1tts", {"emotion": each}, {"emotion": each}) for each in OF_GATEWAY[1:]),
        ("youdao", {"voice": "youxiaoqin"}, {"voiceName": "youxiaoqin"}),
        ("youdao", {"rate": 1.25}, {"speed": "1.25"}),
        ("youdao", {"volume": 2.0}, {"volume": "2.00"}),
    ],
    ids=str,
)
def test_a_wish_becomes_the_forms_words(api: str, wishes: dict[str, Any], body: dict[str, Any]) -> None:
    assert asked(api, **wishes) == body


HAS = {
    "openai": {"voice", "rate", "emotion", "style"},
    "v1tts": {"voice", "lang", "rate", "emotion"},
    "youdao": {"voice", "rate", "volume"},
}
WISHES: dict[str, Any] = {
    "voice": "1",
    "lang": "zh",
    "engine": "x",
    "rate": 1.0,
    "words_per_minute": 180.0,
    "pitch": 1.0,
    "volume": 1.0,
    "emotion": "happy",
    "style": "calm",
    "ssml": True,
    "params": {"x": "1"},
}


@pytest.mark.parametrize("api", HAS)
@pytest.mark.parametrize("wish", WISHES)
def test_each_form_takes_its_wishes_and_refuses_all_others(api: str, wish: str) -> None:
    wanted = Utterance(**{"text": "hi", wish: WISHES[wish]})
    if wish in HAS[api]:
        speech(api).settle(wanted)
        return
    with pytest.raises(Unsupported, match="emotivoice has no --"):
        speech(api).settle(wanted)


@pytest.mark.parametrize(
    ("api", "wishes", "said"),
    [
        ("openai", {"emotion": "bored"}, "disgusted"),
        ("openai", {"rate": 11.0}, "0.1 to 10"),
        ("v1tts", {"emotion": "disgusted"}, "neutral, happy, sad, angry, surprised, fearful"),
        ("v1tts", {"rate": 0.05}, "0.1 to 10"),
        ("youdao", {"rate": 2.5}, "0.5 to 2"),
        ("youdao", {"volume": 0.4}, "0.5 to 5"),
    ],
    ids=str,
)
def test_what_is_out_of_its_range_is_refused(api: str, wishes: dict[str, Any], said: str) -> None:
    with pytest.raises(Unsupported, match=said):
        asked(api, **wishes)


@pytest.mark.parametrize(("api", "size", "unit"), [("openai", 300, "characters"), ("youdao", 1000, "bytes")])
def test_text_is_cut_to_what_the_form_takes(api: str, size: int, unit: str) -> None:
    limit = speech(api).text_limit
    assert (limit.size, str(limit.unit)) == (size, unit)


def test_the_tables_are_of_the_forms_that_a_profile_names() -> None:
    assert [service.name for service in services()] == list(ALWAYS)
    for service in services():
        assert {each.partition("@")[0] for each in service.formats} == {
            each.container.value for each in speech(service.name).formats
        }
