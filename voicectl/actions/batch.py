"""A batch, whatever its items are: who is whose twin, what is done already, and the count at the end.

How one item is done is handed in: speech in `batch_speech.py`. Reading rows: `rows.py`. Threads: `crew.py`.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeVar

from voicectl.actions.rows import Row
from voicectl.core.compact import CompactMap, hash_of
from voicectl.core.errors import BadInput, Exit, VoicectlError
from voicectl.core.journal import Journal
from voicectl.core.note import Note

HOPELESS_AFTER = 10
OF_THE_ACCOUNT = frozenset((Exit.CREDENTIAL, Exit.CONFIG, Exit.UNAVAILABLE))


class Status(StrEnum):
    """What became of an item."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    """It may have been done, and is not done again: of deeds that nobody can take back."""


class Outcome(NamedTuple):
    """One item as it ended: `facts` is what its result line tells.

    `ms` is how long it took; None where it was not asked for. `notes` are what is worth saying of it.
    """

    row: Row
    status: Status
    facts: Mapping[str, object] = {}
    error: VoicectlError | None = None
    ms: int | None = None
    notes: tuple[Note, ...] = ()


class Item(Protocol):
    """One item, ready to be done; nothing has been sent for it yet."""

    @property
    def digest(self) -> int:
        """Stands for all that the item asks for, and where it goes."""
        ...

    def is_there(self) -> bool:
        """Say whether what came of it, if anything did, is still where it belongs."""
        ...

    def done(self) -> Outcome:
        """Do it; raises VoicectlError."""
        ...

    def left_alone(self) -> Outcome:
        """Return the outcome of an item that was done before."""
        ...


Ready = TypeVar("Ready")


@dataclass(frozen=True, slots=True)
class Shard:
    """One part of `count`, from 1; each id belongs to one part, wherever it stands."""

    number: int = 1
    count: int = 1

    def __contains__(self, name: object) -> bool:
        return self.count == 1 or hash_of(f"shard {name}") % self.count == self.number - 1

    def __str__(self) -> str:
        return "" if self.count == 1 else f"{self.number}-of-{self.count}"


WHOLE = Shard()


def prepared(
    rows: Iterator[Row],
    prepare: Callable[[Row], Ready],
    shard: Shard = WHOLE,
    *,
    sees_all: bool = True,
) -> Iterator[tuple[Row, Ready | VoicectlError]]:
    """Yield each row of this part with its item, or with why there is none.

    Rows of other parts are prepared too where items could be in each other's way (`sees_all`): what two
    parts would take for their own is found by both.
    """
    lines = CompactMap(bits=32)
    for row in rows:
        # A row that could not be read belongs to one part as well.
        is_ours = (row.id if row.error is None else f"line {row.line}") in shard
        error = row.error or _twin(row, lines)
        if not is_ours and (error or not sees_all):
            continue
        found = _prepared(row, prepare) if error is None else error
        if is_ours:
            yield row, found


def tasks(
    rows: Iterator[Row],
    prepare: Callable[[Row], Item],
    journal: Journal,
    shard: Shard = WHOLE,
    *,
    sees_all: bool = True,
) -> Iterator[Callable[[], Outcome]]:
    """Yield what is to be done for each row of this part; a bad row is a task that fails."""
    for row, found in prepared(rows, prepare, shard, sees_all=sees_all):
        yield _Task(row, found, journal)


def _twin(row: Row, lines: CompactMap) -> VoicectlError | None:
    """Return the error of a row whose id is taken; note the line of any other."""
    first = lines.get(row.id)
    if first is not None:
        return BadInput(
            "line {line}: the id {id!r} is taken by line {first}", line=row.line, id=row.id, first=first
        )
    lines.put(row.id, row.line)
    return None


def _prepared(row: Row, prepare: Callable[[Row], Ready]) -> Ready | VoicectlError:
    try:
        return prepare(row)
    except VoicectlError as error:
        return error


@dataclass(frozen=True, slots=True)
class _Task:
    """One row on its way to an outcome."""

    row: Row
    found: Item | VoicectlError
    journal: Journal

    def __call__(self) -> Outcome:
        try:
            if isinstance(self.found, VoicectlError):
                raise self.found
            return self._outcome(self.found)
        except VoicectlError as error:
            return Outcome(self.row, Status.FAILED, error=error)

    def _outcome(self, item: Item) -> Outcome:
        if self.journal.has(self.row.id, item.digest) and item.is_there():
            return item.left_alone()
        outcome = item.done()
        if outcome.status is Status.OK:
            self.journal.note(self.row.id, item.digest)
        return outcome


class Count:
    """What a run has come to so far, in a few bytes an item.

    Facts named in `summed` are added up, those in `tallied` counted by what they say.
    """

    def __init__(self, summed: Collection[str] = (), tallied: Collection[str] = ()) -> None:
        self._summed = summed
        self.tallies: dict[str, Counter[str]] = {name: Counter() for name in tallied}
        self.of: Counter[Status] = Counter()
        self.sums: dict[str, float] = {}
        self.errors: Counter[str] = Counter()
        self.ms = array("I")
        self._account_failures = 0

    def add(self, outcome: Outcome) -> None:
        self.of[outcome.status] += 1
        for name, tally in self.tallies.items():
            if fact := outcome.facts.get(name):
                tally[str(fact)] += 1
        if outcome.error is not None:
            self.errors[code_of(outcome.error)] += 1
            self._account_failures += outcome.error.exit in OF_THE_ACCOUNT
        if outcome.status is Status.OK:
            for name in self._summed:
                if isinstance(fact := outcome.facts.get(name), int | float):
                    self.sums[name] = self.sums.get(name, 0) + fact
            if outcome.ms is not None:
                self.ms.append(max(0, outcome.ms))

    @property
    def total(self) -> int:
        return self.of.total()

    @property
    def is_of_the_account(self) -> bool:
        """Say whether the account or this machine, not the rows, is why nothing at all went well."""
        return not self.of[Status.OK] and self.of[Status.FAILED] == self._account_failures > 0

    @property
    def is_hopeless(self) -> bool:
        """Say whether it has been so for long enough."""
        return self._account_failures >= HOPELESS_AFTER and self.is_of_the_account

    @property
    def success_rate(self) -> float:
        """The share that went well of what was tried."""
        tried = self.of[Status.OK] + self.of[Status.FAILED]
        return round(self.of[Status.OK] / tried, 6) if tried else 1.0

    def percentile(self, percent: int) -> int | None:
        """Return the time within which so many of the items that went well were done, in milliseconds."""
        if not self.ms:
            return None
        # Nearest rank: a time that was measured, not one in between.
        return sorted(self.ms)[-(-len(self.ms) * percent // 100) - 1]


def code_of(error: VoicectlError) -> str:
    """Return the vendor's own code, else the kind of failure."""
    return str(error.facts.get("vendor_code") or "") or error.kind
