"""The sandbox as others get it, but really speaking."""

from __future__ import annotations

import pytest

from voicectl.testing.sandbox import sandbox, sandbox_started

__all__ = ["sandbox", "sandbox_started"]


@pytest.fixture(scope="session")
def sandbox_words() -> tuple[str, ...]:
    return ("--no-limits",)
