"""Volcengine's card: what it can do here. Its fields and variables: `profiles/forms.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicectl.core.vendor import Access, Vendor

if TYPE_CHECKING:
    from voicectl.core.api import Api
    from voicectl.core.call import Calls
    from voicectl.core.identity import Identity
    from voicectl.core.recording import Recordings
    from voicectl.core.service import Service
    from voicectl.core.tts import Tts


def _tts(access: Access) -> Tts:
    from voicectl.vendors.volcengine.tts import VolcengineTts

    return VolcengineTts(access)


def _call(access: Access) -> Calls:
    from voicectl.vendors.volcengine.call import VolcengineCalls

    return VolcengineCalls(access)


def _recording(access: Access) -> Recordings:
    from voicectl.vendors.volcengine.recording import VolcengineRecordings

    return VolcengineRecordings(access)


def _identity(access: Access) -> Identity:
    from voicectl.vendors.volcengine.identity import identity

    return identity(access)


def _api(access: Access) -> Api:
    from voicectl.vendors.volcengine.api import VolcengineApi

    return VolcengineApi(access)


def _services() -> tuple[Service, ...]:
    from voicectl.vendors.volcengine import recording_services
    from voicectl.vendors.volcengine.call_services import call_services
    from voicectl.vendors.volcengine.services import services

    return (*services(), *call_services(), *recording_services.services())


CARD = Vendor(
    name="volcengine",
    title="Volcengine",
    tts=_tts,
    call=_call,
    recording=_recording,
    identity=_identity,
    api=_api,
    services=_services,
)
