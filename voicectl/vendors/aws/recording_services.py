"""How recordings are got from AWS, as data for `help vendors`. Asking: `recording.py`, `s3.py`."""

from __future__ import annotations

from voicectl.core.service import Operation, Service


def services() -> tuple[Service, ...]:
    """Return the operations on recordings."""
    return (
        Service(
            name="recordings",
            title="Recordings of Amazon Connect, and objects of S3",
            formats=("wav",),
            operations=(
                Operation(
                    "recording download",
                    "DescribeContact",
                    in_sandbox=True,
                    note="--product connect --param InstanceId=…; the object is then got from S3",
                ),
                Operation(
                    "recording download",
                    "GetObject",
                    in_sandbox=True,
                    note="a bucket of your own: --bucket B --key K",
                ),
            ),
            verified="S3 against moto; the form of Connect's Location is not verified",
        ),
    )
