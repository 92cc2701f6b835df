"""How vendors count text: each way by the name that messages give it. Who counts how: `vendors/`."""

from __future__ import annotations

import re
from enum import StrEnum

_HAN = "[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
_TAG = r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>"""
_ENTITY = r"&(?:#[0-9]+|#[xX][0-9A-Fa-f]+|[A-Za-z][0-9A-Za-z]*);"


class Unit(StrEnum):
    """What a limit is counted in; sizes of parts always add up to that of the whole."""

    CHARACTERS = "characters"
    BYTES = "bytes"
    """Of UTF-8."""
    UTF16 = "UTF-16 units"
    GBK = "GBK bytes"
    HAN_TWICE = "characters, Han signs counted twice"
    """As CosyVoice bills: punctuation, kana and Hangul count once."""
    TENTHS_OF_HAN = "tenths of a Chinese character"
    """Where 150 Chinese signs or 500 Latin letters fit: 10 for each sign beyond ASCII, 3 for one of it."""


def size_of(text: str, unit: str) -> int:
    """Count a text in a unit."""
    match Unit(unit):
        case Unit.CHARACTERS:
            return len(text)
        case Unit.BYTES:
            return len(text.encode())
        case Unit.UTF16:
            return len(text.encode("utf-16-le")) // 2
        case Unit.GBK:
            return len(text.encode("gb18030"))  # four bytes for what GBK itself lacks
        case Unit.HAN_TWICE:
            return len(text) + sum(map(len, re.findall(_HAN, text)))
        case Unit.TENTHS_OF_HAN:
            return 10 * len(text) - 7 * len(text.encode("ascii", "ignore"))


def without_tags(markup: str) -> str:
    """Return what is left of markup where tags are not counted; an entity is one sign."""
    return re.sub(_ENTITY, "&", re.sub(_TAG, "", markup))
