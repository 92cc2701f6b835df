"""The only vendor that keys of the sandbox reach: a tone as long as its text. No account, no network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.tts import SpeechStream, TextLimit, Utterance, Voice
from voicectl.gateway.sandbox.sound import tone

RATE = 24_000
CHUNK_BYTES = 8192
VOICES = ("tone", "alloy")


class ToneTts:
    """Takes every voice, emotion and pace there is, and plays the same tone."""

    formats = (AudioFormat(Container.PCM, RATE),)
    text_limit = TextLimit(4096)

    def settle(self, utterance: Utterance) -> Utterance:
        return utterance

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        samples = tone(utterance.text, RATE)
        chunks = (samples[at : at + CHUNK_BYTES] for at in range(0, len(samples), CHUNK_BYTES))
        yield SpeechStream(format=self.formats[0], chunks=chunks)

    def voices(self) -> Iterator[Voice]:
        for name in VOICES:
            yield Voice(id=name, name=name, lang="", gender="", engines=(), vendor="sandbox")
