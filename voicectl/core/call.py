"""What a phone call is, whoever places it. How one is placed at most once lives in `actions/call.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from voicectl.core.request import Request


class CallState(StrEnum):
    """Where a call is, in one set of words over all vendors."""

    QUEUED = "queued"
    RINGING = "ringing"
    ANSWERED = "answered"
    COMPLETED = "completed"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """Say whether nothing more will come; `unknown` is not an end but the lack of one."""
        return self not in (CallState.QUEUED, CallState.RINGING, CallState.ANSWERED, CallState.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOrder:
    """A call to be placed; empty and None leave the matter to the vendor.

    `to` and `caller` are numbers as the vendor wants them once the order is settled. Exactly one of `text`,
    `template` and `voice_file` says what is heard, unless `operation` and `params` do. `variables` fill the
    template. `key` is the idempotency key, `reference` the caller's own mark (OutId, UserData).
    """

    to: str
    caller: str = ""
    text: str = ""
    template: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    voice_file: str = ""
    voice: str = ""
    play_times: int = 0
    volume: int | None = None
    schedule: datetime | None = None
    reference: str = ""
    key: str = ""
    operation: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallId:
    """Where a call is found again: who placed it, by which product, on which day, under which name there."""

    vendor: str
    product: str
    day: date
    vendor_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call as it is known now; what is not known is None or empty. Times have a zone."""

    id: CallId
    state: CallState
    vendor_state: str = ""
    vendor_code: str = ""
    reason: str = ""
    to: str = ""
    created_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    duration_seconds: float | None = None
    dtmf: str = ""
    recording_url: str = field(default="", repr=False)
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSearch:
    """What a lost call is looked up by: its mark, or its number and when it was asked for."""

    to: str
    reference: str
    since: datetime
    until: datetime
    operation: str = ""


class Calls(Protocol):
    """A vendor's calls."""

    def settle(self, order: CallOrder) -> CallOrder:
        """Choose the operation and write numbers in the vendor's form, or refuse before anything is sent."""
        ...

    def is_idempotent(self, order: CallOrder) -> bool:
        """Say whether the vendor itself places a settled order with a key once only."""
        ...

    def create(self, order: CallOrder) -> Call:
        """Place a settled order: one request, sent once.

        Raises OutcomeUnknown where the vendor may have taken it; any other error says that nothing rang.
        """
        ...

    def status(self, call: CallId) -> Call:
        """Look a call up; NotFound where the vendor does not know it (yet)."""
        ...

    def search(self, wanted: CallSearch) -> Iterator[Call]:
        """Find calls again whose answer was lost; Unsupported where the vendor cannot be asked."""
        ...

    def cancel(self, call: CallId) -> None:
        """End a call or take it back; Unsupported where the vendor has no such deed."""
        ...

    def pushed(self, request: Request) -> tuple[Call, ...]:
        """Read what the vendor reports by itself over HTTP; raises BadInput or CredentialError.

        Unsupported where it reports nothing.
        """
        ...

    def acknowledgement(self) -> bytes:
        """Return the body of the 200 that such a report is answered with."""
        ...
