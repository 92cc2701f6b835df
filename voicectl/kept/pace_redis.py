"""A pace that machines keep together, in a redis that they share. What one machine shares: `pace.py`.

`limits` brings the way there; the line of turns is our own (`core.pace.Queue`), on the server's clock: the
windows of `limits` go by the clock of each machine, and let what they hold through in one burst.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from voicectl.core.errors import Unavailable, Unreachable, UsageError
from voicectl.core.note import Note
from voicectl.core.pace import GAP, LONGEST_CATCHING_UP, SLACK, Pace, wait_for_turn

if TYPE_CHECKING:
    from limits.storage import RedisStorage

PREFIX = "voicectl"
SCHEMES = ("redis", "rediss", "redis+unix", "redis+sentinel", "redis+cluster")
PATIENCE_SECONDS = 2.0
ASK_AGAIN_SECONDS = 5.0
LONGEST_LINE, LONGEST_HOLD = 1000, 60.0
LOST = "the shared rate limit at {store} is lost ({reason}): this machine keeps to {rate:g}/s on its own"
FOUND = "the shared rate limit at {store} is back"
TAKE = """
local told = redis.call('TIME')
local now = told[1] * 1000000 + told[2]
local free = tonumber(redis.call('GET', KEYS[1])) or 0
if free < now or free > now + tonumber(ARGV[3]) then free = now end
local later = math.max(free + tonumber(ARGV[1]), now + tonumber(ARGV[2]))
redis.call('SET', KEYS[1], string.format('%.0f', later), 'PX', math.ceil((later - now) / 1000) + 60000)
return string.format('%.0f', free - now)
"""
"""Take a turn: its length, a time before which nobody's is, how far ahead one may honestly lie; in 1e-6 s."""
BEGIN = """
local told = redis.call('TIME')
local now = told[1] * 1000000 + told[2]
local earliest = (tonumber(redis.call('GET', KEYS[1])) or 0) + tonumber(ARGV[1])
if earliest < now or earliest > now + tonumber(ARGV[2]) then earliest = now end
redis.call('SET', KEYS[1], string.format('%.0f', earliest), 'PX', math.ceil((earliest - now) / 1000) + 120000)
return string.format('%.0f', earliest - now)
"""
"""Begin as soon as the last one that began is far enough away; how far one may honestly wait; in 1e-6 s."""


class RedisPace:
    """At most `per_second` turns begun over all machines that name the same store and the same `key`.

    Where the store is lost on the way, `own` keeps the pace, with the same figure, until it is back; `say`
    hears of both. Raises Unreachable where it is not there to begin with, UsageError for what is no URL of
    one, Unavailable without the extra.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str,
        per_second: float,
        own: Pace,
        now: Callable[[], float],
        sleep: Callable[[float], None],
        say: Callable[[Note], None],
    ) -> None:
        self._store = shown(url)
        self._key = key
        self._step, self._gap = SLACK / per_second, GAP / per_second
        self._rate = per_second
        self._own = own
        self._now = now
        self._sleep = sleep
        self._say = say
        self._storage = _storage(url, self._store)
        self._take: Any = self._storage.get_connection().register_script(TAKE.encode())
        self._begin: Any = self._storage.get_connection().register_script(BEGIN.encode())
        self._asking = Lock()
        self._lost_at: float | None = None
        try:
            self._storage.get_connection().ping()
        except self._trouble as error:
            raise Unreachable(
                "the store of the rate limit, {store}, cannot be used: {reason}",
                store=self._store,
                reason=_reason(error),
                hint="look after it, or leave out --rate-limit-store",
            ) from None

    @contextmanager
    def turn(self) -> Iterator[None]:
        wait_for_turn(self._taken, self._begun, self._sleep)
        if self._lost_at is None:
            yield
            return
        with self._own.turn():
            yield

    def hold(self, seconds: float) -> None:
        self._own.hold(seconds)
        self._asked(self._take, "free", 0.0, min(seconds, LONGEST_HOLD), LONGEST_HOLD)

    def _taken(self) -> float:
        farthest = LONGEST_HOLD + LONGEST_LINE * self._step
        return self._asked(self._take, "free", self._step, 0.0, farthest)

    def _begun(self) -> float:
        return self._asked(self._begin, "begun", self._gap, self._gap + LONGEST_CATCHING_UP)

    @property
    def _trouble(self) -> tuple[type[Exception], ...]:
        from redis.exceptions import RedisError

        return (RedisError, OSError)

    def _asked(self, script: Any, name: str, *seconds: float) -> float:
        """Return the seconds that a script tells; 0 where the store does not answer."""
        with self._asking:
            if self._lost_at is not None and self._now() - self._lost_at < ASK_AGAIN_SECONDS:
                return 0.0
            figures = [round(each * 1e6) for each in seconds]
            try:
                wait = float(script(keys=[f"{PREFIX}:{name}:{self._key}"], args=figures)) / 1e6
            except self._trouble as error:
                self._lose(_reason(error))
                return 0.0
            if self._lost_at is not None:
                self._lost_at = None
                self._say(Note(FOUND, {"store": self._store}))
            return wait

    def _lose(self, reason: str) -> None:
        if self._lost_at is None:
            self._say(Note(LOST, {"store": self._store, "reason": reason, "rate": self._rate}))
        self._lost_at = self._now()


def shown(url: str) -> str:
    """Return what of the URL is no secret."""
    try:
        parts = urlsplit(url)
        place = parts.netloc.rpartition("@")[2] or parts.path
    except ValueError:
        return "redis"
    return f"{parts.scheme}://{place}"


def _storage(url: str, store: str) -> RedisStorage:
    if url.partition("://")[0] not in SCHEMES:
        raise UsageError(
            "--rate-limit-store wants the URL of a redis", hint="--rate-limit-store redis://HOST:6379/0"
        )
    try:
        import redis  # noqa: F401
        from limits.errors import ConfigurationError
        from limits.storage import storage_from_string
    except ImportError:
        raise Unavailable(
            "a rate limit over machines needs an extra that is not installed",
            hint="pip install 'voicectl[redis]'",
        ) from None
    try:
        return storage_from_string(  # type: ignore[return-value]
            url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
        )
    except (ConfigurationError, ValueError):
        # The library's own words may hold the URL, and that a password.
        raise UsageError(
            "{store} is no URL of a redis",
            store=store,
            hint="--rate-limit-store redis://HOST:6379/0",
        ) from None


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
