"""Twilio's calls in the sandbox: the REST interface of one account. Its recordings: `recordings_twilio.py`.

Specification: https://www.twilio.com/docs/voice/api/call-resource
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from voicectl.core.call import CallState
from voicectl.core.request import Pairs, Request
from voicectl.gateway.sandbox import twilio_rules
from voicectl.gateway.sandbox.calls import PhoneCall, Standing, Telephone
from voicectl.gateway.sandbox.cloud import Refused
from voicectl.gateway.sandbox.recordings_twilio import Recordings
from voicectl.gateway.wire import Answer, as_json

OWNED = ("+15005550006",)
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
NAME = re.compile(r"(sip|client):\S+")
CALL = re.compile(r"/Calls/(CA[0-9a-fA-F]{32})\.json")
SOURCES = ("Url", "Twiml", "ApplicationSid")
FIELDS = {
    *("To", "From", *SOURCES, "Method", "FallbackUrl", "FallbackMethod", "StatusCallback"),
    *("StatusCallbackMethod", "StatusCallbackEvent", "Timeout", "TimeLimit", "SendDigits", "Record"),
    *("RecordingChannels", "RecordingTrack", "RecordingStatusCallback", "RecordingStatusCallbackMethod"),
    *("RecordingStatusCallbackEvent", "Trim", "MachineDetection", "MachineDetectionTimeout", "CallReason"),
    *("AsyncAmd", "AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod", "CallerId", "CallToken", "Byoc"),
}
EVENTS = ("initiated", "ringing", "answered", "completed")
LONGEST_TWIML = 4000
MAGIC_TO = {"+15005550001": 21217, "+15005550002": 21214, "+15005550003": 21215, "+15005550004": 21216}
MAGIC_FROM = {"+15005550001": 21212}
WORDS = {
    CallState.QUEUED: "queued",
    CallState.RINGING: "ringing",
    CallState.ANSWERED: "in-progress",
    CallState.COMPLETED: "completed",
    CallState.BUSY: "busy",
    CallState.REJECTED: "busy",
    CallState.NO_ANSWER: "no-answer",
    CallState.FAILED: "failed",
    CallState.CANCELED: "canceled",
}
SIP_CODES = {CallState.COMPLETED: "200", CallState.BUSY: "486", CallState.REJECTED: "603"}
FILTERS = {"To": "to", "From": "from", "Status": "status", "ParentCallSid": "parent_call_sid"}


class Page(NamedTuple):
    """What part of a list is asked for."""

    number: int
    size: int

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Page:
        number, size = asked.get("Page", "0"), asked.get("PageSize", "50")
        is_short = len(number) < 10 and len(size) < 10
        if not (is_short and number.isdecimal() and size.isdecimal() and 1 <= int(size) <= 1000):
            raise twilio_rules.no(20001, 400, "Page size must be from 1 to 1000")
        return cls(int(number), int(size))


class Twilio:
    """One account, with its calls and their recordings."""

    vendor = "twilio"
    throttled = twilio_rules.THROTTLED

    def __init__(self, telephone: Telephone, recordings: Recordings) -> None:
        self._telephone = telephone
        self._recordings = recordings
        self._cloud = telephone.cloud

    def knows(self, request: Request) -> bool:
        return request.path.startswith(twilio_rules.ROOT)

    async def serve(self, request: Request) -> Answer:
        account = twilio_rules.check(self._cloud, request)
        place = request.path.removeprefix(f"{twilio_rules.ROOT}{account}")
        one = CALL.fullmatch(place)
        asked = dict(parse_qsl(request.query, keep_blank_values=True))
        form = tuple(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        match request.method, place:
            case "GET", ".json":
                return self._good(200, {"sid": account, "friendly_name": "sandbox", "status": "active"})
            case "POST", "/Calls.json":
                return self._good(201, self._shown(self._placed(form, account)))
            case "GET", "/Calls.json":
                return self._good(200, self._listed(asked, request.path))
            case "GET", _ if one:
                return self._good(200, self._shown(self._found(one[1])))
            case "POST", _ if one:
                return self._good(200, self._shown(self._changed(self._found(one[1]), dict(form))))
        answer = await self._recordings.answer(request, place, asked)
        if answer is None:
            raise _absent(request.path)
        return answer

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        return twilio_rules.refusal(refused, request_id)

    def _good(self, status: int, body: object) -> Answer:
        return as_json(status, body, ("Twilio-Request-Id", f"RQ{self._cloud.name()}"))

    # Placing ------------------------------------------------------------------------------------

    def _placed(self, form: Pairs, account: str) -> PhoneCall:
        fields = dict(form)
        _refuse(form, fields)
        heard = _heard(fields.get("Twiml", ""))
        now = self._cloud.now
        return self._telephone.place(
            PhoneCall(
                vendor="twilio",
                name=f"CA{self._cloud.name()}",
                to=fields["To"],
                caller=fields["From"],
                starts_at=now,
                placed_at=now,
                heard=heard or "This call plays what is at a place of your own.",
                is_recorded=fields.get("Record", "").lower() == "true",
                report_to=fields.get("StatusCallback", ""),
                facts={
                    "account": account,
                    "events": [text for name, text in form if name == "StatusCallbackEvent"] or ["completed"],
                    "channels": 2 if fields.get("RecordingChannels") == "dual" else 1,
                },
            )
        )

    def _changed(self, call: PhoneCall, fields: Mapping[str, str]) -> PhoneCall:
        status = fields.get("Status", "")
        if status not in ("canceled", "completed"):
            raise twilio_rules.no(
                21218 if "Status" in fields else 20001, 400, "Status is canceled or completed"
            )
        is_over = self._telephone.standing(call).state.is_final
        if is_over:
            raise twilio_rules.no(21220, 400, "Call is not in-progress. Cannot redirect.")
        self._telephone.stop(call, hang_up=status == "completed")
        return call

    # Asking -------------------------------------------------------------------------------------

    def _found(self, sid: str) -> PhoneCall:
        call = self._telephone.find("twilio", sid)
        if call is None:
            raise _absent("/Calls/" + sid)
        return call

    def _shown(self, call: PhoneCall) -> dict[str, object]:
        stands = self._telephone.standing(call)
        root = f"{twilio_rules.ROOT}{call.facts['account']}"
        is_completed = stands.state is CallState.COMPLETED
        return {
            "sid": call.name,
            "account_sid": call.facts["account"],
            "parent_call_sid": None,
            "to": call.to,
            "to_formatted": call.to,
            "from": call.caller,
            "from_formatted": call.caller,
            "phone_number_sid": None,
            "status": WORDS[stands.state],
            "start_time": mail_time(stands.answered_at or stands.ended_at),
            "end_time": mail_time(stands.ended_at),
            "duration": str(stands.seconds) if is_completed else "0" if stands.ended_at else None,
            "price": None,
            "price_unit": "USD",
            "direction": "outbound-api",
            "answered_by": None,
            "forwarded_from": None,
            "group_sid": None,
            "caller_name": None,
            "queue_time": "0",
            "trunk_sid": None,
            "date_created": mail_time(call.placed_at),
            "date_updated": mail_time(stands.ended_at or call.placed_at),
            "api_version": "2010-04-01",
            "annotation": None,
            "uri": f"{root}/Calls/{call.name}.json",
            "subresource_uris": {"recordings": f"{root}/Calls/{call.name}/Recordings.json"},
        }

    def _listed(self, asked: Mapping[str, str], path: str) -> dict[str, object]:
        every = [(call, self._shown(call)) for call in reversed(list(self._telephone.all("twilio")))]
        found = [
            shown
            for call, shown in every
            if all(shown[ours] == asked[name] for name, ours in FILTERS.items() if name in asked)
            and _is_within(call.placed_at, asked, "StartTime")
        ]
        return paged("calls", found, asked, path)

    # Reporting ----------------------------------------------------------------------------------

    def events(self, call: PhoneCall) -> Iterable[str]:
        """Return which steps of a call are reported."""
        wanted = call.facts["events"]
        return wanted if isinstance(wanted, list) else ()

    def fields(self, call: PhoneCall, stands: Standing, number: int) -> Pairs:
        """Return the form of a report."""
        told = {
            "CallSid": call.name,
            "AccountSid": str(call.facts["account"]),
            "From": call.caller,
            "To": call.to,
            "Caller": call.caller,
            "Called": call.to,
            "CallStatus": WORDS[stands.state] if stands.state is not CallState.QUEUED else "initiated",
            "ApiVersion": "2010-04-01",
            "Direction": "outbound-api",
            "Timestamp": mail_time(self._cloud.now) or "",
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(number),
        }
        if stands.state.is_final:
            told |= {
                "CallDuration": str(stands.seconds),
                "SipResponseCode": SIP_CODES.get(stands.state, "480"),
            }
        if stands.state is CallState.COMPLETED and call.is_recorded:
            told |= self._recordings.told(call, stands)
        return tuple(told.items())


def paged(
    name: str, found: list[dict[str, object]], asked: Mapping[str, str], path: str
) -> dict[str, object]:
    """Return one page of a list, and where the next one is."""
    page = Page.of(asked)
    start = page.number * page.size
    following = {**asked, "Page": str(page.number + 1), "PageToken": "PASANDBOX"}
    is_last = start + page.size >= len(found)
    return {
        name: found[start : start + page.size],
        "page": page.number,
        "page_size": page.size,
        "uri": f"{path}?{urlencode(asked)}",
        "next_page_uri": None if is_last else f"{path}?{urlencode(following)}",
    }


def mail_time(moment: datetime | None) -> str | None:
    """Write a time as mail does (RFC 2822)."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0)) if moment else None


