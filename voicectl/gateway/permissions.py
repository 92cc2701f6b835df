"""What a key may do: the closed list of tags, and lists of names. Who needs which: `door.py`."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from voicectl.core.errors import BugError, UsageError
from voicectl.gateway.keys import EVERY

SPEAK, FEEL, CLONE = "tts.basic", "tts.emotion", "tts.clone"
TAGS = (SPEAK, FEEL, CLONE, "call.create", "call.read", "recording.read", "token.inspect")
ALL_OF = ".*"


def expanded(words: Iterable[str]) -> frozenset[str]:
    """Read tags as they are typed when a key is issued; `tts.*` is what it means today, for ever."""
    return frozenset(tag for word in words for tag in _meant(word))


def _meant(word: str) -> tuple[str, ...]:
    if word in TAGS:
        return (word,)
    if word.endswith(ALL_OF) and (members := tuple(tag for tag in TAGS if tag.startswith(word[:-1]))):
        return members
    near = get_close_matches(word, TAGS, n=1)
    raise UsageError(
        "there is no tag {tag!r}; there are {known}",
        tag=word,
        known=", ".join(TAGS),
        near=near[0] if near else SPEAK,
        hint="--tags {near}",
    )


def chosen(names: tuple[str, ...], name: str) -> str | None:
    """Return the name that holds: the one asked for, else the first of the list; None where none may be.

    An empty list allows nothing. Where everything is allowed and nothing was asked for, it stays empty.
    """
    if EVERY in names:
        return name
    if not name:
        return names[0] if names else None
    return name if name in names else None


def check_route(tag: str) -> str:
    """Return a route's tag if there is one by that name; a route without one does not start."""
    if tag in TAGS:
        return tag
    raise BugError("a route declares the tag {tag!r}, which does not exist", tag=tag)
