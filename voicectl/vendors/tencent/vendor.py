"""Tencent Cloud's card: what it can do here. Its fields and variables: `profiles/forms.py`."""

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
    from voicectl.vendors.tencent.tts import TencentTts

    return TencentTts(access)


def _call(access: Access) -> Calls:
    from voicectl.vendors.tencent.call import TencentCalls

    return TencentCalls(access)


def _recording(access: Access) -> Recordings:
    from voicectl.vendors.tencent.recording import TencentRecordings

    return TencentRecordings()


def _identity(access: Access) -> Identity:
    from voicectl.vendors.tencent.identity import identity

    return identity(access)


def _api(access: Access) -> Api:
    from voicectl.vendors.tencent.api import TencentApi

    return TencentApi(access)


def _services() -> tuple[Service, ...]:
    from voicectl.vendors.tencent.call_services import call_services
    from voicectl.vendors.tencent.services import services

    return (*services(), *call_services())


CARD = Vendor(
    name="tencent",
    title="Tencent Cloud",
    tts=_tts,
    call=_call,
    recording=_recording,
    identity=_identity,
    api=_api,
    services=_services,
)
