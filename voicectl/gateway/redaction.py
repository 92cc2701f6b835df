"""Keys taken out of what is written or said, wherever they may have come from."""

from __future__ import annotations

import re

MASK = "***"
_KEYS = re.compile(r"\b((?:ak|sk)_(?:live|test)_)\w+|(?i:(\bbearer\s+))\S+|\beyJ[\w-]+\.[\w-]+\.[\w-]+")


def redacted(text: str) -> str:
    """Return a text without keys, tokens and what stands after `Bearer`."""
    return _KEYS.sub(lambda found: (found[1] or found[2] or "") + MASK, text)


def plain(text: str) -> str:
    """Return a text for a log: without keys, and on one line whatever it holds."""
    return "".join(sign if sign.isprintable() else "?" for sign in redacted(text))
