"""What Tencent Cloud's speech takes, as data, with its words for pace and feeling. Asking for it: `tts.py`.

Source: https://cloud.tencent.com/document/product/1073/37995
"""

from __future__ import annotations

from voicectl.core.service import Operation, Service, Wish

PACES = ((0.6, -2.0), (0.8, -1.0), (1.0, 0.0), (1.2, 1.0), (1.5, 2.0), (2.5, 6.0))
"""Factors of the pace, and what `Speed` is for them; in between it goes in a straight line."""
LANGUAGES = {"zh": 1, "en": 2}
EMOTIONS = {
    "neutral": "neutral",
    "happy": "happy",
    "sad": "sad",
    "angry": "angry",
    "surprised": "amaze",
    "fearful": "fear",
    "disgusted": "disgusted",
    "peaceful": "peaceful",
    "excited": "exciting",
    "proud": "aojiao",
    "coquettish": "sajiao",
}
STYLES = {
    "news": "news",
    "story": "story",
    "radio": "radio",
    "poetry": "poetry",
    "call": "call",
    "commentary": "jieshuo",
}
NUMBERS = {
    "ProjectId": (0, 2**31 - 1),
    "ModelType": (1, 1),
    "SegmentRate": (0, 2),
    "EmotionIntensity": (50, 200),
}
"""Parameters of Tencent's own that are whole numbers, and their bounds."""
CLONE = "FastVoiceType"

SPEECH = Service(
    name="tts",
    title="TextToVoice",
    wishes=(
        Wish("voice", "VoiceType", note="a number; 200000000 goes with --param FastVoiceType=ID"),
        Wish("lang", "PrimaryLanguage", note="zh or en"),
        Wish("rate", "Speed", PACES[0][0], PACES[-1][0]),
        Wish("volume", "Volume", 0, 2, note="how loud a step is, the service does not say"),
        Wish("emotion", "EmotionCategory", values=tuple(EMOTIONS), note="some voices only"),
        Wish("style", "EmotionCategory", values=tuple(STYLES), note="some voices only"),
        Wish("ssml", "Text"),
        Wish("marked", "EnableSubtitle", note="some voices have none"),
        Wish("params", "", values=(*NUMBERS, CLONE)),
    ),
    formats=("wav", "mp3", "pcm"),
    text_limit="150 Chinese characters or 500 letters a request; of both, in proportion",
    operations=(Operation("say", "TextToVoice", in_sandbox=True),),
    verified="fields, ranges and codes by the vendor's SDK; how a mix of scripts counts is assumed",
)


def services() -> tuple[Service, ...]:
    """Return what Tencent Cloud's interfaces take."""
    return (SPEECH,)
