"""Keys as a vendor's own tools read them: variables. How they are written down: `actions/auth.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Exports:
    """One account's variables, by name, and the `secret` ones among them.

    `others` are variables of the same vendor that would mix another account in: they have to go.
    """

    variables: Mapping[str, str] = field(repr=False)
    secret: frozenset[str]
    others: tuple[str, ...] = ()

    def laid_over(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return an environment in which this account is the only one of its vendor."""
        rest = {name: text for name, text in environment.items() if name not in self.others}
        return {**rest, **self.variables}
