"""What a text will cost, told before anything is sent, and the bounds that stop it. Nothing is sent here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from voicectl.actions.pieces import key_of
from voicectl.actions.tts import Plan
from voicectl.core.billing import billing_of
from voicectl.core.errors import ConfigError, Guarded
from voicectl.core.speaker import Speaker

PRICE = "price.per_million"
MILLION = 1_000_000


class Estimate(NamedTuple):
    """What is asked for, by the vendor's own rule; what lies in the cache is not asked for again.

    `measured` are the characters that count; they are billed unless this machine speaks itself.
    """

    chunks: int
    cached_chunks: int
    requests: int
    measured: int
    is_billed: bool

    @property
    def billed_characters(self) -> int:
        return self.measured if self.is_billed else 0

    def cost(self, price: float) -> float:
        """Return what it costs at a price for a million characters."""
        return round(self.billed_characters * price / MILLION, 6)


class Bounds(NamedTuple):
    """How much may be asked for; None is no bound."""

    characters: int | None = None
    cost: float | None = None

    def refuse(self, estimate: Estimate, price: float | None) -> None:
        """Raise Guarded for what is beyond, ConfigError for a bound on the cost where no price is known."""
        if self.characters is not None and estimate.measured > self.characters:
            raise Guarded(
                "this takes {measured} characters; at most {most} are allowed",
                measured=estimate.measured,
                most=self.characters,
                hint="--max-characters {measured}",
            )
        if self.cost is None:
            return
        if price is None:
            raise ConfigError(
                "--max-cost needs a price, and the profile has none",
                hint="voicectl profile set NAME price.per_million=16",
            )
        # What is no number is no bound either.
        if not (cost := estimate.cost(price)) <= self.cost:
            raise Guarded(
                "this costs about {cost:.6g}; at most {most:.6g} is allowed",
                cost=cost,
                most=self.cost,
                hint="--max-cost {cost:.6g}",
            )


def estimate(speaker: Speaker, plan: Plan, is_kept: Callable[[str], bool]) -> Estimate:
    """Count what a planned text takes; `is_kept` says whether there is already a piece of a key."""
    rule = billing_of(speaker.tts, plan.utterance)
    chunks = cached = requests = measured = 0
    asked: set[str] = set()
    for piece in plan.pieces():
        if not piece.is_sent:
            continue
        chunks += 1
        key = key_of(piece.utterance, speaker.identity)
        if not plan.limit.by_sentence and (key in asked or is_kept(key)):
            cached += 1
            continue
        asked.add(key)
        requests += rule.times
        measured += rule.characters(piece.utterance.text, ssml=piece.utterance.ssml)
    return Estimate(
        chunks=chunks,
        cached_chunks=cached,
        requests=0 if plan.limit.by_sentence else requests,
        measured=measured,
        is_billed=not plan.limit.by_sentence,
    )


def price_of(settings: Mapping[str, str]) -> float | None:
    """Return a profile's price of a million characters, None where it has none; ConfigError for no number."""
    text = settings.get(PRICE, "")
    try:
        price = float(text) if text else None
    except ValueError:
        price = float("nan")
    if price is not None and not 0 <= price < float("inf"):
        raise ConfigError(
            "{field} is {text!r}, which is no price",
            field=PRICE,
            text=text,
            hint="voicectl profile set NAME {field}=16",
        )
    return price
