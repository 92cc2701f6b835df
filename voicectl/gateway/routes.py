"""Which doors there are, and which tag opens each. What lies behind: `speech_routes.py`, `list_routes.py`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from voicectl.core.errors import BugError
from voicectl.gateway.permissions import check_route
from voicectl.gateway.refusals import Refusal

if TYPE_CHECKING:
    from voicectl.gateway.exchange import Exchange
    from voicectl.gateway.wire import Answer

PUBLIC = "public"
"""What stands for a tag where no key is asked for; it must be said."""
NAME = "{id}"

Handler = Callable[["Exchange"], "Awaitable[Answer]"]


class Route(NamedTuple):
    """One door. Its path is told to logs and metrics in place of the real one, which may hold anything."""

    method: str
    path: str
    tag: str
    handler: Handler
    is_seed: bool = False
    """Whether its errors have the form of `/v1/tts`."""


class Routes:
    """All doors, by path; BugError for one of which nobody said who may pass."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._exact: dict[str, list[Route]] = {}
        self._below: dict[str, list[Route]] = {}
        for route in routes:
            if route.tag != PUBLIC:
                check_route(route.tag)
            table = self._below if route.path.endswith(NAME) else self._exact
            table.setdefault(route.path.removesuffix(NAME), []).append(route)
        if not (self._exact or self._below):
            raise BugError("there are no routes")

    def find(self, method: str, path: str) -> tuple[Route, str] | Refusal:
        """Return a route, and the name at the end of its path; `path` is what ASGI took from the wire."""
        name = ""
        found = self._exact.get(path)
        if found is None:
            before, _, name = path.rpartition("/")
            found = self._below.get(f"{before}/") if name else None
        for route in found or ():
            if route.method == method:
                return route, name
        if found:
            return Refusal(
                status=405,
                code="method_not_allowed",
                message="Method not allowed",
                headers=(("Allow", ", ".join(each.method for each in found)),),
                reason="method",
            )
        return Refusal(status=404, code="not_found", message="Not found", reason="route")
