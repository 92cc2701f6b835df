"""When words are heard, in the forms in which the two interfaces tell it. Asking for it: `services.py`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from voicectl.core.tts import Mark

SHARE = 30
"""Times that do not come so far as this part of the sound's milliseconds are seconds."""


def marks_of_sentence(sentence: object) -> Iterator[Mark]:
    """Read a sentence of the newer interface, whose words tell seconds from the start of the session."""
    found = sentence if isinstance(sentence, dict) else {}
    words = list(_words(found.get("words"), "startTime", "endTime", 1000))
    text = str(found.get("text") or "")
    if words and text:
        yield Mark(words[0].begin_ms, words[-1].end_ms, text, is_sentence=True)
    yield from words


def marks_of_addition(addition: object) -> tuple[Mark, ...]:
    """Read `addition` of the first interface: JSON within a text, in milliseconds or, of old voices, seconds.

    The last word is known to end after the sound itself: its end is cut to `duration`.
    """
    found = addition if isinstance(addition, dict) else {}
    try:
        front_end = json.loads(str(found.get("frontend") or "{}"))
        duration = round(float(str(found.get("duration") or 0)))
    except ValueError:
        return ()
    told = front_end.get("words") if isinstance(front_end, dict) else None
    words = tuple(_words(told, "start_time", "end_time", 1))
    in_seconds = duration and words and max(word.end_ms for word in words) * SHARE < duration
    if in_seconds:
        words = tuple(_words(told, "start_time", "end_time", 1000))
    last = duration or max((word.end_ms for word in words), default=0)
    return tuple(word._replace(end_ms=max(word.begin_ms, min(word.end_ms, last))) for word in words)


def _words(listed: object, begin: str, end: str, milliseconds: int) -> Iterator[Mark]:
    """Yield the words that have times; what has none is no mark."""
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, Mapping) and _is_time(each.get(begin)) and _is_time(each.get(end)):
            first, last = (round(each[name] * milliseconds) for name in (begin, end))
            yield Mark(first, last, str(each.get("word") or ""))


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value < 1e9
