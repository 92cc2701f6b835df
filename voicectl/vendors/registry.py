"""Which vendors there are. A built-in one is imported when named; others come by entry point."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from voicectl.core.errors import UsageError

if TYPE_CHECKING:
    from voicectl.core.vendor import Vendor

BUILT_IN = {
    "local": "voicectl.vendors.local.vendor",
    "aws": "voicectl.vendors.aws.vendor",
    "aliyun": "voicectl.vendors.aliyun.vendor",
    "volcengine": "voicectl.vendors.volcengine.vendor",
    "tencent": "voicectl.vendors.tencent.vendor",
    "twilio": "voicectl.vendors.twilio.vendor",
    "emotivoice": "voicectl.vendors.emotivoice.vendor",
    "openai": "voicectl.vendors.openai.vendor",
}


def load(name: str) -> Vendor:
    """Return a vendor's card.

    Raises UsageError for a name that nobody brings, ConfigError for a plugin that does not load.
    """
    module = BUILT_IN.get(name)
    if module is not None:
        card: Vendor = import_module(module).CARD
        return card
    return _from_plugin(name)


def _from_plugin(name: str) -> Vendor:
    from voicectl.core.plugins import VENDORS, checked, found, loaded

    card: Vendor | None = loaded(VENDORS, name, lambda brought: checked("vendor", name, brought))
    if card is None:
        known = (*BUILT_IN, *(point.name for point in found(VENDORS) if point.name not in BUILT_IN))
        raise UsageError(
            "there is no vendor {name!r}; there are {known}",
            name=name,
            known=", ".join(known),
            hint="voicectl --vendor NAME …",
        )
    return card
