"""What other packages bring by entry point, and which of it may load. What it is lives elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any, TypeVar

from voicectl.core.errors import ConfigError, VoicectlError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")

VARIABLE = "VOICECTL_PLUGINS"
ALL, NONE = "all", "none"
VENDORS, SCHEMES = "voicectl.vendors", "voicectl.schemes"
CAPABILITIES = ("tts", "call", "recording", "token", "identity", "api", "services")
GROUPS = {"vendor": VENDORS, "scheme": SCHEMES}


def found(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of a group; nothing of them is loaded."""
    from importlib.metadata import entry_points

    return tuple(sorted(entry_points(group=group), key=lambda point: point.name))


def loaded(group: str, name: str, use: Callable[[Any], T]) -> T | None:
    """Return what `use` makes of the plugin of that name, None where nobody brings one.

    Whatever goes wrong in the plugin becomes a ConfigError that names its package. What it prints goes
    to stderr: stdout is for results.
    """
    points = [point for point in found(group) if point.name == name]
    if not points:
        return None
    _refuse_rivals(name, points)
    (point,) = points
    try:
        with redirect_stdout(sys.stderr):
            return use(_brought_by(point))
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


def _refuse_rivals(name: str, points: Sequence[EntryPoint]) -> None:
    """Raise ConfigError where packages bring the same name: which of them may see keys is not ours to say."""
    packages = [package_of(point) for point in points]
    if len(packages) > 1:
        raise ConfigError(
            "the plugin {name!r} is brought by several packages: {packages}",
            name=name,
            packages=", ".join(packages),
            package=packages[-1],
            hint="pip uninstall {package}",
        )


def _brought_by(point: EntryPoint) -> Any:
    if not point.pattern.match(point.value):
        raise ValueError("its entry point " + repr(point.value) + " is not written module:attribute")
    return point.load()


def checked(kind: str, name: str, brought: Any) -> Any:
    """Return what a plugin of that name brought, if it is what its kind should be; raise TypeError."""
    if fault := _fault_of_card(name, brought) if kind == "vendor" else _fault_of_builder(brought):
        raise TypeError(fault)
    return brought


def _fault_of_card(name: str, card: Any) -> str:
    """Say why it is no card of a vendor of that name; empty where it is one."""
    from voicectl.core.vendor import Vendor

    if not isinstance(card, Vendor):
        return f"{type(card).__name__} is not a voicectl.core.vendor.Vendor"
    if card.name != name:
        return f"its card says that its name is {card.name!r}"
    wrong = [each for each in CAPABILITIES if not callable(getattr(card, each) or print)]
    return f"{wrong[0]!r} of its card is not a function" if wrong else _fault_of_account(name, card.account)


def _fault_of_account(name: str, account: Any) -> str:
    from voicectl.core.account import AccountForm

    if account is None:
        return ""
    if not isinstance(account, AccountForm):
        return f"the account of its card is {type(account).__name__}, not a voicectl.core.account.AccountForm"
    if account.vendor != name:
        return f"the account of its card says that its vendor is {account.vendor!r}"
    return "" if account.kinds else "the account of its card has no kind of key"


def _fault_of_builder(builder: Any) -> str:
    return "" if callable(builder) else f"{type(builder).__name__} is not a function that builds a signer"


def to_blame(error: BaseException) -> tuple[str, str] | None:
    """Return name and package of the plugin through whose code an error came; None for our own."""
    modules = set()
    trace = error.__traceback__
    while trace is not None:
        modules.add(str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0])
        trace = trace.tb_next
    points = (point for group in GROUPS.values() for point in found(group))
    blamed = next(
        (point for point in points if point.value.partition(".")[0].partition(":")[0] in modules), None
    )
    return (blamed.name, package_of(blamed)) if blamed else None


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
