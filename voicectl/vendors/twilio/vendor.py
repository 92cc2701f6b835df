"""Twilio's card: what it can do here. Its fields and variables: `profiles/forms.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicectl.core.vendor import Access, Vendor

if TYPE_CHECKING:
    from voicectl.core.api import Api
    from voicectl.core.call import Calls
    from voicectl.core.identity import Identity
    from voicectl.core.recording import Recordings
    from voicectl.core.service import Service


def _call(access: Access) -> Calls:
    from voicectl.vendors.twilio.call import TwilioCalls

    return TwilioCalls(access)


def _recording(access: Access) -> Recordings:
    from voicectl.vendors.twilio.recording import TwilioRecordings

    return TwilioRecordings(access)


def _identity(access: Access) -> Identity:
    from voicectl.vendors.twilio.identity import identity

    return identity(access)


def _api(access: Access) -> Api:
    from voicectl.vendors.twilio.api import TwilioApi

    return TwilioApi(access)


def _services() -> tuple[Service, ...]:
    from voicectl.vendors.twilio import recording_services
    from voicectl.vendors.twilio.services import services

    return (*services(), *recording_services.services())


CARD = Vendor(
    name="twilio",
    title="Twilio",
    call=_call,
    recording=_recording,
    identity=_identity,
    api=_api,
    services=_services,
)
