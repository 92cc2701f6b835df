"""Stand-ins that are handed in: streams that claim to be a terminal, and a world made of them."""

from __future__ import annotations

import io
from collections.abc import Mapping

from voicectl.world import World


class Terminal(io.TextIOWrapper):
    """A text stream in memory that says whether it is a terminal."""

    def __init__(self, content: str = "", *, is_terminal: bool = True) -> None:
        super().__init__(io.BytesIO(content.encode()), encoding="utf-8", newline="", write_through=True)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    @property
    def shown(self) -> str:
        """What has been written so far."""
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode("utf-8")


def world(
    environ: Mapping[str, str] | None = None, *, is_terminal: bool = True, seconds: float = 0.0
) -> World:
    """Return a world of memory streams whose clock stands still."""
    return World(
        environ=environ or {},
        stdin=Terminal(is_terminal=is_terminal),
        stdout=Terminal(is_terminal=is_terminal),
        stderr=Terminal(is_terminal=is_terminal),
        monotonic=lambda: seconds,
    )
