"""Voices made after a person's own: the gateway's name for each, and by whose leave it speaks."""

from __future__ import annotations

import re
from typing import NamedTuple

CLONE = "cv_"
"""How the gateway's names of such voices begin."""
_LOOKS_CLONED = re.compile(r"S_\w+|cosyvoice-.+-.+", re.ASCII)
"""How vendors name the voices that an account has made: Volcengine, Aliyun's CosyVoice."""


class Clone(NamedTuple):
    """One such voice: `voice` is the vendor's name for it, `consent` where the person's leave is kept."""

    id: str
    profile: str
    voice: str
    consent: str
    created: float
    created_by: str


def looks_cloned(voice: str) -> bool:
    """Say whether this is how a vendor names such a voice: nobody reaches one past its record."""
    return _LOOKS_CLONED.fullmatch(voice) is not None
