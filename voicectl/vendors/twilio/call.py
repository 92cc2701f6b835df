"""Calls by Twilio: place, look up, search, end. What is heard: `twiml.py`; its reports: `pushed.py`.

Specification: https://www.twilio.com/docs/voice/api/call-resource
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from voicectl.core.call import CallState, Caps, NumberForm
from voicectl.core.errors import BrokenAnswer, Unsupported, UsageError, VendorRefused
from voicectl.core.placing import placing, refuse_settled
from voicectl.core.refusal import promised_object
from voicectl.core.wishes import refuse_unknown
from voicectl.signing import schemes
from voicectl.vendors.twilio import twiml
from voicectl.vendors.twilio.errors import judge
from voicectl.vendors.twilio.places import account_path, api, region_of
from voicectl.vendors.twilio.states import call_in, region_in

if TYPE_CHECKING:
    from voicectl.core.call import Call, CallId, CallOrder, CallSearch
    from voicectl.core.request import Reply, Request
    from voicectl.core.vendor import Access, Client

FORM = ("Content-Type", "application/x-www-form-urlencoded")
ACCEPT = ("Accept", "application/json")
OPERATION = "Calls"
SOURCES = ("Url", "Twiml", "ApplicationSid")
SETTLED = {"To": "--to", "From": "--from"}
LANGUAGE = "Language"
REPEATED = ("StatusCallbackEvent", "RecordingStatusCallbackEvent")
"""Fields that are lists: a key for each entry; a joined text would be one wrong entry."""
LARGEST_PAGE, MOST_PAGES = "1000", 50


class TwilioCalls:
    """The calls of one account in one region."""

    numbers = NumberForm.E164_OR_NAME
    caps = Caps()

    def __init__(self, access: Access) -> None:
        self._access = access

    def settle(self, order: CallOrder) -> CallOrder:
        """Write what is to be heard as TwiML; refuse what Twilio has not."""
        refuse_unknown("--operation", order.operation, "twilio", (OPERATION,))
        _refuse_wishes(order)
        refuse_settled("twilio", order.params, SETTLED)
        if not order.caller:
            raise UsageError("twilio wants to know who calls", hint="--from +15005550006: a number you own")
        params = {**order.params, **_heard(order)}
        if not any(params.get(name) for name in SOURCES):
            raise UsageError(
                "nothing was said that could be heard in the call",
                hint="--text T, --voice-file URL, or --param Url=https://…",
            )
        params.pop(LANGUAGE, None)
        return replace(order, operation=OPERATION, params=params)

    def is_idempotent(self, order: CallOrder) -> bool:
        """Say no: the interface takes no key for calls."""
        return False

    def create(self, order: CallOrder) -> Call:
        """Place the call; 5xx, silence and answers that name no call leave the outcome unknown."""
        fields = [("To", order.to), ("From", order.caller), *_spread(order.params)]
        request = self._request("POST", "/Calls.json", fields)
        with placing(region=region_of(self._access)):
            reply = self._client.send(request, repeatable=False, action="CreateCall")
            return self._call(reply)

    def status(self, call: CallId) -> Call:
        """Look the call up in the region that its id tells."""
        request = self._request("GET", f"/Calls/{call.vendor_id}.json", call=call)
        return self._call(self._client.send(request, action="FetchCall"), call)

    def search(self, wanted: CallSearch) -> Iterator[Call]:
        """Find calls by number and the time at which they were asked for.

        Not by their start: a call that waits in the queue has none.
        """
        pairs = (*([("To", wanted.to)] if wanted.to else []), ("PageSize", LARGEST_PAGE))
        request = self._request("GET", "/Calls.json").with_query(urlencode(pairs))
        for _ in range(MOST_PAGES):
            reply = self._client.send(request, action="ListCalls")
            page = promised_object(reply)
            for found in _items(page):
                call = call_in(found, region_of(self._access), self._now())
                if call.created_at and wanted.since <= call.created_at <= wanted.until:
                    yield call
            following = page.get("next_page_uri")
            if not following:
                return
            request = self._next(request, str(following))
        raise BrokenAnswer("the list of calls has more than {most} pages", most=MOST_PAGES)

    def cancel(self, call: CallId, *, hang_up: bool = False) -> None:
        """Take the call back; `hang_up` ends one that was answered, which nothing else does."""
        fields = [("Status", "completed" if hang_up else "canceled")]
        request = self._request("POST", f"/Calls/{call.vendor_id}.json", fields, call)
        found = self._call(self._client.send(request, action="UpdateCall"), call)
        if found.state is CallState.ANSWERED and not hang_up:
            raise VendorRefused(
                "the call was answered already and goes on",
                id=str(call),
                hint="voicectl call cancel --hang-up {id}",
            )

    def pushed(self, request: Request) -> tuple[Call, ...]:
        """Read a StatusCallback whose signature is right."""
        from voicectl.vendors.twilio.pushed import reported

        return reported(self._access, request)

    def acknowledgement(self) -> bytes:
        """Return TwiML that does nothing: a report asks for no more."""
        return b"<Response/>"

    def _request(
        self, method: str, path: str, fields: list[tuple[str, str]] | None = None, call: CallId | None = None
    ) -> Request:
        region = region_in(call.product) if call else ""
        return api(self._access, region).request(
            method,
            account_path(self._access) + path,
            headers=(ACCEPT, FORM) if fields is not None else (ACCEPT,),
            body=urlencode(fields).encode() if fields is not None else b"",
        )

    def _next(self, request: Request, uri: str) -> Request:
        """Return the request for another page, at the place that was asked before: nowhere else."""
        parts = urlsplit(uri)
        if parts.scheme or parts.netloc or not parts.path.startswith("/"):
            raise BrokenAnswer(
                "the next page of calls is said to be at another place", hint="check the endpoint"
            )
        return request.with_query(parts.query)

    def _call(self, reply: Reply, asked: CallId | None = None) -> Call:
        found = promised_object(reply)
        if not str(found.get("sid") or "").startswith("CA"):
            raise BrokenAnswer("the answer names no call", hint="check --endpoint-url")
        call = call_in(found, region_of(self._access), self._now())
        request_id = reply.headers.get("twilio-request-id", "")
        return replace(call, id=asked or call.id, request_id=request_id)

    def _now(self) -> datetime:
        return self._access.clock.moment().now

    @cached_property
    def _client(self) -> Client:
        return self._access.client(schemes.build("basic"), judge)


def _refuse_wishes(order: CallOrder) -> None:
    if order.template or order.variables:
        raise Unsupported(
            "twilio has no templates: what is said is text of your own",
            hint="--text T, --voice-file URL, or --param Url=https://…",
        )
    for option, given in (("--volume", order.volume is not None), ("--schedule", order.schedule is not None)):
        if given:
            raise Unsupported("twilio has no {option}", option=option, hint="leave out {option}")


def _heard(order: CallOrder) -> Mapping[str, str]:
    """Return the field that says what is heard; none where `--param` does."""
    if order.text:
        language = order.params.get(LANGUAGE, "")
        document = twiml.say(order.text, voice=order.voice, language=language, loop=order.play_times)
    elif order.voice_file:
        if not order.voice_file.startswith(("https://", "http://")):
            raise Unsupported(
                "twilio plays what is at a URL, not {file!r}",
                file=order.voice_file,
                hint="--voice-file https://…",
            )
        document = twiml.play(order.voice_file, loop=order.play_times)
    else:
        return {}
    named = next((name for name in SOURCES if order.params.get(name)), "")
    if named:
        raise UsageError(
            "{name} says already what is heard", name=named, hint="leave out --text or --param {name}=…"
        )
    return {"Twiml": document}


def _spread(params: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each field, a list as its key repeated."""
    for name, value in params.items():
        entries = value.replace(",", " ").split() if name in REPEATED else [value]
        yield from ((name, entry) for entry in entries)


def _items(page: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    found = page.get("calls")
    if not isinstance(found, list):
        raise BrokenAnswer("the answer lists no calls", hint="check --endpoint-url")
    yield from (each for each in found if isinstance(each, dict))
