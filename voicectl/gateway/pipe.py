"""Bytes from the thread that makes them to the task that sends them, a little ahead of it and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition

from voicectl.audio.encode import encoder
from voicectl.audio.sinks import Output, Sink
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer

ROOM_BYTES = 256 << 10
MOST_PADDING_BYTES = 1 << 20


class Gone(Exception):
    """Nobody listens any more."""


class Pipe:
    """One thread puts, one task takes. Whoever cancels makes the next `put` raise Gone."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._news = asyncio.Event()
        self._room = Condition()
        self._held: list[bytes] = []
        self._size = 0
        self._is_over = self._is_cancelled = False
        self._error: BaseException | None = None
        self.sampling: AudioFormat | None = None
        """What goes through, known with the first bytes."""

    # The thread's side ---------------------------------------------------------------------------

    def put(self, data: bytes) -> None:
        """Pass bytes on; waits while there are more than enough."""
        with self._room:
            self._room.wait_for(lambda: self._size < ROOM_BYTES or self._is_cancelled)
            if self._is_cancelled:
                raise Gone
            self._held.append(data)
            self._size += len(data)
        self._tell()

    def end(self, error: BaseException | None = None) -> None:
        """Say that nothing more will come, and whether that is as it should be."""
        with self._room:
            if not self._is_over:
                self._is_over, self._error = True, error
        self._tell()

    def _tell(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._news.set)
        except RuntimeError:
            # The loop has ended, and with it whoever listened.
            raise Gone from None

    # The task's side -----------------------------------------------------------------------------

    async def take(self) -> bytes:
        """Return what has come, at least a byte; nothing at the end. Raises what the thread ended with."""
        while True:
            await self._news.wait()
            self._news.clear()
            with self._room:
                data = b"".join(self._held)
                self._held.clear()
                self._size = 0
                self._room.notify()
                is_over = self._is_over
            if is_over:
                self._news.set()
            if data:
                return data
            if is_over:
                if self._error is not None:
                    raise self._let_go()
                return b""

    def _let_go(self) -> BaseException:
        """Return what the thread ended with, and keep it no longer: with it the sound would be kept, too."""
        error, self._error = self._error or Gone(), Gone()
        return error

    def cancel(self) -> None:
        """Let the thread stop at its next byte, and whoever takes hear that it is Gone."""
        with self._room:
            self._is_cancelled = True
            if not self._is_over:
                self._is_over, self._error = True, Gone()
            self._room.notify()
        self._news.set()

    @property
    def is_cancelled(self) -> bool:
        return self._is_cancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkBeside:
    """A sink whose pipe hears only how the sound was taken, and when it ends."""

    sink: Sink
    pipe: Pipe

    def ready(self) -> bool:
        return self.sink.ready()

    @contextmanager
    def open(self, audio: AudioFormat) -> Iterator[Output]:
        with self.sink.open(audio) as output:
            self.pipe.sampling = audio
            yield output


@dataclass(frozen=True, slots=True, kw_only=True)
class PipeSink:
    """A sink of `actions.tts.say` whose other end is a pipe."""

    pipe: Pipe
    container: Container

    def ready(self) -> bool:
        return not self.pipe.is_cancelled

    @contextmanager
    def open(self, audio: AudioFormat) -> Iterator[Output]:
        shaping = encoder(audio, self.container, sized=False)
        held: list[bytes] = []

        # It must not know the output, which knows it: the sound would live on in that circle.
        def emit(data: bytes) -> None:
            if audio.container is Container.MP3 and shaping.seconds is None:
                # Padding before the first frame, or a text that is no sound at all.
                held.append(data)
                if sum(map(len, held)) > MOST_PADDING_BYTES:
                    raise BrokenAnswer("the mp3 holds no sound")
                return
            while held:
                self.pipe.put(held.pop(0))
            self.pipe.put(data)

        output = Output(audio, shaping, emit)
        self.pipe.sampling = audio
        yield output
        output.end()
        output.close(None)
