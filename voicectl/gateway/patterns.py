"""Patterns searched for in bounded time, whatever pattern and text. Which rule has which: `rules_file.py`.

Python's own engine tries one way after the other, and of those there can be more than there is time for.
Here all ways are gone at once, as in Thompson's "Regular expression search algorithm" (1968): a text takes
its length times the size of the pattern. What has no such form, looking around and back, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple, TypeVar

LONGEST = 200
MOST_STEPS = 1000
MOST_MOVES = 20_000
"""How much of what was found out is remembered."""
END, LAST_NEWLINE = "", "\n\0"
"""What stands for a text's end, and for a newline just before it, which `$` takes for the end too."""
FOUND = 1
"""The step, as a bit, with which a pattern has been found."""
FLAGS = re.IGNORECASE | re.DOTALL | re.VERBOSE | re.UNICODE
UNKNOWN = {
    "ASSERT": "looks around",
    "ASSERT_NOT": "looks around",
    "GROUPREF": "refers back",
    "GROUPREF_EXISTS": "refers back",
    "ATOMIC_GROUP": "has a part that gives nothing back",
    "POSSESSIVE_REPEAT": "has a part that gives nothing back",
}
_WORD = re.compile(r"\w")

Test = Callable[[str], object]
Kind = TypeVar("Kind")


class Unbounded(ValueError):
    """A pattern that cannot be searched for in bounded time; its words say what it does."""


class Step(NamedTuple):
    """One place in a pattern: takes a sign by `test`, or none where `at` holds, and goes on in `then`."""

    then: tuple[int, ...]
    test: Test | None = None
    at: str = ""


class Scope(NamedTuple):
    """The flags that hold inside a group beside those of the whole pattern."""

    more: int = 0
    less: int = 0

    def inside(self, more: int, less: int) -> Scope:
        """Return what holds in a group in this one."""
        return Scope((self.more | more) & ~less, (self.less & ~more) | less)


class Places:
    """Where a search stands after a sign, as bits, and where each next sign leads."""

    __slots__ = ("held", "is_start", "is_word", "moves")

    def __init__(self, held: int, *, is_word: bool = False, is_start: bool = False) -> None:
        self.held, self.is_word, self.is_start = held, is_word, is_start
        self.moves: dict[str, Places] = {}


class Patterns:
    """Several patterns, searched for as one. Raises re.error, Unbounded."""

    def __init__(self, texts: Iterable[str]) -> None:
        plan = _Plan()
        starts = tuple(plan.add_pattern(text) for text in texts)
        self._steps = plan.steps
        self._starts = self._reached(starts)
        self._bytes = len(self._steps) // 8 + 1
        self._after_byte: dict[int, int] = {}
        self._taking = _bits_by(self._steps, lambda step: step.test)
        self._asserting = _bits_by(self._steps, lambda step: step.at or None)
        self._forget()

    def search(self, text: str) -> bool:
        """Say whether any of them matches somewhere in a text."""
        places = self._first
        for sign in _signs(text):
            places = places.moves.get(sign) or self._moved(places, sign)
            if places.held & FOUND:
                return True
        return False

    def _forget(self) -> None:
        self._known: dict[tuple[int, bool], Places] = {}
        self._takers: dict[str, int] = {}
        self._moves = 0
        self._first = Places(self._starts, is_start=True)

    def _moved(self, places: Places, sign: str) -> Places:
        """Return where a sign leads, and remember it."""
        if self._moves >= MOST_MOVES:
            self._forget()
        place = self._led(places, sign), _is_word(sign)
        found = self._known.get(place)
        if found is None:
            found = self._known[place] = Places(place[0], is_word=place[1])
        places.moves[sign] = found
        self._moves += 1
        return found

    def _led(self, places: Places, sign: str) -> int:
        """Return the places after a sign, with those where a match may begin; FOUND where one has ended."""
        held, passed = places.held, 0
        holding = sum(steps for at, steps in self._asserting.items() if _holds(at, places, sign))
        while ready := held & holding & ~passed:
            passed |= ready
            held |= self._after(ready)
        if held & FOUND or not sign:
            return held & FOUND
        takers = self._takers.get(sign)
        if takers is None:
            takers = sum(steps for test, steps in self._taking.items() if test(sign[0]))
            self._takers[sign] = takers
        return self._after(held & takers) | self._starts

    def _after(self, held: int) -> int:
        """Return what the places lead to, eight at once."""
        reached = 0
        for place, byte in enumerate(held.to_bytes(self._bytes, "little")):
            if byte:
                key = place << 8 | byte
                known = self._after_byte.get(key)
                if known is None:
                    ahead = (self._steps[8 * place + bit].then for bit in range(8) if byte >> bit & 1)
                    known = self._after_byte[key] = self._reached(chain.from_iterable(ahead))
                reached |= known
        return reached

    def _reached(self, steps: Iterable[int]) -> int:
        """Return, as bits, all steps that are reached from these without a sign or a condition."""
        reached, waiting = 0, list(steps)
        while waiting:
            number = waiting.pop()
            if not reached >> number & 1:
                reached |= 1 << number
                step = self._steps[number]
                waiting += () if step.test or step.at else step.then
        return reached


