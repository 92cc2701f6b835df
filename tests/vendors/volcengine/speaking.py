"""Volcengine's speech as the program builds it, before a server on loopback; its clock only counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.cloud.volcengine_speech import API_KEY, APP_ID, TOKEN
from tests.fakes import world
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.clock import Moment
from voicectl.core.options import Options
from voicectl.core.tts import SpeechStream, Utterance
from voicectl.runtime import Runtime
from voicectl.vendors.volcengine.tts import VolcengineTts
from voicectl.world import SystemClock

PCM = AudioFormat(Container.PCM, 24000)
KEYS = {"VOLC_SPEECH_API_KEY": API_KEY}
OLD_KEYS = {"VOLC_SPEECH_APP_ID": APP_ID, "VOLC_SPEECH_ACCESS_TOKEN": TOKEN}


@dataclass
class CountingClock:
    """The machine's time; who sleeps is only noted."""

    slept: list[float] = field(default_factory=list)

    def moment(self) -> Moment:
        return SystemClock().moment()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@dataclass
class Speaker:
    """Says something whole; `clock` tells how long it would have waited."""

    tts: VolcengineTts
    clock: CountingClock

    def settled(self, text: str = "你好", **wishes: Any) -> Utterance:
        return self.tts.settle(Utterance(text=text, **{"format": PCM, **wishes}))

    def __call__(self, text: str = "你好", **wishes: Any) -> tuple[bytes, SpeechStream]:
        with self.tts.synthesize(self.settled(text, **wishes)) as stream:
            return b"".join(stream.chunks), stream

    def live(self, texts: Iterator[str], **wishes: Any) -> tuple[bytes, SpeechStream]:
        settled = self.settled("", live=True, **wishes)
        with self.tts.synthesize_live(settled, texts) as stream:
            return b"".join(stream.chunks), stream


@contextmanager
def speaker(url: str, keys: Mapping[str, str] = KEYS, **options: Any) -> Iterator[Speaker]:
    """Give the speech before a server."""
    environ = {**keys, "VOICECTL_VENDOR": "volcengine", "VOICECTL_NO_KEYRING": "1"}
    wanted: dict[str, Any] = {"endpoint_url": url, "retries": 0, "timeout": 2, **options}
    runtime = Runtime(world(environ), Options(**wanted))
    clock = CountingClock()
    runtime.clock = clock  # type: ignore[assignment]
    _, card, access = runtime.chosen(speech=True)
    assert card.tts is not None
    tts = card.tts(access)
    assert isinstance(tts, VolcengineTts)
    yield Speaker(tts, clock)
