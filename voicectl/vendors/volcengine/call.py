"""Calls by Volcengine's voice service: place, look up, take back. The order as JSON: `call_item.py`.

Specification: https://www.volcengine.com/docs/6358/172952
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from voicectl.core.call import Call, CallId, CallState, Caps, NumberForm
from voicectl.core.errors import (
    BrokenAnswer,
    NotFound,
    OutcomeUnknown,
    Unreachable,
    Unsupported,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.placing import LOOK_FIRST, placing
from voicectl.core.refusal import promised_object
from voicectl.core.wishes import refuse_unknown
from voicectl.signing import schemes
from voicectl.vendors.volcengine.call_errors import ALREADY_THERE, judge_call, judge_placing, refused_item
from voicectl.vendors.volcengine.call_item import item_of
from voicectl.vendors.volcengine.call_states import PRODUCT, call_in, day_of, text_of

if TYPE_CHECKING:
    from voicectl.core.call import CallOrder, CallSearch
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.request import Reply, Request
    from voicectl.core.vendor import Access, Client, Judge

URL, VERSION = "https://cloud-vms.volcengineapi.com", "2022-01-01"
USUAL_REGION = "cn-north-1"
JSON = ("Content-Type", "application/json")
PLACE = "SingleBatchAppend"
LOOK_UP = (("GET", "SingleInfo"), ("POST", "QuerySingleInfo"), ("GET", "QuerySingleInfo"))
CANCEL = (("GET", "SingleCancel"), ("POST", "SingleCancelV2"))
"""Each deed in its generations, the oldest first: with GET the id is in the query, else in JSON."""
PAUSE_SECONDS = 0.5
OF_ANOTHER_TIME, WRONG_ID = ("InvalidActionOrVersion", "MissingParameter"), "InvalidParameter"


class VolcengineCalls:
    """The calls of one account."""

    numbers = NumberForm.MAINLAND
    caps = Caps()

    def __init__(self, access: Access) -> None:
        self._access = access

    def settle(self, order: CallOrder) -> CallOrder:
        """Refuse what the service has not, before anything is sent."""
        refuse_unknown("--operation", order.operation, "volcengine", (PLACE,))
        item_of(order, self._access.profile.settings)
        return replace(order, operation=PLACE)

    def is_idempotent(self, order: CallOrder) -> bool:
        """Say yes: the key is the call's own id there, and an id is placed once."""
        return True

    def create(self, order: CallOrder) -> Call:
        """Place the call under its key; one that is there already is looked up in place of a second."""
        item = item_of(order, self._access.profile.settings)
        request = self._request("POST", PLACE, {"List": [item]})
        now = self._now()
        call = CallId(vendor="volcengine", product=PRODUCT, day=day_of(now), vendor_id=order.key)
        try:
            reply, refusal = self._asked(request, order, call)
        except OutcomeUnknown as unknown:
            return self._asked_again(request, order, call, unknown)
        if refusal == ALREADY_THERE:
            return self._placed_before(call)
        if refusal:
            raise refused_item(refusal, _request_id(reply))
        return _placed(order, call, now, reply)

    def status(self, call: CallId) -> Call:
        """Look the call up; the only thing that can be wrong with the question is the id."""
        try:
            reply = self._in_some_form(LOOK_UP, call)
        except VendorRefused as error:
            if error.facts.get("vendor_code") != WRONG_ID:
                raise
            raise _not_there(call) from error
        found = _result(reply)
        if not isinstance(found, dict) or not found.get("State"):
            raise _not_there(call)
        return replace(call_in(found, call), request_id=_request_id(reply))

    def search(self, wanted: CallSearch) -> Iterator[Call]:
        """Find a call by the key that it was placed under; the service has no other search."""
        if not wanted.key:
            raise Unsupported(
                "volcengine finds a call by its key only", hint="give the --idempotency-key that it had"
            )
        day = day_of(wanted.since)
        try:
            yield self.status(CallId(vendor="volcengine", product=PRODUCT, day=day, vendor_id=wanted.key))
        except NotFound:
            return

    def cancel(self, call: CallId, *, hang_up: bool = False) -> None:
        """Take the call back before it is dialled, or between two times."""
        if hang_up:
            raise Unsupported(
                "volcengine cannot end a call that rings or was answered", hint="leave out --hang-up"
            )
        self._in_some_form(CANCEL, call)

    def pushed(self, request: Request) -> tuple[Call, ...]:
        """Read a record that is posted to CallRecordPostUrl; it bears no signature."""
        from voicectl.vendors.volcengine.call_pushed import reported

        return reported(request, self._now())

    def acknowledgement(self) -> bytes:
        """Return an empty object: which words are wanted is not documented."""
        return b"{}"

    def _asked(self, request: Request, order: CallOrder, call: CallId) -> tuple[Reply, str]:
        """Send the order; return the answer, and why it was refused."""
        with placing(vendor_id=order.key, id=str(call)):
            reply = self._client(judge_placing).send(request, repeatable=False, action=PLACE)
            return reply, _refusal_in(reply, order)

    def _asked_again(self, request: Request, order: CallOrder, call: CallId, unknown: OutcomeUnknown) -> Call:
        """Send the same order under the same key, which rings once.

        A yes tells what came of the first. A no is about the second alone, and may only mean that the
        first is there: then the call is found under its key.
        """
        now = self._now()
        self._access.clock.sleep(PAUSE_SECONDS)
        try:
            reply, refusal = self._asked(request, order, call)
            if not refusal:
                return _placed(order, call, now, reply)
        except (OutcomeUnknown, Unreachable):
            raise unknown from None
        except VoicectlError:
            pass
        try:
            return self.status(call)
        except VoicectlError:
            raise unknown from None

    def _placed_before(self, call: CallId) -> Call:
        """Look up the call of the same key; where that does not tell, nobody knows."""
        try:
            return self.status(call)
        except VoicectlError as error:
            raise OutcomeUnknown(
                "volcengine has a call of this key already, and does not tell of it: {because}",
                because=str(error),
                vendor_id=call.vendor_id,
                vendor_code=ALREADY_THERE,
                id=str(call),
                hint=LOOK_FIRST,
            ) from error

    def _in_some_form(self, forms: Sequence[tuple[str, str]], call: CallId) -> Reply:
        """Ask in the oldest generation, and in the next one where that is gone."""
        *earlier, last = forms
        for method, action in earlier:
            try:
                return self._ask(method, action, call)
            except VendorRefused as error:
                if error.facts.get("vendor_code") not in OF_ANOTHER_TIME:
                    raise
        return self._ask(*last, call)

    def _ask(self, method: str, action: str, call: CallId) -> Reply:
        request = self._request(method, action, {"SingleOpenId": call.vendor_id})
        return self._client(judge_call).send(request, action=action)

    def _request(self, method: str, action: str, content: Mapping[str, object]) -> Request:
        pairs = [("Action", action), ("Version", VERSION)]
        if method == "GET":
            return self._endpoint.request(
                method, "/", pairs=(*pairs, *((name, str(value)) for name, value in content.items()))
            )
        body = json.dumps(content, ensure_ascii=False).encode()
        return self._endpoint.request(method, "/", pairs=pairs, headers=(JSON,), body=body)

    def _now(self) -> datetime:
        return self._access.clock.moment().now

    @cached_property
    def _endpoint(self) -> Endpoint:
        return self._access.endpoint("vms", URL)

    def _client(self, judge: Judge) -> Client:
        region = self._access.profile.region or USUAL_REGION
        return self._access.client(schemes.build("volcengine-v4", region=region, service="vms"), judge)