class _Plan:
    """Steps as they are laid down, from a pattern's end to its beginning; the first is where all end."""

    def __init__(self) -> None:
        self.steps = [Step(())]
        self._tests: dict[str, Test] = {}

    def add_pattern(self, text: str) -> int:
        """Lay down a pattern, and return where it begins.

        The parser is the standard library's own, which has no public name.
        """
        tree = re._parser.parse(text, re.IGNORECASE)  # type: ignore[attr-defined]
        _refuse_flags(tree.state.flags)
        return self._all(tree, 0, Scope())

    def _add(self, step: Step) -> int:
        if len(self.steps) >= MOST_STEPS:
            raise Unbounded("repeats too much")
        self.steps.append(step)
        return len(self.steps) - 1

    def _all(self, parts: Any, then: int, scope: Scope) -> int:
        for part in reversed(parts.data):
            then = self._one(parts.state, part, then, scope)
        return then

    def _one(self, state: Any, part: tuple[Any, Any], then: int, scope: Scope) -> int:
        operation, argument = part
        match str(operation):
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                return self._add(Step((then,), self._test(state, part, scope)))
            case "AT":
                return self._add(Step((then,), at=str(argument)))
            case "BRANCH":
                return self._add(Step(tuple(self._all(each, then, scope) for each in argument[1])))
            case "SUBPATTERN":
                _, more, less, inner = argument
                _refuse_flags(more)
                return self._all(inner, then, scope.inside(more, less))
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, inner = argument
                return self._repeated(least, most, inner, then, scope)
        raise Unbounded(UNKNOWN.get(str(operation), "does what is not known here"))

    def _repeated(self, least: int, most: int, inner: Any, then: int, scope: Scope) -> int:
        end = then
        if most == re._parser.MAXREPEAT:  # type: ignore[attr-defined]
            then = self._add(Step(()))
            self.steps[then] = Step((self._all(inner, then, scope), end))
        else:
            for _ in range(most - least):
                then = self._add(Step((self._all(inner, then, scope), end)))
        for _ in range(least):
            begin = self._all(inner, then, scope)
            if begin == then:
                break
            then = begin
        return then

    def _test(self, state: Any, part: tuple[Any, Any], scope: Scope) -> Test:
        """Return what says whether a sign is taken: the engine itself, for one sign."""
        name = f"{part} {scope} {state.flags}"
        if name not in self._tests:
            parser = re._parser  # type: ignore[attr-defined]
            one = parser.SubPattern(state, [part])
            grouped = parser.SubPattern(state, [(parser.SUBPATTERN, (None, *scope, one))])
            self._tests[name] = re._compiler.compile(grouped).fullmatch  # type: ignore[attr-defined]
        return self._tests[name]


def _refuse_flags(flags: int) -> None:
    if flags & ~FLAGS:
        raise Unbounded("has other flags than i, s and x")


def _bits_by(steps: Iterable[Step], of: Callable[[Step], Kind | None]) -> dict[Kind, int]:
    """Return the steps, as bits, by what they have in common; those without it are left out."""
    found: dict[Kind, int] = {}
    for number, step in enumerate(steps):
        if (kind := of(step)) is not None:
            found[kind] = found.get(kind, 0) | 1 << number
    return found


def _signs(text: str) -> Iterator[str]:
    """Return a text sign by sign, and its end."""
    if text.endswith("\n"):
        return chain(text[:-1], (LAST_NEWLINE, END))
    return chain(text, (END,))


def _is_word(sign: str) -> bool:
    return _WORD.match(sign) is not None


def _holds(at: str, places: Places, sign: str) -> bool:
    match at:
        case "AT_BEGINNING" | "AT_BEGINNING_STRING":
            return places.is_start
        case "AT_END":
            return sign in (END, LAST_NEWLINE)
        case "AT_END_STRING":
            return sign == END
        case "AT_BOUNDARY":
            return places.is_word != _is_word(sign)
    return places.is_word == _is_word(sign)
