"""Speech by Tencent Cloud: one signed request a text, JSON with the sound back. Ranges: `services.py`.

Specification: https://cloud.tencent.com/document/product/1073/37995 (2019-08-23)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer, Unsupported
from voicectl.core.language import primary
from voicectl.core.measure import Unit
from voicectl.core.refusal import promised_object
from voicectl.core.tts import Mark, SpeechStream, TextLimit, Utterance, Voice
from voicectl.core.wishes import refuse_beyond, refuse_outside, refuse_unknown
from voicectl.signing import schemes
from voicectl.vendors.tencent.actions import action_request
from voicectl.vendors.tencent.errors import judge
from voicectl.vendors.tencent.services import CLONE, EMOTIONS, LANGUAGES, NUMBERS, PACES, SPEECH, STYLES

if TYPE_CHECKING:
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.request import Reply, Request
    from voicectl.core.vendor import Access, Client

URL, VERSION = "https://tts.tencentcloudapi.com", "2019-08-23"
# The default rate first. WAV tells its own rate; not every voice has 24000.
FORMATS = tuple(
    AudioFormat(container, rate)
    for container in (Container.WAV, Container.MP3, Container.PCM)
    for rate in (16000, 8000, 24000)
)
LIMIT = TextLimit(1500, unit=Unit.TENTHS_OF_HAN)
CLONED_VOICE = "200000000"
ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}


class TencentTts:
    """Speaks as one account."""

    formats = FORMATS
    text_limit = LIMIT

    def __init__(self, access: Access) -> None:
        self._access = access

    def settle(self, utterance: Utterance) -> Utterance:
        """Refuse what the service has not; where no voice is named, the service has its own."""
        refuse_beyond(SPEECH, utterance, "tencent")
        refuse_unknown("--lang", primary(utterance.lang), "tencent", LANGUAGES)
        if utterance.emotion and utterance.style:
            raise Unsupported(
                "tencent takes an emotion or a style, not both", vendor="tencent", hint="leave out --style"
            )
        _check_parameters(utterance)
        return replace(utterance, voice=_voice(utterance))

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        """Speak one piece; nothing comes before all of it has been spoken."""
        LIMIT.refuse_longer(utterance.text, "tencent")
        audio = utterance.format or FORMATS[0]
        body = body_of(utterance, audio, session=self._access.clock.moment().nonce)
        reply = self._client.send(self._request(body), action="TextToVoice")
        yield spoken_in(reply, audio)

    def voices(self) -> Iterator[Voice]:
        """Yield nothing: there is no list to ask for."""
        yield from ()

    def _request(self, body: Mapping[str, object]) -> Request:
        import json

        written, region = json.dumps(body, ensure_ascii=False).encode(), self._access.profile.region
        return action_request(self._endpoint, "TextToVoice", VERSION, region=region, body=written)

    @cached_property
    def _endpoint(self) -> Endpoint:
        return self._access.endpoint("tts", URL)

    @cached_property
    def _client(self) -> Client:
        return self._access.client(schemes.build("tencent-tc3", service="tts"), judge)


def body_of(utterance: Utterance, audio: AudioFormat, *, session: str) -> dict[str, object]:
    """Return what is asked for one piece; what is left to the service is not in it."""
    wanted: dict[str, object | None] = {
        "Text": _text(utterance),
        "SessionId": session,
        "VoiceType": int(utterance.voice) if utterance.voice else None,
        "PrimaryLanguage": LANGUAGES.get(primary(utterance.lang)),
        "Codec": audio.container.value,
        "SampleRate": audio.sample_rate or None,
        "Speed": None if utterance.rate is None else speed(utterance.rate),
        "Volume": None if utterance.volume is None else round((utterance.volume - 1) * 10, 2),
        "EmotionCategory": EMOTIONS.get(utterance.emotion) or STYLES.get(utterance.style),
        "EnableSubtitle": utterance.marked or None,
        **{name: int(text) if name in NUMBERS else text for name, text in utterance.params.items()},
    }
    return {name: value for name, value in wanted.items() if value is not None}


def speed(factor: float) -> float:
    """Return `Speed` for a factor of the pace, to the two decimals that the service reads."""
    steps = list(pairwise(PACES))
    (low, at_low), (high, at_high) = next((step for step in steps if factor <= step[1][0]), steps[-1])
    return round(at_low + (factor - low) / (high - low) * (at_high - at_low), 2)


def spoken_in(reply: Reply, audio: AudioFormat) -> SpeechStream:
    """Take the sound out of a good answer; BrokenAnswer where there is none."""
    from base64 import b64decode

    response = promised_object(reply).get("Response")
    found = response if isinstance(response, dict) else {}
    try:
        sound = b64decode(str(found.get("Audio") or ""), validate=True)
    except ValueError:
        sound = b""
    if not sound:
        raise BrokenAnswer("the answer holds no sound", hint="check --endpoint-url")
    return SpeechStream(
        format=audio,
        chunks=iter((sound,)),
        request_id=str(found.get("RequestId") or ""),
        marks=_marks(found.get("Subtitles")),
    )


def _marks(listed: object) -> tuple[Mark, ...]:
    """Read `Subtitles`, an entry for each character or word; what has no times is no mark."""
    entries = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return tuple(
        Mark(begin, end, str(each.get("Text") or ""))
        for each in entries
        if isinstance(begin := each.get("BeginTime"), int) and isinstance(end := each.get("EndTime"), int)
    )


def _text(utterance: Utterance) -> str:
    """Return the text as it is, which only a `<speak>` at its start turns into markup."""
    text = utterance.text
    if utterance.ssml or not text.lstrip().lower().startswith("<speak"):
        return text
    return f"<speak>{text.translate(ESCAPES)}</speak>"


def _voice(utterance: Utterance) -> str:
    """Return the number of the voice; a cloned one is named by a parameter, under a number of its own."""
    clone = utterance.params.get(CLONE, "")
    voice = utterance.voice or (CLONED_VOICE if clone else "")
    if voice and not (voice.isascii() and voice.isdecimal()):
        raise Unsupported(
            "tencent has no --voice {voice!r}: its voices are numbers",
            voice=voice,
            vendor="tencent",
            hint="--voice 101001",
        )
    if (voice == CLONED_VOICE) is not bool(clone):
        raise Unsupported(
            "voice {cloned} and --param {name} go together only",
            cloned=CLONED_VOICE,
            name=CLONE,
            vendor="tencent",
            hint="--voice {cloned} --param {name}=ID",
        )
    return voice


def _check_parameters(utterance: Utterance) -> None:
    for name, (low, high) in NUMBERS.items():
        text = utterance.params.get(name, "0")
        if not (text.isascii() and text.isdecimal()):
            raise Unsupported(
                "--param {name} is a whole number, not {text!r}",
                name=name,
                text=text,
                vendor="tencent",
                low=low,
                hint="--param {name}={low}",
            )
        if name in utterance.params:
            refuse_outside(f"--param {name}", int(text), "tencent", low, high)
    if "EmotionIntensity" in utterance.params and not (utterance.emotion or utterance.style):
        raise Unsupported(
            "--param EmotionIntensity says how strong an emotion is, and none is named",
            vendor="tencent",
            hint="add --emotion happy",
        )
