"""Counts that several processes keep together in Redis: requests a minute, places, characters, nonces.

Each question is one script on the server, so that looking and counting are one step, and by the server's
clock. Nothing secret is kept there. What is counted, and what follows, is the caller's matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from voicectl.core.errors import Unavailable, UsageError

PREFIX = "voicectl"
ANSWER_SECONDS = 0.5
LEASE_SECONDS = 30
"""After so long a place is free again whose holder has died, and no longer renews it."""

MINUTE = """
local told = redis.call('TIME')
local seconds = tonumber(told[1])
local now = seconds * 1000 + math.floor(told[2] / 1000)
local index, elapsed = math.floor(now / 60000), now % 60000
local function aged(count, limit)
  if count == 0 then return 0 end
  return math.max(0, 60000 * (1 - (limit - 1) / count))
end
local function minute_of(place) return place .. ':m:' .. index end
local function look(place, per_minute, places)
  local held = redis.call('MGET', minute_of(place), place .. ':m:' .. (index - 1))
  local current, previous = tonumber(held[1] or '0'), tonumber(held[2] or '0')
  local count = previous * (1 - elapsed / 60000) + current
  if places >= 0 then
    redis.call('ZREMRANGEBYSCORE', place .. ':in', '-inf', now)
    if redis.call('ZCARD', place .. ':in') >= places then return 'concurrency', 1000, count end
  end
  if per_minute >= 0 and count + 1 > per_minute then
    if current < per_minute then return 'rpm', aged(previous, per_minute - current) - elapsed, count end
    return 'rpm', 60000 - elapsed + aged(current, per_minute), count
  end
  return '', 0, count
end
local function enter(place, lease, lease_seconds)
  redis.call('INCR', minute_of(place))
  redis.call('PEXPIRE', minute_of(place), 130000)
  redis.call('ZADD', place .. ':in', now + lease_seconds * 1000, lease)
  redis.call('EXPIRE', place .. ':in', lease_seconds)
end
local function left(per_minute, count) return math.max(0, math.floor(per_minute - count)) end
local function window(place, period)
  if period == 'hour' then return place .. ':hour:' .. math.floor(seconds / 3600) end
  return place .. ':day:' .. math.floor(seconds / 86400)
end
local function used_of(place, period) return tonumber(redis.call('GET', window(place, period)) or '0') end
"""
"""What scripts begin with: two fixed minutes that stand for a sliding one, as in memory, and the places."""
ENTER = (
    MINUTE
    + """
local place, lease, lease_seconds = KEYS[1], ARGV[1], tonumber(ARGV[2])
local per_minute, places, burst = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local limit, wait, count = look(place, per_minute, places)
if lease == '' then
  return {'', 0, left(per_minute, count), 60000 - elapsed, seconds,
          used_of(place, 'hour'), used_of(place, 'day')}
end
if limit == '' and per_minute > 0 and burst >= 0 then
  local rate = per_minute / 60000
  local bucket = redis.call('HMGET', place .. ':b', 'filled', 'at')
  local filled = math.min(burst, tonumber(bucket[1] or burst) + (now - tonumber(bucket[2] or now)) * rate)
  if filled < 1 then
    limit, wait = 'burst', (1 - filled) / rate
  else
    redis.call('HSET', place .. ':b', 'filled', tostring(filled - 1), 'at', now)
    redis.call('EXPIRE', place .. ':b', 3600)
  end
end
if limit == '' then
  enter(place, lease, lease_seconds)
  count = count + 1
end
return {limit, math.ceil(wait), left(per_minute, count), 60000 - elapsed, seconds,
        used_of(place, 'hour'), used_of(place, 'day'), minute_of(place)}
"""
)
RESERVE = (
    MINUTE
    + """
local place, profile, lease, lease_seconds = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])
local per_minute, places, cost = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local limit, wait, count = '', 0, 0
if profile then limit, wait, count = look(profile, per_minute, places) end
if limit ~= '' then limit = 'profile' end
local periods, lengths, used, keys = {'hour', 'day'}, {3600, 86400}, {}, {}
for i = 1, 2 do
  keys[i] = window(place, periods[i])
  used[i] = used_of(place, periods[i])
  local most = tonumber(ARGV[5 + i])
  if limit == '' and most >= 0 and used[i] + cost > most then
    limit, wait = 'chars-' .. periods[i], (lengths[i] - seconds % lengths[i]) * 1000
  end
end
if limit == '' then
  for i = 1, 2 do
    used[i] = redis.call('INCRBY', keys[i], cost)
    redis.call('EXPIRE', keys[i], 2 * lengths[i])
  end
  if profile then
    enter(profile, lease, lease_seconds)
    count = count + 1
  end
end
return {limit, math.ceil(wait), left(per_minute, count), 60000 - elapsed, seconds, used[1], used[2],
        keys[1], keys[2]}
"""
)
REFUND = """
for i = 1, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then redis.call('DECRBY', KEYS[i], ARGV[1]) end
end
"""
RENEW = """
local now = tonumber(redis.call('TIME')[1]) * 1000
for i = 1, #KEYS do
  redis.call('ZADD', KEYS[i] .. ':in', 'XX', now + ARGV[1] * 1000, ARGV[i + 1])
  redis.call('EXPIRE', KEYS[i] .. ':in', ARGV[1])
