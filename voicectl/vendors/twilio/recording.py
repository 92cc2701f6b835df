"""Twilio's recordings: which there are, and their sound. Keys go to Twilio's own host and nowhere else.

Specification: https://www.twilio.com/docs/voice/api/recording
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from voicectl.core.call import CallId
from voicectl.core.errors import BadInput, BrokenAnswer, NotFound, Unsupported, VoicectlError
from voicectl.core.recording import Location, Recording, has_no, not_ready
from voicectl.core.refusal import object_in, promised_object
from voicectl.core.request import Pairs, Reply, ReplyStream, Request
from voicectl.core.vendor import Access, Client
from voicectl.core.wishes import refuse_unknown
from voicectl.signing import schemes
from voicectl.vendors.twilio.errors import judge
from voicectl.vendors.twilio.places import account_path, api, region_of
from voicectl.vendors.twilio.states import moment_of, product_of, region_in, seconds_of, text_of

ACCEPT = ("Accept", "application/json")
FORMAT, CHANNELS = "format", "channels"
FORMATS = ("wav", "mp3")
UNFINISHED = {"in-progress", "paused", "stopped", "processing"}
LARGEST_PAGE, MOST_PAGES = "1000", 50
ERRORS = {"16101": "it is too short", "16102": "it is silent"}


class Moved(BrokenAnswer):
    """The sound is at `location`, elsewhere; our key does not go there."""


class TwilioRecordings:
    """The recordings of one account in one region."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def of_call(self, call: CallId, params: Mapping[str, str]) -> Iterator[Recording]:
        """List the recordings of a call; an id that begins with RE is that of one recording."""
        if call.vendor_id.startswith("RE"):
            yield self._one(call, params)
            return
        found = list(self._listed(f"/Calls/{call.vendor_id}/Recordings.json", {}, params, call))
        if not found:
            raise not_ready("twilio has no recording of this call, or not yet")
        yield from found

    def since(self, moment: datetime, params: Mapping[str, str]) -> Iterator[Recording]:
        """List the account's recordings from a moment on; those that are not finished are left out."""
        asked = {"DateCreated>": f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
        for recording in self._listed("/Recordings.json", asked, params, None, skip_unfinished=True):
            if recording.created_at is None or recording.created_at >= moment:
                yield recording

    def received(self, body: bytes) -> Iterator[Recording]:
        """Read what was posted to a RecordingStatusCallback, as a form or as JSON."""
        found = object_in(body)
        if found is None:
            form = parse_qs(body.decode("utf-8", "replace").strip())
            found = {name: values[0] for name, values in form.items()}
        sid, call_sid = text_of(found.get("RecordingSid")), text_of(found.get("CallSid"))
        if not sid.startswith("RE") or not call_sid.startswith("CA"):
            raise BadInput("the report names no recording", hint="a RecordingStatusCallback has RecordingSid")
        began = moment_of(found.get("RecordingStartTime")) or self._access.clock.moment().now
        yield Recording(
            name=sid,
            call=self._call_id(call_sid, began, None),
            duration_seconds=seconds_of(found.get("RecordingDuration")),
        )

    def at_url(self, url: str) -> Recording | None:
        """Take a media URL at the account's own host, which may want the account's key."""
        own = api(self._access)
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) != (own.scheme, own.host) or "/Recordings/RE" not in parts.path:
            return None
        name, _, suffix = parts.path.rpartition("/")[2].partition(".")
        channels = parse_qs(parts.query).get("RequestedChannels", [""])[0]
        return Recording(name=name, params={FORMAT: suffix or "wav", CHANNELS: channels})

    def in_store(self, bucket: str, key: str) -> Recording:
        raise has_no("twilio", "object store", "name the vendor whose bucket it is: --vendor aws")

    def locate(self, recording: Recording) -> Location:
        form, channels = recording.params.get(FORMAT) or "wav", recording.params.get(CHANNELS, "")
        refuse_unknown("--param format", form, "twilio", FORMATS)
        pairs = (("RequestedChannels", channels),) if channels else ()
        region = region_in(recording.call.product) if recording.call else ""
        path = f"{account_path(self._access)}/Recordings/{recording.name}.{form}"
        request = api(self._access, region).request("GET", path, pairs=pairs)
        return Location(
            open=lambda headers: self._opened(request, headers),
            identity=f"twilio {recording.name} {form} {channels}",
            file_name=f"{recording.name}.{form}",
        )

    @cached_property
    def _client(self) -> Client:
        return self._access.client(schemes.build("basic"), judge)

    @cached_property
    def _media(self) -> Client:
        return self._access.client(schemes.build("basic"), _judge_media)

    def _opened(self, request: Request, headers: Pairs) -> AbstractContextManager[ReplyStream]:
        return _followed(
            self._media, self._access, request.with_headers((*request.headers, *headers)), headers
        )

    def _one(self, call: CallId, params: Mapping[str, str]) -> Recording:
        request = self._request(f"/Recordings/{call.vendor_id}.json", {}, call)
        found = promised_object(self._client.send(request, action="FetchRecording"))
        return self._checked(found, params, replace(call, vendor_id=text_of(found.get("call_sid"))))

    def _listed(
        self,
        path: str,
        asked: Mapping[str, str],
        params: Mapping[str, str],
        call: CallId | None,
        *,
        skip_unfinished: bool = False,
    ) -> Iterator[Recording]:
        request = self._request(path, {**asked, "PageSize": LARGEST_PAGE}, call)
        for _ in range(MOST_PAGES):
            page = promised_object(self._client.send(request, action="ListRecordings"))
            items = page.get("recordings")
            for found in items if isinstance(items, list) else ():
                is_usable = text_of(found.get("status")) == "completed"
                if is_usable or not skip_unfinished:
                    yield self._checked(found, params, call)
            following = urlsplit(text_of(page.get("next_page_uri")))
            if not following.path:
                return
            if following.netloc:
                raise BrokenAnswer("the next page of recordings is said to be at another place")
            request = request.with_query(following.query)
        raise BrokenAnswer("the list of recordings has more than {most} pages", most=MOST_PAGES)

    def _checked(
        self, found: Mapping[str, object], params: Mapping[str, str], call: CallId | None
    ) -> Recording:
        """Return a finished recording; the error of one that is not there, not yet, or not readable."""
        status, sid = text_of(found.get("status")), text_of(found.get("sid"))
        if status in UNFINISHED:
            raise not_ready("the recording is not finished: {status}", status=status)
        if status != "completed":
            reason = ERRORS.get(text_of(found.get("error_code")), status)
            raise NotFound("there is no recording: {reason}", reason=reason or "it has no status")
        if found.get("encryption_details"):
            raise Unsupported(
                "the recording is encrypted with a key of your own, which is not known here",
                hint="turn off voice recording encryption in the console for new ones",
            )
        created = moment_of(found.get("date_created"))
        known = call or self._call_id(text_of(found.get("call_sid")), created, None)
        return Recording(
            name=sid,
            call=known,
            created_at=created,
            duration_seconds=seconds_of(found.get("duration")),
            params=params,
        )

    def _call_id(self, sid: str, at: datetime | None, call: CallId | None) -> CallId:
        day = (at or self._access.clock.moment().now).astimezone(UTC).date()
        product = product_of(region_of(self._access))
        return call or CallId(vendor="twilio", product=product, day=day, vendor_id=sid)

    def _request(self, path: str, asked: Mapping[str, str], call: CallId | None) -> Request:
        region = region_in(call.product) if call else ""
        whole = account_path(self._access) + path
        request = api(self._access, region).request("GET", whole, headers=(ACCEPT,))
        return request.with_query(urlencode(asked)) if asked else request


@contextmanager
def _followed(client: Client, access: Access, request: Request, headers: Pairs) -> Iterator[ReplyStream]:
    """Open the sound; where Twilio sends elsewhere, go there as a stranger."""
    with ExitStack() as stack:
        try:
            reply = stack.enter_context(client.stream(request, action="FetchRecordingMedia"))
        except Moved as moved:
            url = urljoin(request.url, str(moved.facts["location"]))
            reply = stack.enter_context(access.fetch(url, headers=headers))
        yield reply


def _judge_media(reply: Reply) -> VoicectlError | None:
    location = reply.headers.get("location", "")
    if 300 <= reply.status < 400 and location:
        return Moved("the recording is at another place", location=location)
    if reply.status == 404:
        return not_ready("twilio has no such recording, or not yet")
    return judge(reply)
