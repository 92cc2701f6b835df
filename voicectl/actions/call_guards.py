"""Whom a profile lets one call, and how often. Noting calls is the ledger's; placing them: `call.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from voicectl.actions.numbers import Number, is_among, masked
from voicectl.core.call import Caps
from voicectl.core.dates import written
from voicectl.core.errors import ConfigError, Guarded
from voicectl.core.ledger import Entry

ALLOW = "call.allow"
PER_RUN = "call.per_run"
PER_NUMBER = "call.per_number_{window}"
WINDOWS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
SETTINGS = (ALLOW, PER_RUN, *(PER_NUMBER.format(window=window) for window in WINDOWS))


class TooOften(Guarded):
    """The number was called as often as it may be; `next_at` is when it may be called again."""

    @property
    def next_at(self) -> datetime:
        moment = self.facts["next_at"]
        assert isinstance(moment, datetime)
        return moment


class Rules(NamedTuple):
    """What holds for one profile; 0 is no limit, no pattern allows every number.

    `are_own`: the profile sets a limit by number itself, so calls have to be counted.
    """

    allow: tuple[str, ...] = ()
    per_run: int = 0
    caps: Caps = Caps()
    are_own: bool = False


def rules_of(settings: Mapping[str, str], usual: Caps) -> Rules:
    """Read a profile's rules; `usual` are the vendor's own caps. ConfigError for what is no count."""
    caps = {
        window: _count(settings, name) if name in settings else getattr(usual, window)
        for window in WINDOWS
        for name in (PER_NUMBER.format(window=window),)
    }
    return Rules(
        allow=tuple(filter(None, (word.strip() for word in settings.get(ALLOW, "").split(",")))),
        per_run=_count(settings, PER_RUN),
        caps=Caps(**caps),
        are_own=any(PER_NUMBER.format(window=window) in settings for window in WINDOWS),
    )


def refuse_forbidden(rules: Rules, called: Number) -> None:
    """Raise Guarded for a number that the profile's list does not have."""
    if rules.allow and not is_among(called, rules.allow):
        raise Guarded(
            "{number} is not among the numbers that this profile may call",
            number=masked(called.written),
            setting=ALLOW,
            hint="voicectl profile set NAME {setting}='+8613800138000,0571*'",
        )


def refuse_too_many(rules: Rules, count: int) -> None:
    """Raise Guarded for more calls than one run may place."""
    if rules.per_run and count > rules.per_run:
        raise Guarded(
            "{count} calls are more than the {most} that this profile places in one run",
            count=count,
            most=rules.per_run,
            setting=PER_RUN,
            hint="voicectl profile set NAME {setting}={count}",
        )


def refuse_too_often(caps: Caps, called: Number, before: Sequence[Entry], now: datetime) -> None:
    """Raise TooOften where a number has been called as often as it may be; `before` are calls to it."""
    at = sorted((entry.at for entry in before), reverse=True)
    full = [
        (at[cap - 1] + length, window, cap)
        for window, length in WINDOWS.items()
        if 0 < (cap := getattr(caps, window)) <= len(at) and at[cap - 1] + length > now
    ]
    if not full:
        return
    next_at, window, cap = max(full)
    raise TooOften(
        "{number} may be called {cap} times a {window} at most; the next call is allowed at {when}",
        number=masked(called.written),
        cap=cap,
        window=window,
        when=written(next_at),
        next_at=next_at,
        setting=PER_NUMBER.format(window=window),
        hint="add --on-limit wait, or: voicectl profile set NAME {setting}=…",
    )


def _count(settings: Mapping[str, str], name: str) -> int:
    text = settings.get(name, "0")
    if not (text.isascii() and text.isdecimal()):
        raise ConfigError(
            "{name} is {text!r}, which is no count",
            name=name,
            text=text,
            hint="voicectl profile set NAME {name}=5",
        )
    return int(text)
