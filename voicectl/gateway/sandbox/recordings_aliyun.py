"""Recordings of Aliyun's products in the sandbox: where each product tells a link. Sound: `recordings.py`.

Specification: the products' pages at https://help.aliyun.com
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import NamedTuple

from voicectl.gateway.sandbox.acts import Act, Asked
from voicectl.gateway.sandbox.cloud import Refused
from voicectl.gateway.sandbox.recordings import SAMPLE, Archive, Kept


class Lookup(NamedTuple):
    """A product's look-up: what names the call, what else it wants (`A|B` is one of two), what it answers."""

    version: str
    id: str
    answer: Callable[[str, Kept], dict[str, object]]
    lasts: timedelta
    needs: tuple[str, ...] = ()


def _in_data(url: str, kept: Kept) -> dict[str, object]:
    told = {"FileName": kept.key, "FileUrl": url, "Duration": kept.seconds * 1000}
    return {"HttpStatusCode": 200, "Success": True, "Data": told}


def _as(name: str) -> Callable[[str, Kept], dict[str, object]]:
    return lambda url, kept: {name: url}


def _of_a_robot(url: str, kept: Kept) -> dict[str, object]:
    return {"Success": True, "DownloadParams": {"FileName": kept.key, "SignatureUrl": url}}


HOUR = timedelta(hours=1)
LOOKUPS: Mapping[str, Lookup] = {
    "QueryRecordFileDownloadUrl": Lookup(
        "2017-05-25", "CallId", _as("DownloadUrl"), 2 * HOUR, ("CallTime", "PoolKey|ProductType")
    ),
    "GetMonoRecording": Lookup("2020-07-01", "ContactId", _in_data, 24 * HOUR, ("InstanceId",)),
    "GetMultiChannelRecording": Lookup("2020-07-01", "ContactId", _in_data, 24 * HOUR, ("InstanceId",)),
    "GetRecordUrl": Lookup("2019-10-15", "Acid", _as("OssLink"), HOUR, ("InstanceId",)),
    "DownloadRecording": Lookup("2019-12-26", "TaskId", _of_a_robot, HOUR, ("InstanceId",)),
    "CloudGetRecordUrl": Lookup("2017-05-25", "RecordFile", _as("url"), 2 * HOUR, ("EnterpriseId",)),
    "ClinkDescribeRecordFileUrl": Lookup(
        "2017-05-25", "MainUniqueId", _as("RecordFileUrl"), HOUR, ("EnterpriseId",)
    ),
}


class Lookups:
    """Finds the recording of any call that was placed here, and one under the name `sample`."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def acts(self) -> dict[str, Act]:
        """Return what stands behind the actions."""
        return {name: Act((lookup.version,), self._run) for name, lookup in LOOKUPS.items()}

    async def _run(self, asked: Asked) -> dict[str, object]:
        lookup = LOOKUPS[asked.action]
        for names in (lookup.id, *lookup.needs):
            if not any(asked.fields.get(name) for name in names.split("|")):
                code = "Missing" + names.partition("|")[0]
                raise Refused(code, 400, names + " is mandatory for this action.")
        name = asked.fields[lookup.id]
        call = self._archive.telephone.find("aliyun", name)
        kept = await self._archive.of(call) if call else None
        if name == SAMPLE:
            kept = await self._archive.sample()
        if kept is None:
            raise Refused("RecordNotExist", 404, "there is no recording of this call, or not yet")
        url = self._archive.link("aliyun", asked.request, kept.key, lookup.lasts)
        return {"Code": "OK", "Message": "OK", **lookup.answer(url, kept)}
