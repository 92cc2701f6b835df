"""Recordings of Amazon Connect, which lie in S3: which object holds a contact's. Objects: `s3.py`.

Specification: https://docs.aws.amazon.com/connect/latest/APIReference/API_DescribeContact.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from voicectl.core.call import CallId
from voicectl.core.errors import NotFound, Unsupported, UsageError
from voicectl.core.recording import Location, Recording, has_no, not_ready
from voicectl.core.refusal import promised_object
from voicectl.core.stores import object_of, told_place
from voicectl.core.vendor import Access
from voicectl.signing import schemes
from voicectl.vendors.aws.errors import judge
from voicectl.vendors.aws.places import checked_region, usual_url
from voicectl.vendors.aws.s3 import located

PRODUCT = "connect"
INSTANCE = "InstanceId"
BUCKET_ITSELF = "voicectl recording download --vendor aws --bucket B --key K"


class AwsRecordings:
    """Objects of S3, and which of them a contact of Connect has."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def of_call(self, call: CallId, params: Mapping[str, str]) -> Iterator[Recording]:
        """Ask Connect for a contact's recordings of sound."""
        if call.product != PRODUCT:
            raise Unsupported(
                "aws has recordings of {known} only, not of {product!r}",
                known=PRODUCT,
                product=call.product,
                hint="--product connect\nor the object itself: " + BUCKET_ITSELF,
            )
        listed = self._contact(call, params).get("Recordings")
        entries = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
        sound = [each for each in entries if each.get("MediaStreamType", "AUDIO") == "AUDIO"]
        if not sound:
            raise not_ready("connect has no recording of this contact, or not yet")
        for number, each in enumerate(sound):
            yield _recording(call, each, name=str(each.get("ParticipantType") or number) if number else "")

    def since(self, moment: datetime, params: Mapping[str, str]) -> Iterator[Recording]:
        """Refuse: Connect is asked about one contact."""
        raise has_no("aws", "list of recordings by time", "voicectl recording list --call ID")

    def received(self, body: bytes) -> Iterator[Recording]:
        """Refuse: recordings are not reported."""
        raise has_no("aws", "report of recordings", BUCKET_ITSELF)

    def at_url(self, url: str) -> None:
        """Say that a URL of S3's brings its own signature."""

    def in_store(self, bucket: str, key: str) -> Recording:
        return object_of(bucket, key)

    def locate(self, recording: Recording) -> Location:
        if told := told_place(self._access, recording, located):
            return told
        raise NotFound("the recording has no address")

    def _contact(self, call: CallId, params: Mapping[str, str]) -> Mapping[str, object]:
        instance = params.get(INSTANCE) or self._access.profile.settings.get("instance_id", "")
        if not instance:
            raise UsageError("connect wants to know the instance", hint="--param InstanceId=…")
        region = checked_region(self._access.profile.region)
        client = self._access.client(schemes.build("aws-sigv4", region=region, service="connect"), judge)
        endpoint = self._access.endpoint("connect", usual_url("connect", region))
        request = endpoint.request("GET", f"/contacts/{instance}/{call.vendor_id}")
        found = promised_object(client.send(request, action="DescribeContact")).get("Contact")
        return found if isinstance(found, dict) else {}


def _recording(call: CallId, entry: Mapping[str, object], name: str) -> Recording:
    """Return what an entry tells; its place is `bucket/key`, as a path or as a URL."""
    if entry.get("Status") == "DELETED":
        raise NotFound("the recording was deleted: {reason}", reason=str(entry.get("DeletionReason") or ""))
    place = str(entry.get("Location") or "")
    if "://" in place:
        parts = urlsplit(place)
        in_host = parts.netloc.partition(".s3")[0] if ".s3" in parts.netloc else ""
        rest = unquote(parts.path).removeprefix("/")
        is_named = parts.scheme == "s3" or in_host
        place = f"{in_host or parts.netloc}/{rest}" if is_named else rest
    bucket, _, key = place.partition("/")
    if not bucket or not key:
        raise not_ready("connect does not say yet where the recording is")
    begun = _moment(entry.get("StartTimestamp"))
    ended = _moment(entry.get("StopTimestamp"))
    seconds = (ended - begun).total_seconds() if begun and ended else None
    params = object_of(bucket, key).params
    return Recording(name=name, call=call, created_at=begun, duration_seconds=seconds, params=params)


def _moment(value: object) -> datetime | None:
    """Read a time, which comes as Unix seconds or as ISO 8601."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None
