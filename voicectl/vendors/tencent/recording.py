"""Recordings at Tencent Cloud: its voice interface has no operation for them, and says so here.

Specification: https://cloud.tencent.com/document/product/1128/51558
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from voicectl.core.call import CallId
from voicectl.core.recording import Location, Recording, has_no

BY_URL = "an address that you have: voicectl recording download --url URL"


class TencentRecordings:
    """Refuses each deed, and names the way that is left."""

    def of_call(self, call: CallId, params: Mapping[str, str]) -> Iterable[Recording]:
        raise has_no("tencent", "operation for recordings: VMS places calls only", BY_URL)

    def since(self, moment: datetime, params: Mapping[str, str]) -> Iterable[Recording]:
        raise has_no("tencent", "operation for recordings: VMS places calls only", BY_URL)

    def received(self, body: bytes) -> Iterable[Recording]:
        raise has_no("tencent", "recording in its reports", BY_URL)

    def at_url(self, url: str) -> None:
        """Say that no URL of Tencent's wants a key beside its own signature."""

    def in_store(self, bucket: str, key: str) -> Recording:
        raise has_no("tencent", "object store here", "presign it with coscli, then use --url")

    def locate(self, recording: Recording) -> Location:
        raise has_no("tencent", "operation for recordings: VMS places calls only", BY_URL)
