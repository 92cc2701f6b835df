"""A wish handed to a vendor by a bounded crew of threads: the deed of `voicectl say`. Wishes: `order.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock, get_ident
from typing import TypeVar

from voicectl.actions import tts
from voicectl.actions.tts import Said
from voicectl.audio.sinks import FileSink, Sink
from voicectl.core.audio import Container
from voicectl.core.tts import Utterance
from voicectl.gateway.feelings import NEUTRAL, PLAIN, Wanted, doors_of
from voicectl.gateway.order import BadOrder, Order
from voicectl.gateway.permissions import FEEL
from voicectl.gateway.pipe import Gone, Pipe, PipeSink, SinkBeside
from voicectl.gateway.refusals import missing_tag, unavailable
from voicectl.gateway.served import Served
from voicectl.vendors.emotivoice.feelings import LABELS

THREADS = 32
Made = TypeVar("Made")


def utterance_for(wanted: Wanted, order: Order, tags: Collection[str]) -> Utterance:
    """Return what the vendor will be asked; the second look at whether that key may ask for a feeling.

    Nothing is passed through: what stands here is all that a client can say.
    """
    prompt = wanted.prompt.strip()
    named = {label: name for name, label in LABELS.items()}.get(prompt, "")
    words = [wanted.instructions.strip(), "" if named or prompt in PLAIN else prompt]
    emotion = wanted.emotion or named
    utterance = Utterance(
        text=wanted.text,
        voice=wanted.voice,
        lang=wanted.language,
        engine=wanted.model,
        rate=order.rate,
        emotion="" if emotion == NEUTRAL else emotion,
        style=" ".join(filter(None, words)),
    )
    if FEEL not in tags and any(doors_of(utterance)):
        raise BadOrder(missing_tag(FEEL))
    return utterance


class Speaking:
    """One vendor call in a thread: `pipe` brings its sound, `said` tells what came of it in the end."""

    def __init__(self, served: Served, pipe: Pipe) -> None:
        self.pipe = pipe
        self.said: Said | None = None
        self._served = served
        self._thread: int | None = None
        self._lock = Lock()

    def run(self, utterance: Utterance, sink: Sink, container: Container, clock: Callable[[], float]) -> None:
        """Speak; called in a thread, which is over and done with when this returns."""
        with self._lock:
            self._thread = get_ident()
        try:
            settled = tts.settle(self._served.tts, utterance)
            speaker = self._served.speaker(settled.utterance)
            with self._served.turn(settled.utterance):
                self.said = tts.say(
                    speaker, settled, sink, container=container, clock=clock, advance=self._refuse_to_go_on
                )
        except BaseException as error:  # whatever it is, the client is to hear that it failed
            self._end(error)
        else:
            self._end(None)

    def _refuse_to_go_on(self, characters: float) -> None:
        """Stop in the middle where nobody listens any more."""
        if self.pipe.is_cancelled:
            raise Gone

    def _end(self, error: BaseException | None) -> None:
        with self._lock:
            self._thread = None
        if error is not None:
            # Its frames hold the sound: they are not to live until somebody counts circles.
            error.__traceback__ = error.__context__ = error.__cause__ = None
        self.pipe.end(error)

    def cancel(self) -> None:
        """Break the call off: its client has gone."""
        self.pipe.cancel()
        with self._lock:
            # No other call can have this thread while the lock is held.
            if self._thread is not None:
                self._served.interrupt(self._thread)


class Crew:
    """The threads that speak to vendors; more calls than wait for a thread are turned away."""

    def __init__(self, clock: Callable[[], float], threads: int = THREADS) -> None:
        self._clock = clock
        self._most = 2 * threads
        self._pool = ThreadPoolExecutor(threads, "vendor")
        self._under_way: set[Speaking] = set()

    @property
    def busy(self) -> int:
        """How many calls are under way or wait."""
        return len(self._under_way)

    def stream(self, served: Served, utterance: Utterance, container: Container) -> Speaking:
        """Begin to speak into a pipe. Raises BadOrder where there is no place."""
        speaking = self._speaking(served)
        return self._begun(speaking, utterance, PipeSink(pipe=speaking.pipe, container=container), container)

    def write(self, path: Path, served: Served, utterance: Utterance, container: Container) -> Speaking:
        """Begin to speak into a file; the pipe only tells the end."""
        speaking = self._speaking(served)
        file = FileSink(path=str(path), container=container)
        return self._begun(speaking, utterance, SinkBeside(sink=file, pipe=speaking.pipe), container)

    async def ask(self, question: Callable[[], Made]) -> Made:
        """Have something else asked of a vendor that takes time."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, question)

    def close(self) -> None:
        """Break everything off."""
        for each in list(self._under_way):
            each.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _speaking(self, served: Served) -> Speaking:
        if len(self._under_way) >= self._most:
            raise BadOrder(unavailable("threads"))
        return Speaking(served, Pipe(asyncio.get_running_loop()))

    def _begun(self, speaking: Speaking, utterance: Utterance, sink: Sink, container: Container) -> Speaking:
        self._under_way.add(speaking)
        done = asyncio.get_running_loop().run_in_executor(
            self._pool, speaking.run, utterance, sink, container, self._clock
        )
        done.add_done_callback(lambda _: self._under_way.discard(speaking))
        return speaking
