"""Tasks done by several threads, taken from a source as it comes, told as they end. Their matter: elsewhere.

However many there are, only a few are held: those that read wait for those that work, and those that work
for whoever listens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import Empty, Queue
from threading import Event, Lock, Thread
from typing import Generic, TypeVar

Done = TypeVar("Done")
TICK_SECONDS = 0.1
AHEAD = 2
WARM_WITHIN_SECONDS = 1.0


class _End:
    """One thread has no more to do."""


class Crew(Generic[Done]):
    """Threads that do the tasks of an iterator, which is read in a thread of its own.

    `clock` tells seconds. A task should return its failure; what one raises, or the iterator, ends all.
    One thread begins alone until a result `warms`: what is loaded and opened for the first request would
    make several late, which then come closer to those after them than any pace allows.
    """

    def __init__(
        self,
        tasks: Iterator[Callable[[], Done]],
        jobs: int,
        *,
        clock: Callable[[], float],
        warms: Callable[[Done], bool] = lambda result: True,
    ) -> None:
        self._tasks = tasks
        self._jobs = jobs
        self._clock = clock
        self._warms = warms
        self._is_warm = Event()
        self._todo: Queue[Callable[[], Done] | None] = Queue(AHEAD * jobs)
        self._done: Queue[Done | BaseException | _End] = Queue(AHEAD * jobs)
        self._busy = 0
        self._counting = Lock()
        self._stops_at: float | None = None

    @property
    def is_stopped(self) -> bool:
        return self._stops_at is not None

    def stop(self, let_finish_seconds: float) -> None:
        """Begin nothing more; what is under way may come in for so long. A signal handler may call this."""
        at = self._clock() + let_finish_seconds
        self._stops_at = at if self._stops_at is None else min(at, self._stops_at)

    def results(self) -> Iterator[Done | None]:
        """Yield what each task returned, as they end; None where nothing came for a moment."""
        # What hangs on the wire must not keep a program alive that was told to end.
        for work in (self._read, self._work, *[self._follow] * (self._jobs - 1)):
            Thread(target=work, daemon=True).start()
        working = self._jobs
        while working and not self._is_over():
            try:
                found = self._done.get(timeout=TICK_SECONDS)
            except Empty:
                yield None
                continue
            match found:
                case _End():
                    working -= 1
                case BaseException():
                    self.stop(0.0)
                    raise found
                case _:
                    yield found

    def _is_over(self) -> bool:
        """Say whether it was stopped, and nothing more will come in time."""
        if self._stops_at is None:
            return False
        with self._counting:
            is_idle = not self._busy
        return self._done.empty() and (is_idle or self._clock() > self._stops_at)

    def _read(self) -> None:
        try:
            for task in self._tasks:
                self._todo.put(task)
                if self.is_stopped:
                    break
        except BaseException as error:  # whatever it is, the listener is to hear of it
            self._done.put(error)
        finally:
            for _ in range(self._jobs):
                self._todo.put(None)

    def _follow(self) -> None:
        self._is_warm.wait(WARM_WITHIN_SECONDS)
        self._work()

    def _work(self) -> None:
        while (task := self._todo.get()) is not None:
            with self._counting:
                if self.is_stopped:
                    continue
                self._busy += 1
            try:
                result = task()
                if not self._is_warm.is_set() and self._warms(result):
                    self._is_warm.set()
                self._done.put(result)
            except BaseException as error:  # whatever it is, the listener is to hear of it
                self._done.put(error)
            finally:
                with self._counting:
                    self._busy -= 1
        self._is_warm.set()
        self._done.put(_End())
