"""What an explanation says, as plain values. Nothing here holds a secret, a token or a derived key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One thing that went wrong, what to do about it, and how it is known."""

    id: str
    title: str
    fix: str
    evidence: str
    shows: str = ""
    code: str = ""
    """The fix as code, "" where it is not short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first place where what was signed is not what should have been; line and column count from 1."""

    where: str
    """`canonical_request` or `string_to_sign`."""
    line: int
    column: int
    given: str
    correct: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The two texts that lead to a signature, tokens masked; "" where the scheme has none or it is not "
    "known."""

    canonical_request: str = field(default="", repr=False)
    string_to_sign: str = field(default="", repr=False)

    @property
    def known(self) -> bool:
        return bool(self.canonical_request or self.string_to_sign)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a signature was refused, or that it is right."""

    verdict: str
    """`correct`, `explained` or `unknown`."""
    scheme: str
    causes: tuple[Cause, ...] = ()
    proved: bool = False
    checks: tuple[str, ...] = ()
    given_signature: str = ""
    correct_signature: str = ""
    first_difference: Difference | None = None
    tried: int = 0

    # What a reader sees beyond the machine's form.
    together: tuple[tuple[str, ...], ...] = ()
    """Ids of causes that make the signature only together; each group is one explanation, the likeliest "
    "first."""
    given: Texts = Texts()
    correct: Texts = Texts()
    server: Texts = Texts()
    key_id: str = ""
    moment: str = ""
    stopped: bool = False
    """The search was ended before everything was tried."""
    signature_valid: bool | None = None
    """Whether the signature fits the request and the secret; None without a secret."""

    def as_json(self) -> Mapping[str, object]:
        """Return the object of the contract."""
        difference = self.first_difference
        return {
            "verdict": self.verdict,
            "scheme": self.scheme,
            "causes": [
                {"id": cause.id, "title": cause.title, "fix": cause.fix, "evidence": cause.evidence}
                for cause in self.causes
            ],
            "proved": self.proved,
            "checks": list(self.checks),
            "given_signature": self.given_signature,
            "correct_signature": self.correct_signature,
            "first_difference": None
            if difference is None
            else {
                "where": difference.where,
                "line": difference.line,
                "column": difference.column,
                "given": difference.given,
                "correct": difference.correct,
            },
            "tried": self.tried,
        }


def first_difference(given: Texts, correct: Texts) -> Difference | None:
    """Return the first place where the texts differ, in the canonical request or else the string to sign."""
    if not given.known:
        return None
    for where in ("canonical_request", "string_to_sign"):
        found = _difference(where, getattr(given, where), getattr(correct, where))
        if found:
            return found
    return None


def _difference(where: str, given: str, correct: str) -> Difference | None:
    if given == correct:
        return None
    ours, theirs = given.split("\n"), correct.split("\n")
    for number in range(max(len(ours), len(theirs))):
        one = ours[number] if number < len(ours) else ""
        other = theirs[number] if number < len(theirs) else ""
        if one != other or number >= min(len(ours), len(theirs)):
            return Difference(
                where=where, line=number + 1, column=_column(one, other), given=one, correct=other
            )
    return None


def _column(one: str, other: str) -> int:
    length = min(len(one), len(other))
    return next((at + 1 for at in range(length) if one[at] != other[at]), length + 1)
