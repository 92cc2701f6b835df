"""What a recording is and how it is found, whoever keeps it. Fetching one lives in `actions/recording.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from voicectl.core.call import CallId
from voicectl.core.request import Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recording of a call, as a list shows it; what is not known is None or empty."""

    id: str
    call_id: str = ""
    created_at: datetime | None = None
    duration_seconds: float | None = None
    bytes: int | None = None
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where the bytes are for a while. The URL may be a key: it never prints itself.

    `headers` go with each request to that host only.
    """

    url: str = field(repr=False)
    headers: Pairs = field(default=(), repr=False)
    expires_at: datetime | None = None
    file_name: str = ""


class Recordings(Protocol):
    """A vendor's recordings."""

    def of_call(self, call: CallId, params: Mapping[str, str]) -> Iterator[Recording]:
        """Find what was recorded of a call; raises NotFound with `ready_at` where it is not there yet."""
        ...

    def since(self, moment: datetime, params: Mapping[str, str]) -> Iterator[Recording]:
        """List recordings; Unsupported where the vendor has no list."""
        ...

    def locate(self, recording: Recording) -> Location:
        """Return a fresh way to the bytes; asked again when the old one has died."""
        ...
