"""The search: no mistake, one, then two at once, until the signature that was sent comes out.

What the mistakes are lies in `mistakes/`; what a find means is told in `verdict.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from voicectl.core.errors import VoicectlError
from voicectl.explain.attempt import Attempt, Mistake, Try
from voicectl.explain.states import Made, Pieces, State, Step, locate, make, state_of, together

Watch = Callable[[int], bool]
"""Is told now and then how many ways were tried; returns False to stop."""

STEP = 1000
LIKELY = 3
"""From this weight on a mistake is likely enough to be met together with another one."""
MOST_PAIRS = {3: 250_000, 2: 150_000, 1: 75_000}
"""So many pairs are tried of each weight: all that likely mistakes make together, fewer of the rest."""
KEYS = frozenset({"key", "seal"})
MOST_NESTED, MOST_SECRETS = 14, 80
"""So many ways of one mistake are tried on top of another one that changes the same piece."""


def unwatched(tried: int) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Match:
    """One or two mistakes that make the signature as it was sent, and what was signed with them."""

    steps: tuple[Step, ...]
    made: Made = field(repr=False)

    @property
    def rank(self) -> tuple[int, int]:
        """Order by the weakest of the mistakes, then by the sum; smaller is likelier."""
        weights = [step.mistake.weight for step in self.steps]
        return -min(weights), -sum(weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search came to. `stopped` says that it was ended before everything was tried."""

    base: Made = field(repr=False)
    matches: tuple[Match, ...] = ()
    tried: int = 0
    stopped: bool = False

    @property
    def right(self) -> bool:
        """Say whether the signature needs no mistake."""
        return bool(self.base.signature) and not self.matches


class _Stopped(Exception):
    """The watcher has seen enough."""


class _Count:
    """Counts what was tried, and asks the watcher."""

    __slots__ = ("_watch", "tried")

    def __init__(self, watch: Watch) -> None:
        self.tried = 0
        self._watch = watch

    def add(self, number: int = 1) -> None:
        before, self.tried = self.tried, self.tried + number
        if before // STEP != self.tried // STEP and not self._watch(self.tried):
            raise _Stopped


def search(
    start: Attempt, catalogue: Sequence[Mistake], *, pairs: bool = True, watch: Watch = unwatched
) -> Found:
    """Look for the mistakes that make the signature which the attempt's claims hold."""
    given = start.claims.signature
    base = make(start)
    if base.signature == given:
        return Found(base=base, tried=1)
    count = _Count(watch)
    matches: list[Match] = []
    stopped = False
    states: dict[str, State] = {}
    try:
        for tier in _tiers(catalogue):
            _add_singles(states, start, base, tier, count)
            matches = _single_matches(states, given)
            if matches:
                break
        if not matches and pairs:
            matches = _pairs(base, list(states.values()), catalogue, given, count)
    except _Stopped:
        stopped = True
    return Found(base=base, matches=_ranked(matches), tried=count.tried, stopped=stopped)


def attempts(mistake: Mistake, attempt: Attempt) -> Iterator[Try]:
    """Yield the ways in which a mistake may have been made; one that cannot be made yields nothing more."""
    if not mistake.applies_to(attempt.scheme.scheme):
        return
    try:
        yield from mistake.tries(attempt)
    except (VoicectlError, ValueError, LookupError):
        return


def _made(attempt: Attempt, base: Made) -> Made | None:
    try:
        return make(attempt, base)
    except (VoicectlError, ValueError, LookupError):
        return None


def _tiers(catalogue: Sequence[Mistake]) -> Iterator[list[Mistake]]:
    """Yield the likely mistakes, then the others: what a likely one explains needs no unlikely twin."""
    yield [mistake for mistake in catalogue if mistake.weight >= LIKELY]
    yield [mistake for mistake in catalogue if mistake.weight < LIKELY]


def _add_singles(
    states: dict[str, State], start: Attempt, base: Made, catalogue: Iterable[Mistake], count: _Count
) -> None:
    """Sign under each mistake; what changes nothing for this request is left out."""
    for mistake in catalogue:
        for tried in attempts(mistake, start):
            count.add()
            made = _made(tried.attempt, base)
            if made is None or made.signature == base.signature:
                continue
            known = states.get(made.signature)
            if known is None:
                states[made.signature] = state_of(mistake, tried, made)
            elif all(step.mistake is not mistake for step in known.steps):
                known.steps.append(Step(mistake, tried.note))


def _single_matches(states: dict[str, State], given: str) -> list[Match]:
    state = states.get(given)
    return [Match((step,), state.made) for step in state.steps] if state else []


def _pairs(
    base: Made, states: list[State], catalogue: Sequence[Mistake], given: str, count: _Count
) -> list[Match]:
    pairs = _Pairs(base, states, given, count)
    found = list(pairs.matches(LIKELY)) or list(_nested(base, states, catalogue, given, count))
    for weight in range(LIKELY - 1, 0, -1):
        found = found or list(pairs.matches(weight))
    return found


