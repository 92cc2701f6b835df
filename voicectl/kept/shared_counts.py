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
LEASE_SECONDS = 600
"""After so long a place is free again whose holder has died."""

ENTER = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local per_minute, burst, places = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local index = math.floor(now / 60000)
local elapsed = now % 60000
local current_key, previous_key = KEYS[1] .. ':m:' .. index, KEYS[1] .. ':m:' .. (index - 1)
local current = tonumber(redis.call('GET', current_key) or '0')
local previous = tonumber(redis.call('GET', previous_key) or '0')
local count = previous * (1 - elapsed / 60000) + current
if places >= 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[1] .. ':in', '-inf', now)
  if redis.call('ZCARD', KEYS[1] .. ':in') >= places then return {'concurrency', 1000, 0, 0} end
end
if per_minute >= 0 and count + 1 > per_minute then
  return {'rpm', 60000 - elapsed, 0, 60000 - elapsed}
end
if per_minute > 0 and burst >= 0 then
  local rate = per_minute / 60000
  local bucket = redis.call('HMGET', KEYS[1] .. ':b', 'filled', 'at')
  local filled = math.min(burst, tonumber(bucket[1] or burst) + (now - tonumber(bucket[2] or now)) * rate)
  if filled < 1 then return {'burst', math.ceil((1 - filled) / rate), 0, 0} end
  redis.call('HSET', KEYS[1] .. ':b', 'filled', tostring(filled - 1), 'at', now)
  redis.call('PEXPIRE', KEYS[1] .. ':b', 3600000)
end
redis.call('INCR', current_key)
redis.call('PEXPIRE', current_key, 130000)
redis.call('ZADD', KEYS[1] .. ':in', now + tonumber(ARGV[4]) * 1000, ARGV[5])
redis.call('PEXPIRE', KEYS[1] .. ':in', tonumber(ARGV[4]) * 1000)
return {'', 0, math.max(0, math.floor(per_minute - count - 1)), 60000 - elapsed}
"""
RESERVE = """
local now = tonumber(redis.call('TIME')[1])
local cost = tonumber(ARGV[1])
local most = {tonumber(ARGV[2]), tonumber(ARGV[3])}
local seconds, names = {3600, 86400}, {'hour', 'day'}
local keys = {}
for i = 1, 2 do
  keys[i] = KEYS[1] .. ':' .. names[i] .. ':' .. math.floor(now / seconds[i])
  local used = tonumber(redis.call('GET', keys[i]) or '0')
  if most[i] >= 0 and used + cost > most[i] then
    return {'chars-' .. names[i], seconds[i] - now % seconds[i]}
  end
end
for i = 1, 2 do
  redis.call('INCRBY', keys[i], cost)
  redis.call('EXPIRE', keys[i], 2 * seconds[i])
end
return {'', 0, keys[1], keys[2]}
"""
REFUND = """
for i = 1, 2 do
  if redis.call('EXISTS', ARGV[i + 1]) == 1 then redis.call('DECRBY', ARGV[i + 1], ARGV[1]) end
end
"""


class Verdict(NamedTuple):
    """Which limit says no, and when it would not; else what is left of the minute."""

    limit: str
    wait_seconds: float
    left: int = 0
    resets_seconds: float = 0.0
    windows: tuple[str, ...] = ()


class SharedCounts:
    """A connection to one Redis; every method raises Unavailable where it does not answer in time."""

    def __init__(self, url: str) -> None:
        library = _library()
        try:
            self._redis = library.Redis.from_url(
                url,
                socket_timeout=ANSWER_SECONDS,
                socket_connect_timeout=ANSWER_SECONDS,
                decode_responses=True,
            )
        except ValueError as error:
            raise UsageError(
                "{url!r} is no address of a Redis: {reason}",
                url=url.rpartition("@")[2],
                reason=str(error),
                hint="--redis rediss://HOST:6379/0",
            ) from None
        self._enter = self._redis.register_script(ENTER)
        self._reserve = self._redis.register_script(RESERVE)
        self._refund = self._redis.register_script(REFUND)

    async def enter(
        self, owner: str, *, per_minute: int | None, burst: int | None, places: int | None, lease: str
    ) -> Verdict:
        """Count a request, and take a place for it under the name of `lease`."""
        told = [*map(_bound, (per_minute, burst, places)), LEASE_SECONDS, lease]
        limit, wait, left, resets = await self._asked(self._enter, _place(owner), told)
        return Verdict(limit, int(wait) / 1000, int(left), int(resets) / 1000)

    async def leave(self, owner: str, lease: str) -> None:
        """Give a place back."""
        with _answering():
            await self._redis.zrem(f"{_place(owner)}:in", lease)

    async def reserve(
        self, owner: str, characters: int, *, an_hour: int | None, a_day: int | None
    ) -> Verdict:
        """Set characters aside in the hour and in the day, or in neither."""
        told = [characters, _bound(an_hour), _bound(a_day)]
        limit, wait, *windows = await self._asked(self._reserve, _place(owner), told)
        return Verdict(limit, float(wait), windows=tuple(windows))

    async def refund(self, owner: str, characters: int, windows: Sequence[str]) -> None:
        """Give characters back to the windows that they came from."""
        await self._asked(self._refund, _place(owner), [characters, *windows])

    async def is_new(self, owner: str, nonce: str, seconds: int) -> bool:
        """Remember a nonce, and say whether nobody had seen it."""
        with _answering():
            return bool(await self._redis.set(f"{_place(owner)}:n:{nonce}", "", nx=True, ex=seconds))

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _asked(self, script: Any, place: str, told: Sequence[object]) -> Any:
        with _answering():
            return await script(keys=[place], args=list(told))


def _place(owner: str) -> str:
    """Return where all of one owner's counts lie: on one server, also of a cluster."""
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
            "shared limits need an extra that is not installed", hint='pip install "voicectl[gateway-redis]"'
        ) from None
    return redis.asyncio
