"""Flat reading of a server's XML error body: element -> text. No document types, no entities of its own."""

from __future__ import annotations

import re

# Each part stops at the next "<", so the time grows with the length of the text and no faster.
_ELEMENT = re.compile(r"<([A-Za-z_][\w.\-]{0,80})(?:\s[^<>]*)?>([^<]*)</\1\s*>")
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def is_markup(text: str) -> bool:
    return text.lstrip().startswith("<")


def is_page(text: str) -> bool:
    """Say whether this is HTML, which a proxy or a load balancer wrote."""
    start = text.lstrip()[:300].lower()
    return start.startswith("<html") or "<!doctype html" in start


def has_document_type(text: str) -> bool:
    lowered = text.lower()
    return "<!doctype" in lowered or "<!entity" in lowered


def elements(text: str) -> dict[str, str]:
    """Return the text of each innermost element, the first of a name; a cut end is no error."""
    found: dict[str, str] = {}
    for name, content in _ELEMENT.findall(text):
        found.setdefault(name, _REFERENCE.sub(_character, content))
    return found


def _character(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return _NAMED[name]
    number = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(number) if 0 < number < 0x110000 else match[0]
