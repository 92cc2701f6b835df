"""What vendors report of calls by themselves: read, noted, told once. Serving: `transport/listener.py`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, NamedTuple

from voicectl.actions.call import shown
from voicectl.core.call import Call, Calls
from voicectl.core.dates import written
from voicectl.core.ledger import Ledger
from voicectl.core.request import Request

REMEMBERED = 10_000


class News(NamedTuple):
    """What was reported of a call; `is_known` says whether the ledger has it, None without a ledger."""

    call: Call
    is_known: bool | None
    at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return the line that `call listen` prints."""
        return {"received_at": written(self.at), "known": self.is_known, **shown(self.call)}


@dataclass(slots=True, kw_only=True)
class Reception:
    """Takes reports, from several threads, and hands each piece of news to `hear` once.

    Vendors repeat what they think was lost. A call that the ledger does not know changes nothing there.
    """

    calls: Calls
    ledger: Ledger | None
    hear: Callable[[News], None]
    now: Callable[[], datetime]
    _seen: set[tuple[object, ...]] = field(default_factory=set, init=False)
    _order: deque[tuple[object, ...]] = field(default_factory=deque, init=False)
    _taking: Lock = field(default_factory=Lock, init=False, repr=False)

    def take(self, request: Request) -> bytes:
        """Return what the vendor is answered, after its news are noted.

        Raises CredentialError or BadInput for what is no report; nothing is changed then.
        """
        told = self.calls.pushed(request)
        with self._taking:
            for call in told:
                if self._is_new(call):
                    entry = self.ledger.learn(call) if self.ledger else None
                    self._remember(call)
                    self.hear(News(call, entry is not None if self.ledger else None, self.now()))
        return self.calls.acknowledgement()

    def _is_new(self, call: Call) -> bool:
        return _mark(call) not in self._seen

    def _remember(self, call: Call) -> None:
        """Remember it once it is noted: what could not be is taken when it comes again."""
        self._seen.add(_mark(call))
        self._order.append(_mark(call))
        if len(self._order) > REMEMBERED:
            self._seen.discard(self._order.popleft())


def _mark(call: Call) -> tuple[object, ...]:
    """Return what two reports of the same have in common."""
    return (
        *(call.id.vendor, call.id.vendor_id, call.state, call.vendor_state, call.vendor_code, call.dtmf),
        *(call.recording_url, call.duration_seconds, call.ended_at),
    )
