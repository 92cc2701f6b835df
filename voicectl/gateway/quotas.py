"""Characters an hour and a day: reserved before a vendor is asked, given back if nothing was heard.

Hours and days are UTC's, by the wall clock. Where what was used rests between runs: `usage_file.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from voicectl.gateway.keys import Limits
from voicectl.gateway.limits import Standing, TooMuch

HOUR, DAY = "hour", "day"
SECONDS_OF = {HOUR: 3600, DAY: 86400}


class Used(NamedTuple):
    """How many characters a key has used of one hour or day; `window` counts those since 1970."""

    key_id: str
    period: str
    window: int
    characters: int


class Reservation(NamedTuple):
    """Characters that were set aside, and in which windows."""

    key_id: str
    characters: int
    windows: tuple[tuple[str, int], ...]


class Quotas:
    """What all keys have used. Asking and setting aside are one step in which nothing is awaited."""

    def __init__(self, kept: Iterable[Used] = ()) -> None:
        self._used: dict[tuple[str, str], Used] = {(each.key_id, each.period): each for each in kept}
        self._changed: set[tuple[str, str]] = set()

    def reserve(self, key_id: str, limits: Limits, characters: int, unix: float) -> Reservation | TooMuch:
        """Set characters aside in the hour and in the day, or in neither."""
        used = [(self._at(key_id, period, unix), most) for period, most in _most(limits)]
        for each, most in used:
            if most is not None and each.characters + characters > most:
                return TooMuch(f"chars-{each.period}", left_of(each.period, unix))
        for each, _ in used:
            self._put(each._replace(characters=each.characters + characters))
        return Reservation(key_id, characters, tuple((each.period, each.window) for each, _ in used))

    def refund(self, reservation: Reservation) -> None:
        """Give characters back to the windows that they came from, as far as those are still open."""
        for period, window in reservation.windows:
            each = self._used.get((reservation.key_id, period))
            if each is not None and each.window == window:
                self._put(each._replace(characters=max(0, each.characters - reservation.characters)))

    def standings(self, key_id: str, limits: Limits, unix: float) -> list[Standing]:
        """Return what is left, of each period that has a limit."""
        return [
            Standing(
                f"chars-{period}",
                most,
                SECONDS_OF[period],
                max(0, most - self._at(key_id, period, unix).characters),
                left_of(period, unix),
            )
            for period, most in _most(limits)
            if most is not None
        ]

    def changed(self) -> list[Used]:
        """Return what has changed since this was last asked."""
        rows = [self._used[place] for place in self._changed]
        self._changed.clear()
        return rows

    def changed_again(self, rows: Iterable[Used]) -> None:
        """Take back what could not be written; what is newer stays newer."""
        self._changed.update((each.key_id, each.period) for each in rows)

    def _at(self, key_id: str, period: str, unix: float) -> Used:
        """Return what was used in the window of now.

        When the clock goes back, what was used goes with it: setting a clock gives nobody a new quota.
        """
        window = int(unix // SECONDS_OF[period])
        kept = self._used.get((key_id, period))
        if kept is None or kept.window < window:
            return Used(key_id, period, window, 0)
        return kept if kept.window == window else kept._replace(window=window)

    def _put(self, used: Used) -> None:
        place = used.key_id, used.period
        self._used[place] = used
        self._changed.add(place)


def _most(limits: Limits) -> tuple[tuple[str, int | None], ...]:
    return (HOUR, limits.characters_an_hour), (DAY, limits.characters_a_day)


def left_of(period: str, unix: float) -> float:
    """Return how many seconds are left of an hour or a day."""
    return SECONDS_OF[period] - unix % SECONDS_OF[period]
