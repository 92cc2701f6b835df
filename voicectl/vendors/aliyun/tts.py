"""Speech by NLS over its REST gateway. The token it needs: `token.py`; what its answers mean: `errors.py`.

Specification: https://help.aliyun.com/en/isi/developer-reference/restful-api-3
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from itertools import chain

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.endpoint import Endpoint
from voicectl.core.errors import BadInput, BrokenAnswer, ConfigError, TokenRejected, UsageError, VoicectlError
from voicectl.core.request import Reply, ReplyStream, Request
from voicectl.core.tts import SpeechStream, TextLimit, Utterance, Voice
from voicectl.core.vendor import Access, Client
from voicectl.core.wishes import refuse_others, refuse_outside, refuse_unknown
from voicectl.signing import schemes
from voicectl.vendors.aliyun.errors import judge_speech
from voicectl.vendors.aliyun.places import gateway
from voicectl.vendors.aliyun.token import ReadyToken, speech_token

ENGINE = "nls-rest"
USUAL_VOICE = "xiaoyun"
LANGUAGES = ("zh", "en")
"""What the usual voice speaks."""
# Bare samples come last: nothing in them tells sound from noise, or a whole from a part.
FORMATS = tuple(
    AudioFormat(container, rate)
    for container in (Container.WAV, Container.MP3, Container.PCM)
    for rate in (16000, 8000, 24000, 48000)
)
# The server cuts off what is longer, and says nothing.
LIMIT = TextLimit(300)
WISHES = ("voice", "lang", "engine", "rate", "pitch", "volume", "ssml", "params")
OURS = ("text", "token", "format", "sample_rate")
ERROR_BYTES = 1 << 16


class NlsTts:
    """Speaks at the gateway of the profile's region."""

    def __init__(self, access: Access) -> None:
        self._access = access

    @property
    def formats(self) -> tuple[AudioFormat, ...]:
        """WAV first; not every voice has 24000 and 48000."""
        return FORMATS

    @property
    def text_limit(self) -> TextLimit:
        return LIMIT

    def voices(self) -> Iterator[Voice]:
        """Yield nothing: NLS cannot be asked for its voices."""
        return iter(())

    def settle(self, utterance: Utterance) -> Utterance:
        """Fill in the voice; refuse what NLS does not have, and a profile that cannot speak."""
        refuse_others(utterance, "aliyun", WISHES)
        refuse_unknown("--engine", utterance.engine, "aliyun", (ENGINE,))
        if not utterance.voice:
            refuse_unknown("--lang", utterance.lang.partition("-")[0].lower(), "this voice", LANGUAGES)
        refuse_outside("--rate", utterance.rate, "aliyun", 0.5, 2)
        refuse_outside("--pitch", utterance.pitch, "aliyun", -12, 12)
        refuse_outside("--volume", utterance.volume, "aliyun", 0, 2)
        for name in OURS:
            if name in utterance.params:
                raise UsageError("--param cannot set {name!r}", name=name, hint="leave out --param {name}=…")
        if utterance.ssml:
            _refuse_no_markup(utterance.text)
        self._target()
        return replace(utterance, voice=utterance.voice or USUAL_VOICE, engine=ENGINE)

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        """Speak one piece of at most 300 characters."""
        LIMIT.refuse_longer(utterance.text, "aliyun")
        endpoint, appkey = self._target()
        audio = utterance.format or FORMATS[0]
        request = request_of(endpoint, appkey, utterance, audio)
        with self._client.stream(request, action="SpeechSynthesizer") as reply:
            yield SpeechStream(
                format=audio, chunks=_sound(reply), request_id=reply.headers.get("x-nls-requestid", "")
            )

    @cached_property
    def _client(self) -> Client:
        source = speech_token(self._access)
        signer = schemes.build("bearer", options={"header": "X-NLS-Token", "prefix": ""})
        judge = _judge_ready if isinstance(source, ReadyToken) else judge_speech
        return self._access.client(signer, judge, source)

    def _target(self) -> tuple[Endpoint, str]:
        """Return the gateway and the appkey; ConfigError where there is no appkey."""
        appkey = self._access.profile.settings.get("nls_appkey", "")
        if not appkey:
            raise ConfigError(
                "aliyun speaks for an appkey only, and none is given",
                hint="export ALIYUN_NLS_APPKEY=…   (the NLS console has it, at the project)\n"
                "or: voicectl profile add NAME --vendor aliyun --set nls_appkey=…",
            )
        return gateway(self._access), appkey


def request_of(endpoint: Endpoint, appkey: str, utterance: Utterance, audio: AudioFormat) -> Request:
    """Return the request for one piece; what is left to the vendor is not in it."""
    import json

    wanted: dict[str, object] = {
        "appkey": appkey,
        "text": utterance.text if utterance.ssml else plain(utterance.text),
        "format": audio.container.value,
        "sample_rate": audio.sample_rate,
        "voice": utterance.voice or USUAL_VOICE,
    }
    if utterance.volume is not None:
        wanted["volume"] = round(50 * utterance.volume)
    if utterance.rate is not None:
        wanted["speech_rate"] = nls_rate(utterance.rate)
    if utterance.pitch is not None:
        # The page gives no unit for the pitch; an octave is taken as the factor of two that it is.
        wanted["pitch_rate"] = nls_rate(2 ** (utterance.pitch / 12))
    wanted |= {name: _json_value(text) for name, text in utterance.params.items()}
    body = json.dumps(wanted, ensure_ascii=False).encode()
    return endpoint.request(
        "POST", "/stream/v1/tts", headers=(("Content-Type", "application/json"),), body=body
    )


def nls_rate(factor: float) -> int:
    """Return a factor between 0.5 and 2 as NLS writes it: -500 to 500, and 0 for the usual pace."""
    return round((1 - 1 / factor) / (0.002 if factor < 1 else 0.001))


def plain(text: str) -> str:
    """Return text in which nothing is markup: NLS takes any text that holds `<speak` as SSML.

    It has no way to escape a bracket, so the wide twin stands in, which counts as one character too.
    """
    return text.replace("<", "＜") if "<speak" in text.lower() else text


def _json_value(text: str) -> object:
    """Read a `--param`: a number or a truth value as such, everything else as text."""
    import json

    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, int | float) else text


def _refuse_no_markup(text: str) -> None:
    if not text.lstrip().lower().startswith("<speak"):
        raise BadInput("SSML begins with <speak>", hint="<speak>…</speak>, or leave out --ssml")


def _judge_ready(reply: Reply) -> VoicectlError | None:
    """Judge as ever; a token that was brought ready cannot be made anew here."""
    error = judge_speech(reply)
    if isinstance(error, TokenRejected):
        return error.knowing(hint="put a new token into ALIYUN_NLS_TOKEN, or unset it to have one made")
    return error


def _sound(reply: ReplyStream) -> Iterator[bytes]:
    """Return the chunks, if they are sound: all of it comes as audio/mpeg, a failure sometimes as nothing.

    What is wav or mp3 is told by its own first bytes, elsewhere.
    """
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith("audio/"):
        return reply.chunks
    first = next(reply.chunks, b"")
    if kind in ("", "application/octet-stream") and not first.lstrip().startswith(b"{"):
        return chain((first,), reply.chunks)
    body = bytearray(first)
    for chunk in reply.chunks:
        if len(body) > ERROR_BYTES:
            break
        body += chunk
    judged = judge_speech(Reply(status=reply.status, headers=reply.headers, body=bytes(body)))
    raise judged or BrokenAnswer("{kind} came where sound was promised", kind=kind or "something else")
