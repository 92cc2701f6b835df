"""Recordings of calls by Volcengine's voice service; objects of TOS: `tos.py`.

Specification: https://www.volcengine.com/docs/6358/172952
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from voicectl.core.call import CallId
from voicectl.core.errors import BadInput, VendorRefused, VoicectlError
from voicectl.core.presigned import location_of
from voicectl.core.recording import Location, Recording, call_of, has_no, not_ready
from voicectl.core.refusal import promised_object
from voicectl.core.request import Reply, Request
from voicectl.core.stores import URL, object_of, told_place
from voicectl.core.vendor import Access
from voicectl.signing import schemes
from voicectl.vendors.volcengine.call_errors import judge_call
from voicectl.vendors.volcengine.call_pushed import reported
from voicectl.vendors.volcengine.call_states import PRODUCT
from voicectl.vendors.volcengine.tos import located

HOST, VERSION, USUAL_REGION = "https://cloud-vms.volcengineapi.com", "2022-01-01", "cn-north-1"
FORM = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
JSON = ("Content-Type", "application/json")
CALL_ID = "CallId"
RAW = "call"
"""The product of an id that is a CallId; under the service's own product it is a SingleOpenId."""
RECORDED, LOOK_UP, LOOK_UP_NEW = "QueryAudioRecordFileUrl", "SingleInfo", "QuerySingleInfo"
SIDES = {"": "AudioRecordFileUrl", "left": "AudioRecordLeftFileUrl", "right": "AudioRecordRightFileUrl"}
"""What a recording is called here, and the field with its URL: both sides, the caller, the callee."""
NO_SUCH_ACTION, WRONG_ID = "InvalidActionOrVersion", "InvalidParameter"


class VolcengineRecordings:
    """The recordings of one account; URLs live six hours."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._fresh: dict[str, str] = {}

    def of_call(self, call: CallId, params: Mapping[str, str]) -> Iterator[Recording]:
        """Ask for the recording of both sides, and those of one side where there are any."""
        call_id = params.get(CALL_ID) or self._call_id(call)
        found = self._urls(call_id, params)
        if not any(found.values()):
            raise not_ready("volcengine has no recording of this call, or not yet")
        for name, url in found.items():
            if url:
                self._fresh[f"{call} {name}"] = url
                yield Recording(name=name, call=call, params={**params, CALL_ID: call_id})

    def since(self, moment: datetime, params: Mapping[str, str]) -> Iterator[Recording]:
        """Refuse: a recording is found by its call only."""
        raise has_no("volcengine", "list of recordings by time", "voicectl recording list --call ID")

    def received(self, body: bytes) -> Iterator[Recording]:
        """Read posted call records; one without a URL is looked up by the call it names."""
        request = Request(method="POST", host="", body=body)
        for call in reported(request, self._access.clock.moment().now):
            url = {URL: call.recording_url} if call.recording_url else {}
            yield Recording(call=call.id, duration_seconds=call.duration_seconds, params=url)

    def at_url(self, url: str) -> None:
        """Say that no URL of Volcengine's wants a key beside its own signature."""

    def in_store(self, bucket: str, key: str) -> Recording:
        return object_of(bucket, key)

    def locate(self, recording: Recording) -> Location:
        if told := told_place(self._access, recording, located):
            return told
        call = call_of(recording)
        identity = f"{call} {recording.name}"
        url = self._fresh.pop(identity, "")
        if not url:
            call_id = recording.params.get(CALL_ID) or self._call_id(call)
            url = self._urls(call_id, recording.params).get(recording.name, "")
        if not url:
            raise not_ready("volcengine has no recording of this call, or not yet")
        return location_of(self._access.fetch, url, identity)

    def _urls(self, call_id: str, params: Mapping[str, str]) -> dict[str, str]:
        """Ask where the recordings of a call are; a list in the answer counts by its first entry."""
        asked = {**params, CALL_ID: call_id}
        request = self._request(RECORDED, FORM, urlencode(asked).encode())
        result = promised_object(self._send(request, RECORDED)).get("Result")
        table = result[0] if isinstance(result, list) and result else result
        told = table if isinstance(table, dict) else {}
        return {name: str(told.get(field) or "") for name, field in SIDES.items()}

    def _call_id(self, call: CallId) -> str:
        """Return the service's own id of a call that was placed under a key; that comes with its end."""
        if call.product == RAW:
            return call.vendor_id
        if call.product != PRODUCT:
            raise BadInput(
                "volcengine has no product {product!r}; it has {known}",
                product=call.product,
                known=f"{PRODUCT}, {RAW}",
                hint="--product call for a CallId, --product vms for a SingleOpenId",
            )
        try:
            found = promised_object(self._looked_up(call)).get("Result")
        except VendorRefused as error:
            if error.facts.get("vendor_code") != WRONG_ID:
                raise
            # It is no key of ours: a report names calls that were placed elsewhere by the CallId.
            return call.vendor_id
        call_id = str(found.get("CallUuid") or "") if isinstance(found, dict) else ""
        if not call_id:
            raise not_ready("the call has no record yet")
        return call_id

    def _looked_up(self, call: CallId) -> Reply:
        request = self._request(LOOK_UP, None, b"")
        try:
            asked = replace(
                request, method="GET", query=f"{request.query}&{urlencode({'SingleOpenId': call.vendor_id})}"
            )
            return self._send(asked, LOOK_UP)
        except VoicectlError as error:
            if error.facts.get("vendor_code") != NO_SUCH_ACTION:
                raise
        body = json.dumps({"SingleOpenId": call.vendor_id}).encode()
        return self._send(self._request(LOOK_UP_NEW, JSON, body), LOOK_UP_NEW)

    def _request(self, action: str, kind: tuple[str, str] | None, body: bytes) -> Request:
        return self._access.endpoint("vms", HOST).request(
            "POST",
            "/",
            pairs=(("Action", action), ("Version", VERSION)),
            headers=(kind,) if kind else (),
            body=body,
        )

    def _send(self, request: Request, action: str) -> Reply:
        region = self._access.profile.region or USUAL_REGION
        signer = schemes.build("volcengine-v4", region=region, service="vms")
        return self._access.client(signer, judge_call).send(request, action=action)
