"""What is noted of each call that was asked for, and the seam to where. How it is kept: `kept/ledger.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

from voicectl.core.call import Call

KEPT_FOR = timedelta(days=30)


class Outcome(StrEnum):
    """What is known of the request; nothing is known until something is noted."""

    UNKNOWN = "unknown"
    PLACED = "placed"
    REFUSED = "refused"
    """The vendor took nothing: the same key may be used again."""


class Deed(NamedTuple):
    """A call that is about to be asked for. Numbers and keys are noted as keyed hashes only.

    `handle` finds it again before the vendor has given it a name; `mark` is what the vendor got as key.
    """

    handle: str
    at: datetime
    vendor: str
    number: str
    profile: str = ""
    operation: str = ""
    reference: str = ""
    mark: str = ""
    key: str = ""


class Entry(NamedTuple):
    """What the ledger has of one call; `number` and `key` are hashes that mean nothing elsewhere."""

    handle: str
    at: datetime
    vendor: str
    profile: str
    operation: str
    reference: str
    mark: str
    number: str
    last_four: str
    key: str
    outcome: Outcome = Outcome.UNKNOWN
    call: Call | None = None
    is_inferred: bool = False
    """The call was found again by its number and time; nobody said that it is this one."""


Check = Callable[[Sequence[Entry]], None]
"""Raises where the calls to this number so far forbid another."""


class Ledger(Protocol):
    """Where paid deeds are noted, for thirty days."""

    def begin(self, deed: Deed, check: Check) -> tuple[Entry, bool]:
        """Note a deed before its request leaves, so that no crash can undo the note.

        Returns the entry and True; or, with the same key and number, an earlier one that was not refused
        and False. `check` sees the number's earlier calls while nobody else can begin one.
        """
        ...

    def earlier(self, number: str, key: str) -> Entry | None:
        """Return the call of this key and number that `begin` would return; None where there is none."""
        ...

    def settle(
        self, entry: Entry, outcome: Outcome, call: Call | None = None, *, is_inferred: bool = False
    ) -> Entry:
        """Note what came of it."""
        ...

    def learn(self, call: Call) -> Entry | None:
        """Note what a vendor tells of a call, by its id or reference; None where nobody knows it here."""
        ...

    def find(self, word: str) -> Entry | None:
        """Return the entry with this handle, id of a call, or name at the vendor."""
        ...

    def fresh(self, entry: Entry) -> Entry:
        """Return the entry as it is by now; other processes write too."""
        ...

    def is_of(self, entry: Entry, number: str) -> bool:
        """Say whether an entry is of a call to this number."""
        ...

    def entries(self) -> list[Entry]:
        """Return all that is known, the newest first."""
        ...

    def forget(self, handles: Sequence[str] = ()) -> int:
        """Strike out these entries, or all; return how many there were."""
        ...
