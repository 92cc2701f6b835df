"""The only vendor that keys of the sandbox reach: a tone as long as its text. No account, no network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.tts import SpeechStream, TextLimit, Utterance, Voice
from voicectl.gateway.sandbox.sound import SECONDS_A_SIGN, tone

RATE = 24_000
VOICES = ("tone", "alloy")


class ToneTts:
    """Takes every voice, emotion and pace there is, and plays the same tone."""

    formats = (AudioFormat(Container.PCM, RATE),)
    text_limit = TextLimit(4096)

    def settle(self, utterance: Utterance) -> Utterance:
        return utterance

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        yield SpeechStream(format=self.formats[0], chunks=_chunks(len(utterance.text)))

    def voices(self) -> Iterator[Voice]:
        for name in VOICES:
            yield Voice(id=name, name=name, lang="", gender="", engines=(), vendor="sandbox")


def _chunks(signs: int) -> Iterator[bytes]:
    """Yield the tone second by second: a text of some length is minutes of sound."""
    left = 2 * max(1, round(signs * SECONDS_A_SIGN * RATE))
    second = tone("a" * (round(1 / SECONDS_A_SIGN) + 1), RATE)[: 2 * RATE]
    while left > 0:
        yield second[:left]
        left -= len(second)
