"""Fixtures of the audio tests: one loudspeaker for all of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import pulse


@pytest.fixture(scope="session")
def speaker() -> Iterator[pulse.Loudspeaker]:
    """Return a running PulseAudio server; skips, saying why, where there is none."""
    if reason := pulse.missing():
        pytest.skip(reason)
    # A socket's path may have 107 characters only.
    with tempfile.TemporaryDirectory(prefix="pulse") as folder, pulse.loudspeaker(Path(folder)) as running:
        yield running
