"""How often and how many at a time: counters in memory, by a steady clock. Characters: `quotas.py`.

Looking and counting are one step in which nothing is awaited, so that no two requests share a place.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from voicectl.gateway.keys import Limits

MINUTE = 60.0
WAIT_FOR_PLACE_SECONDS = 1.0
FAILURES_A_MINUTE, FAILURES_AT_ONCE = 10, 20
MOST_SOURCES = 10_000


class Tick(NamedTuple):
    """Now, on two clocks: Unix seconds, and seconds that never go back."""

    unix: float
    steady: float


class Standing(NamedTuple):
    """How far a limit is spent: what is left of `limit`, and in how many seconds it is new."""

    name: str
    limit: int
    window: int
    left: int
    resets: float


class TooMuch(NamedTuple):
    """Which limit says no, and after how many seconds it would say yes."""

    limit: str
    wait_seconds: float


class SlidingWindow:
    """Two fixed buckets that stand for one sliding minute; the older counts by how much of it is still in."""

    __slots__ = ("current", "index", "previous")

    def __init__(self) -> None:
        self.index = self.previous = self.current = 0

    def count(self, now: float) -> float:
        """Return about how many came in the minute before `now`."""
        index, elapsed = divmod(now, MINUTE)
        if index != self.index:
            self.previous = self.current if index == self.index + 1 else 0
            self.index, self.current = int(index), 0
        return self.previous * (1 - elapsed / MINUTE) + self.current

    def wait(self, now: float, limit: int) -> float:
        """Return after how many seconds one more fits, if nobody else comes; `count` was asked before."""
        elapsed = now % MINUTE
        if self.current < limit:
            return _aged(self.previous, limit - self.current) - elapsed
        return MINUTE - elapsed + _aged(self.current, limit)


def _aged(count: int, limit: int) -> float:
    """Return how far into the next minute a bucket must be for one more to fit."""
    return max(0.0, MINUTE * (1 - (limit - 1) / count)) if count else 0.0


class TokenBucket:
    """Holds up to `size`, and fills by so many a second."""

    __slots__ = ("at", "filled")

    def __init__(self, size: float, now: float) -> None:
        self.filled, self.at = size, now

    def refill(self, now: float, size: float, per_second: float) -> float:
        """Return what is in it now."""
        self.filled = min(size, self.filled + (now - self.at) * per_second)
        self.at = now
        return self.filled


class Meter:
    """What one key, or one profile, has under way and behind it."""

    __slots__ = ("bucket", "inside", "window")

    def __init__(self) -> None:
        self.window = SlidingWindow()
        self.bucket: TokenBucket | None = None
        self.inside = 0

    def refusal(self, limits: Limits, now: float) -> TooMuch | None:
        """Say which limit one more request would break; nothing is counted."""
        if limits.concurrency is not None and self.inside >= limits.concurrency:
            return TooMuch("concurrency", WAIT_FOR_PLACE_SECONDS)
        if limits.per_minute is None:
            return None
        if self.window.count(now) + 1 > limits.per_minute:
            return TooMuch("rpm", self.window.wait(now, limits.per_minute))
        if limits.burst is not None:
            per_second = limits.per_minute / MINUTE
            self.bucket = self.bucket or TokenBucket(limits.burst, now)
            if (held := self.bucket.refill(now, limits.burst, per_second)) < 1:
                return TooMuch("burst", (1 - held) / per_second)
        return None

    def enter(self) -> None:
        """Count one request, which `refusal` has just let through."""
        self.inside += 1
        self.window.current += 1
        if self.bucket is not None:
            self.bucket.filled -= 1

    def withdraw(self, index: int) -> None:
        """Take back one request that was counted in the minute of this index."""
        if self.window.index == index:
            self.window.current -= 1
        elif self.window.index == index + 1:
            self.window.previous -= 1
        if self.bucket is not None:
            self.bucket.filled += 1

    def standing(self, limits: Limits, now: float) -> Standing | None:
        """Return what is left of the minute; None where it has no limit."""
        if limits.per_minute is None:
            return None
        left = limits.per_minute - self.window.count(now)
        return Standing("rpm", limits.per_minute, int(MINUTE), max(0, int(left)), MINUTE - now % MINUTE)


class Meters:
    """The meters of all who ask, by name; those that nobody uses are forgotten by `sweep`."""

    def __init__(self) -> None:
        self._meters: dict[str, Meter] = {}

    def of(self, name: str) -> Meter:
        """Return the meter of this name, a new one where there was none."""
        meter = self._meters.get(name)
        if meter is None:
            meter = self._meters[name] = Meter()
        return meter

    def sweep(self, now: float) -> None:
        """Forget meters that say no more than a new one would."""
        index = int(now // MINUTE)
        idle = [n for n, each in self._meters.items() if not each.inside and each.window.index + 1 < index]
        for name in idle:
            bucket = self._meters[name].bucket
            if bucket is None or now - bucket.at > MINUTE:
                del self._meters[name]

    def __len__(self) -> int:
        return len(self._meters)


class Failures:
    """Counts keys that were no good, by where they came from and never by whose they claim to be."""

    def __init__(self, most: int = MOST_SOURCES) -> None:
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()
        self._most = most

    def count(self, source: str, now: float) -> TooMuch | None:
        """Count one failure; TooMuch where there were too many before it."""
        bucket = self._buckets.pop(source, None) or TokenBucket(FAILURES_AT_ONCE, now)
        self._buckets[source] = bucket
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        per_second = FAILURES_A_MINUTE / MINUTE
        held = bucket.refill(now, FAILURES_AT_ONCE, per_second)
        if held < 1:
            return TooMuch("failed_auth", (1 - held) / per_second)
        bucket.filled -= 1
        return None

    def __len__(self) -> int:
        return len(self._buckets)
