"""What an offline engine is, and the one function that speaks. Which one is taken: `choice.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from voicectl.core.language import primary
from voicectl.core.tts import SpeechStream, Utterance, Voice

Speak = Callable[[Utterance], SpeechStream]
"""Speak a settled utterance; no chunks at all where the engine knows no sound for the text."""

Variables = Callable[[], Mapping[str, str]]
"""Give the variables for a program when one is run."""


class Range(NamedTuple):
    """The values of a setting that an engine takes, both ends included."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


class Engine(NamedTuple):
    """An engine's card. All but `open` is answered without loading it, `voices` as cheaply as it can.

    A setting that is None cannot be changed. `languages` are primary tags: `en`, `zh`, `yue`. An engine that
    counts words says at what pace it usually speaks.
    """

    name: str
    install: str
    is_installed: Callable[[], bool]
    languages: Callable[[], Sequence[str]]
    voices: Callable[[], tuple[Voice, ...]]
    open: Callable[[], Speak]
    voice_for: Callable[[str], str]
    rate: Range | None = None
    pitch: Range | None = None
    volume: Range | None = None
    usual_words_per_minute: int = 0


Engines = Callable[[], Iterable[Engine]]
"""Give all engines in the order of preference, as often as asked; cards may be made on the way."""


def first_voice(voices: Iterable[Voice], tag: str) -> str:
    """Return the voice of exactly this tag, else the first one of its language, else ""."""
    listed = tuple(voices)
    wanted = tag.replace("_", "-").lower()
    exact = (voice.id for voice in listed if voice.lang.lower() == wanted)
    close = (voice.id for voice in listed if primary(voice.lang) == primary(tag))
    return next(exact, None) or next(close, "")


def is_importable(module: str) -> bool:
    """Say whether a module is installed, without importing it; a mere folder of that name does not count."""
    from importlib.util import find_spec

    spec = find_spec(module)
    return spec is not None and spec.origin is not None
