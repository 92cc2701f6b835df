"""What a recording is and how it is found, whoever keeps it. Fetching one lives in `actions/recording.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from voicectl.core.call import SEPARATOR, CallId
from voicectl.core.errors import NotFound, Unsupported
from voicectl.core.request import Pairs, ReplyStream

READY_IN_SECONDS = 30
"""When a recording that is not there yet is worth another look; no vendor says it better."""

Open = Callable[[Pairs], AbstractContextManager[ReplyStream]]
"""Ask for the bytes with these headers added, `Range` among them; raises what a client raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recording; what is not known is None or empty.

    `name` tells it from the other recordings of its call. `params` are what its vendor needs to find it
    again; they may hold a URL, so they never print themselves.
    """

    name: str = ""
    call: CallId | None = None
    created_at: datetime | None = None
    duration_seconds: float | None = None
    bytes: int | None = None
    params: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A way to the bytes for a while; it holds a key perhaps, and never prints itself.

    `identity` is the same for each way to the same bytes. `etag_is_md5`: the store's simple ETag is the
    MD5 of the bytes.
    """

    open: Open = field(repr=False)
    identity: str = field(repr=False)
    expires_at: datetime | None = None
    file_name: str = ""
    etag_is_md5: bool = False


class Recordings(Protocol):
    """A vendor's recordings. What it does not have it refuses with Unsupported."""

    def of_call(self, call: CallId, params: Mapping[str, str]) -> Iterable[Recording]:
        """Find what was recorded of a call; raises what `not_ready` makes where it is not there yet."""
        ...

    def since(self, moment: datetime, params: Mapping[str, str]) -> Iterable[Recording]:
        """List recordings, from `moment` on."""
        ...

    def received(self, body: bytes) -> Iterable[Recording]:
        """Read the recordings out of what the vendor reported by itself; raises BadInput."""
        ...

    def at_url(self, url: str) -> Recording | None:
        """Return the recording that a URL of the vendor's own names; None where it needs no key."""
        ...

    def in_store(self, bucket: str, key: str) -> Recording:
        """Return an object of the vendor's object store."""
        ...

    def locate(self, recording: Recording) -> Location:
        """Return a fresh way to the bytes; asked again when the old one has died."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of the bytes, from `start` up to `end`, and how much of it is there."""

    start: int
    end: int
    done: int

    @property
    def is_full(self) -> bool:
        return self.start + self.done >= self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is being fetched: whose bytes in which version, how many, and what the store says of them.

    `validator` is empty where the server names no version; then nothing is gone on with. `promised` are
    the store's checksums by the name of their kind. `size` None is not told.
    """

    size: int | None
    validator: str = ""
    segment_bytes: int = 0
    promised: Mapping[str, str] = field(default_factory=dict)


class Partial(Protocol):
    """Bytes on their way into a file, kept through a kill, with notes of what is there already."""

    @property
    def plan(self) -> Plan | None:
        """What an earlier run had begun, or this one has; None where there is nothing to go on with."""
        ...

    @property
    def segments(self) -> tuple[Segment, ...]: ...

    @property
    def prefix(self) -> int:
        """How many bytes are there from the start without a gap."""
        ...

    def forget(self) -> None:
        """Leave nothing to go on with."""
        ...

    def begin(self, plan: Plan) -> None:
        """Forget what is there, and start by this plan."""
        ...

    def take_back(self, index: int, count: int) -> None:
        """Count the last bytes of a segment as not there."""
        ...

    def writer(self, index: int) -> AbstractContextManager[Callable[[bytes], None]]:
        """Write on where the segment ends so far; each chunk counts as soon as it is written."""
        ...

    def end_at_prefix(self) -> None:
        """Note that what was not told is known now: the bytes end here."""
        ...

    def blocks(self, start: int, end: int) -> Iterator[memoryview]:
        """Read what is there, block by block; a block is good until the next one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of it: `checked_by` names the strongest check that the bytes have passed."""

    bytes: int
    sha256: str
    checked_by: str
    resumed_from: int = 0


class Downloader(Protocol):
    """Brings the bytes of a location into a file in the making."""

    def fetch(
        self, locate: Callable[[], Location], into: Partial, advance: Callable[[float], None]
    ) -> Fetched:
        """Bring all bytes and check them; BrokenAnswer where they are not what the store says.

        `advance` is told how many more bytes are there.
        """
        ...


def call_of(recording: Recording) -> CallId:
    """Return the call that a recording is of. Raises NotFound for one without."""
    if recording.call is None:
        raise NotFound("the recording belongs to no call, and has no address")
    return recording.call


def recording_id(recording: Recording) -> str | None:
    """Return the word by which a recording is found on any machine: its call's id, and its own name.

    None for one that belongs to no call. Every shell takes it as it is.
    """
    call = recording.call
    if call is None or not recording.name:
        return str(call) if call else None
    written = str(replace(call, vendor_id=recording.name)).rpartition(SEPARATOR)[2]
    return f"{call}{SEPARATOR}{written}"


def read_recording_id(text: str) -> tuple[CallId, str]:
    """Read what `recording_id` wrote, or a call's id; the name is empty for that. BadInput for others."""
    parts = text.split(SEPARATOR)
    if len(parts) != 5:
        return CallId.read(text), ""
    return CallId.read(SEPARATOR.join(parts[:4])), CallId.read(
        SEPARATOR.join((*parts[:3], parts[4]))
    ).vendor_id


def has_no(vendor: str, what: str, hint: str = "") -> Unsupported:
    """Return the error for what a vendor does not have."""
    return Unsupported("{vendor} has no {what}", vendor=vendor, what=what, hint=hint)


def not_ready(message: str, **facts: Any) -> NotFound:
    """Return the error for a recording that may come yet: `--wait` waits for it."""
    return NotFound(
        message, hint="try again in {ready_in:g} seconds, or add --wait", ready_in=READY_IN_SECONDS, **facts
    )
