"""What all of NLS shares: its gateway, its token, its words for a wish. Each interface: `nls_*.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import ConfigError, TokenRejected, VoicectlError
from voicectl.vendors.aliyun.places import gateway
from voicectl.vendors.aliyun.token import ReadyToken, speech_token

if TYPE_CHECKING:
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.request import Reply
    from voicectl.core.signature import Signer
    from voicectl.core.token import TokenSource
    from voicectl.core.tts import Utterance
    from voicectl.core.vendor import Access, Client, Judge

USUAL_VOICE = "xiaoyun"
RATES = (16000, 8000, 24000, 48000)
"""Not every voice has the last two."""
READY_HINT = "put a new token into ALIYUN_NLS_TOKEN, or unset it to have one made"


def formats(*containers: Container) -> tuple[AudioFormat, ...]:
    """Return these containers at every rate that NLS has."""
    return tuple(AudioFormat(container, rate) for container in containers for rate in RATES)


class Gateway:
    """The gateway that speaks for one account."""

    def __init__(self, access: Access) -> None:
        self._access = access

    @property
    def appkey(self) -> str:
        """The project that is spoken for; ConfigError where there is none."""
        appkey = self._access.profile.settings.get("nls_appkey", "")
        if not appkey:
            raise ConfigError(
                "aliyun's NLS speaks for an appkey only, and none is given",
                hint="export ALIYUN_NLS_APPKEY=…   (the NLS console has it, at the project)\n"
                "or: voicectl profile add NAME --vendor aliyun --set nls_appkey=…\n"
                "or, for CosyVoice: export DASHSCOPE_API_KEY=…",
            )
        return appkey

    def endpoint(self, usual_region: str = "") -> Endpoint:
        """Return where it is; `usual_region` stands where the account has none."""
        return gateway(self._access, usual_region)

    def ready(self) -> None:
        """Refuse an account that cannot speak."""
        _ = self.appkey
        self.endpoint()

    def client(self, signer: Signer, judge: Judge) -> Client:
        """Return a client that shows the token as `signer` does."""
        return self._access.client(signer, self._judging(judge), self._source)

    def told(self, error: VoicectlError) -> VoicectlError:
        """Return an error with the way out: a token that was brought ready cannot be made anew here."""
        is_ready = isinstance(error, TokenRejected) and isinstance(self._source, ReadyToken)
        return error.knowing(hint=READY_HINT) if is_ready else error

    @cached_property
    def _source(self) -> TokenSource:
        return speech_token(self._access)

    def _judging(self, judge: Judge) -> Callable[[Reply], VoicectlError | None]:
        def judged(reply: Reply) -> VoicectlError | None:
            error = judge(reply)
            return error and self.told(error)

        return judged


def wishes_of(utterance: Utterance, audio: AudioFormat) -> dict[str, object]:
    """Return how a piece is to be spoken; what is left to the vendor is not in it."""
    wanted: dict[str, object] = {
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
    return wanted | parameters(utterance.params)


def parameters(given: Mapping[str, str]) -> dict[str, object]:
    """Read each `--param`: a number, a truth value, a list or an object as such, all else as text."""
    return {name: _json_value(text) for name, text in given.items()}


def nls_rate(factor: float) -> int:
    """Return a factor between 0.5 and 2 as NLS writes it: -500 to 500, and 0 for the usual pace."""
    return round((1 - 1 / factor) / (0.002 if factor < 1 else 0.001))


def text_of(utterance: Utterance) -> str:
    """Return the text as NLS is to take it."""
    return utterance.text if utterance.ssml else plain(utterance.text)


def plain(text: str) -> str:
    """Return text in which nothing is markup: NLS takes any text that holds `<speak` as SSML.

    It has no way to escape a bracket, so the wide twin stands in, which counts as one character too.
    """
    return text.replace("<", "＜") if "<speak" in text.lower() else text


def _json_value(text: str) -> object:
    import json

    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, int | float | list | dict) else text
