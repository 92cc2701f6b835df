"""Which vendors there are. A built-in one is imported when named; others come by entry point."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from voicectl.core.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from voicectl.core.vendor import Vendor

BUILT_IN = {
    "local": "voicectl.vendors.local.vendor",
    "aws": "voicectl.vendors.aws.vendor",
    "aliyun": "voicectl.vendors.aliyun.vendor",
    "volcengine": "voicectl.vendors.volcengine.vendor",
    "tencent": "voicectl.vendors.tencent.vendor",
    "emotivoice": "voicectl.vendors.emotivoice.vendor",
    "openai": "voicectl.vendors.openai.vendor",
}
ENTRY_POINTS = "voicectl.vendors"


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
    from importlib.metadata import entry_points

    for point in entry_points(group=ENTRY_POINTS, name=name):
        try:
            card: Vendor = point.load()
        except Exception as error:
            raise ConfigError(
                "the plugin for vendor {name!r}, {package!r}, does not load: {reason}",
                name=name,
                package=point.dist.name if point.dist else point.value,
                reason=f"{type(error).__name__}: {error}",
                hint="pip install --upgrade {package}",
            ) from error
        return card
    raise UsageError(
        "there is no vendor {name!r}; there are {known}",
        name=name,
        known=", ".join(BUILT_IN),
        hint="voicectl --vendor NAME …",
    )
