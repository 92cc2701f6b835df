"""What is asked of Polly for a wish, and what is refused before anything is asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

import pytest

from voicectl.actions.asking import format_to_ask
from voicectl.core.audio import Container
from voicectl.core.endpoint import Endpoint
from voicectl.core.errors import BadInput, ConfigError, Unsupported
from voicectl.core.profile import Profile
from voicectl.core.tts import Utterance
from voicectl.core.vendor import Access
from voicectl.vendors.aws.places import usual_url
from voicectl.vendors.aws.tts import PollyTts
from voicectl.vendors.aws.voices import FORMATS
from voicectl.vendors.aws.wire import answered_format, speech_request

HOST = Endpoint.of("https://polly.example")


@dataclass
class Account:
    """The part of an access that is asked before anything is sent."""

    profile: Profile


def polly(region: str = "us-east-1") -> PollyTts:
    return PollyTts(cast(Access, Account(Profile(name="", vendor="aws", region=region))))


def body_of(**wishes: Any) -> dict[str, Any]:
    settled = polly().settle(Utterance(**{"text": "hi", **wishes}))
    body: dict[str, Any] = json.loads(speech_request(HOST, settled).body)
    return body


@pytest.mark.parametrize(
    ("container", "rate", "asked", "found"),
    [
        ("pcm", 0, ("pcm", "16000"), 16000),
        ("wav", 8000, ("pcm", "8000"), 8000),
        ("mp3", 0, ("mp3", None), 22050),
        ("mp3", 24000, ("mp3", "24000"), 24000),
        ("ogg", 0, ("ogg_vorbis", None), 22050),
        ("opus", 0, ("ogg_opus", "48000"), 48000),
    ],
)
def test_each_format_is_asked_for_in_polly_s_words(
    container: str, rate: int, asked: tuple[str, str | None], found: int
) -> None:
    utterance = Utterance(
        text="hi", voice="Joanna", format=format_to_ask(FORMATS, Container(container), rate)
    )
    body = json.loads(speech_request(HOST, utterance).body)
    assert (body["OutputFormat"], body.get("SampleRate")) == asked
    assert answered_format(utterance).sample_rate == found


def test_settings_become_markup_in_which_the_text_is_escaped() -> None:
    body = body_of(text="3 < 4 & 5 > 2", rate=1.1, volume=0.5, pitch=-2.0)
    inner = '<prosody rate="110%" pitch="-10.9%" volume="-6.02dB">3 &lt; 4 &amp; 5 &gt; 2</prosody>'
    assert (body["TextType"], body["Text"]) == ("ssml", f"<speak>{inner}</speak>")


def test_no_sound_at_all_has_a_word_of_its_own() -> None:
    assert 'volume="silent"' in body_of(volume=0.0)["Text"]


@pytest.mark.parametrize(
    ("wishes", "voice", "engine", "code"),
    [
        ({"text": "你好 hello"}, "Zhiyu", None, None),
        ({"text": "hello 你好, this is a long English sentence with a word in it"}, "Zhiyu", None, None),
        ({"lang": "zh-CN"}, "Zhiyu", None, "cmn-CN"),
        ({"lang": "zh_HK"}, "Hiujin", "neural", "yue-CN"),
        ({"lang": "en"}, "Joanna", None, "en-US"),
        ({"lang": "en-gb"}, "Amy", None, "en-GB"),
        ({"engine": "generative"}, "Ruth", "generative", None),
        ({"lang": "hi", "voice": "Aditi"}, "Aditi", None, "hi-IN"),
        ({"lang": "xx-YY", "voice": "Newest"}, "Newest", None, "xx-YY"),
    ],
)
def test_the_voice_follows_the_language(
    wishes: dict[str, str], voice: str, engine: str | None, code: str | None
) -> None:
    body = body_of(**wishes)
    assert (body["VoiceId"], body.get("Engine"), body.get("LanguageCode")) == (voice, engine, code)


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"engine": "vocal"}, "standard, neural, generative, long-form"),
        ({"rate": 3.0}, "0.2 to 2"),
        ({"pitch": 8.0}, "-7 to 7"),
        ({"volume": 2.5}, "0 to 2"),
        ({"pitch": 2.0, "engine": "neural"}, "engine 'standard' can"),
        ({"pitch": 2.0, "lang": "yue"}, "engine 'standard' can"),
        ({"emotion": "happy"}, "aws has no --emotion; it has --voice"),
        ({"style": "calm"}, "no --style"),
        ({"params": {"SampleRate": "1"}}, "LexiconNames, LanguageCode"),
        ({"ssml": True, "rate": 1.2}, "does not go with --ssml"),
        ({"lang": "tlh"}, "no voice is known here"),
        ({"lang": "arb", "engine": "generative"}, "generative"),
    ],
)
def test_what_polly_does_not_have_is_refused_naming_what_it_has(wishes: dict[str, Any], said: str) -> None:
    with pytest.raises(Unsupported, match=said):
        body_of(**wishes)


@pytest.mark.parametrize(
    ("wishes", "fits"),
    [
        ({"text": "声" * 3000}, True),
        ({"text": "声" * 3001}, False),
        ({"text": "<speak>" + "x" * 3000 + "<p/>" * 746 + "</speak>", "ssml": True}, True),
        ({"text": "<speak>" + "x" * 3000 + "<p/>" * 747 + "</speak>", "ssml": True}, False),
        ({"text": "<speak>" + "x" * 3001 + "</speak>", "ssml": True}, False),
        ({"text": "&" * 1500, "rate": 1.2}, False),
    ],
)
def test_text_over_the_limit_is_refused_with_the_number(wishes: dict[str, Any], fits: bool) -> None:
    if fits:
        body_of(**wishes)
        return
    with pytest.raises(BadInput, match=r"takes at most [36]000"):
        body_of(**wishes)


@pytest.mark.parametrize("region", ["", "us east", "us-east-1/../x", "evil.example#"])
def test_a_region_is_never_invented_and_never_becomes_another_host(region: str) -> None:
    with pytest.raises(ConfigError, match="region"):
        polly(region).settle(Utterance(text="hi"))


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "polly.us-east-1.amazonaws.com"),
        ("us-gov-west-1", "polly.us-gov-west-1.amazonaws.com"),
        ("cn-northwest-1", "polly.cn-northwest-1.amazonaws.com.cn"),
        ("eusc-de-east-1", "polly.eusc-de-east-1.amazonaws.eu"),
        ("us-iso-east-1", "polly.us-iso-east-1.c2s.ic.gov"),
        ("xx-new-9", "polly.xx-new-9.amazonaws.com"),
    ],
)
def test_each_partition_has_its_own_hosts(region: str, host: str) -> None:
    assert usual_url("polly", region) == f"https://{host}"
