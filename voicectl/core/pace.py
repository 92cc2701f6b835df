"""How fast one may ask a vendor: the arithmetic, and the seam. What processes share: `kept/pace.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock
from typing import NamedTuple, Protocol

SLACK = 1.025
"""Requests are spaced a little wider than the limit says: on their way they come closer to each other."""
GAP = 1.015
"""So far apart, in parts of what the limit says, two requests are at least: late turns catch up slowly."""
LONGEST_CATCHING_UP = 60.0


class Pace(Protocol):
    """Keeps to a vendor's limits; any thread may ask."""

    def turn(self) -> AbstractContextManager[None]:
        """Wait until one more request may begin; it counts as under way until the block ends."""
        ...

    def hold(self, seconds: float) -> None:
        """Let nobody begin for so long: the vendor asked for it."""
        ...


class Unpaced:
    """The pace of an engine that has no limits."""

    def turn(self) -> AbstractContextManager[None]:
        return nullcontext()

    def hold(self, seconds: float) -> None:
        pass


class OwnPace:
    """The pace of one process alone: its threads take turns, and rest together."""

    def __init__(
        self, *, now: Callable[[], float], sleep: Callable[[float], None], per_second: float = 0
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._per_second = per_second
        self._queue = Queue()
        self._lining_up = Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        wait_for_turn(self._taken, self._begun, self._sleep)
        yield

    def hold(self, seconds: float) -> None:
        with self._lining_up:
            self._queue = self._queue.held(self._now(), seconds)

    def _taken(self) -> float:
        with self._lining_up:
            self._queue, wait = self._queue.taken(self._now(), self._per_second)
            return wait

    def _begun(self) -> float:
        with self._lining_up:
            self._queue, wait = self._queue.begun(self._now(), self._per_second)
            return wait


def wait_for_turn(
    take: Callable[[], float], begin: Callable[[], float], sleep: Callable[[float], None]
) -> None:
    """Wait for a turn, then until the last request that began is far enough away.

    Both tell the seconds to wait. Who wakes late would come too close to those that wake in time.
    """
    for ask in (take, begin):
        if (wait := ask()) > 0:
            sleep(wait)


class PaceAtNeed:
    """A pace that is made when the first request is about to begin."""

    def __init__(self, make: Callable[[], Pace]) -> None:
        self._make = make
        self._made: Pace | None = None
        self._making = Lock()

    def turn(self) -> AbstractContextManager[None]:
        return self._pace.turn()

    def hold(self, seconds: float) -> None:
        self._pace.hold(seconds)

    @property
    def _pace(self) -> Pace:
        with self._making:
            if self._made is None:
                self._made = self._make()
            return self._made


class Queue(NamedTuple):
    """A line of turns, evenly spaced; `free_at` is when the next one is free, on the clock of `now`.

    `begun_at` is when the last request began.

    Who takes a turn has it, and waits for it: nobody overtakes. A turn that is not used is lost.
    """

    free_at: float = 0.0
    begun_at: float = 0.0

    def taken(self, now: float, per_second: float) -> tuple[Queue, float]:
        """Return the line with one more in it, and the seconds until that one's turn."""
        turn = max(now, self.free_at)
        return self._replace(free_at=turn + (SLACK / per_second if per_second else 0.0)), turn - now

    def begun(self, now: float, per_second: float) -> tuple[Queue, float]:
        """Return the line with a request that begins as soon as it may, and the seconds until then."""
        gap = GAP / per_second if per_second else 0.0
        earliest = self.begun_at + gap
        if not now < earliest < now + gap + LONGEST_CATCHING_UP:
            earliest = now
        return self._replace(begun_at=earliest), earliest - now

    def held(self, now: float, seconds: float) -> Queue:
        """Return the line with nobody's turn before `seconds` are over."""
        return self._replace(free_at=max(self.free_at, now + seconds))


class BothPaces:
    """Two paces at once: each of them lets a request begin."""

    def __init__(self, first: Pace, second: Pace) -> None:
        self._first = first
        self._second = second

    @contextmanager
    def turn(self) -> Iterator[None]:
        with self._first.turn(), self._second.turn():
            yield

    def hold(self, seconds: float) -> None:
        self._first.hold(seconds)
        self._second.hold(seconds)


class ClockedPace:
    """Another pace that tells how many seconds were waited for it: for the `first` turn, and in all."""

    def __init__(self, pace: Pace, now: Callable[[], float]) -> None:
        self._pace = pace
        self._now = now
        self.first: float | None = None
        self.waited = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        began = self._now()
        with self._pace.turn():
            wait = self._now() - began
            self.first = wait if self.first is None else self.first
            self.waited += wait
            yield

    def hold(self, seconds: float) -> None:
        self._pace.hold(seconds)
