"""The Chinese words. A template that is missing here is printed in English."""

from __future__ import annotations

WORDS: dict[str, str] = {}
