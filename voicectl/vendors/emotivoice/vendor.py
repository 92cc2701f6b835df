"""The card of EmotiVoice. Its fields and variables: `profiles/forms.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicectl.core.vendor import Access, Vendor

if TYPE_CHECKING:
    from voicectl.core.identity import Identity
    from voicectl.core.service import Service
    from voicectl.core.tts import Tts


def _tts(access: Access) -> Tts:
    from voicectl.vendors.emotivoice.tts import speech

    return speech(access)


def _identity(access: Access) -> Identity:
    from voicectl.vendors.emotivoice.identity import identity

    return identity(access)


def _services() -> tuple[Service, ...]:
    from voicectl.vendors.emotivoice.services import services

    return services()


CARD = Vendor(
    name="emotivoice",
    title="EmotiVoice: own server, gateway, or Youdao's cloud",
    tts=_tts,
    identity=_identity,
    services=_services,
)
