"""A way out that is built when something is sent: most runs that may send do not. The real one: `http.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from voicectl.core.request import ReplyStream, Request
    from voicectl.transport.signed import Sender


class LaterSender(NamedTuple):
    """Builds its way out at the first request."""

    make: Callable[[], Sender]

    def open(self, request: Request, *, repeatable: bool = True) -> AbstractContextManager[ReplyStream]:
        return self.make().open(request, repeatable=repeatable)