def _placed(order: CallOrder, call: CallId, now: datetime, reply: Reply) -> Call:
    return Call(
        id=call,
        state=CallState.QUEUED,
        to=order.to,
        reference=order.reference,
        created_at=now,
        request_id=_request_id(reply),
    )


def _refusal_in(reply: Reply, order: CallOrder) -> str:
    """Return why the call is on the list of failures, empty where it is on that of successes.

    BrokenAnswer where it is on neither.
    """
    result = _result(reply)
    if isinstance(result, dict):
        if _own(result.get("SuccessList"), order) is not None:
            return ""
        failed = _own(result.get("FailList"), order)
        if failed is not None:
            return text_of(failed.get("Type")) or "unnamed"
    raise BrokenAnswer("the answer does not name the call")


def _own(listed: object, order: CallOrder) -> Mapping[str, object] | None:
    """Return the entry of this call: by its key, else by its number where that is all that is told."""
    entries = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    for each in entries:
        if each.get("SingleOpenId") == order.key:
            return each
        if not each.get("SingleOpenId") and text_of(each.get("Phone")) == order.to:
            return each
    return None


def _result(reply: Reply) -> object:
    return promised_object(reply).get("Result")


def _request_id(reply: Reply) -> str:
    about = promised_object(reply).get("ResponseMetadata")
    return text_of(about.get("RequestId")) if isinstance(about, dict) else ""


def _not_there(call: CallId) -> NotFound:
    return NotFound(
        "volcengine does not know the call {vendor_id!r} (yet)",
        vendor_id=call.vendor_id,
        hint="ask again in a minute; a call belongs to one account",
    )
