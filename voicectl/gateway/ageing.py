"""Reminds an operator of keys that were not rotated for too long. What is too long is said in `plan.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from voicectl.gateway.keys import Env, Key, is_old
from voicectl.gateway.limits import Tick
from voicectl.gateway.redaction import plain

DAY, LOOK_SECONDS = 86_400.0, 60.0


class Ageing:
    """Says of each old key once a day that it is old, for the first time at the start."""

    def __init__(self, env: Env, most_seconds: float, say: Callable[[str], None]) -> None:
        self._env, self._most, self._say = env, most_seconds, say
        self._looked_at = float("-inf")
        self._told: dict[str, float] = {}

    def old(self, keys: Iterable[Key], unix: float) -> list[Key]:
        """Return the keys of this environment that are due."""
        return [key for key in keys if key.env is self._env and is_old(key, unix, self._most)]

    def tick(self, keys: Iterable[Key], now: Tick) -> None:
        """Remind of those that nobody was reminded of since yesterday; looks once a minute."""
        if now.steady - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now.steady
        old = {key.id: key for key in self.old(keys, now.unix)}
        told = {key_id: at for key_id, at in self._told.items() if key_id in old and now.steady - at < DAY}
        for key_id in old.keys() - told.keys():
            days = int((now.unix - old[key_id].newest.created) // DAY)
            name = plain(old[key_id].name)
            self._say(
                f"key {key_id} ({name}) was not rotated for {days} days: voicectl gateway key rotate {key_id}"
            )
        self._told = {**dict.fromkeys(old, now.steady), **told}
