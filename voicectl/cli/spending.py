"""The options on what speech may cost, for every command that speaks. The figures: `actions/estimate.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from voicectl.cli.wishes import bundled
from voicectl.core.errors import UsageError

if TYPE_CHECKING:
    from voicectl.actions.batch_estimate import Total
    from voicectl.actions.estimate import Bounds, Estimate
    from voicectl.actions.tts import Settled
    from voicectl.cli.session import Session
    from voicectl.core.audio import Container
    from voicectl.core.speaker import Speaker
    from voicectl.speaking import Speech

COST = "What it may cost"
"""The heading in help over these options."""

EstimateOnly = Annotated[
    bool, typer.Option("--estimate", help="Say what it would cost, and send nothing.", rich_help_panel=COST)
]
MostCharacters = Annotated[
    int | None,
    typer.Option(
        "--max-characters",
        metavar="N",
        min=0,
        help="Send nothing if more characters are billed.",
        rich_help_panel=COST,
    ),
]
MostCost = Annotated[
    float | None,
    typer.Option(
        "--max-cost",
        metavar="X",
        min=0.0,
        help="Send nothing if it costs more by the profile's price.per_million.",
        rich_help_panel=COST,
    ),
]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Neither look into the cache nor add to it.", rich_help_panel=COST)
]
NoStore = Annotated[
    bool,
    typer.Option("--no-store", help="Take what the cache has, but keep nothing new.", rich_help_panel=COST),
]


class Spending(NamedTuple):
    """What these options say."""

    is_estimate: bool = False
    characters: int | None = None
    cost: float | None = None
    no_cache: bool = False
    no_store: bool = False

    @property
    def is_bounded(self) -> bool:
        return self.is_estimate or self.characters is not None or self.cost is not None

    @property
    def bounds(self) -> Bounds:
        from voicectl.actions.estimate import Bounds

        return Bounds(characters=self.characters, cost=self.cost)

    def refuse_live(self) -> None:
        """Raise UsageError where the length of the text is not known before it is said."""
        if self.is_bounded:
            raise UsageError(
                "a text that is still to come cannot be counted before it is said",
                hint="leave out --live, or --estimate, --max-characters and --max-cost",
            )


OPTIONS: dict[str, tuple[object, object]] = {
    "estimate": (EstimateOnly, False),
    "max_characters": (MostCharacters, None),
    "max_cost": (MostCost, None),
    "no_cache": (NoCache, False),
    "no_store": (NoStore, False),
}
"""Each option by the name of its parameter: how it is declared, and what it is unless given."""


def with_spending(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options; they reach it as `spending`."""
    return bundled(command, "spending", OPTIONS, _spending)


def _spending(given: Mapping[str, Any]) -> Spending:
    return Spending(*(given[name] for name in OPTIONS))


def estimated(
    speech: Speech, speaks: Speaker, settled: Settled, container: Container
) -> tuple[Estimate, float | None]:
    """Count what a text takes, and tell the profile's price for a million characters."""
    from voicectl.actions.estimate import estimate, price_of
    from voicectl.actions.tts import planned

    plan = planned(speaks.tts, settled.utterance, container)
    shelf = speaks.open_shelf() if speaks.open_shelf else None
    found = estimate(speaks, plan, shelf.has if shelf else lambda key: False)
    return found, price_of(speech.access.profile.settings)


def report(session: Session, speech: Speech, settled: Settled, found: Estimate, price: float | None) -> None:
    """Print an estimate."""
    cost = None if price is None else found.cost(price)
    row = {
        "vendor": speech.choice.vendor,
        "profile": speech.choice.profile.name or None,
        "voice": settled.utterance.voice,
        "engine": settled.utterance.engine or None,
        "characters": settled.characters,
        "billed_characters": found.billed_characters,
        "chunks": found.chunks,
        "cached_chunks": found.cached_chunks,
        "requests": found.requests,
        "price_per_million": price,
        "cost": cost,
    }
    session.console.result(row, lambda: _for_people(found, cost))


def report_batch(session: Session, speech: Speech, total: Total, price: float | None) -> None:
    """Print the estimate of a batch."""
    found = total.estimate
    cost = None if price is None else found.cost(price)
    row = {
        "vendor": speech.choice.vendor,
        "profile": speech.choice.profile.name or None,
        "rows": total.rows,
        "left_alone": total.left_alone,
        "bad_rows": total.bad,
        "characters": total.characters,
        "billed_characters": found.billed_characters,
        "chunks": found.chunks,
        "cached_chunks": found.cached_chunks,
        "requests": found.requests,
        "price_per_million": price,
        "cost": cost,
    }
    rows = f"rows {total.rows}" + (f" ({total.left_alone} are done)" if total.left_alone else "")
    bad = f", bad rows {total.bad}" if total.bad else ""
    session.console.result(row, lambda: f"{rows}{bad}, {_for_people(found, cost)}")


def _for_people(found: Estimate, cost: float | None) -> str:
    price = "" if cost is None else f"cost {cost:.6g}"
    cached = f"cached pieces {found.cached_chunks} of {found.chunks}" if found.cached_chunks else ""
    told = (f"billed characters {found.billed_characters}", f"requests {found.requests}", price, cached)
    return ", ".join(filter(None, told))
