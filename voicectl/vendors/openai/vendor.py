"""The card of OpenAI and its like. Its fields and variables: `profiles/forms.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicectl.core.vendor import Access, Vendor

if TYPE_CHECKING:
    from voicectl.core.api import Api
    from voicectl.core.identity import Identity
    from voicectl.core.service import Service
    from voicectl.core.tts import Tts


def _tts(access: Access) -> Tts:
    from voicectl.vendors.openai.tts import OpenAiTts

    return OpenAiTts(access)


def _identity(access: Access) -> Identity:
    from voicectl.vendors.openai.identity import identity

    return identity(access)


def _api(access: Access) -> Api:
    from voicectl.vendors.openai.api import OpenAiApi

    return OpenAiApi(access)


def _services() -> tuple[Service, ...]:
    from voicectl.vendors.openai.services import services

    return services()


CARD = Vendor(
    name="openai",
    title="OpenAI and servers that speak its way",
    tts=_tts,
    identity=_identity,
    api=_api,
    services=_services,
)
