"""The wiring of batches: who speaks each row, at which pace, and where is noted what is done."""

from __future__ import annotations

from math import ceil
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from voicectl.core.journal import Journal
    from voicectl.core.pace import Pace
    from voicectl.core.shelf import Shelf
    from voicectl.core.speaker import Speaker
    from voicectl.core.tts import Utterance
    from voicectl.runtime import Runtime
    from voicectl.speaking import Speech

FOLDER = ".voicectl"
USUAL_SECONDS, MOST_JOBS = 0.5, 32


class Limits(NamedTuple):
    """What the user asks for: so many at once, begun in a second, over all machines that share a store.

    0 is not asked for, and leaves it to what is known of the vendor.
    """

    jobs: int = 0
    per_second: float = 0.0
    store: str = ""


def usual_jobs(speech: Speech, limits: Limits) -> int:
    """Return how many rows are spoken at once: so many as are needed to use up a rate that was asked for."""
    from voicectl.speaking import USUAL_JOBS

    limit = speech.tts.text_limit
    if limit.by_sentence:
        return 1
    jobs = min(MOST_JOBS, max(USUAL_JOBS, ceil(limits.per_second * USUAL_SECONDS)))
    return limits.jobs or min(jobs, limit.jobs or jobs)


class Speakers:
    """Who speaks which row: those of one engine share a pace, and all share the limit that was asked for."""

    def __init__(
        self,
        runtime: Runtime,
        speech: Speech,
        limits: Limits,
        *,
        now: Callable[[], float],
        keeps: bool,
        stores: bool,
    ) -> None:
        from voicectl.core.pace import Unpaced

        self._runtime = runtime
        self._speech = speech
        self._limits = limits
        self._now = now
        self._keeps = keeps
        self._stores = stores
        self._making = Lock()
        self._made: dict[str, Speaker] = {}
        self._shelf: Shelf | None = None
        asked = bool(limits.per_second)
        self._pace: Pace = account_pace(runtime, speech, limits, now=now) if asked else Unpaced()
        runtime.again = self._take_turn

    def __call__(self, utterance: Utterance) -> Speaker:
        """Return who speaks a settled utterance."""
        with self._making:
            if utterance.engine not in self._made:
                self._made[utterance.engine] = self._speaker(utterance)
            return self._made[utterance.engine]

    def _speaker(self, utterance: Utterance) -> Speaker:
        from voicectl import speaking
        from voicectl.core.pace import BothPaces

        made = speaking.speaker(
            self._runtime,
            self._speech,
            utterance,
            now=self._now,
            jobs=self._limits.jobs,
            keeps=self._keeps,
            stores=self._stores,
            per_second=0.0 if self._limits.per_second else None,
        )
        self._runtime.connections = usual_jobs(self._speech, self._limits)
        made = made._replace(pace=BothPaces(made.pace, self._pace))
        if (opens := made.open_shelf) is not None:
            made = made._replace(open_shelf=lambda: self._opened(opens))
        self._runtime.rest = self._hold
        return made

    def _take_turn(self) -> None:
        """Let a request that is sent once more count like any other."""
        with self._pace.turn():
            pass

    def _opened(self, opens: Callable[[], Shelf]) -> Shelf:
        """Open the shelf once for all rows."""
        with self._making:
            if self._shelf is None:
                self._shelf = opens()
            return self._shelf

    def _hold(self, seconds: float) -> None:
        for made in tuple(self._made.values()):
            made.pace.hold(seconds)


def account_pace(runtime: Runtime, speech: Speech, limits: Limits, *, now: Callable[[], float]) -> Pace:
    """Return the pace that was asked for: of all processes of this account, or of all machines."""
    from voicectl import speaking
    from voicectl.pacing import asked_pace

    account = runtime.key_source(speech.choice).account(runtime.clock.moment().now)
    owner = (account, speech.access.profile.region, *speaking.identity_of(runtime, speech), "all engines")
    return asked_pace(runtime, owner, limits.per_second, limits.store, now=now, sleep=runtime.clock.sleep)


def done_in(directory: Path) -> Callable[[str, int], bool]:
    """Return what tells whether a row is done already, by all journals there; nothing is written."""
    from voicectl.kept.journal import known

    return known(directory / FOLDER)


def journal(directory: Path, source: str, shard: str, *, resume: bool) -> Journal:
    """Return where is noted which rows are done: beside what comes of them."""
    from voicectl.kept.journal import FileJournal, name_for

    name = name_for("-" if source == "-" else str(Path(source).resolve()), shard)
    return FileJournal(directory / FOLDER, name, resume=resume)
