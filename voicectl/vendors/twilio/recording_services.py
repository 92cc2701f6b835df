"""How Twilio's recordings are got, as data for `help vendors`. Asking: `recording.py`."""

from __future__ import annotations

from voicectl.core.service import Operation, Service


def services() -> tuple[Service, ...]:
    """Return the operations on recordings."""
    return (
        Service(
            name="recordings",
            title="Recordings of phone calls",
            formats=("wav", "mp3"),
            operations=(
                Operation("recording list", "ListRecordings", in_sandbox=True, note="by call, or --since T"),
                Operation(
                    "recording download",
                    "FetchRecordingMedia",
                    in_sandbox=True,
                    note="--param format=mp3; --param channels=2 for a channel a side",
                ),
            ),
            verified="by the vendor's own interface file and kit; not tried against the service",
        ),
    )
