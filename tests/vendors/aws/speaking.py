"""Polly's speech as the program builds it, before any server, with a clock that only counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.cloud.court import Account
from tests.cloud.polly import LASTING, keys_in_environment
from tests.cloud.server import Respond, Server, serving
from tests.fakes import world
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.clock import Moment
from voicectl.core.options import Options
from voicectl.core.tts import SpeechStream, Tts, Utterance
from voicectl.runtime import Runtime
from voicectl.world import SystemClock

PCM = AudioFormat(Container.PCM, 16000)


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
    """Says something whole; `clock` tells how long it would have taken."""

    tts: Tts
    server: Server
    clock: CountingClock

    def settled(self, text: str = "hi", **wishes: Any) -> Utterance:
        return self.tts.settle(Utterance(text=text, **{"format": PCM, **wishes}))

    def __call__(self, text: str = "hi", **wishes: Any) -> tuple[bytes, SpeechStream]:
        with self.tts.synthesize(self.settled(text, **wishes)) as stream:
            return b"".join(stream.chunks), stream

    @property
    def asked(self) -> list[str]:
        return [f"{request.method} {request.path}" for request in self.server.requests]


@contextmanager
def speaker(respond: Respond, account: Account = LASTING, **options: Any) -> Iterator[Speaker]:
    """Give the speech before a server, in us-east-1."""
    with serving(respond) as server:
        environ = {**keys_in_environment(account), "VOICECTL_VENDOR": "aws", "AWS_REGION": "us-east-1"}
        wanted: dict[str, Any] = {"endpoint_url": server.url, "retries": 0, "timeout": 1, **options}
        runtime = Runtime(world({**environ, "VOICECTL_NO_KEYRING": "1"}), Options(**wanted))
        clock = CountingClock()
        runtime.clock = clock  # type: ignore[assignment]
        _, card, access = runtime.chosen(speech=True)
        assert card.tts is not None
        yield Speaker(card.tts(access), server, clock)
