"""The card of the local engines: no account, no fields, no signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicectl.core.tts import Tts
from voicectl.core.vendor import Access, Vendor

if TYPE_CHECKING:
    from voicectl.core.service import Service


def _tts(access: Access) -> Tts:
    from voicectl.vendors.local.tts import LocalTts, all_engines

    return LocalTts(lambda: all_engines(access.environment))


def _services() -> tuple[Service, ...]:
    from voicectl.vendors.local.services import services

    return services()


CARD = Vendor(name="local", title="offline engines on this machine", tts=_tts, services=_services)
