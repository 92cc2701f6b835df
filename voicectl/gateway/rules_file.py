"""The file of sensitive combinations, read whole and anew when it changes. What matches: `rules.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from voicectl.core.errors import ConfigError, NoInput, Unavailable
from voicectl.gateway.keys import EVERY
from voicectl.gateway.patterns import Pattern, compiled
from voicectl.gateway.rules import Deed, Rule, RuleBook, smooth_terms
from voicectl.profiles.settings import parsed
from voicectl.vendors.emotivoice.feelings import LABELS

MOST_BYTES = 1 << 20
VERSION_LENGTH = 12
LONGEST_PATTERN = 200
FIELDS = {"id", "emotions", "terms", "patterns", "languages", "action"}


class RulesFile:
    """A file of rules that may change while it is used; a bad one leaves the rules as they were."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp = stamp_of(path)
        self.book = read_rules(path)
        self.has_failed = False

    def refresh(self) -> ConfigError | NoInput | Unavailable | None:
        """Read the file again where it is another one; return why that failed, once for each change."""
        stamp = stamp_of(self.path)
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        try:
            self.book = read_rules(self.path)
        except (ConfigError, NoInput, Unavailable) as error:
            self.has_failed = True
            return error
        self.has_failed = False
        return None


def read_rules(path: Path) -> RuleBook:
    """Read a whole file of rules. Raises NoInput, ConfigError naming the rule that is wrong, Unavailable."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _unreadable(path, error) from None
    if len(data) > MOST_BYTES:
        raise ConfigError("{path} has more than {most} bytes", path=path, most=MOST_BYTES)
    document = parsed(data, path)
    if not document:
        # As it is for a moment while somebody writes it anew: no reason to let everything through.
        raise ConfigError("{path} holds no rule", path=path, hint="rule = [], if none is meant")
    found = document.pop("rule", [])
    if document or not isinstance(found, list):
        raise ConfigError("{path} holds what is no [[rule]]", path=path, hint="[[rule]]")
    rules = tuple(_rule(number, each, path) for number, each in enumerate(found, start=1))
    names = [rule.id for rule in rules]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise ConfigError("{path}: there are two rules {rule!r}", path=path, rule=twice)
    return RuleBook(rules, sha256(data).hexdigest()[:VERSION_LENGTH])


def _rule(number: int, found: object, path: Path) -> Rule:
    if not isinstance(found, dict):
        raise ConfigError("{path} holds what is no [[rule]]", path=path, hint="[[rule]]")
    name = found.get("id")
    if not isinstance(name, str) or not re.fullmatch(r"[\w.-]{1,64}", name):
        raise ConfigError("{path}: rule {number} has no id", path=path, number=number, hint='id = "threat"')
    read = _Reader(found, name, path)
    read.refuse_unknown()
    terms = read.texts("terms")
    rule = Rule(
        id=name,
        deed=read.deed(),
        emotions=read.emotions(),
        languages=frozenset(each.lower().partition("-")[0] for each in read.texts("languages")),
        terms=terms,
        smoothed=smooth_terms(terms),
        patterns=read.patterns(),
    )
    if not (rule.terms or rule.patterns):
        raise ConfigError("{path}: rule {rule!r} matches nothing", **read.place, hint='terms = ["…"]')
    return rule


class _Reader:
    """One table of the file, read field by field."""

    def __init__(self, found: Mapping[str, Any], name: str, path: Path) -> None:
        self._found = found
        self.place: dict[str, Any] = {"path": path, "rule": name}

    def refuse_unknown(self) -> None:
        if unknown := sorted(self._found.keys() - FIELDS):
            raise ConfigError(
                "{path}: rule {rule!r} has a field {field!r}, which there is not; there are {known}",
                **self.place,
                field=unknown[0],
                known=", ".join(sorted(FIELDS)),
            )

    def texts(self, field: str) -> tuple[str, ...]:
        found = self._found.get(field, [])
        if not isinstance(found, list) or not all(isinstance(each, str) and each for each in found):
            raise ConfigError(
                "{path}: rule {rule!r}: {field} is no list of texts",
                **self.place,
                field=field,
                hint='{field} = ["…"]',
            )
        return tuple(found)

    def deed(self) -> Deed:
        try:
            return Deed(self._found.get("action", Deed.BLOCK))
        except ValueError:
            raise ConfigError(
                "{path}: rule {rule!r}: action can be block or flag", **self.place, hint='action = "flag"'
            ) from None

    def emotions(self) -> frozenset[str]:
        if self._found.get("emotions") == EVERY:
            return frozenset((EVERY,))
        names = self.texts("emotions")
        if not names or not set(names) <= {*LABELS, EVERY}:
            raise ConfigError(
                "{path}: rule {rule!r}: emotions can be {known}, or * for all",
                **self.place,
                known=", ".join(LABELS),
                hint='emotions = "*"',
            )
        return frozenset(names)

    def patterns(self) -> tuple[Pattern, ...]:
        texts = self.texts("patterns")
        return tuple(self._pattern(number, text) for number, text in enumerate(texts, start=1))

    def _pattern(self, number: int, text: str) -> Pattern:
        facts = {**self.place, "number": number, "pattern": text}
        if len(text) > LONGEST_PATTERN:
            raise ConfigError(
                "{path}: rule {rule!r}: pattern {number} has more than {most} characters",
                **facts,
                most=LONGEST_PATTERN,
                hint="make it several",
            )
        try:
            pattern = compiled(text)
        except ValueError as error:
            raise ConfigError(
                "{path}: rule {rule!r}: pattern {number}, {pattern!r}, cannot be used: {reason}",
                **facts,
                reason=str(error),
                hint="voicectl gateway rules check --help",
            ) from None
        if pattern.search(b""):
            raise ConfigError(
                "{path}: rule {rule!r}: pattern {number}, {pattern!r}, matches every text",
                **facts,
                hint="write a+ for a*",
            )
        return pattern


def stamp_of(path: Path) -> tuple[int, int, int] | None:
    """Return what tells one state of a file from another; None where there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _unreadable(path: Path, error: OSError) -> NoInput:
    return NoInput("{path} cannot be read: {reason}", path=path, reason=error.strerror, hint="ls -l '{path}'")
