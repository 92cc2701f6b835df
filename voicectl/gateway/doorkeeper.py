"""Opens the door over its files and keeps both in step while the gateway runs. What is decided: `door.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from voicectl.core.credentials import Secret
from voicectl.core.errors import ConfigError, VoicectlError
from voicectl.gateway.addresses import Networks
from voicectl.gateway.door import Door
from voicectl.gateway.key_file import FILE, KeyFile
from voicectl.gateway.keys import Env, Limits
from voicectl.gateway.limits import Tick
from voicectl.gateway.published_keys import PublishedKeys, Publisher
from voicectl.gateway.quotas import Quotas
from voicectl.gateway.rules_file import RulesFile
from voicectl.gateway.signatures import Signatures
from voicectl.gateway.table import KeyTable
from voicectl.gateway.tokens import Tokens
from voicectl.gateway.usage_file import LastUse, UsageFile, file_of
from voicectl.kept.key_cache import KeyCache
from voicectl.signing.gateway_keys import SANDBOX_MASTER

LAST_USE_SECONDS = SWEEP_SECONDS = 60.0
REDIS_RESTS_SECONDS = 2.0


class Doorkeeper:
    """The door, with `tick` to be called each half second from where it is used, and `close` at the end.

    `master` is None where none has been made: then no request can be signed, and no token minted.
    With `shares_limits` others count, and only the last use of each key is written here. A `cache` is
    where keys are published for other gateways or, with `reads_cache`, read in place of the file.
    """

    def __init__(
        self,
        directory: Path,
        env: Env,
        now: Tick,
        *,
        master: Secret | None,
        trusted: Iterable[str] = (),
        profile_limits: Mapping[str, Limits] | None = None,
        rules: Path | None = None,
        shares_limits: bool = False,
        cache: KeyCache | None = None,
        reads_cache: bool = False,
    ) -> None:
        self.now = now
        master = SANDBOX_MASTER if env is Env.TEST else master
        self.rules = RulesFile(rules) if rules else None
        self._keys = PublishedKeys(cache) if cache and reads_cache else KeyFile(directory / FILE)
        self._usage = UsageFile(file_of(directory, env), is_counting=not shares_limits)
        self._shares_limits = shares_limits
        self._last_written: dict[tuple[str, int], float] = {}
        self._swept = now.steady
        self._redis_rests_until = float("-inf")
        self.door = Door(
            env=env,
            table=KeyTable(self._keys, lambda: self.now.steady),
            quotas=Quotas(() if shares_limits else self._usage.used()),
            signatures=Signatures(lambda: _needed(master)),
            tokens=Tokens(master, env) if master else None,
            trusted=Networks(trusted),
            profile_limits=profile_limits,
            book=self.rules.book if self.rules else None,
        )
        self._publisher = Publisher(self.door.table, cache) if cache and not reads_cache else None

    @property
    def has_bad_rules(self) -> bool:
        """Say whether the file of rules is not the one in use."""
        return self.rules is not None and self.rules.has_failed

    def tick(self, now: Tick) -> list[VoicectlError]:
        """Take in what has changed and write down what was counted; return what could not be done."""
        self.now = now
        faults = self._keep_keys(now.steady)
        if self.rules:
            faults.append(self.rules.refresh())
            self.door.book = self.rules.book
        faults.append(self._flush(LAST_USE_SECONDS))
        if now.steady - self._swept >= SWEEP_SECONDS:
            self._swept = now.steady
            self.door.meters.sweep(now.steady)
        return [fault for fault in faults if fault]

    def close(self) -> None:
        """Write down what is left, and close the files."""
        self._flush(0)
        self._keys.close()
        self._usage.close()

    def _keep_keys(self, steady: float) -> list[VoicectlError | None]:
        """Look for other keys; a Redis that hangs is not waited for at each tick, for all wait meanwhile."""
        is_resting = steady < self._redis_rests_until
        near = far = None
        if not isinstance(self._keys, PublishedKeys):
            near = self.door.table.refresh()
        elif not is_resting:
            far = self.door.table.refresh()
        if self._publisher and not is_resting:
            far = self._publisher.tick(steady)
        if far is not None:
            self._redis_rests_until = steady + REDIS_RESTS_SECONDS
        return [near, far]

    def _flush(self, pause_seconds: float) -> ConfigError | None:
        used = [] if self._shares_limits else self.door.quotas.changed()
        last_used = [
            LastUse(*place, at)
            for place, at in self.door.last_used.items()
            if at - self._last_written.get(place, 0) > pause_seconds
        ]
        if not (used or last_used):
            return None
        try:
            self._usage.write(used, last_used)
        except ConfigError as error:
            self.door.quotas.changed_again(used)
            return error
        self._last_written |= {(each.key_id, each.generation): each.at for each in last_used}
        return None


def _needed(master: Secret | None) -> Secret:
    if master is None:
        raise ConfigError(
            "the gateway has no master secret", hint="voicectl gateway key issue --name NAME --hmac"
        )
    return master
