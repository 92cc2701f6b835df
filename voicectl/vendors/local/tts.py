"""Speech by the engines of this machine. Which engine: `choice.py`; what one is: `engine.py`."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import chain

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BadInput, Unavailable
from voicectl.core.text import is_speakable
from voicectl.core.tts import SpeechStream, TextLimit, Utterance, Voice
from voicectl.core.wishes import refuse_others
from voicectl.vendors.local.choice import settled
from voicectl.vendors.local.engine import Engine, Engines, Speak, Variables

MODULES = ("nano", "neural", "espeak")
EXCERPT = 30
# An engine speaks a piece in one go; this keeps each under a tenth of a second of work.
LIMIT = TextLimit(400, by_sentence=True)
TAKES = ("voice", "lang", "engine", "rate", "words_per_minute", "pitch", "volume")


def all_engines(environment: Variables = dict) -> Iterator[Engine]:
    """Yield every engine in the order of preference, importing each card when it is its turn.

    Those that are programs run with the variables that `environment` returns, and no others.
    """
    for name in MODULES:
        module = import_module(f"voicectl.vendors.local.{name}")
        engines: tuple[Engine, ...] = module.ENGINES
        yield from engines
    from voicectl.vendors.local.system import engines_of

    yield from engines_of(environment)


class LocalTts:
    """Speaks with the first engine that fits; `engines` gives them in order, as often as asked."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._speakers: dict[str, Speak] = {}

    @property
    def formats(self) -> tuple[AudioFormat, ...]:
        """Plain samples; each engine has its own rate, which its stream tells."""
        return tuple(AudioFormat(Container.PCM, rate) for rate in (16000, 22050, 24000))

    @property
    def text_limit(self) -> TextLimit:
        return LIMIT

    def voices(self) -> Iterator[Voice]:
        """Yield the voices of all installed engines."""
        for engine in self._engines():
            if engine.is_installed():
                yield from engine.voices()

    def settle(self, utterance: Utterance) -> Utterance:
        """Fill in engine, voice and language for the whole text; nothing is loaded yet."""
        refuse_others(utterance, "local", TAKES)
        return settled(utterance, self._engines)

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        """Speak one piece; raises BadInput where there are words and the engine has no sound for them."""
        utterance = utterance if utterance.engine and utterance.voice else self.settle(utterance)
        stream = self._speaker(utterance)(utterance)
        try:
            first = next(stream.chunks, b"")
            if not first and is_speakable(utterance.text):
                raise BadInput(
                    "engine {engine!r} has no sound for {text!r}",
                    engine=utterance.engine,
                    text=utterance.text[:EXCERPT],
                    hint="name its language: --lang TAG",
                )
            sound = chain((first,) if first else (), stream.chunks)
            yield SpeechStream(format=stream.format, chunks=sound)
        finally:
            if isinstance(stream.chunks, Generator):
                stream.chunks.close()

    def _speaker(self, utterance: Utterance) -> Speak:
        """Return the engine's voice box; it is opened once."""
        name = utterance.engine
        if name not in self._speakers:
            engine = next(engine for engine in self._engines() if engine.name == name)
            try:
                self._speakers[name] = engine.open()
            except (ImportError, OSError) as error:
                raise Unavailable(
                    "engine {engine!r} does not start: {reason}",
                    engine=name,
                    reason=str(error),
                    line=engine.install,
                    hint="{line}",
                ) from error
        return self._speakers[name]