def _is_within(moment: datetime, asked: Mapping[str, str], name: str) -> bool:
    """Compare by the text: days, or times of UTC, as they are written in the question."""

    def seen(text: str) -> str:
        form = "%Y-%m-%d" if len(text) <= 10 else "%Y-%m-%dT%H:%M:%SZ"
        return moment.astimezone(UTC).strftime(form)

    since, until, on = asked.get(f"{name}>", ""), asked.get(f"{name}<", ""), asked.get(name, "")
    return (
        (not since or seen(since) >= since)
        and (not until or seen(until) <= until)
        and (not on or seen(on) == on)
    )


def _refuse(form: Pairs, fields: Mapping[str, str]) -> None:
    """Raise Refused for an order that cannot be taken, by the code that the vendor has for it."""
    to, caller, twiml = fields.get("To", ""), fields.get("From", ""), fields.get("Twiml", "")
    events = {text for name, text in form if name == "StatusCallbackEvent"}
    unknown = sorted(fields.keys() - FIELDS)
    checks = (
        (bool(unknown), 20001, f"Unknown parameter {', '.join(unknown)}"),
        (not to, 21201, "No 'To' number is specified"),
        (not caller, 21213, "No 'From' number is specified"),
        (not (NUMBER.fullmatch(to) or NAME.fullmatch(to)), 21211, f"The phone number {to} is not valid"),
        (to in MAGIC_TO, MAGIC_TO.get(to, 0), f"{to} cannot be called"),
        (caller in MAGIC_FROM, MAGIC_FROM.get(caller, 0), f"{caller} is no number to call from"),
        (
            caller not in OWNED and not NAME.fullmatch(caller),
            21210,
            f"{caller} is not verified for this account",
        ),
        (not any(fields.get(name) for name in SOURCES), 21205, "Url, Twiml or ApplicationSid is wanted"),
        (len(twiml) > LONGEST_TWIML, 32018, f"Twiml has more than {LONGEST_TWIML} characters"),
        (bool(events - {*EVENTS}), 21626, "StatusCallbackEvent is one event, the key is repeated for more"),
    )
    for is_so, code, message in checks:
        if is_so:
            raise twilio_rules.no(code, 400, message)


def _heard(twiml: str) -> str:
    """Return what is spoken of a document; Refused where it is none."""
    if not twiml:
        return ""
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(twiml) if "<!" not in twiml else None
    except ElementTree.ParseError:
        root = None
    if root is None or root.tag != "Response":
        raise twilio_rules.no(12100, 400, "Twiml is no document that can be read")
    return " ".join("".join(said.itertext()).strip() for said in root.iter("Say"))


def _absent(path: str) -> Refused:
    return twilio_rules.no(20404, 404, f"The requested resource {path} was not found")
