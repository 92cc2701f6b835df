"""A thing that is wrong and was seen without any search: on the wire, in the server's answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voicectl.explain.attempt import Attempt
from voicectl.explain.verdict import Cause

Repair = Callable[[Attempt], Attempt]


def unchanged(attempt: Attempt) -> Attempt:
    """Repair nothing."""
    return attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A cause, whether it is proved, and how the request would be right."""

    cause: Cause
    proved: bool = True
    repair: Repair = unchanged


def found(
    name: str,
    title: str,
    fix: str,
    evidence: str,
    *,
    proved: bool = True,
    repair: Repair = unchanged,
    code: str = "",
) -> Finding:
    """Return a finding in one line."""
    cause = Cause(id=name, title=title, fix=fix, evidence=evidence, code=code)
    return Finding(cause=cause, proved=proved, repair=repair)
