"""Twilio's recordings in the sandbox: lists, one, and its sound. Calls: `calls_twilio.py`.

Specification: https://www.twilio.com/docs/voice/api/recording
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import md5

from voicectl.core.call import CallState
from voicectl.core.request import Request
from voicectl.gateway.sandbox import twilio_rules
from voicectl.gateway.sandbox.calls import PhoneCall, Standing, Telephone
from voicectl.gateway.sandbox.parts import part_of
from voicectl.gateway.sandbox.recordings import Archive
from voicectl.gateway.wire import Answer, as_json

OF_CALL = re.compile(r"/Calls/(CA[0-9a-fA-F]{32})/Recordings\.json")
ONE = re.compile(r"/Recordings/(RE[0-9a-fA-F]{32})(\.json|\.wav|\.mp3)?")
KINDS = {"wav": "audio/x-wav", "mp3": "audio/mpeg"}


class Recordings:
    """What was recorded of calls that were placed with `Record=true`."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._telephone: Telephone = archive.telephone

    async def answer(self, request: Request, place: str, asked: Mapping[str, str]) -> Answer | None:
        """Answer a request below the account; None where the place is none of ours."""
        from voicectl.gateway.sandbox.calls_twilio import paged

        of_call, one = OF_CALL.fullmatch(place), ONE.fullmatch(place)
        if request.method != "GET":
            return None
        if of_call or place == "/Recordings.json":
            sid = of_call[1] if of_call else asked.get("CallSid", "")
            found = [self._shown(call) for call in self._recorded(sid, asked.get("DateCreated>", ""))]
            return as_json(200, paged("recordings", found, asked, request.path))
        call = next((call for call in self._recorded() if one and sid_of(call) == one[1]), None)
        if one is None or call is None:
            return None
        if one[2] == ".json":
            return as_json(200, self._shown(call))
        return await self._sound(request, call, (one[2] or ".wav")[1:], asked.get("RequestedChannels", ""))

    def told(self, call: PhoneCall, stands: Standing) -> dict[str, str]:
        """Return what a call's report says of its recording."""
        url = f"https://api.twilio.com{twilio_rules.ROOT}{call.facts['account']}/Recordings/{sid_of(call)}"
        return {
            "RecordingUrl": url,
            "RecordingSid": sid_of(call),
            "RecordingDuration": str(stands.seconds),
        }

    def _recorded(self, call_sid: str = "", since: str = "") -> list[PhoneCall]:
        """Return the calls that have a recording, the newest first."""
        return [
            call
            for call in reversed(list(self._telephone.all("twilio")))
            if call_sid in ("", call.name)
            and call.is_recorded
            and self._telephone.standing(call).state is CallState.COMPLETED
            and (not since or f"{call.placed_at:%Y-%m-%dT%H:%M:%SZ}" >= since)
        ]

    def _shown(self, call: PhoneCall) -> dict[str, object]:
        from voicectl.gateway.sandbox.calls_twilio import mail_time

        stands, root = self._telephone.standing(call), f"{twilio_rules.ROOT}{call.facts['account']}"
        return {
            "sid": sid_of(call),
            "account_sid": call.facts["account"],
            "call_sid": call.name,
            "conference_sid": None,
            "status": "completed",
            "duration": str(stands.seconds),
            "channels": call.facts["channels"],
            "source": "OutboundAPI",
            "error_code": None,
            "price": None,
            "price_unit": "USD",
            "start_time": mail_time(stands.answered_at),
            "date_created": mail_time(stands.answered_at),
            "date_updated": mail_time(stands.ended_at),
            "api_version": "2010-04-01",
            "encryption_details": None,
            "uri": f"{root}/Recordings/{sid_of(call)}.json",
        }

    async def _sound(self, request: Request, call: PhoneCall, form: str, wanted: str) -> Answer:
        kept = await self._archive.of(call)
        if kept is None or wanted not in ("", "1", "2"):
            raise twilio_rules.no(20404, 404, "there is no such sound")
        channels = int(wanted or str(call.facts["channels"]))
        data = self._archive.shaped(kept, form, channels)
        headers = (
            ("Content-Type", KINDS[form]),
            ("ETag", f'"{md5(data, usedforsecurity=False).hexdigest()}"'),
        )
        return part_of(request, data, headers)


def sid_of(call: PhoneCall) -> str:
    """Return the name of a call's recording."""
    return f"RE{call.name[2:]}"
