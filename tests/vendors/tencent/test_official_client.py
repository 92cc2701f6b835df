"""Tencent's own client as a second judge: what it sends for a wish is what we send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.tts.v20190823 import models
from tencentcloud.tts.v20190823.tts_client import TtsClient

from tests.cloud.server import RawRequest, serving
from tests.cloud.tencent_speech import LASTING, Speech, speech
from tests.vendors.tencent.test_speech import say, speaker

pytestmark = pytest.mark.slow

WISHES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({}, {}),
    "voice": ({"voice": "101001", "lang": "zh"}, {"VoiceType": 101001, "PrimaryLanguage": 1}),
    "pace": ({"rate": 1.35, "volume": 1.5}, {"Speed": 1.5, "Volume": 5.0}),
    "feeling": ({"emotion": "excited"}, {"EmotionCategory": "exciting"}),
    "clone": (
        {"params": {"FastVoiceType": "WCHN-EXAMPLE"}},
        {"VoiceType": 200000000, "FastVoiceType": "WCHN-EXAMPLE"},
    ),
    "marks": ({"marked": True}, {"EnableSubtitle": True}),
}
HEADERS = ("content-type", "x-tc-action", "x-tc-version")


def told(request: RawRequest) -> tuple[object, ...]:
    body = {name: value for name, value in json.loads(request.body).items() if name != "SessionId"}
    return request.method, request.target, body, [request.header(name) for name in HEADERS]


@pytest.mark.parametrize("wish", WISHES)
def test_the_official_client_sends_the_same_and_reads_the_same(wish: str) -> None:
    ours, theirs = WISHES[wish]
    judge = speech(Speech())
    with serving(judge) as server:
        place = HttpProfile(protocol="http", endpoint=server.host)
        client = TtsClient(Credential(LASTING.key_id, LASTING.secret), "", ClientProfile(httpProfile=place))
        wanted = models.TextToVoiceRequest()
        wanted._deserialize({"Text": "你好", "SessionId": "s", "Codec": "wav", "SampleRate": 16000, **theirs})
        answer = client.TextToVoice(wanted)
    with speaker(judge) as (tts, own):
        sound, stream = say(tts, "你好", **ours)
    assert told(own.requests[0]) == told(server.requests[0])
    assert (answer.RequestId, len(answer.Subtitles)) == (stream.request_id, len(stream.marks))
    assert sound.startswith(b"RIFF")
    assert judge.refusals == []
