"""Wiring for recordings: who keeps them, the way to a URL that was typed, and what brings the bytes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from voicectl.core.options import Options
    from voicectl.core.recording import Location, Recordings
    from voicectl.runtime import Runtime
    from voicectl.transport.download import RangeDownloader

BOOT = Path("/proc/sys/kernel/random/boot_id")


class Archive(NamedTuple):
    """A vendor's recordings."""

    vendor: str
    recordings: Recordings


def archive(runtime: Runtime, vendor: str = "") -> Archive:
    """Choose whose recordings, the `vendor` of an id where no flag does; UsageError where both differ."""
    from voicectl.core.errors import Unsupported, UsageError

    choice, card, access = runtime.chosen(vendor=vendor)
    if vendor and vendor != choice.vendor:
        raise UsageError(
            "this recording is one of {own}, not of {vendor}",
            own=vendor,
            vendor=choice.vendor,
            hint="leave out --vendor or --profile, or name one of {own}",
        )
    if card.recording is None:
        raise Unsupported(
            "vendor {vendor!r} has no recordings", vendor=choice.vendor, hint="voicectl help vendors"
        )
    return Archive(choice.vendor, card.recording(access))


def archive_if_chosen(runtime: Runtime) -> Archive | None:
    """Return the recordings of the vendor that was chosen, if one was and it has some."""
    choice = runtime.choice(speech=True)
    if choice.fell_back or choice.vendor == "local":
        return None
    _, card, access = runtime.chosen()
    return Archive(choice.vendor, card.recording(access)) if card.recording else None


def typed_url(runtime: Runtime, url: str) -> Location:
    """Return the way to a URL that the user gave: this machine may be meant, its network is not."""
    from voicectl.core.presigned import location_of
    from voicectl.core.profile import Profile, host_of
    from voicectl.transport.fetch import is_loopback
    from voicectl.transport.proxies import split_host

    host = url.partition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2]
    own = host if host_of(url) and split_host(host) and is_loopback(host) else ""
    fetcher = runtime.fetcher(Profile(name="", vendor=""), own)
    return location_of(fetcher.open, url)


def downloader(runtime: Runtime, options: Options, jobs: int) -> RangeDownloader:
    """Return what brings bytes, so many parts side by side."""
    from random import random

    from voicectl.transport.download import RangeDownloader

    runtime.connections = max(runtime.connections, jobs)
    return RangeDownloader(
        clock=runtime.clock, chance=random, retries=options.retries, jobs=jobs, max_bytes=options.max_bytes
    )


def boot_id() -> str:
    """Return what tells this start of the system from any other; empty where it does not say."""
    try:
        return BOOT.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
