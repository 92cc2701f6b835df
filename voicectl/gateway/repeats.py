"""Whether a pattern repeats what repeats already, on which Python's engine can go astray for ever."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

OFTEN = 10
REPEATS = ("MAX_REPEAT", "MIN_REPEAT")


def repeats_inside(pattern: str) -> bool:
    """Say whether a repeat stands inside a repeat, as in `(a+)+`; possessive ones are harmless.

    The parser is the standard library's own, which has no public name.
    """
    return _is_nested(re._parser.parse(pattern), False)  # type: ignore[attr-defined]


def _is_nested(parts: Iterable[Any], is_inside: bool) -> bool:
    for operation, argument in parts:
        is_repeat = str(operation) in REPEATS and argument[1] > OFTEN
        if is_repeat and is_inside:
            return True
        if any(_is_nested(each, is_inside or is_repeat) for each in _parts_in(argument)):
            return True
    return False


def _parts_in(argument: Any) -> Iterable[Any]:
    """Yield the patterns that stand inside an operation, however it wraps them."""
    if type(argument).__name__ == "SubPattern":
        yield argument
    elif isinstance(argument, list | tuple):
        for each in argument:
            yield from _parts_in(each)
