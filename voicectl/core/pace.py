"""How fast one may ask a vendor: the arithmetic, and the seam. What processes share: `kept/pace.py`."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple, Protocol

SLACK = 1.01
"""Requests are spaced a little wider than the limit says: on their way they come closer to each other."""


class Pace(Protocol):
    """Keeps to a vendor's limits; any thread may ask."""

    def turn(self) -> AbstractContextManager[None]:
        """Wait until one more request may begin; it counts as under way until the block ends."""
        ...

    def hold(self, seconds: float) -> None:
        """Let nobody begin for so long: the vendor asked for it."""
        ...


class Unpaced:
    """The pace of a vendor whose limits are not known, or which has none."""

    def turn(self) -> AbstractContextManager[None]:
        return nullcontext()

    def hold(self, seconds: float) -> None:
        pass


class Queue(NamedTuple):
    """A line of turns, evenly spaced; `free_at` is when the next one is free, on the clock of `now`.

    Who takes a turn has it, and waits for it: nobody overtakes. A turn that is not used is lost.
    """

    free_at: float = 0.0

    def taken(self, now: float, per_second: float) -> tuple[Queue, float]:
        """Return the line with one more in it, and the seconds until that one's turn."""
        turn = max(now, self.free_at)
        return Queue(turn + (SLACK / per_second if per_second else 0.0)), turn - now

    def held(self, now: float, seconds: float) -> Queue:
        """Return the line with nobody's turn before `seconds` are over."""
        return Queue(max(self.free_at, now + seconds))