def _ranked(matches: list[Match]) -> tuple[Match, ...]:
    return tuple(sorted(matches, key=lambda match: match.rank))


# Pairs -----------------------------------------------------------------------------------------


class _Pairs:
    """Two mistakes at once: two likely ones first, then a likely one with a less and less likely one."""

    __slots__ = ("_base", "_count", "_given", "_groups")

    def __init__(self, base: Made, states: Iterable[State], given: str, count: _Count) -> None:
        self._base, self._given, self._count = base, given, count
        groups: dict[tuple[frozenset[str], int], list[State]] = {}
        for state in sorted(states, key=lambda state: -state.weight):
            if state.weight:
                locate(state, base)
                groups.setdefault((state.feet, min(state.weight, LIKELY)), []).append(state)
        self._groups = groups

    def matches(self, weight: int) -> Iterator[Match]:
        """Yield the pairs of a likely mistake and one of this weight, which counts up to `LIKELY`."""
        most = self._count.tried + MOST_PAIRS[weight]
        for (one, first), firsts in self._groups.items():
            for (other, second), seconds in self._groups.items():
                if first != LIKELY or second != weight or one & other or "all" in one | other:
                    continue
                if weight == LIKELY and not _before(one, other):
                    continue
                if self._count.tried > most:
                    return
                yield from self._pair(one, firsts, other, seconds)

    def _pair(
        self, one: frozenset[str], firsts: list[State], other: frozenset[str], seconds: list[State]
    ) -> Iterator[Match]:
        right = self._base.pieces
        if right is None:
            return
        if one <= KEYS and not other & KEYS:
            yield from self._sealed(firsts, seconds)
        elif other <= KEYS and not one & KEYS:
            yield from self._sealed(seconds, firsts)
        elif "strings" in one | other or (one | other) & KEYS:
            yield from self._freely(right, firsts, seconds)
        else:
            yield from self._joined(right, firsts, seconds)

    def _sealed(self, keys: list[State], texts: list[State]) -> Iterator[Match]:
        """Sign each wrong string with each wrong key: one HMAC a pair, since both are known."""
        given = self._given
        ways = [(state.made.pieces, state) for state in keys]
        pairs = [(pieces.seal, pieces.key, state) for pieces, state in ways if pieces]
        for text in texts:
            string = text.made.string
            self._count.add(len(pairs))
            for seal, key, state in pairs:
                if seal(key, string) == given:
                    yield from _matches(state, text, replace(text.made, signature=given))

    def _joined(self, right: Pieces, firsts: list[State], seconds: list[State]) -> Iterator[Match]:
        """Put wrong texts together and sign them with the right key."""
        strings, seal, key, given = right.strings, right.seal, right.key, self._given
        for first in firsts:
            texts = {**right.texts, **first.changed}
            self._count.add(len(seconds))
            for second in seconds:
                canonical_request, string = strings({**texts, **second.changed})
                if seal(key, string) == given:
                    made = Made(signature=given, canonical_request=canonical_request, string=string)
                    yield from _matches(first, second, made)

    def _freely(self, right: Pieces, firsts: list[State], seconds: list[State]) -> Iterator[Match]:
        for first in firsts:
            self._count.add(len(seconds))
            for second in seconds:
                made = together(right, first, second)
                if made.signature == self._given:
                    yield from _matches(first, second, made)


def _before(one: frozenset[str], other: frozenset[str]) -> bool:
    return sorted(one) < sorted(other)


def _matches(first: State, second: State, made: Made) -> Iterator[Match]:
    for one in first.steps:
        for other in second.steps:
            if one.mistake is not other.mistake:
                yield Match((one, other), made)


def _nested(
    base: Made, states: Iterable[State], catalogue: Sequence[Mistake], given: str, count: _Count
) -> Iterator[Match]:
    """Make a second mistake on top of a first one that changes the same piece; both must be likely."""
    likely = [mistake for mistake in catalogue if mistake.weight >= LIKELY]
    place = {mistake.id: number for number, mistake in enumerate(likely)}
    firsts: dict[str, list[State]] = {}
    for state in states:
        for step in state.steps[:1]:
            firsts.setdefault(step.mistake.id, []).append(state)
    feet = {name: frozenset().union(*(state.feet for state in found)) for name, found in firsts.items()}
    for first, found in firsts.items():
        for second in feet:
            if (
                place.get(first, -1) < 0
                or place.get(second, -1) <= place[first]
                or not feet[first] & feet[second]
            ):
                continue
            for state in found[: _most(found)]:
                for tried in islice(attempts(likely[place[second]], state.first), _most(firsts[second])):
                    count.add()
                    made = _made(tried.attempt, base)
                    if made is not None and made.signature == given:
                        yield Match((state.steps[0], Step(likely[place[second]], tried.note)), made)


def _most(states: Sequence[State]) -> int:
    """Return how many of these ways are tried with others: other secrets cost little."""
    of_secret = states[0].first.changed == {"secret"}
    return MOST_SECRETS if of_secret else MOST_NESTED
