"""The wiring of a rate that the user asks for: kept by all processes of an account, or by all machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from voicectl.core.pace import Pace
    from voicectl.runtime import Runtime

PACES = "pace"


def asked_pace(
    runtime: Runtime,
    owner: Sequence[str],
    per_second: float,
    store: str,
    *,
    now: Callable[[], float],
    sleep: Callable[[float], None],
) -> Pace:
    """Return the pace of all that name this owner; 0 is no limit. `store` is a redis, for many machines."""
    from hashlib import sha256

    from voicectl.core.pace import OwnPace

    pace: Pace = OwnPace(now=now, sleep=sleep, per_second=per_second)
    if not per_second:
        return pace
    name = sha256("\0".join(owner).encode()).hexdigest()[:32]
    if (directory := runtime.directories.state) is not None:
        from voicectl.kept.pace import SharedPace

        path = directory / PACES / name
        pace = SharedPace(path, jobs=0, per_second=per_second, now=now, sleep=sleep, say=runtime.warn)
    if store:
        from voicectl.kept.pace_redis import RedisPace

        pace = RedisPace(
            store, key=name, per_second=per_second, own=pace, now=now, sleep=sleep, say=runtime.warn
        )
    return pace
