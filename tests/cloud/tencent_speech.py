"""TextToVoice on loopback: behind the judge of signatures, a service as strict as its SDK's model."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from tencentcloud.tts.v20190823.models import TextToVoiceRequest

from tests.cloud import sounds
from tests.cloud.court import Account
from tests.cloud.server import Answer, RawRequest
from tests.cloud.tencent import TencentJudge

LASTING = Account("AKIDEXAMPLE000001", "EXAMPLE/secret+0001")
TEMPORARY = Account("AKIDEXAMPLE000002", "EXAMPLE/secret+0002", token="EXAMPLE/token+0002==")
REQUEST_ID = "f7d2-EXAMPLE"
JSON = ("Content-Type", "application/json")
FIELDS = frozenset(name.removeprefix("_") for name in vars(TextToVoiceRequest()))
RANGES = {"Speed": (-2, 6), "Volume": (-10, 10), "SegmentRate": (0, 2), "EmotionIntensity": (50, 200)}
WHOLE = (
    "VoiceType",
    "PrimaryLanguage",
    "SampleRate",
    "ProjectId",
    "ModelType",
    "SegmentRate",
    "EmotionIntensity",
)
EMOTIONS = {
    *("neutral", "sad", "happy", "angry", "fear", "news", "story", "radio", "poetry", "call", "sajiao"),
    *("disgusted", "amaze", "peaceful", "exciting", "aojiao", "jieshuo"),
}
CLONES = {"WCHN-EXAMPLE"}


class No(Exception):
    """The service refuses what is asked."""


@dataclass
class Speech:
    """The service behind the judge; `spoken` are the bodies it has accepted, `refuses` answers them all."""

    refuses: str = ""
    spoken: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: RawRequest) -> Answer:
        try:
            response = self._response(request)
        except No as no:
            response = {"Error": {"Code": str(no), "Message": f"{no} in a test"}}
        return answer({**response, "RequestId": REQUEST_ID})

    def _response(self, request: RawRequest) -> dict[str, Any]:
        if (request.header("x-tc-action"), request.header("x-tc-version")) != ("TextToVoice", "2019-08-23"):
            raise No("InvalidAction")
        if self.refuses:
            raise No(self.refuses)
        body = json.loads(request.body)
        check(body)
        self.spoken.append(body)
        seconds = sounds.seconds_of(body["Text"])
        sound = sounds.made(body.get("Codec", "wav"), seconds, body.get("SampleRate", 16000))
        marks = timed(body["Text"]) if body.get("EnableSubtitle") else []
        return {"Audio": b64encode(sound).decode(), "SessionId": body["SessionId"], "Subtitles": marks}


def answer(response: dict[str, Any]) -> Answer:
    return Answer(200, (JSON,), json.dumps({"Response": response}).encode())


def check(body: dict[str, Any]) -> None:
    """Raise No for what the service does not take."""
    if unknown := body.keys() - FIELDS:
        raise No(f"UnknownParameter.{min(unknown)}")
    if not body.get("Text") or not body.get("SessionId"):
        raise No("InvalidParameterValue.MissParameters")
    for name in WHOLE:
        if name in body and type(body[name]) is not int:
            raise No(f"InvalidParameterValue.{name}")
    for name, (low, high) in RANGES.items():
        if not low <= body.get(name, low) <= high:
            raise No(f"InvalidParameterValue.{name}")
    if body.get("Codec", "wav") not in {"wav", "mp3", "pcm"}:
        raise No("InvalidParameterValue.Codec")
    if body.get("SampleRate", 16000) not in {8000, 16000, 24000}:
        raise No("InvalidParameterValue.SampleRate")
    if body.get("PrimaryLanguage", 1) not in {1, 2} or body.get("EmotionCategory", "sad") not in EMOTIONS:
        raise No("InvalidParameterValue.PrimaryLanguage")
    if (body.get("VoiceType") == 200000000) != (body.get("FastVoiceType") in CLONES):
        raise No("InvalidParameterValue.VoiceType")
    _check_text(body["Text"])


def _check_text(text: str) -> None:
    if text.startswith("<speak"):
        try:
            text = "".join(ElementTree.fromstring(text).itertext())
        except ElementTree.ParseError:
            raise No("InvalidParameterValue.TextSsmlParseError") from None
    chinese = sum(sign > "\x7f" for sign in text)
    if chinese / 150 + (len(text) - chinese) / 500 > 1:
        raise No("InvalidParameterValue.TextTooLong")


def timed(text: str) -> list[dict[str, Any]]:
    """Give each sign its time, as long as the sound has for it."""
    step = round(sounds.SECONDS_A_SIGN * 1000)
    return [
        {
            "Text": sign,
            "BeginTime": at * step,
            "EndTime": (at + 1) * step,
            "BeginIndex": at,
            "EndIndex": at + 1,
        }
        for at, sign in enumerate(text)
    ]


def speech(service: Speech | None = None, **more: Any) -> TencentJudge:
    """Return Tencent's speech with two keys that it knows."""
    return TencentJudge((LASTING, TEMPORARY), serve=service or Speech(), **more)


def keys_in_environment(account: Account = LASTING) -> dict[str, str]:
    """Return the variables that hold an account's keys."""
    token = {"TENCENTCLOUD_TOKEN": account.token} if account.token else {}
    return {"TENCENTCLOUD_SECRET_ID": account.key_id, "TENCENTCLOUD_SECRET_KEY": account.secret, **token}
