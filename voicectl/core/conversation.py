"""Messages to and fro over one WebSocket, as a vendor sees them. Opening one lives in `transport/`."""

from __future__ import annotations

from typing import Protocol


class Line(Protocol):
    """A bare connection, after a change of protocols."""

    @property
    def silence_seconds(self) -> float:
        """How long the other end may say nothing: the `--timeout`."""
        ...

    def read(self, seconds: float) -> bytes | None:
        """Return what has come, nothing at the end of the line, or None where it stays silent so long."""
        ...

    def write(self, data: bytes) -> None: ...

    def close(self) -> None:
        """Cut the line, also under the hands of a thread that reads."""
        ...


class Conversation(Protocol):
    """An open WebSocket (RFC 6455). Text messages are `str`, binary ones `bytes`.

    One thread may receive while others send; any may close.
    """

    def send(self, message: str | bytes) -> None:
        """Send one message; raises BrokenAnswer where the other end has gone."""
        ...

    def receive(self, *, within_seconds: float | None = None) -> str | bytes | None:
        """Return the next message, or None after the other end has closed in good order.

        Raises BrokenAnswer for a cut connection or an oversize message, TryLater for a silence of more than
        `within_seconds`, or of the `--timeout` where none is given; its `cause` is `silence`, and one may
        ask again.
        """
        ...

    def close(self) -> None:
        """End it at once; who is waiting for a message gets BrokenAnswer."""
        ...