end
"""
LEAVE = """
for i = 2, #KEYS do redis.call('ZREM', KEYS[i] .. ':in', ARGV[1]) end
if KEYS[1] ~= '' and redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('DECR', KEYS[1])
  local bucket = KEYS[2] .. ':b'
  if redis.call('EXISTS', bucket) == 1 then redis.call('HINCRBYFLOAT', bucket, 'filled', 1) end
end
"""


class Verdict(NamedTuple):
    """Which limit says no, and when it would not; else what is left of the minute.

    `now` is the server's Unix time; `hour` and `day` are the characters used of those; `counted` names what
    was counted up, and can be counted down again.
    """

    limit: str
    wait_seconds: float
    left: int
    resets_seconds: float
    now: int
    hour: int
    day: int
    counted: tuple[str, ...]


class SharedCounts:
    """A connection to one Redis; every method raises Unavailable where it does not answer in time."""

    def __init__(self, url: str, *, lease_seconds: int = LEASE_SECONDS) -> None:
        library = _library()
        self._lease_seconds = lease_seconds
        try:
            self._redis = library.Redis.from_url(
                url,
                socket_timeout=ANSWER_SECONDS,
                socket_connect_timeout=ANSWER_SECONDS,
                decode_responses=True,
            )
        except ValueError:
            # The library's own words may hold the URL, and that a password.
            raise UsageError("this is no URL of a redis", hint="--redis rediss://HOST:6379/0") from None
        self._enter = self._redis.register_script(ENTER)
        self._reserve = self._redis.register_script(RESERVE)
        self._refund = self._redis.register_script(REFUND)
        self._renew = self._redis.register_script(RENEW)
        self._leave = self._redis.register_script(LEAVE)

    async def enter(
        self, owner: str, *, per_minute: int | None, burst: int | None, places: int | None, lease: str
    ) -> Verdict:
        """Count a request, and take a place for it under the name of `lease`; without one, only look."""
        told = [lease, self._lease_seconds, *map(_bound, (per_minute, places, burst))]
        return _verdict(await self._asked(self._enter, [_place(owner)], told))

    async def reserve(
        self,
        owner: str,
        characters: int,
        *,
        an_hour: int | None,
        a_day: int | None,
        profile: str = "",
        per_minute: int | None = None,
        places: int | None = None,
        lease: str = "",
    ) -> Verdict:
        """Set characters aside in the hour and in the day, or in neither.

        Where a `profile` has limits that all owners share, a request is counted there as well, or nowhere.
        """
        keys = [_place(owner), *([_place(profile)] if profile else [])]
        told = [lease, self._lease_seconds, *map(_bound, (per_minute, places)), characters]
        return _verdict(await self._asked(self._reserve, keys, [*told, _bound(an_hour), _bound(a_day)]))

    async def renew(self, held: Sequence[tuple[str, str]]) -> None:
        """Keep places for their holders: pairs of owner and lease. One that was lost is not taken again."""
        owners, leases = [_place(owner) for owner, _ in held], [lease for _, lease in held]
        await self._asked(self._renew, owners, [self._lease_seconds, *leases])

    async def leave(self, owners: Sequence[str], lease: str, *, uncounted: str = "") -> None:
        """Give places back; `uncounted` is the minute of the first owner in which it shall not count."""
        await self._asked(self._leave, [uncounted, *map(_place, owners)], [lease])

    async def refund(self, characters: int, windows: Sequence[str]) -> None:
        """Give characters back to the windows that they came from."""
        await self._asked(self._refund, list(windows), [characters])

    async def is_new(self, owner: str, nonce: str, seconds: int) -> bool:
        """Remember a nonce, and say whether nobody had seen it."""
        with _answering():
            return bool(await self._redis.set(f"{_place(owner)}:n:{nonce}", "", nx=True, ex=seconds))

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _asked(self, script: Any, keys: Sequence[str], told: Sequence[object]) -> Any:
        with _answering():
            return await script(keys=list(keys), args=list(told))


def _verdict(found: Sequence[Any]) -> Verdict:
    limit, wait, left, resets, now, hour, day, *counted = found
    return Verdict(
        limit, int(wait) / 1000, int(left), int(resets) / 1000, int(now), int(hour), int(day), tuple(counted)
    )


def _place(owner: str) -> str:
    """Return where all of one owner's counts lie."""
    return f"{PREFIX}:{{{owner}}}"


def _bound(limit: int | None) -> int:
    return -1 if limit is None else limit


@contextmanager
def _answering() -> Iterator[None]:
    """Turn what the library raises into Unavailable."""
    from redis.exceptions import RedisError

    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise Unavailable("Redis does not answer: {reason}", reason=type(error).__name__) from None


def _library() -> Any:
    try:
        import redis.asyncio
    except ModuleNotFoundError:
        raise Unavailable(
            "shared limits need an extra that is not installed", hint="pip install 'voicectl[gateway-redis]'"
        ) from None
    return redis.asyncio
