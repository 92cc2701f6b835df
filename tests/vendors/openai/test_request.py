"""What each kind of server is asked for, and what is refused before anything is asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

import pytest

from voicectl.core.endpoint import Endpoint
from voicectl.core.errors import BadInput, Unsupported, UsageError
from voicectl.core.profile import Profile
from voicectl.core.tts import Utterance
from voicectl.core.vendor import Access
from voicectl.vendors.openai.servers import OTHER, SERVERS, server_at
from voicectl.vendors.openai.tts import OpenAiTts, speech_request

GROQ = "https://api.groq.com/openai/v1"
SILICONFLOW = "https://api.siliconflow.cn/v1"
LOCALAI = "http://localhost:8080"


@dataclass
class Account:
    """The part of an access that is asked before anything is sent."""

    profile: Profile


def speech(base_url: str = "") -> OpenAiTts:
    settings = {"base_url": base_url} if base_url else {}
    return OpenAiTts(cast(Access, Account(Profile(name="", vendor="openai", settings=settings))))


def body_of(base_url: str = "", **wishes: Any) -> dict[str, Any]:
    tts = speech(base_url)
    settled = tts.settle(Utterance(**{"text": "hi", **wishes}))
    body: dict[str, Any] = json.loads(speech_request(Endpoint.of("http://h"), settled, tts.formats[0]).body)
    return body


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://API.openai.com", "openai"),
        (SILICONFLOW + "/", "siliconflow"),
        (GROQ, "groq"),
        ("http://127.0.0.1:8880/v1", "kokoro"),
        (LOCALAI, "localai"),
        ("http://localhost:9999/v1", OTHER.name),
        ("https://openai.example/v1", OTHER.name),
    ],
)
def test_a_server_is_known_by_its_base_url(url: str, name: str) -> None:
    assert server_at(url).name == name


def test_names_of_servers_are_unique() -> None:
    assert len({server.name for server in SERVERS}) == len(SERVERS) == 5


@pytest.mark.parametrize(
    ("url", "wishes", "model", "voice"),
    [
        ("", {}, "gpt-4o-mini-tts", "alloy"),
        ("", {"engine": "tts-1", "voice": "onyx"}, "tts-1", "onyx"),
        (SILICONFLOW, {}, "FunAudioLLM/CosyVoice2-0.5B", "FunAudioLLM/CosyVoice2-0.5B:alex"),
        (SILICONFLOW, {"voice": "anna", "engine": "M"}, "M", "M:anna"),
        (SILICONFLOW, {"voice": "speech:mine:x"}, "FunAudioLLM/CosyVoice2-0.5B", "speech:mine:x"),
        (GROQ, {}, "canopylabs/orpheus-v1-english", "autumn"),
        ("http://127.0.0.1:8880", {"voice": "af_bella(2)+af_sky"}, "kokoro", "af_bella(2)+af_sky"),
    ],
)
def test_model_and_voice_are_filled_in_by_the_server(
    url: str, wishes: dict[str, str], model: str, voice: str
) -> None:
    body = body_of(url, **wishes)
    assert (body["model"], body["voice"]) == (model, voice)


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"pitch": 1.0}, "openai has no --pitch; it has --voice"),
        ({"volume": 0.5}, "no --volume"),
        ({"ssml": True}, "no --ssml"),
        ({"lang": "zh"}, "no --lang"),
        ({"rate": 5.0}, "0.25 to 4"),
        ({"engine": "tts-1-hd", "emotion": "happy"}, "gpt-4o-mini-tts has"),
        ({"params": {"stream_format": "chunks"}}, "stream_format 'chunks'; it has audio, sse"),
        ({"params": {"stream_format": "sse"}, "engine": "tts-1"}, "'tts-1' has no --param stream_format"),
        ({"params": {"instructions": "x"}, "engine": "tts-1-hd"}, "'tts-1-hd' has no --param instructions"),
        ({"params": {"instructions": "x"}, "style": "calm"}, "say the same"),
        ({"words_per_minute": 180.0}, "no --rate …wpm"),
        ({"params": {"response_format": "wav"}}, "--format"),
    ],
)
def test_what_the_interface_does_not_have_is_refused(wishes: dict[str, Any], said: str) -> None:
    with pytest.raises(Unsupported, match=said):
        body_of("", **wishes)


def test_a_custom_voice_is_written_as_an_object() -> None:
    assert body_of(voice="voice_1234")["voice"] == {"id": "voice_1234"}


def test_a_model_behind_a_proxy_keeps_its_style() -> None:
    body = body_of("http://localhost:4000", engine="openai/gpt-4o-mini-tts", style="calm")
    assert body["instructions"] == "calm"


def test_instructions_of_other_models_go_as_a_parameter() -> None:
    assert body_of("http://localhost:8880", params={"instructions": "calm"})["instructions"] == "calm"


def test_a_style_that_a_server_would_ignore_is_refused() -> None:
    with pytest.raises(Unsupported, match="no --style"):
        body_of("http://localhost:8880", style="calm")


def test_a_server_whose_models_nobody_knows_wants_one_named() -> None:
    with pytest.raises(UsageError, match="localai has its own"):
        body_of(LOCALAI)
    assert body_of(LOCALAI, engine="voice-en")["model"] == "voice-en"


@pytest.mark.parametrize(("url", "most"), [("", 4096), (GROQ, 200)])
def test_a_piece_over_the_limit_is_refused_with_the_number(url: str, most: int) -> None:
    body_of(url, text="声" * (most + 1))  # a whole text may be longer
    piece = Utterance(text="声" * (most + 1))
    with pytest.raises(BadInput, match=f"at most {most}"), speech(url).synthesize(piece):
        pass
