"""Rules against sensitive combinations of words and feelings: what they match. Their file: `rules_file.py`.

A list of words is a bump in the road, no moderation: it stops what nobody tries to hide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple
from unicodedata import normalize

from voicectl.gateway.feelings import ANY, Wanted
from voicectl.gateway.keys import EVERY
from voicectl.gateway.patterns import Pattern

SHORTEST_TERM = 2

_NOT_READ = re.compile(r"[\W_]+")
"""White space, what has no width, punctuation: all that can stand between the letters of a word unread."""
_TAGS = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>|\[[^\[\]]*[:#][^\[\]]*\]")


class Deed(StrEnum):
    """What follows when a rule matches."""

    BLOCK = "block"
    FLAG = "flag"


class Rule(NamedTuple):
    """One rule; it matches when any of its terms or patterns does, with any of its feelings."""

    id: str
    deed: Deed
    emotions: frozenset[str]
    languages: frozenset[str]
    terms: tuple[str, ...]
    smoothed: tuple[str, ...]
    patterns: tuple[Pattern, ...]


class Bell:
    """Rings for each key once a minute at most, however often its requests match."""

    def __init__(self, pause_seconds: float = 60.0) -> None:
        self._rung: dict[str, float] = {}
        self._pause = pause_seconds

    def may_ring(self, key_id: str, steady: float) -> bool:
        """Say whether it rings now; `steady` seconds never go back."""
        if steady - self._rung.get(key_id, -self._pause) < self._pause:
            return False
        self._rung[key_id] = steady
        return True


class RuleBook(NamedTuple):
    """All rules as they were read at one time; `version` is the start of the file's SHA-256."""

    rules: tuple[Rule, ...] = ()
    version: str = ""

    def hits(self, wanted: Wanted) -> list[Rule]:
        """Return the rules that a request matches, those that block first."""
        if not self.rules:
            return []
        said = (wanted.text, wanted.prompt, wanted.instructions)
        views = tuple(view for text in said if text for view in _views(text))
        feeling = wanted.feeling
        found = [
            rule for rule in self.rules if _is_meant(rule, feeling, wanted.language) and _matches(rule, views)
        ]
        return sorted(found, key=lambda rule: rule.deed is not Deed.BLOCK)


class View(NamedTuple):
    """One way to read a text: as it stands, smoothed, and all that patterns look at, in UTF-8."""

    raw: str
    smooth: str
    forms: tuple[bytes, ...]


def smooth(text: str) -> str:
    """Return a text as it sounds alike: one form of each letter, small, nothing unread in between."""
    return _NOT_READ.sub("", normalize("NFKC", normalize("NFKC", text).casefold()))


def smooth_terms(terms: Iterable[str]) -> tuple[str, ...]:
    """Return the smoothed terms; one that nearly vanishes (`C++`) is looked for as it stands only."""
    pairs = ((term, smooth(term)) for term in terms)
    return tuple(smoothed for term, smoothed in pairs if len(smoothed) >= min(SHORTEST_TERM, len(term)))


def _views(text: str) -> Iterator[View]:
    """Yield how a text can be read: with its tags, and without."""
    yield _view(text)
    if any(sign in text for sign in "<&["):
        from html import unescape

        bare = unescape(_TAGS.sub("", text))
        yield _view(bare)


def _view(text: str) -> View:
    """Return one way to read a text; patterns, whose classes are ASCII, also see `１２` as `12`."""
    smoothed = smooth(text)
    forms = dict.fromkeys((text, normalize("NFKC", text), smoothed))
    return View(text, smoothed, tuple(form.encode("utf-8", "replace") for form in forms))


def _is_meant(rule: Rule, feeling: str, language: str) -> bool:
    """Say whether a rule is for this feeling and language; of what is not known, every rule is."""
    felt = EVERY in rule.emotions or feeling == ANY or feeling in rule.emotions
    return felt and (not rule.languages or not language or _primary(language) in rule.languages)


def _primary(language: str) -> str:
    return language.lower().partition("-")[0].partition("_")[0]


def _matches(rule: Rule, views: Iterable[View]) -> bool:
    for view in views:
        if any(term in view.raw for term in rule.terms):
            return True
        if any(term in view.smooth for term in rule.smoothed):
            return True
        if any(pattern.search(form) for pattern in rule.patterns for form in view.forms):
            return True
    return False
