"""The profiles that this gateway speaks with, and whom a model's name means. Speaking: `forward.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock

from voicectl.core.speaker import Speaker
from voicectl.core.tts import Tts, Utterance, Voice, limit_of
from voicectl.gateway.feelings import Wanted
from voicectl.gateway.keys import holds

OPENAI, EMOTIVOICE = "openai", "emotivoice"
MODELS_OF_OPENAI = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts")
"""Clients must name some model, and these are what they name where they mean none."""
USUAL_VOICE = "default"
MOST_SPEAKERS = 64
VOICES_SECONDS = 300.0


@dataclass(slots=True)
class Served:
    """One profile. `interrupt` breaks off what a thread waits for; `speaker_of` says at which pace to ask.

    `ends` tells when what it is let in with dies, None where nobody knows; it may read files.
    """

    name: str
    vendor: str
    tts: Tts
    speaker_of: Callable[[Utterance], Speaker]
    interrupt: Callable[[int], None] = lambda thread: None
    ends: Callable[[], datetime | None] = lambda: None
    _speakers: dict[str, Speaker] = field(default_factory=dict, init=False)
    _voices: tuple[float, Sequence[Voice]] = field(default=(float("-inf"), ()), init=False)
    _lock: Lock = field(default_factory=Lock, init=False)
    _alone: Lock = field(default_factory=Lock, init=False)

    def turn(self, utterance: Utterance) -> AbstractContextManager[object]:
        """Wait until a settled utterance may be spoken: some engines take one at a time."""
        limit = limit_of(self.tts, utterance)
        return self._alone if limit.by_sentence or limit.jobs == 1 else nullcontext()

    def speaker(self, utterance: Utterance) -> Speaker:
        """Return who speaks a settled utterance; its pieces are asked for one after the other."""
        with self._lock:
            found = self._speakers.get(utterance.engine)
            if found is None:
                if len(self._speakers) >= MOST_SPEAKERS:
                    self._speakers.clear()
                # A client listens while it comes: a shelf, and more threads, would be of no use to it.
                found = self.speaker_of(utterance)._replace(open_shelf=None)
                self._speakers[utterance.engine] = found
            return found

    def voices(self, now: float) -> Sequence[Voice]:
        """Return the vendor's voices, asked for at most every few minutes."""
        at, known = self._voices
        if now - at >= VOICES_SECONDS:
            known = tuple(self.tts.voices())
            self._voices = now, known
        return known


class House:
    """All profiles that are served; the first one is meant where a model's name says none."""

    def __init__(self, served: Iterable[Served]) -> None:
        self.served: Mapping[str, Served] = {each.name: each for each in served}

    def open_to(self, profiles: tuple[str, ...]) -> list[Served]:
        """Return those that a key's list of profiles names."""
        return [each for name, each in self.served.items() if holds(profiles, name)]

    def named(self, wanted: Wanted, profiles: tuple[str, ...]) -> Wanted:
        """Return the same wish with the profile that its model means: `PROFILE`, `PROFILE/MODEL`, `MODEL`.

        Where a key has no profile here, none is named, and the door refuses it.
        """
        name, _, model = wanted.model.partition("/")
        if name not in self.served:
            model = wanted.model
            name = next((each.name for each in self.open_to(profiles)), "")
        vendor = self.served[name].vendor if name else ""
        if vendor != OPENAI and model in MODELS_OF_OPENAI:
            model = ""
        voice = "" if wanted.voice == USUAL_VOICE else wanted.voice
        return replace(wanted, profile=name, model=model, voice=voice)
