"""What a phone call is, whoever places it. How one is placed at most once lives in `actions/call.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from voicectl.core.errors import BadInput
from voicectl.core.request import Request

PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")
ESCAPE, SEPARATOR = "_", "."


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


class NumberForm(StrEnum):
    """How a vendor wants phone numbers written; `actions/numbers.py` writes them so."""

    MAINLAND = "mainland"
    """Of mainland China only, as dialled there: `13800138000`, `057188880000`, `4001234567`, `95588`."""
    E164 = "e164"
    """`+8613800138000`."""
    E164_OR_NAME = "e164_or_name"
    """The same; `sip:…` and `client:…` pass as they are."""


class Caps(NamedTuple):
    """How often one number may be called; 0 is no limit."""

    minute: int = 0
    hour: int = 0
    day: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOrder:
    """A call to be placed; empty and None leave the matter to the vendor.

    `to` and `caller` are in the form that the vendor asked for. Exactly one of `text`, `template` and
    `voice_file` says what is heard, unless `operation` and `params` do. `variables` fill the template.

    `key` is what a vendor may take to tell the same order given twice: 32 hex digits, the same for the same
    idempotency key and number on every machine, new for each order without one. `reference` is the mark
    that comes back in reports (OutId, UserData, Ext): the user's own, else one of 14 letters and digits.
    `rings_caller` is set by a vendor whose operation calls both ends: the caller is then guarded too.
    """

    to: str
    caller: str = ""
    text: str = field(default="", repr=False)
    template: str = ""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    voice_file: str = ""
    voice: str = ""
    play_times: int = 0
    volume: int | None = None
    schedule: datetime | None = None
    reference: str = ""
    key: str = ""
    operation: str = ""
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    rings_caller: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallId:
    """Where a call is found again: who placed it, by which product, on which day, under which name there.

    `product` is a word that the vendor's own module understands, without a dot; `day` is the day on the
    vendor's own calendar. Written out it is one word that every shell takes as it is.
    """

    vendor: str
    product: str
    day: date
    vendor_id: str

    def __str__(self) -> str:
        return SEPARATOR.join((self.vendor, self.product, f"{self.day:%Y%m%d}", _escaped(self.vendor_id)))

    @classmethod
    def read(cls, text: str) -> CallId:
        """Read what `str` wrote; BadInput for anything else."""
        parts = text.split(SEPARATOR)
        try:
            vendor, product, day, name = parts
            if not (vendor and product and len(day) == 8 and day.isascii()):
                raise ValueError
            return cls(
                vendor=vendor,
                product=product,
                day=date(int(day[:4]), int(day[4:6]), int(day[6:])),
                vendor_id=_unescaped(name),
            )
        except ValueError:
            raise BadInput(
                "{text!r} is no id of a call; those of voicectl look like {like}",
                text=text,
                like="vendor.product.20260102.name",
                hint="a vendor's own id wants --vendor, --product and --date",
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call as it is known now; what is not known is None or empty. Times have a zone.

    `reference` is the order's, where the vendor tells it; `to` is as the vendor writes it.
    """

    id: CallId
    state: CallState
    vendor_state: str = ""
    vendor_code: str = ""
    reason: str = ""
    to: str = field(default="", repr=False)
    reference: str = ""
    created_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    duration_seconds: float | None = None
    dtmf: str = ""
    recording_url: str = field(default="", repr=False)
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSearch:
    """What a lost call is looked up by: the order's marks, and when it was asked for.

    `to` is empty where only the ledger knows the number, by its hash: all calls of that time are then
    wanted, and the asker picks his.
    """

    to: str = field(default="", repr=False)
    reference: str = ""
    key: str = ""
    since: datetime
    until: datetime
    operation: str = ""


class Calls(Protocol):
    """A vendor's calls."""

    @property
    def numbers(self) -> NumberForm:
        """How this vendor wants numbers written."""
        ...

    @property
    def caps(self) -> Caps:
        """How often the vendor itself lets one number be called."""
        ...

    def settle(self, order: CallOrder) -> CallOrder:
        """Choose the operation, or refuse (Unsupported, BadInput) before anything is sent.

        Numbers are in the vendor's form already.
        """
        ...

    def is_idempotent(self, order: CallOrder) -> bool:
        """Say whether the vendor itself places settled orders of one `key` once only."""
        ...

    def create(self, order: CallOrder) -> Call:
        """Place a settled order: one request, sent once; again only where the `key` makes that safe.

        Raises OutcomeUnknown where the vendor may have taken it, also for a good answer that does not say
        so; VendorRefused, CredentialError and TryLater say that nothing rang.
        """
        ...

    def status(self, call: CallId) -> Call:
        """Look a call up; NotFound where the vendor does not know it (yet).

        Unsupported where it cannot be asked.
        """
        ...

    def search(self, wanted: CallSearch) -> Iterator[Call]:
        """Find calls again whose answer was lost; Unsupported where the vendor cannot be asked."""
        ...

    def cancel(self, call: CallId, *, hang_up: bool = False) -> None:
        """Take a call back that is not answered yet; with `hang_up` end one that is.

        Unsupported where the vendor has no such deed.
        """
        ...

    def pushed(self, request: Request) -> tuple[Call, ...]:
        """Read what the vendor reports by itself over HTTP; raises BadInput or CredentialError.

        Unsupported where it reports nothing.
        """
        ...

    def acknowledgement(self) -> bytes:
        """Return the body of the 200 that such a report is answered with."""
        ...


def _escaped(text: str) -> str:
    """Write each byte that is no letter, digit or hyphen as `_XX`."""
    signs = (chr(byte) for byte in text.encode())
    return "".join(sign if sign in PLAIN else f"{ESCAPE}{ord(sign):02X}" for sign in signs)


def _unescaped(text: str) -> str:
    """Undo `_escaped`; ValueError for what it cannot have written."""
    first, *rest = text.split(ESCAPE)
    whole = bytearray(first.encode())
    for part in rest:
        whole += bytes((int(part[:2], 16),)) + part[2:].encode()
    found = whole.decode()
    if not found or _escaped(found) != text:
        raise ValueError(text)
    return found
