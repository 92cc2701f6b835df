"""Messages to and fro over one WebSocket, as a vendor sees them. Opening one lives in `transport/`."""

from __future__ import annotations

from typing import Protocol


class Conversation(Protocol):
    """An open WebSocket (RFC 6455). Text messages are `str`, binary ones `bytes`."""

    def send(self, message: str | bytes) -> None:
        """Send one message; raises BrokenAnswer where the other end has gone."""
        ...

    def receive(self, *, within_seconds: float | None = None) -> str | bytes | None:
        """Return the next message, or None after the other end has closed in good order.

        Raises BrokenAnswer for a cut connection or an oversize message, TryLater for a silence of more than
        `within_seconds`, or of the `--timeout` where none is given.
        """
        ...
