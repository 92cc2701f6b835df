"""What a batch remembers of its items: the seam. The file behind it: `kept/journal.py`."""

from __future__ import annotations

from typing import Protocol


class Journal(Protocol):
    """Knows which items are done, and as what; any thread may write."""

    def has(self, name: str, digest: int) -> bool:
        """Say whether the item was done as it is now: `digest` stands for all that it asks for."""
        ...

    def note(self, name: str, digest: int) -> None:
        """Remember an item whose outcome is where it belongs."""
        ...
