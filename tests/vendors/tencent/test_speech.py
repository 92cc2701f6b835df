"""Tencent's speech: what is asked for a wish, what is refused, and the service before its judge."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from tests.cloud.server import Answer, Respond, Server, serving
from tests.cloud.sounds import mp3, pcm, seconds_of, wav
from tests.cloud.tencent_speech import (
    LASTING,
    REQUEST_ID,
    TEMPORARY,
    Speech,
    answer,
    keys_in_environment,
    speech,
    timed,
)
from tests.conftest import Program
from tests.fakes import world
from tests.transport.faults import FAULTS
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import (
    BadInput,
    BrokenAnswer,
    CredentialError,
    TryLater,
    Unsupported,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.options import Options
from voicectl.core.profile import Profile
from voicectl.core.request import Reply
from voicectl.core.tts import Mark, SpeechStream, Tts, Utterance
from voicectl.core.vendor import Access
from voicectl.runtime import Runtime
from voicectl.vendors.tencent.services import EMOTIONS, PACES, STYLES
from voicectl.vendors.tencent.tts import TencentTts, body_of, speed, spoken_in

WAV = AudioFormat(Container.WAV, 16000)


@dataclass
class Account:
    """The part of an access that is asked before anything is sent."""

    profile: Profile


def settled(**wishes: Any) -> Utterance:
    tts = TencentTts(cast(Access, Account(Profile(name="", vendor="tencent"))))
    return tts.settle(Utterance(**{"text": "hi", **wishes}))


def asked(**wishes: Any) -> dict[str, Any]:
    """Return what is asked for a wish, beside what is asked always."""
    body = body_of(settled(**wishes), WAV, session="s-1")
    always = {"Text": "hi", "SessionId": "s-1", "Codec": "wav", "SampleRate": 16000}
    return {name: value for name, value in body.items() if always.get(name) != value}


@pytest.mark.parametrize(
    ("wishes", "body"),
    [
        ({}, {}),
        ({"voice": "101001"}, {"VoiceType": 101001}),
        ({"lang": "zh-CN"}, {"PrimaryLanguage": 1}),
        ({"lang": "en_US"}, {"PrimaryLanguage": 2}),
        ({"rate": 1.2}, {"Speed": 1.0}),
        ({"volume": 1.0}, {"Volume": 0.0}),
        ({"volume": 0.0}, {"Volume": -10.0}),
        ({"volume": 1.25}, {"Volume": 2.5}),
        ({"emotion": "fearful"}, {"EmotionCategory": "fear"}),
        ({"style": "commentary"}, {"EmotionCategory": "jieshuo"}),
        ({"marked": True}, {"EnableSubtitle": True}),
        ({"params": {"SegmentRate": "2", "ProjectId": "7"}}, {"SegmentRate": 2, "ProjectId": 7}),
        (
            {"params": {"FastVoiceType": "WCHN-EXAMPLE"}},
            {"VoiceType": 200000000, "FastVoiceType": "WCHN-EXAMPLE"},
        ),
        (
            {"emotion": "sad", "params": {"EmotionIntensity": "150"}},
            {"EmotionCategory": "sad", "EmotionIntensity": 150},
        ),
        ({"text": "<speak>a & b"}, {"Text": "<speak>&lt;speak&gt;a &amp; b</speak>"}),
        ({"text": "a < b"}, {"Text": "a < b"}),
        ({"text": "<speak>a</speak>", "ssml": True}, {"Text": "<speak>a</speak>"}),
    ],
    ids=str,
)
def test_a_wish_becomes_the_services_words(wishes: dict[str, Any], body: dict[str, Any]) -> None:
    assert asked(**wishes) == body


@pytest.mark.parametrize(
    ("factor", "step"),
    [*PACES, (0.7, -1.5), (0.9, -0.5), (1.1, 0.5), (1.35, 1.5), (2.0, 4.0), (1.25, 1.17)],
)
def test_the_pace_goes_in_a_straight_line_between_the_steps_that_are_known(
    factor: float, step: float
) -> None:
    assert speed(factor) == step


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"pitch": 1.0}, "tencent has no --pitch; it has --voice"),
        ({"words_per_minute": 180.0}, "no --rate …wpm"),
        ({"engine": "large"}, "no --engine"),
        ({"rate": 0.5}, "0.6 to 2.5"),
        ({"rate": 2.6}, "0.6 to 2.5"),
        ({"volume": 2.1}, "0 to 2"),
        ({"lang": "ja"}, "'ja'; it has zh, en"),
        ({"emotion": "bored"}, "neutral, happy"),
        ({"style": "shouting"}, "news, story"),
        ({"emotion": "sad", "style": "news"}, "not both"),
        ({"voice": "Zhiyu"}, "numbers"),
        ({"voice": "200000000"}, "go together"),
        ({"voice": "101001", "params": {"FastVoiceType": "x"}}, "go together"),
        ({"params": {"Codec": "mp3"}}, "ProjectId, ModelType"),
        ({"params": {"SegmentRate": "3"}}, "0 to 2"),
        ({"params": {"SegmentRate": "no"}}, "whole number"),
        ({"params": {"EmotionIntensity": "100"}}, "none is named"),
        ({"emotion": "sad", "params": {"EmotionIntensity": "49"}}, "50 to 200"),
    ],
    ids=str,
)
def test_what_the_service_has_not_is_refused_before_anything_is_sent(
    wishes: dict[str, Any], said: str
) -> None:
    with pytest.raises(Unsupported, match=said):
        settled(**wishes)


def answered(**response: object) -> SpeechStream:
    return spoken_in(Reply(status=200, body=answer(response).body), WAV)


@pytest.mark.parametrize(
    "response", [{}, {"Audio": ""}, {"Audio": None}, {"Audio": "no base64!"}, {"Audio": "QQ="}], ids=str
)
def test_an_answer_without_sound_is_broken(response: dict[str, Any]) -> None:
    with pytest.raises(BrokenAnswer, match="no sound"):
        answered(**response)


def test_marks_without_times_are_left_out() -> None:
    sound = b64encode(wav()).decode()
    subtitles = [{"Text": "你", "BeginTime": 0, "EndTime": 90, "Phoneme": None}, {"Text": "x"}, None]
    assert answered(Audio=sound, Subtitles=subtitles).marks == (Mark(0, 90, "你"),)
    assert answered(Audio=sound, Subtitles=None).marks == ()


@contextmanager
def speaker(respond: Respond, account: Any = LASTING) -> Iterator[tuple[Tts, Server]]:
    """Give the speech as the program builds it, before a server."""
    with serving(respond) as server:
        keys = {**keys_in_environment(account), "VOICECTL_VENDOR": "tencent", "VOICECTL_NO_KEYRING": "1"}
        options = Options(endpoint_url=server.url, retries=0, timeout=1)
        _, card, access = Runtime(world(keys), options).chosen(speech=True)
        assert card.tts is not None
        yield card.tts(access), server


def say(tts: Tts, text: str = "hi", **wishes: Any) -> tuple[bytes, SpeechStream]:
    with tts.synthesize(tts.settle(Utterance(text=text, **wishes))) as stream:
        return b"".join(stream.chunks), stream


@pytest.mark.parametrize("account", [LASTING, TEMPORARY], ids=["lasting", "temporary"])
def test_the_judge_takes_every_wish_at_once(account: Any) -> None:
    service = Speech()
    judge = speech(service)
    with speaker(judge, account) as (tts, _):
        sound, stream = say(
            tts,
            "你好, hello",
            voice="101001",
            lang="zh",
            rate=1.1,
            volume=0.5,
            emotion="surprised",
            marked=True,
        )
    assert (sound, stream.request_id, judge.refusals) == (wav(seconds_of("你好, hello")), REQUEST_ID, [])
    assert stream.marks == tuple(
        Mark(each["BeginTime"], each["EndTime"], each["Text"]) for each in timed("你好, hello")
    )


def test_every_emotion_and_style_is_known_to_the_service() -> None:
    service = Speech()
    with speaker(speech(service)) as (tts, _):
        for emotion in EMOTIONS:
            say(tts, emotion=emotion)
        for style in STYLES:
            say(tts, style=style)
    assert len({body["EmotionCategory"] for body in service.spoken}) == len(EMOTIONS) + len(STYLES) == 17


@pytest.mark.parametrize("text", ["声" * 150, "x" * 500, "声" * 75 + "x" * 250, "，" * 150])
def test_what_the_limit_holds_the_service_takes_and_nothing_more(text: str) -> None:
    with speaker(speech()) as (tts, server):
        say(tts, text)
        with pytest.raises(BadInput, match=r"15(03|10) tenths"):
            say(tts, text + text[0])
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("code", "kind", "hint"),
    [
        ("UnsupportedOperation.PkgExhausted", VendorRefused, "top the account up"),
        ("UnsupportedOperation.ServerNotOpen", VendorRefused, "open the service"),
        ("UnsupportedOperation.AuthorizationExpired", CredentialError, "CAM"),
        ("UnsupportedOperation.TextTooLong", VendorRefused, "in parts"),
        ("InvalidParameterValue.SSMLInvalid", VendorRefused, "--ssml"),
        ("InvalidParameterValue.VoiceType", VendorRefused, "--voice"),
        ("InternalError.ErrorGetRoute", TryLater, "in a while"),
        ("LimitExceeded.AccessLimit", TryLater, "in a while"),
        ("FailedOperation", VendorRefused, ""),
    ],
)
def test_each_code_has_its_meaning_in_a_200(code: str, kind: type[VoicectlError], hint: str) -> None:
    with speaker(speech(Speech(refuses=code))) as (tts, _), pytest.raises(kind) as caught:
        say(tts)
    assert (hint in caught.value.hint, caught.value.facts["vendor_code"]) == (True, code)


def whole(body: bytes) -> Respond:
    return lambda request: Answer(200, (("Content-Type", "application/json"),), body)


FAULTY: dict[str, tuple[Respond, type[VoicectlError]]] = {
    "cut": (FAULTS["cut at 40 %"], BrokenAnswer),
    "web page": (FAULTS["web page"], BrokenAnswer),
    "empty": (whole(b""), BrokenAnswer),
    "an array": (whole(b"[]"), BrokenAnswer),
    "no response": (whole(b"{}"), BrokenAnswer),
    "429": (FAULTS["429 for 1 s"], TryLater),
    "500": (FAULTS["500"], TryLater),
}


@pytest.mark.parametrize("fault", FAULTY)
def test_a_fault_of_the_server_is_told_as_what_it_is(fault: str) -> None:
    respond, kind = FAULTY[fault]
    with speaker(respond) as (tts, _), pytest.raises(kind):
        say(tts)


@pytest.mark.parametrize(
    "account",
    [
        replace(LASTING, secret="EXAMPLE"),
        replace(TEMPORARY, token="EXAMPLE"),
        replace(LASTING, key_id="AKIDX"),
    ],
    ids=["secret", "token", "key"],
)
def test_wrong_keys_are_refused(account: Any) -> None:
    with speaker(speech(), account) as (tts, _), pytest.raises(CredentialError):
        say(tts)


def test_the_command_writes_a_wav_and_an_mp3(voicectl: Program) -> None:
    with serving(speech()) as server:
        for name in ("a.wav", "a.mp3"):
            done = voicectl(
                "say", "你好", "-o", name, "--vendor", "tencent", "--endpoint-url", server.url,
                env=keys_in_environment(),
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["request_ids"] == [REQUEST_ID]
    assert (voicectl.home / "a.wav").read_bytes().endswith(pcm(0.2))
    assert (voicectl.home / "a.mp3").read_bytes() == mp3(0.2, 16000)
