"""Keys taken out of what is written or said, wherever they may have come from."""

from __future__ import annotations

import re

MASK = "***"
_KEYS = re.compile(r"((?:ak|sk)_(?:live|test)_)\w+|eyJ[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
"""Wherever they stand: in Chinese nothing parts a key from the word before it."""
_SHOWN = re.compile(r"(\bbearer\s+)\S+", re.ASCII | re.IGNORECASE)


def redacted(text: str) -> str:
    """Return a text without our keys and tokens; all else that a person may have written stays."""
    return _KEYS.sub(lambda found: (found[1] or "") + MASK, text)


def plain(text: str) -> str:
    """Return a text for a log: without keys, what stands after `Bearer`, and line breaks."""
    hidden = _SHOWN.sub(lambda found: found[1] + MASK, redacted(text))
    return "".join(sign if sign.isprintable() else "?" for sign in hidden)
