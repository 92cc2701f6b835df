"""The engine `nano`: SVOX Pico in the wheel py-nanotts; its only home."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import Unavailable
from voicectl.core.language import primary
from voicectl.core.tts import SpeechStream, Utterance, Voice
from voicectl.vendors.local.engine import Engine, Range, Speak, first_voice, is_importable

FORMAT = AudioFormat(Container.PCM, 16000)
# Pico obeys its own markup, `<play file="…"/>` among it, and has no escape: its sign is said in words.
LESS_THAN = {
    "en": " less than ",
    "de": " kleiner als ",
    "es": " menor que ",
    "fr": " inférieur à ",
    "it": " minore di ",
}


def pico_voices(engine: str) -> tuple[Voice, ...]:
    """Return the voices of Pico as those of `engine`, the default of each language first."""
    titles = {
        "en-US": "English (United States)",
        "en-GB": "English (Great Britain)",
        "de-DE": "German",
        "es-ES": "Spanish",
        "fr-FR": "French",
        "it-IT": "Italian",
    }
    return tuple(
        Voice(id=tag, name=name, lang=tag, gender="female", engines=(engine,), vendor="local")
        for tag, name in titles.items()
    )


def without_markup(text: str, voice: str) -> str:
    """Return text in which Pico finds no tag."""
    return text.replace("<", LESS_THAN.get(primary(voice), " "))


def _open() -> Speak:
    return partial(_speak, _pico())


def _pico() -> Callable[..., bytes]:
    """Return the engine's function.

    The public class looks for its voices with importlib.resources, which takes as long as speaking a
    word: where the wheel lies as we know it, its voices are named to it.
    """
    import py_nanotts

    folder = os.path.join(os.path.dirname(py_nanotts.__file__), "lang")  # noqa: PTH118, PTH120
    native = getattr(py_nanotts, "_nanotts", None)
    if native is not None and os.path.isdir(folder):  # noqa: PTH112
        return partial(native.speak, lingware_path=folder)
    speak: Callable[..., bytes] = py_nanotts.NanoTTS().speak
    return speak


def _speak(pico: Callable[..., bytes], utterance: Utterance) -> SpeechStream:
    try:
        pcm = pico(
            text=without_markup(utterance.text, utterance.voice),
            voice=utterance.voice,
            speed=utterance.rate,
            pitch=None if utterance.pitch is None else 2 ** (utterance.pitch / 12),
            volume=utterance.volume,
        )
    except RuntimeError as error:
        raise Unavailable("engine {engine!r} failed: {reason}", engine="nano", reason=str(error)) from error
    return SpeechStream(format=FORMAT, chunks=iter((pcm,) if pcm else ()))


VOICES = pico_voices("nano")
ENGINES = (
    Engine(
        name="nano",
        install="pip install 'voicectl[local]'",
        is_installed=partial(is_importable, "py_nanotts"),
        languages=lambda: tuple(LESS_THAN),
        voices=lambda: VOICES,
        voice_for=partial(first_voice, VOICES),
        open=_open,
        rate=Range(0.2, 5.0),
        pitch=Range(-12, 12),
        volume=Range(0, 5.0),
    ),
)
