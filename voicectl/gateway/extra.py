"""Says which extra is missing where a library is. Which library is for what: where it is imported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from voicectl.core.errors import Unavailable


@contextmanager
def needed() -> Iterator[None]:
    """Turn an import that fails into Unavailable, with the way to install what the gateway wants."""
    try:
        yield
    except ModuleNotFoundError:
        raise Unavailable(
            "the gateway needs an extra that is not installed", hint="pip install 'voicectl[gateway]'"
        ) from None
