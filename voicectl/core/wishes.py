"""How a vendor says no to what it does not have, in one manner, before anything is sent.

The facts `wish` and `wanted` say what was refused: a face looks up who takes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from voicectl.core.errors import Unsupported
from voicectl.core.tts import Utterance

if TYPE_CHECKING:
    from voicectl.core.service import Service

OPTIONS = {
    "voice": "--voice",
    "lang": "--lang",
    "engine": "--engine",
    "rate": "--rate",
    "words_per_minute": "--rate …wpm",
    "pitch": "--pitch",
    "volume": "--volume",
    "emotion": "--emotion",
    "style": "--style",
    "ssml": "--ssml",
    "live": "--live",
    "params": "--param",
}
"""The wishes of an utterance, and how a person writes them."""


def refuse_beyond(service: Service, utterance: Utterance, vendor: str) -> None:
    """Raise Unsupported for a wish that the table of an interface does not have, or not so."""
    refuse_others(utterance, vendor, [wish.name for wish in service.wishes])
    for wish in service.wishes:
        option, value = OPTIONS.get(wish.name, ""), getattr(utterance, wish.name)
        if wish.low is not None and wish.high is not None:
            refuse_outside(option, value, vendor, wish.low, wish.high)
        elif wish.values:
            for each in (value,) if isinstance(value, str) else value:
                refuse_unknown(option, each, vendor, wish.values)


def refuse_others(utterance: Utterance, vendor: str, takes: Collection[str]) -> None:
    """Raise Unsupported for a wish that is not among those that the vendor `takes`."""
    for name, option in OPTIONS.items():
        if name not in takes and getattr(utterance, name) not in (None, "", False, {}):
            raise Unsupported(
                "{vendor} has no {option}; it has {known}",
                vendor=vendor,
                option=option,
                known=", ".join(OPTIONS[each] for each in OPTIONS if each in takes),
                wish=name,
                hint="leave out {option}",
            )


def refuse_unknown(option: str, value: str, vendor: str, known: Iterable[str]) -> None:
    """Raise Unsupported for a value that is not among the `known` ones; an empty one was not given."""
    allowed = tuple(known)
    if value and value not in allowed:
        raise Unsupported(
            "{vendor} has no {option} {value!r}; it has {known}",
            vendor=vendor,
            option=option,
            value=value,
            known=", ".join(allowed) or "none",
            first=allowed[0] if allowed else "",
            wish=_wish_behind(option),
            wanted=value,
            hint="{option} {first}" if allowed else "leave out {option}",
        )


def refuse_outside(option: str, value: float | None, vendor: str, low: float, high: float) -> None:
    """Raise Unsupported for a number out of range, both ends allowed; None was not given."""
    if value is None or low <= value <= high:
        return
    raise Unsupported(
        "{option} {value:g} is out of range: {vendor} takes {low:g} to {high:g}",
        option=option,
        value=value,
        vendor=vendor,
        low=low,
        high=high,
        nearest=low if value < low else high,
        wish=_wish_behind(option),
        wanted=value,
        hint="{option} {nearest:g}",
    )


def _wish_behind(option: str) -> str:
    """Return the field of an utterance that an option fills; nothing for other options."""
    return next((name for name, written in OPTIONS.items() if written == option), "")
