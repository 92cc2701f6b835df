"""What an operator is told, by a thread of its own: who reads it slowly, or no more, holds no request up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from queue import Full, Queue
from threading import Thread

MOST_WAITING = 1000
LET_FINISH_SECONDS = 1.0


class Sayings:
    """Says what it is told in its turn; what comes while too much waits is counted, and not said."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._waiting: Queue[str | None] = Queue(MOST_WAITING)
        self._lost = 0
        self._thread = Thread(target=self._say_all, name="sayings", daemon=True)
        self._thread.start()

    def __call__(self, words: str) -> None:
        """Have something said; returns at once, and never fails."""
        try:
            self._waiting.put_nowait(words)
        except Full:
            self._lost += 1

    def close(self) -> None:
        """Say what waits, as far as somebody listens."""
        with suppress(Full):
            self._waiting.put_nowait(None)
            self._thread.join(LET_FINISH_SECONDS)

    def _say_all(self) -> None:
        while (words := self._waiting.get()) is not None:
            # A terminal or a pipe may have gone: ValueError is what a closed file raises.
            with suppress(OSError, ValueError):
                self._say(words)
                if self._lost:
                    lost, self._lost = self._lost, 0
                    self._say(f"{lost} more things could not be said in time")
