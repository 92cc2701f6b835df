"""Speech over HTTP before a service that refuses what the real one refuses, and that fails in every way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cloud.server import Server, serving
from tests.cloud.volcengine_speech import (
    FAULTS_V1,
    FAULTS_V3,
    LOG_ID,
    VolcengineSpeech,
    expected_sound,
)
from tests.transport.faults import FAULTS
from tests.vendors.volcengine.speaking import KEYS, OLD_KEYS, speaker
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import (
    BadInput,
    ConfigError,
    CredentialError,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.tts import Mark

TEXT = "你好，world 3"
CLASSIC, MOON = "BV001_streaming", "zh_female_shuangkuaisisi_moon_bigtts"


@pytest.fixture
def service() -> VolcengineSpeech:
    return VolcengineSpeech()


@pytest.fixture
def server(service: VolcengineSpeech) -> Iterator[Server]:
    with serving(service) as running:
        yield running


@pytest.mark.parametrize("keys", [KEYS, OLD_KEYS], ids=["api key", "app id and token"])
def test_the_newer_interface_brings_sound_words_and_the_bill(
    service: VolcengineSpeech, server: Server, keys: dict[str, str]
) -> None:
    with speaker(server.url, keys) as say:
        sound, stream = say(TEXT, marked=True)
    assert sound == expected_sound(TEXT)
    assert (stream.request_id, stream.billed) == (LOG_ID, len(TEXT))
    assert stream.marks[:2] == [Mark(0, len(TEXT) * 20, TEXT, is_sentence=True), Mark(0, 20, "你")]
    assert service.spoken[0]["engine"] == "seed-tts-2.0"


@pytest.mark.parametrize("voice", [CLASSIC, MOON])
def test_the_first_interface_brings_sound_and_words(
    service: VolcengineSpeech, server: Server, voice: str
) -> None:
    with speaker(server.url, OLD_KEYS) as say:
        sound, stream = say(TEXT, voice=voice, engine="volcano_tts", marked=True)
    assert sound == expected_sound(TEXT)
    assert (stream.request_id, stream.billed, stream.marks[1]) == (LOG_ID, None, Mark(20, 40, "好"))


def test_words_of_a_model_1_are_asked_for_by_another_name(service: VolcengineSpeech, server: Server) -> None:
    with speaker(server.url) as say:
        _, stream = say(TEXT, voice=MOON, marked=True)
    assert len(stream.marks) == len(TEXT) + 1
    assert service.spoken[0]["req_params"]["audio_params"]["enable_timestamp"] is True


@pytest.mark.parametrize(
    ("wishes", "asked"),
    [
        ({"rate": 2.0, "volume": 0.5}, {"audio_params": {"speech_rate": 100, "loudness_rate": -50}}),
        ({"pitch": -12.0}, {"additions": {"post_process": {"pitch": -12}}}),
        ({"lang": "zh-CN", "emotion": "happy"}, {"additions": {"explicit_language": "zh-cn"}}),
        ({"lang": "es"}, {"additions": {"explicit_language": "es-mx"}}),
        ({"style": "slowly"}, {"additions": {"context_texts": ["slowly"]}}),
        ({"voice": MOON, "ssml": True, "text": "<speak>a</speak>"}, {"ssml": "<speak>a</speak>"}),
        ({"params": {"silence_duration": "300"}}, {"additions": {"silence_duration": 300}}),
        ({"params": {"mute_cut_threshold": "400"}}, {"additions": {"mute_cut_threshold": "400"}}),
        ({"params": {"audio_params.new": "x"}}, {"audio_params": {"new": "x"}}),
        ({"params": {"model": "seed-tts-2.0-standard"}}, {"model": "seed-tts-2.0-standard"}),
        ({"format": AudioFormat(Container.OPUS, 48000)}, {"audio_params": {"format": "ogg_opus"}}),
    ],
    ids=str,
)
def test_wishes_reach_the_newer_interface_in_its_words(
    service: VolcengineSpeech, server: Server, wishes: dict[str, Any], asked: dict[str, Any]
) -> None:
    with speaker(server.url) as say:
        say(**wishes)
    (spoken,) = service.spoken
    parameters = spoken["req_params"]
    parameters["additions"] = json.loads(parameters.get("additions", "{}"))
    for name, value in asked.items():
        held = parameters[name]
        assert held == value or {**held, **value} == held


@pytest.mark.parametrize(
    ("wishes", "place", "asked"),
    [
        ({"rate": 0.2, "pitch": 12.0, "volume": 3.0}, "audio", {"speed_ratio": 0.2, "pitch_ratio": 2.0}),
        ({"lang": "zh", "emotion": "happy"}, "audio", {"language": "zh", "emotion": "happy"}),
        ({"voice": MOON, "lang": "zh-CN", "volume": 2.0}, "audio", {"explicit_language": "zh"}),
        ({"voice": MOON, "emotion": "sad"}, "audio", {"emotion": "sad", "enable_emotion": True}),
        ({"ssml": True, "text": "<speak>a</speak>"}, "request", {"text_type": "ssml"}),
        ({"params": {"extra_param": '{"a": 1}'}}, "request", {"extra_param": '{"a": 1}'}),
        ({"format": AudioFormat(Container.MP3, 8000)}, "audio", {"encoding": "mp3", "rate": 8000}),
        ({"voice": "S_EXAMPLE1", "engine": "volcano_icl"}, "app", {"cluster": "volcano_icl"}),
    ],
    ids=str,
)
def test_wishes_reach_the_first_interface_in_its_words(
    service: VolcengineSpeech, server: Server, wishes: dict[str, Any], place: str, asked: dict[str, Any]
) -> None:
    with speaker(server.url, OLD_KEYS) as say:
        say(**{"voice": CLASSIC, "engine": "volcano_tts", **wishes})
    (spoken,) = service.spoken
    assert {**spoken[place], **asked} == spoken[place]


@pytest.mark.parametrize("voice", [MOON, CLASSIC], ids=["v3", "v1"])
def test_a_full_service_is_asked_again_under_another_name(
    service: VolcengineSpeech, server: Server, voice: str
) -> None:
    service.busy = 2
    with speaker(server.url, OLD_KEYS, retries=2) as say:
        sound, _ = say(TEXT, voice=voice)
    assert sound == expected_sound(TEXT)
    assert (len(say.clock.slept), len(service.refused), len(service.spoken)) == (2, 2, 1)
    assert len(service.names) == (3 if voice == CLASSIC else 2)


def test_a_full_service_is_said_to_be_full(service: VolcengineSpeech, server: Server) -> None:
    service.busy = 9
    with speaker(server.url) as say, pytest.raises(TryLater, match="concurrency") as caught:
        say()
    assert "used up" in caught.value.hint
    assert (caught.value.facts["vendor_code"], caught.value.facts["request_id"]) == ("45000000", LOG_ID)


@pytest.mark.parametrize("fault", FAULTS_V3)
def test_no_fault_of_the_newer_interface_passes_for_sound(
    service: VolcengineSpeech, server: Server, fault: str
) -> None:
    service.fault, kind = FAULTS_V3[fault]
    with speaker(server.url) as say, pytest.raises(VoicectlError) as caught:
        say(TEXT)
    assert type(caught.value).__name__ == kind


@pytest.mark.parametrize("fault", FAULTS_V1)
def test_no_fault_of_the_first_interface_passes_for_sound(
    service: VolcengineSpeech, server: Server, fault: str
) -> None:
    service.fault, kind = FAULTS_V1[fault]
    with speaker(server.url, OLD_KEYS) as say, pytest.raises(VoicectlError) as caught:
        say(TEXT, voice=CLASSIC)
    assert type(caught.value).__name__ == kind


@pytest.mark.parametrize("voice", ["", CLASSIC], ids=["v3", "v1"])
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("cut at 40 %", 74),
        ("cut in a chunk", 74),
        ("zero bytes", 74),
        ("gzip garbage", 74),
        ("redirect", 74),
        ("hang", 75),
        ("429 for 60 s", 75),
        ("500", 75),
        ("403", 77),
    ],
)
def test_a_faulty_server_is_known_by_its_exit_code(fault: str, code: int, voice: str) -> None:
    with (
        serving(FAULTS[fault]) as faulty,
        speaker(faulty.url, OLD_KEYS, timeout=0.2) as say,
        pytest.raises(VoicectlError) as caught,
    ):
        say(voice=voice)
    assert int(caught.value.exit) == code


@pytest.mark.parametrize(
    ("keys", "voice"),
    [
        ({"VOLC_SPEECH_API_KEY": "EXAMPLE-wrong"}, ""),
        ({**OLD_KEYS, "VOLC_SPEECH_ACCESS_TOKEN": "EXAMPLE-wrong"}, ""),
        ({**OLD_KEYS, "VOLC_SPEECH_ACCESS_TOKEN": "EXAMPLE-wrong"}, CLASSIC),
        ({**OLD_KEYS, "VOLC_SPEECH_APP_ID": "2"}, CLASSIC),
    ],
    ids=["api key", "token", "token of the first interface", "app id"],
)
def test_a_wrong_key_is_a_credential_error(server: Server, keys: dict[str, str], voice: str) -> None:
    with speaker(server.url, keys) as say, pytest.raises(CredentialError) as caught:
        say(voice=voice)
    assert "the key came from: environment" in caught.value.hint
    assert "EXAMPLE-wrong" not in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "kind"),
    [
        ({}, CredentialError),
        ({"VOLC_SPEECH_APP_ID": "1"}, CredentialError),
        ({"VOLC_SPEECH_ACCESS_TOKEN": "EXAMPLE"}, ConfigError),
    ],
    ids=["nothing", "app id alone", "token alone"],
)
def test_half_a_key_is_told_before_anything_is_sent(
    server: Server, keys: dict[str, str], kind: type[VoicectlError]
) -> None:
    with speaker(server.url, keys) as say, pytest.raises(kind) as caught:
        say()
    assert "VOLC_SPEECH_" in caught.value.hint
    assert server.requests == []


def test_an_api_key_is_not_for_the_first_interface(server: Server) -> None:
    with speaker(server.url) as say, pytest.raises(CredentialError) as caught:
        say(voice=CLASSIC)
    assert "--engine seed-tts-1.0" in caught.value.hint
    assert server.requests == []


def test_an_engine_that_was_not_ordered_is_told(server: Server) -> None:
    with speaker(server.url) as say, pytest.raises(CredentialError, match="not granted") as caught:
        say(engine="seed-tts-1.0-concurr", voice=MOON)
    assert caught.value.facts["vendor_code"] == "45000030"


def test_a_text_over_the_limit_is_counted_in_bytes(server: Server) -> None:
    with speaker(server.url) as say:
        say("声" * 341)
        with pytest.raises(BadInput, match="1026 bytes"):
            say("声" * 342)
    assert len(server.requests) == 1


def test_many_pieces_share_one_connection(server: Server) -> None:
    with speaker(server.url, OLD_KEYS) as say:
        for voice in ("", "", CLASSIC, CLASSIC):
            say(voice=voice)
    assert (len(server.requests), server.connections) == (4, 1)


def test_a_voice_that_the_service_does_not_have_is_refused_by_it(server: Server) -> None:
    with speaker(server.url) as say, pytest.raises(CredentialError, match="access denied"):
        say(voice="zh_male_nobody_uranus_bigtts")
    with speaker(server.url, OLD_KEYS) as say, pytest.raises(VoicectlError, match="not found") as caught:
        say(voice="BV999_streaming")
    assert int(caught.value.exit) == 5


def test_the_service_may_still_refuse_a_pair_of_voice_and_engine(server: Server) -> None:
    with speaker(server.url) as say, pytest.raises(VendorRefused, match="mismatched") as caught:
        say(engine="seed-icl-1.0", voice="S_EXAMPLE1")
    assert "belong together" in caught.value.hint
