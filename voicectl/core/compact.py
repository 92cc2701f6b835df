"""A map from texts to numbers that stays small: what a million texts need is here, the texts are not."""

from __future__ import annotations

from array import array
from hashlib import blake2b

FIRST_SLOTS = 1 << 10
FULL = 2 / 3


class CompactMap:
    """Texts to numbers of `bits` bits, 32 or 64, in 12 or 16 bytes a slot; two texts may share a hash
    once in 10**19 times.
    """

    __slots__ = ("_count", "_keys", "_kind", "_values")

    def __init__(self, bits: int = 64) -> None:
        self._kind = "Q" if bits == 64 else "I"
        self._count = 0
        self._allot(FIRST_SLOTS)

    def __len__(self) -> int:
        return self._count

    def get(self, text: str) -> int | None:
        key = hash_of(text)
        slot = self._slot(key)
        return self._values[slot] if self._keys[slot] else None

    def put(self, text: str, number: int) -> None:
        if self._count >= FULL * len(self._keys):
            self._grow()
        self._put(hash_of(text), number)

    def _put(self, key: int, number: int) -> None:
        slot = self._slot(key)
        self._count += not self._keys[slot]
        self._keys[slot], self._values[slot] = key, number

    def _slot(self, key: int) -> int:
        """Return where the key is, or the free slot where it belongs."""
        keys, last = self._keys, len(self._keys) - 1
        slot = key & last
        while keys[slot] not in (0, key):
            slot = (slot + 1) & last
        return slot

    def _allot(self, slots: int) -> None:
        self._keys, self._values = array("Q", [0]) * slots, array(self._kind, [0]) * slots

    def _grow(self) -> None:
        keys, values = self._keys, self._values
        self._count = 0
        self._allot(2 * len(keys))
        for key, value in zip(keys, values, strict=True):
            if key:
                self._put(key, value)


def hash_of(text: str) -> int:
    """Return 64 bits that stand for a text, the same in every run; never 0."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()) or 1
