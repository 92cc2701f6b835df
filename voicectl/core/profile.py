"""The public half of an account. Its secrets rest elsewhere, under its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A named account at one vendor, without its secrets."""

    name: str
    vendor: str
    region: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
