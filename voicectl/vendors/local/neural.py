"""The engine `neural`: hibari-tts, English, about 160 MB with its runtime; its only home."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.tts import SpeechStream, Utterance, Voice
from voicectl.vendors.local.engine import Engine, Range, Speak, first_voice, is_importable

if TYPE_CHECKING:
    from hibari import Hibari

FORMAT = AudioFormat(Container.PCM, 24000)
# The only voice inside the wheel. The others would be downloaded at first use, which nobody asked for.
VOICES = (
    Voice(
        id="heart",
        name="Heart, English (United States)",
        lang="en-US",
        gender="female",
        engines=("neural",),
        vendor="local",
    ),
)


def _open() -> Speak:
    from hibari import Hibari

    return partial(_speak, Hibari(voice=VOICES[0].id))


def _speak(hibari: Hibari, utterance: Utterance) -> SpeechStream:
    # `[word](/phonemes/)` is hibari's own markup.
    text = utterance.text.replace("](/", "] (/")
    return SpeechStream(format=FORMAT, chunks=_chunks(hibari, text, utterance.rate))


def _chunks(hibari: Hibari, text: str, rate: float | None) -> Iterator[bytes]:
    for samples in hibari.stream(text, speed=1.0 if rate is None else rate):
        if len(samples):
            yield (samples.clip(-1, 1) * 32767).astype("<i2").tobytes()


ENGINES = (
    Engine(
        name="neural",
        install="pip install 'voicectl[neural]'",
        is_installed=partial(is_importable, "hibari"),
        languages=lambda: ("en",),
        voices=lambda: VOICES,
        voice_for=partial(first_voice, VOICES),
        open=_open,
        rate=Range(0.5, 2.0),
    ),
)
