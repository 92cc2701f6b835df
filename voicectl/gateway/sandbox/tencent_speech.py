"""Tencent Cloud's TextToVoice in the sandbox. How its gateway checks: `tencent_rules.py`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from voicectl.core.measure import Unit
from voicectl.core.tts import TextLimit
from voicectl.gateway.sandbox.acts import Act, Asked
from voicectl.gateway.sandbox.asked import is_in
from voicectl.gateway.sandbox.cloud import Cloud, Refused
from voicectl.gateway.sandbox.sound import Studio, plain, timed
from voicectl.vendors.tencent.services import EMOTIONS, STYLES

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
FIELDS = {
    *WHOLE,
    *RANGES,
    *("Text", "SessionId", "Codec", "EnableSubtitle", "EmotionCategory", "FastVoiceType"),
}
LIMIT = TextLimit(1500, Unit.TENTHS_OF_HAN)
CLONED, CLONE = 200000000, "WCHN-"


class TencentSpeech:
    """The one deed."""

    def __init__(self, cloud: Cloud, studio: Studio) -> None:
        self._cloud = cloud
        self._studio = studio

    def acts(self) -> dict[str, Act]:
        """Return the action."""
        return {"TextToVoice": Act(("2019-08-23",), self._spoken, "tts")}

    async def _spoken(self, asked: Asked) -> dict[str, Any]:
        fields = asked.fields
        check(fields)
        text, form = fields["Text"], fields.get("Codec") or "wav"
        sound = await self._studio.made(text, form, fields.get("SampleRate") or 16000)
        self._cloud.note("tencent", "synthesis", characters=len(text), format=form)
        marks = [
            {
                "Text": each.text,
                "BeginTime": each.begin_ms,
                "EndTime": each.end_ms,
                "BeginIndex": each.start,
                "EndIndex": each.end,
                "Phoneme": None,
            }
            for each in timed(plain(text), 0, sound.milliseconds)
        ]
        return {
            "Audio": b64encode(sound.data).decode(),
            "SessionId": fields["SessionId"],
            "Subtitles": marks if fields.get("EnableSubtitle") else [],
        }


def check(fields: Mapping[str, Any]) -> None:
    """Refuse what the service does not take."""
    given = {name: value for name, value in fields.items() if value is not None}
    if unknown := given.keys() - FIELDS:
        raise Refused("UnknownParameter", 200, f"The parameter {min(unknown)!r} is not recognized.")
    if not given.get("Text") or not isinstance(given["Text"], str):
        raise _no("TextEmpty")
    if not given.get("SessionId"):
        raise _no("SessionId")
    for name in WHOLE:
        if not isinstance(given.get(name, 0), int):
            raise Refused("InvalidParameter", 200, f"{name} must be a whole number")
    for name, (low, high) in RANGES.items():
        if name in given and not is_in(given[name], low, high):
            raise _no(name)
    wrong = {
        "Codec": given.get("Codec", "wav") not in ("wav", "mp3", "pcm"),
        "SampleRate": given.get("SampleRate", 16000) not in (8000, 16000, 24000),
        "PrimaryLanguage": given.get("PrimaryLanguage", 1) not in (1, 2),
        "Type": str(given.get("EmotionCategory", "sad")) not in {*EMOTIONS.values(), *STYLES.values()},
        "VoiceType": (given.get("VoiceType") == CLONED)
        != str(given.get("FastVoiceType") or "").startswith(CLONE),
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise _no(name)
    _check_text(given["Text"])


def _check_text(text: str) -> None:
    from xml.parsers import expat

    if text.startswith("<speak"):
        try:
            expat.ParserCreate().Parse(text, True)
        except expat.ExpatError:
            raise _no("TextSsmlParseError") from None
    if not LIMIT.holds(plain(text)):
        raise _no("TextTooLong")


def _no(name: str) -> Refused:
    return Refused(f"InvalidParameterValue.{name}", 200, f"{name} is not valid.")
