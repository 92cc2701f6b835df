"""Records that one process publishes in a Redis and others read there, with a version and a bounded life.

What the records are is the callers' matter; nothing secret may be in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from voicectl.core.errors import Unavailable, UsageError

PREFIX = "voicectl:{published}"
ANSWER_SECONDS = 0.25
LIFE_SECONDS = 300
"""For how long records are believed after whoever published them has fallen silent."""


class KeyCache:
    """One set of records in one Redis; every method raises Unavailable where it does not answer in time."""

    def __init__(self, url: str) -> None:
        library = _library()
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

    def publish(self, records: Mapping[str, str]) -> None:
        """Put all records in the place of those before, under a new version."""
        with _answering(), self._redis.pipeline(transaction=True) as steps:
            steps.delete(f"{PREFIX}:records")
            if records:
                steps.hset(f"{PREFIX}:records", mapping=dict(records))
                steps.expire(f"{PREFIX}:records", LIFE_SECONDS)
            steps.incr(f"{PREFIX}:version")
            steps.expire(f"{PREFIX}:version", LIFE_SECONDS)
            steps.execute()

    def keep_alive(self) -> bool:
        """Say that whoever publishes is still there; False where the records are gone."""
        with _answering(), self._redis.pipeline(transaction=True) as steps:
            steps.expire(f"{PREFIX}:records", LIFE_SECONDS)
            steps.expire(f"{PREFIX}:version", LIFE_SECONDS)
            return bool(steps.execute()[1])

    def version(self) -> str | None:
        """Return what changes with each publishing; None where nobody publishes any more."""
        with _answering():
            found: str | None = self._redis.get(f"{PREFIX}:version")
            return found

    def records(self) -> tuple[str | None, dict[str, str]]:
        """Return the version and all its records, as they were at one moment."""
        with _answering(), self._redis.pipeline(transaction=True) as steps:
            steps.get(f"{PREFIX}:version")
            steps.hgetall(f"{PREFIX}:records")
            version, found = steps.execute()
            return version, found

    def close(self) -> None:
        """Let go of the connection."""
        self._redis.close()


@contextmanager
def _answering() -> Iterator[None]:
    from redis.exceptions import RedisError

    try:
        yield
    except (RedisError, OSError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise Unavailable("redis does not answer: {reason}", reason=reason, hint="redis-cli ping") from None


def _library() -> Any:
    try:
        import redis
    except ModuleNotFoundError:
        raise Unavailable(
            "keys in Redis need an extra that is not installed",
            hint="pip install 'voicectl[gateway-redis]'",
        ) from None
    return redis
