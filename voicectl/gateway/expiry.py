"""When what profiles speak with dies, as far as that is known here; for metrics. Renewing: `profiles/`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from voicectl.gateway.served import Served

LOOK_SECONDS = 15.0
"""How often it is looked up: a token that was renewed shows so much later."""


class Expiries:
    """What `look` has found last. It may read files and wait; `left` only reckons, as often as it is asked.

    `unix` is the clock on the wall.
    """

    def __init__(self, served: Iterable[Served], unix: Callable[[], float]) -> None:
        self._served = tuple(served)
        self._unix = unix
        self._ends: Mapping[str, float] = {}

    def look(self) -> None:
        """Find out anew; nothing is sent for it, and no keyring asked."""
        found = {each.name: each.ends() for each in self._served}
        self._ends = {name: end.timestamp() for name, end in found.items() if end is not None}

    def left(self) -> dict[tuple[str, ...], float]:
        """Return by profile for how many seconds it will still be let in, less than 0 where it is over.

        What nobody knows the end of is left out.
        """
        now = self._unix()
        return {(name,): end - now for name, end in self._ends.items()}
