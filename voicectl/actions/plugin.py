"""Looking at the plugins that are installed, each loaded by itself. How one is found: `core/plugins.py`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple

from voicectl.core import plugins
from voicectl.core.errors import VoicectlError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

FINE, BROKEN, FORBIDDEN, SHADOWED = "ok", "broken", "forbidden", "shadowed"


class Plugin(NamedTuple):
    """One entry point of another package, and whether it is of use: `reason` says why not."""

    name: str
    kind: str
    distribution: str
    version: str
    entry_point: str
    health: str
    reason: str = ""


def listed(setting: str, built_in: Mapping[str, Collection[str]]) -> list[Plugin]:
    """Return every plugin with its health; one that may not load, or is never asked, is not loaded.

    `built_in` are the names of each kind that no plugin can take.
    """
    return [
        _plugin(kind, point, setting, built_in[kind])
        for kind, group in plugins.GROUPS.items()
        for point in plugins.found(group)
    ]


def _plugin(kind: str, point: EntryPoint, setting: str, built_in: Collection[str]) -> Plugin:
    health, reason = _health(kind, point, setting, built_in)
    return Plugin(
        name=point.name,
        kind=kind,
        distribution=plugins.package_of(point),
        version=point.dist.version if point.dist else "",
        entry_point=point.value,
        health=health,
        reason=reason,
    )


def _health(kind: str, point: EntryPoint, setting: str, built_in: Collection[str]) -> tuple[str, str]:
    if point.name in built_in:
        return SHADOWED, f"{point.name} is built in"
    if not plugins.permits(setting, point.name):
        return FORBIDDEN, f"{plugins.VARIABLE}={setting}"
    name = point.name
    try:
        plugins.loaded(plugins.GROUPS[kind], name, lambda brought: plugins.checked(kind, name, brought))
    except VoicectlError as error:
        return BROKEN, str(error.facts.get("reason", error))
    return FINE, ""
