"""Something worth saying that is no failure. Where it is printed is the face's matter."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Note(NamedTuple):
    """A template and its facts, like an error's message; never holds a secret. `id` is for programs."""

    template: str
    facts: Mapping[str, object] = MappingProxyType({})
    id: str = ""

    def __str__(self) -> str:
        return self.template.format(**self.facts)
