"""Recordings of Aliyun's products, each with a look-up of its own; objects of OSS: `oss.py`.

Specification: the pages of Dyplsapi QueryRecordFileDownloadUrl, CCC GetMonoRecording and
GetMultiChannelRecording, AICCS GetRecordUrl, OutboundBot DownloadRecording, and Dyvmsapi
CloudGetRecordUrl and ClinkDescribeRecordFileUrl, at https://help.aliyun.com
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from voicectl.core.call import CallId
from voicectl.core.errors import BadInput, Unsupported, UsageError
from voicectl.core.presigned import location_of
from voicectl.core.recording import Location, Recording, call_of, has_no, not_ready
from voicectl.core.refusal import promised_object
from voicectl.core.stores import URL, object_of, told_place
from voicectl.core.vendor import Access
from voicectl.signing import schemes
from voicectl.vendors.aliyun.call_reports import calls_in
from voicectl.vendors.aliyun.oss import located
from voicectl.vendors.aliyun.recording_answers import Found, found_in, judge
from voicectl.vendors.aliyun.recording_services import LOOKUPS, MANY_CHANNELS, Lookup
from voicectl.vendors.aliyun.rpc import rpc_request

CHANNELS = "channels"
USUAL_REGION = "cn-shanghai"
BY_REPORT = (
    "save the VoiceRecordReport that your receiver gets, then: voicectl recording download --receipt FILE\n"
    "another product's recordings: --product {known}"
)


class AliyunRecordings:
    """Looks a recording up by the product that made it."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._fresh: dict[str, Found] = {}

    def of_call(self, call: CallId, params: Mapping[str, str]) -> Iterator[Recording]:
        """Ask the product for the recording; one of many channels is asked for by `channels=2`."""
        lookup = _lookup_of(call.product, params)
        found = self._asked(lookup, call, params)
        self._fresh[str(call)] = found
        name = MANY_CHANNELS if _wants_channels(params) else ""
        yield Recording(name=name, call=call, duration_seconds=found.seconds, params=params)

    def since(self, moment: datetime, params: Mapping[str, str]) -> Iterator[Recording]:
        """Refuse: each product wants to be asked about one call."""
        raise has_no("aliyun", "list of recordings by time", "voicectl recording list --call ID")

    def received(self, body: bytes) -> Iterator[Recording]:
        """Read VoiceRecordReport, which brings a URL that lives 7 days."""
        reported = calls_in(body, self._access.clock.moment().now)
        if not any(call.recording_url for call in reported):
            raise BadInput("the report names no recording", hint="the VoiceRecordReport has record_file")
        for call in reported:
            if call.recording_url:
                yield Recording(call=call.id, params={URL: call.recording_url})

    def at_url(self, url: str) -> None:
        """Say that no URL of Aliyun's wants a key beside its own signature."""

    def in_store(self, bucket: str, key: str) -> Recording:
        return object_of(bucket, key)

    def locate(self, recording: Recording) -> Location:
        if told := told_place(self._access, recording, located):
            return told
        call = call_of(recording)
        found = self._fresh.pop(str(call), None) or self._asked(
            _lookup_of(call.product, recording.params), call, recording.params
        )
        return location_of(self._access.fetch, found.url, f"{call} {recording.name}")

    def _asked(self, lookup: Lookup, call: CallId, params: Mapping[str, str]) -> Found:
        region = self._access.profile.region or USUAL_REGION
        client = self._access.client(
            schemes.build("aliyun-acs3", region=region), judge(lookup.service, lookup.action)
        )
        endpoint = self._access.endpoint(lookup.service, lookup.url.format(region=region))
        asked = {lookup.id: call.vendor_id, **_own(params, lookup, self._access.profile.settings)}
        request = rpc_request(endpoint, lookup.action, lookup.version, asked.items())
        found = found_in(promised_object(client.send(request, action=lookup.action)), lookup.answer)
        if not found.url:
            raise not_ready("aliyun has no recording of this call, or not yet")
        return found


def _lookup_of(product: str, params: Mapping[str, str]) -> Lookup:
    found = LOOKUPS.get(product)
    if found is None:
        raise Unsupported(
            "recordings of aliyun's product {product!r} come by report only, none can be asked for",
            product=product,
            known=", ".join(LOOKUPS),
            hint=BY_REPORT,
        )
    if not _wants_channels(params):
        return found
    if not found.of_channels:
        raise has_no("aliyun", "recording of many channels in this product", "leave out --param channels")
    return found._replace(action=found.of_channels)


def _wants_channels(params: Mapping[str, str]) -> bool:
    return params.get(CHANNELS, "1") not in ("", "1")


def _own(params: Mapping[str, str], lookup: Lookup, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters for the vendor; UsageError naming what the product cannot do without."""
    given = {name: value for name, value in params.items() if name != CHANNELS}
    if "InstanceId" in lookup.needs and settings.get("instance_id"):
        given.setdefault("InstanceId", settings["instance_id"])
    missing = [names for names in lookup.needs if not any(given.get(name) for name in names.split("|"))]
    if missing:
        raise UsageError(
            "{action} wants {missing}",
            action=lookup.action,
            missing=" and ".join(names.replace("|", " or ") for names in missing),
            first=missing[0].partition("|")[0],
            hint="--param {first}=…",
        )
    return given
