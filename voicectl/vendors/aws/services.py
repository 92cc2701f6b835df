"""What Polly takes and how much of it, as data, with what each engine can. Asking for it: `tts.py`.

Sources: the service's model, its quotas, and https://docs.aws.amazon.com/polly/latest/dg/supportedtags.html
"""

from __future__ import annotations

from voicectl.core.audio import AudioFormat
from voicectl.core.service import Operation, Service, Wish
from voicectl.core.tts import TextLimit
from voicectl.vendors.aws.voices import ENGINES, FORMATS, GENERATIVE, LONG_FORM, NEURAL, STANDARD

LEXICONS, LANGUAGE, BUCKET, PREFIX, TOPIC = (
    "LexiconNames",
    "LanguageCode",
    "OutputS3BucketName",
    "OutputS3KeyPrefix",
    "SnsTopicArn",
)
SHORT_NAMES = {"lexicons": LEXICONS, "task_bucket": BUCKET, "task_prefix": PREFIX}
"""Parameters by names that are easier to type."""
MOST_LEXICONS, LONGEST_NAME = 5, 20

_EVERYWHERE = ("break", "lang", "mark", "p", "phoneme", "prosody", "s", "say-as", "speak", "sub", "w")
TAGS = {
    STANDARD: (*_EVERYWHERE, "amazon:auto-breaths", "amazon:breath", "amazon:effect", "emphasis"),
    NEURAL: (*_EVERYWHERE, "amazon:domain", "amazon:effect"),
    LONG_FORM: (*_EVERYWHERE, "amazon:effect"),
    GENERATIVE: _EVERYWHERE,
}
"""The tags that an engine knows."""
ONLY_STANDARD = (
    ("prosody", "pitch", ""),
    ("prosody", "amazon:max-duration", ""),
    ("amazon:effect", "phonation", ""),
    ("amazon:effect", "vocal-tract-length", ""),
    ("amazon:effect", "name", "whispered"),
)
"""Tag, attribute, value: what of tags that others know is the standard engine's alone."""

SPEECH_LIMIT = TextLimit(3000, tags_free=True, whole=6000, per_second=80)
"""Tags are not billed; they count towards the whole alone."""
TASK_LIMIT = TextLimit(100_000, tags_free=True, whole=200_000, per_second=10)
LONGEST_SOUND = 600
"""Seconds that one answer holds; what would come later is cut off without a word. Tasks have no such end."""
SIGNS_A_SECOND, DENSE_SIGNS_A_SECOND = 10.0, 3.5
"""How slowly a voice may read: letters, and signs that stand for a syllable or a word."""
SPEECH_RATES = {NEURAL: 8, LONG_FORM: 8, GENERATIVE: 8}
TASK_RATES = {LONG_FORM: 1, GENERATIVE: 1}
"""How many requests an account may begin in a second, where an engine has fewer than the standard one."""
MOST_AT_ONCE = {GENERATIVE: 26}


def _written(audio: AudioFormat) -> str:
    return f"{audio.container}@{audio.sample_rate}" if audio.sample_rate else audio.container.value


POLLY = Service(
    name="polly",
    title="Amazon Polly",
    engines=ENGINES,
    wishes=(
        Wish("voice", "VoiceId", note="voicectl --vendor aws tts voices"),
        Wish("lang", LANGUAGE, note="of a voice with several; zh-CN is cmn-CN there, zh-HK is yue-CN"),
        Wish("engine", "Engine", values=ENGINES),
        Wish("rate", '<prosody rate="…%">', 0.2, 2),
        Wish("pitch", '<prosody pitch="…%">', -7, 7, note="engine standard only"),
        Wish("volume", '<prosody volume="…dB">', 0, 2),
        Wish("ssml", "TextType"),
        Wish("marked", "SpeechMarkTypes", note="by a second request, which is billed as well"),
        Wish("params", "", values=(LEXICONS, LANGUAGE, BUCKET, PREFIX, TOPIC, *SHORT_NAMES)),
    ),
    formats=tuple(_written(each) for each in FORMATS),
    text_limit="3000 characters, 6000 with tags, ten minutes; by a task, 100000 and 200000",
    operations=(
        Operation("say", "SynthesizeSpeech", in_sandbox=True),
        Operation("say", "StartSpeechSynthesisTask", in_sandbox=True, note="--param task_bucket=NAME"),
        Operation("voices", "DescribeVoices", in_sandbox=True),
    ),
    verified="requests by botocore's model and signatures; moto answers; no run against the real service",
)


def services() -> tuple[Service, ...]:
    """Return what AWS's speech takes."""
    return (POLLY,)
