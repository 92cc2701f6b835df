"""Counting together with other gateways; alone, by the same numbers, while Redis is silent. Never unlimited.

The counts are in `kept/shared_counts.py`; every other decision stays with `door.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from voicectl.core.errors import Unavailable
from voicectl.gateway import refusals
from voicectl.gateway.door import PROFILE, Admitted, Door, Identity, Refused, Reserved
from voicectl.gateway.feelings import Wanted
from voicectl.gateway.keys import Key, Limits
from voicectl.gateway.limits import MINUTE, Standing, Tick
from voicectl.gateway.quotas import DAY, HOUR, SECONDS_OF, Reservation, left_of
from voicectl.gateway.refusals import Refusal
from voicectl.gateway.signatures import REMEMBERED_SECONDS
from voicectl.kept.shared_counts import SharedCounts, Verdict

RENEW_SECONDS = 10.0
"""How often `renew` is to be called: well before a place falls free by itself."""
LOOK_AGAIN_SECONDS = 1.0
"""For how long a Redis that did not answer is left alone."""
Got = TypeVar("Got")


class Lease:
    """What one request holds in Redis: whose places, in which minute it was counted, which characters.

    `standings` tell how limits stand there; None where this gateway counts alone.
    """

    __slots__ = ("is_withdrawn", "minute", "name", "owners", "standings", "windows")

    def __init__(self, name: str) -> None:
        self.name = name
        self.owners: list[str] = []
        self.minute = ""
        self.is_withdrawn = False
        self.windows: tuple[str, ...] = ()
        self.standings: dict[str, Standing] | None = {}

    def note(self, *standings: Standing | None) -> None:
        """Remember how limits stand; what was known of the same ones is older."""
        self.standings = {**(self.standings or {}), **{each.name: each for each in standings if each}}

    def add(self, count: int, *names: str) -> None:
        """Tell that so much is given back of limits, as far as there are such."""
        known = self.standings or {}
        for each in (known[name] for name in names if name in known):
            self.note(each._replace(left=min(each.limit, each.left + count)))


class Shared:
    """The steps of a door that count, over shared counts; `say` hears when Redis goes, and comes."""

    def __init__(
        self, door: Door, counts: SharedCounts, steady: Callable[[], float], say: Callable[[str], None]
    ) -> None:
        self._door = door
        self._counts = counts
        self._steady = steady
        self._say = say
        self._silent_since = float("-inf")
        self._held: set[Lease] = set()
        self.is_down = False
        """Whether this gateway counts alone: Redis did not answer when it was last asked."""

    async def enter(self, identity: Identity, lease: Lease, tick: Tick) -> Admitted | Refused:
        """Count a request in."""
        limits, owner = identity.key.limits, _owner(identity.key)
        found = await self._asked(
            lambda: self._counts.enter(
                owner,
                per_minute=limits.per_minute,
                burst=limits.burst,
                places=limits.concurrency,
                lease=lease.name,
            )
        )
        if found is None:
            lease.standings = None
            return self._door.enter(identity, tick)
        lease.note(_rate("rpm", limits, found), *_characters(limits, found))
        if found.limit:
            no = refusals.rate_limited(found.limit, found.wait_seconds)
            return Refused(no, identity.seen, is_known=True)
        self._take(lease, owner)
        lease.minute = found.counted[0]
        return Admitted(identity)

    async def look(self, key: Key, lease: Lease) -> None:
        """Find out how the limits of a key stand whose request comes no further."""
        limits = key.limits
        found = await self._asked(
            lambda: self._counts.enter(
                _owner(key), per_minute=limits.per_minute, burst=None, places=None, lease=""
            )
        )
        if found is None:
            lease.standings = None
        else:
            lease.note(_rate("rpm", limits, found), *_characters(limits, found))

    async def reserve(
        self, admitted: Admitted, lease: Lease, wanted: Wanted, tick: Tick
    ) -> Reserved | Refusal:
        """Decide by what is wanted, and set its characters aside for all gateways."""
        checked = self._door.check(admitted, wanted)
        if isinstance(checked, Refusal):
            return checked
        named, flags = checked
        key, of_profile = admitted.key, self._door.profile_limits.get(named.profile)
        profile = f"{key.env}:{PROFILE} {named.profile}" if of_profile else ""
        found = await self._asked(
            lambda: self._counts.reserve(
                _owner(key),
                named.characters,
                an_hour=key.limits.characters_an_hour,
                a_day=key.limits.characters_a_day,
                profile=profile,
                per_minute=of_profile.per_minute if of_profile else None,
                places=of_profile.concurrency if of_profile else None,
                lease=lease.name,
            )
        )
        if found is None:
            return self._door.reserve(admitted, wanted, tick)
        lease.note(*_characters(key.limits, found), _rate(PROFILE, of_profile, found))
        if found.limit == PROFILE:
            return refusals.rate_limited(PROFILE, found.wait_seconds)
        if found.limit:
            return refusals.quota_exceeded(found.limit, found.wait_seconds)
        lease.windows = found.counted
        if profile:
            self._take(lease, profile)
        return Reserved(named, Reservation(key.id, named.characters, ()), flags)

    async def refund(self, lease: Lease, reserved: Reserved) -> None:
        """Give characters back to where they came from."""
        if not lease.windows:
            self._door.refund(reserved)
            return
        characters, windows, lease.windows = reserved.wanted.characters, lease.windows, ()
        lease.add(characters, "chars-hour", "chars-day")
        await self._asked(lambda: self._counts.refund(characters, windows))

    def withdraw(self, admitted: Admitted, lease: Lease) -> None:
        """Let a request not have counted that was wrong in itself: in Redis, when it leaves."""
        lease.is_withdrawn = bool(lease.minute)
        if not lease.is_withdrawn:
            self._door.withdraw(admitted)
        else:
            lease.add(1, "rpm")

    async def leave(self, admitted: Admitted, lease: Lease) -> None:
        """Give places back, once; those that cannot be given back fall free by themselves."""
        self._door.leave(admitted)
        minute = lease.minute if lease.is_withdrawn else ""
        owners, lease.owners = lease.owners, []
        self._held.discard(lease)
        if owners:
            await self._asked(lambda: self._counts.leave(owners, lease.name, uncounted=minute))

    async def renew(self) -> None:
        """Keep the places of all requests that are under way."""
        held = [(owner, lease.name) for lease in self._held for owner in lease.owners]
        if held:
            await self._asked(lambda: self._counts.renew(held))

    async def is_new(self, admitted: Admitted, nonce: str) -> bool | None:
        """Say whether no gateway has seen a nonce; None where that cannot be known."""
        return await self._asked(lambda: self._counts.is_new(_owner(admitted.key), nonce, REMEMBERED_SECONDS))

    async def close(self) -> None:
        """Let go of Redis."""
        await self._counts.close()

    def _take(self, lease: Lease, owner: str) -> None:
        lease.owners.append(owner)
        self._held.add(lease)

    async def _asked(self, question: Callable[[], Awaitable[Got]]) -> Got | None:
        """Ask Redis; None where it does not answer, which is not tried again at once."""
        if self.is_down:
            if self._steady() - self._silent_since < LOOK_AGAIN_SECONDS:
                return None
            # One tries whether it is there again; all others need not wait for that.
            self._silent_since = self._steady()
        try:
            answer = await question()
        except Unavailable as error:
            self._silent_since = self._steady()
            self._turn(True, f"{error}: this gateway counts alone, and takes no signed requests")
            return None
        self._turn(False, "Redis answers again: gateways count together")
        return answer

    def _turn(self, is_down: bool, words: str) -> None:
        if is_down is not self.is_down:
            self.is_down = is_down
            self._say(words)


def _owner(key: Key) -> str:
    return f"{key.env}:{key.id}"


def _rate(name: str, limits: Limits | None, found: Verdict) -> Standing | None:
    if limits is None or limits.per_minute is None:
        return None
    return Standing(name, limits.per_minute, int(MINUTE), found.left, found.resets_seconds)


def _characters(limits: Limits, found: Verdict) -> list[Standing]:
    of_periods = (HOUR, limits.characters_an_hour, found.hour), (DAY, limits.characters_a_day, found.day)
    return [
        Standing(f"chars-{period}", most, SECONDS_OF[period], max(0, most - used), left_of(period, found.now))
        for period, most, used in of_periods
        if most is not None
    ]
