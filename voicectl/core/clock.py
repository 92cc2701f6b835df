"""The moment of a signature, and the clock that tells it. The real clock lives in `world.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Moment:
    """When a request is signed (an aware UTC time), and the nonce that makes it unique."""

    now: datetime
    nonce: str


class Clock(Protocol):
    """Tells the time and waits; tests hand in one that stands still."""

    def moment(self) -> Moment:
        """Return the present time with a nonce that was never given before."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        ...
