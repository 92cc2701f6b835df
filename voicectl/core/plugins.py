"""What other packages bring by entry point, and which of it may load. What it is lives elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from voicectl.core.errors import ConfigError, VoicectlError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")

VARIABLE = "VOICECTL_PLUGINS"
ALL, NONE = "all", "none"
VENDORS, SCHEMES = "voicectl.vendors", "voicectl.schemes"
GROUPS = {"vendor": VENDORS, "scheme": SCHEMES}


def found(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of a group; nothing of them is loaded."""
    from importlib.metadata import entry_points

    return tuple(sorted(entry_points(group=group), key=lambda point: point.name))


def loaded(group: str, name: str, use: Callable[[Any], T]) -> T | None:
    """Return what `use` makes of the plugin of that name, None where nobody brings one.

    Whatever goes wrong in the plugin becomes a ConfigError that names its package.
    """
    point = next((point for point in found(group) if point.name == name), None)
    if point is None:
        return None
    try:
        return use(point.load())
    except VoicectlError:
        raise
    except (Exception, SystemExit) as error:
        raise ConfigError(
            "the plugin {name!r} of the package {package!r} is broken: {reason}",
            name=name,
            package=package_of(point),
            reason=f"{type(error).__name__}: {error}",
            hint="pip install --upgrade {package}, or pip uninstall {package}",
        ) from error


def checked(kind: str, brought: Any) -> Any:
    """Return what a plugin brought, if it is what its kind should be; raise TypeError."""
    from voicectl.core.vendor import Vendor

    fits = isinstance(brought, Vendor) if kind == "vendor" else callable(brought)
    if not fits:
        wanted = "a voicectl.core.vendor.Vendor" if kind == "vendor" else "a function that builds a signer"
        raise TypeError(" is not ".join((type(brought).__name__, wanted)))
    return brought


def package_of(point: EntryPoint) -> str:
    """Return the name of the package that brings it."""
    return point.dist.name if point.dist else point.module


def permits(setting: str, name: str) -> bool:
    """Say whether a plugin may load: `all`, `none`, or a list of the names that may."""
    allowed = {word.strip() for word in (setting or ALL).split(",")}
    return allowed == {ALL} or (allowed != {NONE} and name in allowed)


def refuse_forbidden(setting: str, name: str) -> None:
    """Raise ConfigError for a name that is not built in and may not come from a plugin."""
    if not permits(setting, name):
        raise ConfigError(
            "{name!r} is not built in, and {variable}={setting} lets no plugin bring it",
            name=name,
            variable=VARIABLE,
            setting=setting,
            hint="{variable}={name} lets this one load; a plugin is code that sees your keys",
        )
