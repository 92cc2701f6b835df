"""A request for speech in whichever form: what is wanted, and as what it goes back. Forms: `*_form.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from voicectl.core.audio import Container
from voicectl.gateway.feelings import Wanted
from voicectl.gateway.refusals import Refusal, cut, invalid_request, text_too_long

MOST_CHARACTERS = 4096
LONGEST_NAME = 128

Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is wanted, how fast, and in which container; `as_events` tells it in server-sent events."""

    wanted: Wanted
    rate: float | None = None
    container: Container = Container.MP3
    as_events: bool = False


class BadOrder(Exception):
    """A request that goes no further, and what is answered."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def refuse(message: str, param: str | None = None) -> NoReturn:
    """Refuse a request as wrong in itself."""
    raise BadOrder(invalid_request(message, param))


def object_in(body: bytes) -> Mapping[str, object]:
    """Return the JSON object that a body is."""
    try:
        found = json.loads(body, parse_constant=lambda word: refuse("The body is not valid JSON"))
    except (ValueError, RecursionError):
        refuse("The body is not valid JSON")
    if not isinstance(found, dict):
        refuse("The body is not a JSON object")
    return found


def text_of(body: Mapping[str, object], field: str) -> str:
    """Return the text to be spoken, as it was received."""
    text = word_of(body, field, longest=MOST_CHARACTERS + 1)
    if len(text) > MOST_CHARACTERS:
        raise BadOrder(text_too_long(MOST_CHARACTERS))
    if not text.strip():
        refuse(f"{field} is missing", field)
    return text


def word_of(body: Mapping[str, object], field: str, *, longest: int = LONGEST_NAME) -> str:
    """Return a field that is text; empty where it is missing or null."""
    found = body.get(field)
    if found is None:
        return ""
    if not isinstance(found, str):
        refuse(f"{field} must be a string", field)
    if len(found) > longest and longest <= MOST_CHARACTERS:
        refuse(f"{field} is too long", field)
    if "\0" in found or any("\ud800" <= sign <= "\udfff" for sign in found):
        refuse(f"{field} holds what is no character", field)
    return found


def number_of(body: Mapping[str, object], field: str, low: float, high: float) -> float | None:
    """Return a field that is a number within its bounds; None where it is missing or null."""
    found = body.get(field)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float) or not low <= found <= high:
        refuse(f"{field} must be a number from {low:g} to {high:g}", field)
    return float(found)


def container_of(body: Mapping[str, object], field: str, usual: Container) -> Container:
    """Return the container that a field names."""
    name = word_of(body, field) or usual
    try:
        return Container(name)
    except ValueError:
        refuse(f"Unsupported {field}: {cut(name)}", field)
