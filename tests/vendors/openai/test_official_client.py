"""OpenAI's own client as a second judge: what it sends for a wish is what we send."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cloud.openai import KEY, OpenAiServer
from tests.cloud.server import RawRequest, serving
from tests.vendors.openai.speaking import say, speaker

pytestmark = pytest.mark.slow

WISHES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({"params": {}}, {}),
    "speed": ({"params": {}, "rate": 1.5}, {"speed": 1.5}),
    "style": ({"params": {}, "style": "calm"}, {"instructions": "calm"}),
    "events": ({}, {"stream_format": "sse"}),
    "custom voice": ({"params": {}, "voice": "voice_1"}, {"voice": {"id": "voice_1"}}),
}


def told(request: RawRequest) -> tuple[str, str, str | None, object]:
    return request.method, request.target, request.header("authorization"), json.loads(request.body)


@pytest.mark.parametrize("wish", WISHES)
def test_the_official_client_sends_the_same(wish: str) -> None:
    from openai import OpenAI

    ours, theirs = WISHES[wish]
    service = OpenAiServer(voices=None)
    with serving(service) as server:
        client = OpenAI(api_key=KEY, base_url=f"{server.url}/v1", max_retries=0)
        usual: dict[str, Any] = {"model": "gpt-4o-mini-tts", "voice": "alloy", "response_format": "mp3"}
        theirs_sound = client.audio.speech.create(input="hi", **{**usual, **theirs}).content
    with speaker(service) as (tts, own):
        sound, _ = say(tts, **ours)
    assert told(own.requests[0]) == told(server.requests[0])
    assert sound == theirs_sound or wish == "events"


def test_every_format_is_one_of_the_clients() -> None:
    from typing import get_args, get_type_hints

    from openai.types.audio.speech_create_params import SpeechCreateParams

    from voicectl.vendors.openai.servers import OPENAI

    known = set(get_args(get_type_hints(SpeechCreateParams)["response_format"]))
    assert {each.container.value for each in OPENAI.formats} == known - {"pcm"}
