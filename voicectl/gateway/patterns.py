"""Patterns as RE2 compiles them, its only home: a longer text takes longer in step, whatever the pattern.

Which rule has which, and what is refused beside: `rules_file.py`.
"""

from __future__ import annotations

from typing import Any, Protocol, cast

from voicectl.gateway import extra

MOST_STEPS = 4000
"""The size of a compiled pattern; the worst of that size take 0.2 seconds for 5,000 characters."""
MOST_BYTES = 1 << 20
"""Of memory for one pattern: it compiled, and what RE2 remembers of its searches."""


class Pattern(Protocol):
    """A compiled pattern."""

    def search(self, text: bytes, /) -> object:
        """Return something true where it matches anywhere in a text in UTF-8."""


def compiled(text: str) -> Pattern:
    """Compile a pattern, to which small and capital letters are one.

    Raises ValueError in RE2's words, which quote the part at fault, and Unavailable without the extra.
    """
    re2 = _library()
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.log_errors = False
    options.max_mem = MOST_BYTES
    try:
        pattern = re2.compile(text, options)
    except re2.error as error:
        raise ValueError(error.args[0].decode("utf-8", "replace")) from None
    if pattern.programsize > MOST_STEPS:
        raise ValueError("pattern too large")
    return cast(Pattern, pattern)


def _library() -> Any:
    with extra.needed():
        import re2
    return re2
