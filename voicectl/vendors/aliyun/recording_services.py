"""Where each of Aliyun's products tells the address of a recording, as data. Asking: `recording.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from voicectl.core.service import Operation, Service

MANY_CHANNELS = "channels"


class Lookup(NamedTuple):
    """One product's look-up: `id` is its parameter for the call, `answer` where the URL stands.

    `needs` are the other parameters that it cannot do without, `A|B` where one of two is enough.
    `of_channels` is the action for a recording with a channel for each side.
    """

    service: str
    url: str
    version: str
    action: str
    id: str
    answer: str
    needs: tuple[str, ...] = ()
    of_channels: str = ""
    note: str = ""


DYVMS = "https://dyvmsapi.aliyuncs.com"
LOOKUPS: Mapping[str, Lookup] = {
    "dypls": Lookup(
        "dypls",
        "https://dyplsapi.aliyuncs.com",
        "2017-05-25",
        "QueryRecordFileDownloadUrl",
        id="CallId",
        answer="DownloadUrl",
        needs=("CallTime", "PoolKey|ProductType"),
        note="private numbers; the values come from the SecretRecording report; files are kept 30 days",
    ),
    "ccc": Lookup(
        "ccc",
        "https://ccc.{region}.aliyuncs.com",
        "2020-07-01",
        "GetMonoRecording",
        id="ContactId",
        answer="Data.FileUrl",
        needs=("InstanceId",),
        of_channels="GetMultiChannelRecording",
        note="call centre; --param channels=2 for a channel a side",
    ),
    "aiccs": Lookup(
        "aiccs",
        "https://aiccs.aliyuncs.com",
        "2019-10-15",
        "GetRecordUrl",
        id="Acid",
        answer="OssLink",
        needs=("InstanceId",),
        note="RecordType is DUP_CALL, IVR_CALL or SMART_CALL",
    ),
    "outboundbot": Lookup(
        "outboundbot",
        "https://outboundbot.{region}.aliyuncs.com",
        "2019-12-26",
        "DownloadRecording",
        id="TaskId",
        answer="DownloadParams.SignatureUrl",
        needs=("InstanceId",),
    ),
    "cloud": Lookup(
        "dyvms",
        DYVMS,
        "2017-05-25",
        "CloudGetRecordUrl",
        id="RecordFile",
        answer="url",
        needs=("EnterpriseId",),
        note="cloud call centre; the URL lives 120 minutes",
    ),
    "clink": Lookup(
        "dyvms",
        DYVMS,
        "2017-05-25",
        "ClinkDescribeRecordFileUrl",
        id="MainUniqueId",
        answer="RecordFileUrl",
        needs=("EnterpriseId",),
        note="Timeout is 1 to 24 hours",
    ),
}
"""By the word that `--product` takes."""


def services() -> tuple[Service, ...]:
    """Return how Aliyun's recordings are got."""
    operations = tuple(
        Operation(
            "recording download",
            each.action,
            in_sandbox=True,
            note=f"--product {product}; {each.note}".rstrip("; "),
        )
        for product, each in LOOKUPS.items()
    )
    others = (
        Operation(
            "recording download",
            "VoiceRecordReport",
            known_as=("DownloadRecording", "QueryCallRecord"),
            in_sandbox=True,
            note="calls of Dyvmsapi: --receipt FILE; nothing can be asked for",
        ),
        Operation(
            "recording download",
            "GetObject",
            in_sandbox=True,
            note="an OSS bucket of your own: --bucket B --key K",
        ),
    )
    return (
        Service(
            name="recordings",
            title="Recordings of phone calls",
            formats=("wav", "mp3"),
            operations=(*operations, *others),
            verified="actions and parameters by the vendor's pages and kits; not tried against the service",
        ),
    )
