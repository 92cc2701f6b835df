"""Texts to numbers, small and never mixed up."""

from __future__ import annotations

import random

import pytest

from voicectl.core.compact import CompactMap


@pytest.mark.parametrize("bits", [32, 64])
def test_it_knows_what_a_dictionary_knows(bits: int) -> None:
    chance, known, compact = random.Random(3), dict[str, int](), CompactMap(bits)
    for _ in range(20_000):
        text, number = f"第{chance.randrange(9000)}", chance.randrange(1 << bits)
        known[text] = number
        compact.put(text, number)
    assert len(compact) == len(known)
    assert all(compact.get(text) == number for text, number in known.items())
    assert compact.get("no such text") is None
