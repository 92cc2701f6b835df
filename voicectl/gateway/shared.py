"""Counting together with other gateways; alone, by the same numbers, while Redis is silent. Never unlimited.

The counts are in `kept/shared_counts.py`; every other decision stays with `door.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from voicectl.core.errors import Unavailable
from voicectl.core.request import Pairs
from voicectl.gateway import refusals
from voicectl.gateway.door import Admitted, Door, Identity, Refused, Reserved
from voicectl.gateway.feelings import Wanted
from voicectl.gateway.limits import MINUTE, Standing, Tick
from voicectl.gateway.quotas import Reservation
from voicectl.gateway.refusals import Refusal
from voicectl.gateway.signatures import REMEMBERED_SECONDS
from voicectl.gateway.standing import limit_headers
from voicectl.kept.shared_counts import SharedCounts, Verdict

LOOK_AGAIN_SECONDS = 1.0
"""For how long a Redis that did not answer is left alone."""
ELSEWHERE = -1
"""What stands for the number of a window that is counted in Redis."""
Got = TypeVar("Got")


class Shared:
    """The steps of a door that count, over counts that others share."""

    def __init__(self, door: Door, counts: SharedCounts, steady: Callable[[], float]) -> None:
        self._door = door
        self._counts = counts
        self._steady = steady
        self._silent_since = float("-inf")

    @property
    def is_down(self) -> bool:
        """Say whether this gateway counts alone at the moment."""
        return self._steady() - self._silent_since < LOOK_AGAIN_SECONDS

    async def enter(self, identity: Identity, lease: str, tick: Tick) -> tuple[Admitted | Refused, Pairs]:
        """Count a request in; also return how its limits stand, where others were asked."""
        limits = identity.key.limits
        found = await self._asked(
            lambda: self._counts.enter(
                _owner(identity.key.env, identity.key.id),
                per_minute=limits.per_minute,
                burst=limits.burst,
                places=limits.concurrency,
                lease=lease,
            )
        )
        if found is None:
            return self._door.enter(identity, tick), ()
        headers = _standing(found, limits.per_minute)
        if found.limit:
            no = refusals.rate_limited(found.limit, found.wait_seconds)
            return Refused(no, identity.seen), headers
        return Admitted(identity), headers

    async def leave(self, admitted: Admitted, lease: str) -> None:
        """Give a place back; one that cannot be given back falls free by itself."""
        self._door.leave(admitted)
        await self._asked(lambda: self._counts.leave(_owner(admitted.key.env, admitted.key.id), lease))

    async def reserve(self, admitted: Admitted, wanted: Wanted, tick: Tick) -> Reserved | Refusal:
        """Decide by what is wanted, and set its characters aside for all gateways."""
        checked = self._door.check(admitted, wanted)
        if isinstance(checked, Refusal):
            return checked
        named, flags = checked
        key = admitted.key
        found = await self._asked(
            lambda: self._counts.reserve(
                _owner(key.env, key.id),
                named.characters,
                an_hour=key.limits.characters_an_hour,
                a_day=key.limits.characters_a_day,
            )
        )
        if found is None:
            return self._door.reserve(admitted, wanted, tick)
        if found.limit:
            return refusals.quota_exceeded(found.limit, found.wait_seconds)
        windows = tuple((window, ELSEWHERE) for window in found.windows)
        return Reserved(named, Reservation(key.id, named.characters, windows), flags)

    async def refund(self, admitted: Admitted, reserved: Reserved) -> None:
        """Give characters back to where they came from."""
        windows = [name for name, window in reserved.reservation.windows if window == ELSEWHERE]
        if not windows:
            self._door.refund(reserved)
            return
        owner = _owner(admitted.key.env, admitted.key.id)
        await self._asked(lambda: self._counts.refund(owner, reserved.wanted.characters, windows))

    async def is_new(self, admitted: Admitted, nonce: str) -> bool:
        """Say whether no gateway has seen a nonce; alone, this one's own memory has to do."""
        owner = _owner(admitted.key.env, admitted.key.id)
        found = await self._asked(lambda: self._counts.is_new(owner, nonce, REMEMBERED_SECONDS))
        return found is not False

    async def _asked(self, question: Callable[[], Awaitable[Got]]) -> Got | None:
        """Ask Redis; None where it does not answer, which is not tried again at once."""
        if self.is_down:
            return None
        try:
            return await question()
        except Unavailable:
            self._silent_since = self._steady()
            return None


def _owner(env: str, key_id: str) -> str:
    return f"{env}:{key_id}"


def _standing(found: Verdict, limit: int | None) -> Pairs:
    if limit is None:
        return ()
    return limit_headers([Standing("rpm", limit, int(MINUTE), found.left, found.resets_seconds)])
