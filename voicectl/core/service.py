"""What a vendor's interface takes and does, as data. What it is used for: `vendors/`, `help vendors`."""

from __future__ import annotations

from typing import NamedTuple


class Wish(NamedTuple):
    """One wish of an utterance in a vendor's own words.

    `name` is the field of `Utterance`; `low` and `high` bound it in our units (factor, semitones), both
    allowed; `values` are the words it may be. `note` says what a table cannot.
    """

    name: str
    parameter: str
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    note: str = ""


class Operation(NamedTuple):
    """One deed at the vendor: what a user asks for, and what the vendor calls it.

    `known_as` are names under which articles and old kits know it. `in_sandbox` says that the
    sandbox plays it.
    """

    deed: str
    name: str
    known_as: tuple[str, ...] = ()
    in_sandbox: bool = False
    note: str = ""


class Service(NamedTuple):
    """One interface of a vendor: speech over HTTP, speech over a WebSocket, calls.

    `engines` are the values of `--engine` that choose it; `formats` what it answers with; `verified` says how
    what is said here is known.
    """

    name: str
    title: str
    engines: tuple[str, ...] = ()
    wishes: tuple[Wish, ...] = ()
    formats: tuple[str, ...] = ()
    text_limit: str = ""
    operations: tuple[Operation, ...] = ()
    verified: str = ""

    def wish(self, name: str) -> Wish | None:
        """Return how this interface takes a wish, or None where it does not."""
        return next((wish for wish in self.wishes if wish.name == name), None)

    def takes(self, name: str, wanted: object = None) -> bool:
        """Say whether this interface takes a wish at all, and with the value that is `wanted`."""
        if name == "engine":
            return wanted in self.engines
        if name == "format":
            return any(wanted == each.partition("@")[0] for each in self.formats)
        wish = self.wish(name)
        if wish is None:
            return False
        if isinstance(wanted, int | float):
            return (wish.low is None or wish.low <= wanted) and (wish.high is None or wanted <= wish.high)
        return not wanted or not wish.values or wanted in wish.values
