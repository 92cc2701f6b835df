"""Sound for the sandbox: really spoken by the local engine, or a tone as long as the text deserves."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable

RATE = 16000
SECONDS_A_SIGN = 0.06
TONE_HERTZ = 440.0

Speak = Callable[[str], tuple[int, bytes]]
"""Takes a text, returns a sample rate and samples: one channel, 16 bits, little-endian."""


def tone(text: str) -> tuple[int, bytes]:
    """Return a tone whose length is that of the text."""
    frames = max(1, round(len(text) * SECONDS_A_SIGN * RATE))
    wave = (round(8000 * math.sin(2 * math.pi * TONE_HERTZ * at / RATE)) for at in range(frames))
    return RATE, array("h", wave).tobytes()


def resampled(rate: int, samples: bytes, wanted: int) -> bytes:
    """Return samples at another rate, each the nearest one: a sandbox has no ears."""
    if rate == wanted:
        return samples
    given = array("h", samples)
    count = len(given) * wanted // rate
    return array("h", (given[at * rate // wanted] for at in range(count))).tobytes()
