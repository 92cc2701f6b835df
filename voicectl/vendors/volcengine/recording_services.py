"""How Volcengine's recordings are got, as data for `help vendors`. Asking: `recording.py`, `tos.py`."""

from __future__ import annotations

from voicectl.core.service import Operation, Service


def services() -> tuple[Service, ...]:
    """Return the operations on recordings."""
    return (
        Service(
            name="recordings",
            title="Recordings of phone calls",
            formats=("wav",),
            operations=(
                Operation(
                    "recording download",
                    "QueryAudioRecordFileUrl",
                    known_as=("GenerateTempDownloadUrl",),
                    in_sandbox=True,
                    note="by the call's id, or --product call for a CallId; the URL lives 6 hours",
                ),
                Operation(
                    "recording download",
                    "GetObject",
                    in_sandbox=True,
                    note="a TOS bucket: --bucket B --key K",
                ),
            ),
            verified="actions by the vendor's pages and kits; not tried against the service",
        ),
    )
