"""Phones of the sandbox: who was called, and where each call is by now. The vendors' words: `calls_*.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from voicectl.core.call import CallState
from voicectl.gateway.sandbox.cloud import Cloud, Deed

QUEUED = timedelta(seconds=0.3)
RINGS = {
    "completed": timedelta(seconds=1),
    "hung_up_early": timedelta(seconds=1),
    "busy": timedelta(seconds=0.3),
    "rejected": timedelta(seconds=0.7),
    "failed": timedelta(seconds=0.3),
    "canceled": timedelta(seconds=0.5),
    "no_answer": timedelta(seconds=3),
}
"""How a call can end, and how long the phone rings until then: short, for whoever waits by the real clock."""
ANSWERED = ("completed", "hung_up_early")
EARLY = timedelta(seconds=1)
EVERYBODY = "*"
COUNTRY = "86"
MAINLAND_DIGITS = 11
SECONDS_A_SIGN, SECONDS_A_WIDE_SIGN = 0.07, 0.25
LONGEST = timedelta(seconds=60)


@dataclass(slots=True, kw_only=True)
class PhoneCall:
    """One call. `name` is the vendor's id; `heard` what is spoken; `key` and `reference` the caller's marks.

    `starts_at` is when it is dialled. `report_to` is where its vendor reports it; `facts` are what else
    the vendor was told, and repeats.
    """

    vendor: str
    name: str
    to: str
    starts_at: datetime
    placed_at: datetime
    caller: str = ""
    heard: str = ""
    key: str = ""
    reference: str = ""
    product: str = ""
    is_recorded: bool = True
    report_to: str = ""
    facts: dict[str, object] = field(default_factory=dict)
    ends: str = ""
    stopped_at: datetime | None = None

    @property
    def lasts(self) -> timedelta:
        """How long it takes to hear all, in whole seconds."""
        wide = sum(ord(sign) > 0x2E7F for sign in self.heard)
        seconds = wide * SECONDS_A_WIDE_SIGN + (len(self.heard) - wide) * SECONDS_A_SIGN
        return min(timedelta(seconds=1 + round(seconds)), LONGEST)


class Standing(NamedTuple):
    """Where a call is; a time that has not come is None."""

    state: CallState
    reason: str = ""
    answered_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def seconds(self) -> int:
        """How long people talked; 0 where they did not, or still do."""
        if self.answered_at is None or self.ended_at is None:
            return 0
        return max(1, round((self.ended_at - self.answered_at).total_seconds()))


class Told(Mapping[str, object]):
    """What the ledger tells of a call: its state is the one that it has when the ledger is read."""

    def __init__(self, call: PhoneCall, standing: Callable[[PhoneCall], Standing]) -> None:
        self._call, self._standing = call, standing
        self._fixed = {"id": call.name, "to": call.to, "reference": call.reference}

    def __getitem__(self, name: str) -> object:
        return str(self._standing(self._call).state) if name == "state" else self._fixed[name]

    def __iter__(self) -> Iterator[str]:
        yield from (*self._fixed, "state")

    def __len__(self) -> int:
        return len(self._fixed) + 1


class Telephone:
    """All calls of all vendors."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.told: Callable[[PhoneCall], None] | None = None
        """Called with each new call."""
        self._calls: dict[tuple[str, str], PhoneCall] = {}
        self._called: dict[tuple[str, str], list[datetime]] = {}
        cloud.forgetters.append(self._called.clear)

    def decide(self, told: Mapping[str, Any]) -> dict[str, object]:
        """Decide how calls to a number end, or to `*`, which is everybody."""
        to, ends = str(told["to"]), str(told["ends"])
        ends = "completed" if ends == "answered" else ends
        if ends not in RINGS:
            raise ValueError("a call can end as " + ", ".join(RINGS))
        self.cloud.outcomes[plain(to)] = ends
        return {"to": to, "ends": ends}

    def place(self, call: PhoneCall) -> PhoneCall:
        """Take a call, which rings soon; the ledger tells of it."""
        self._calls[call.vendor, call.name] = call
        self._called.setdefault((call.vendor, call.to), []).append(call.placed_at)
        told = Told(call, self.standing)
        self.cloud.ledger.append(Deed(at=call.placed_at, vendor=call.vendor, kind="call", facts=told))
        if self.told is not None:
            self.told(call)
        return call

    def find(self, vendor: str, name: str) -> PhoneCall | None:
        return self._calls.get((vendor, name))

    def all(self, vendor: str = "") -> Iterator[PhoneCall]:
        """Yield the calls of a vendor, or of all, the oldest first."""
        yield from (call for call in list(self._calls.values()) if vendor in ("", call.vendor))

    def count(self, vendor: str, to: str, within: timedelta) -> int:
        """Count how often a number was called lately, since all was forgotten."""
        since = self.cloud.now - within
        return sum(at > since for at in self._called.get((vendor, to), ()))

    def stop(self, call: PhoneCall, *, hang_up: bool = False) -> bool:
        """Take a call back, or with `hang_up` end one that was answered too; say whether that could be."""
        state = self.standing(call).state
        if state.is_final or (state is CallState.ANSWERED and not hang_up):
            return False
        call.stopped_at = self.cloud.now
        return True

    def standing(self, call: PhoneCall) -> Standing:
        """Say where a call is by now; how it ends is settled when the ringing is over."""
        now, is_stopped = self.cloud.now, call.stopped_at is not None
        if call.stopped_at is not None:
            now = min(now, call.stopped_at)
        rings_at = call.starts_at + QUEUED
        ends = call.ends or self._outcome(call.to)
        over_at = rings_at + RINGS[ends]
        if now < over_at:
            if is_stopped:
                return Standing(CallState.CANCELED, ended_at=now)
            return Standing(CallState.RINGING if now >= rings_at else CallState.QUEUED)
        call.ends = ends
        if ends not in ANSWERED:
            return Standing(CallState(ends), ended_at=over_at)
        ended_at = over_at + (EARLY if ends == "hung_up_early" else call.lasts)
        if now < ended_at and not is_stopped:
            return Standing(CallState.ANSWERED, answered_at=over_at)
        reason = ends if ends != "completed" else ""
        return Standing(CallState.COMPLETED, reason, over_at, min(now, ended_at))

    def _outcome(self, to: str) -> str:
        """Return how calls to a number end; what nobody decided is a talk."""
        outcomes = self.cloud.outcomes
        return outcomes.get(plain(to)) or outcomes.get(EVERYBODY, "completed")


def plain(number: str) -> str:
    """Return a number so that all ways to write it are one; a name stays as it is."""
    digits = "".join(sign for sign in number if sign.isdecimal())
    if not digits or ":" in number:
        return number
    return digits.removeprefix(COUNTRY) if len(digits) == MAINLAND_DIGITS + len(COUNTRY) else digits


def filled(template: str, values: dict[str, str]) -> str:
    """Put values into a template's `${name}`."""
    for name, value in values.items():
        template = template.replace(f"${{{name}}}", value)
    return template
