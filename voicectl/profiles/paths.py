"""Which directories are ours, by environment and platform. What lies in them is others' matter."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from voicectl.core.errors import ConfigError

APP = "voicectl"


class Directories(NamedTuple):
    """Where configuration, caches and state belong; None where there is no home to put them in."""

    config: Path | None
    cache: Path | None
    state: Path | None


def directories(environment: Mapping[str, str], platform: str) -> Directories:
    """Return our directories; `platform` is `sys.platform`'s word. Nothing is created."""
    places = _desktop_places() if platform in {"darwin", "win32"} else _xdg_places(environment)
    places |= {kind: Path(own) for kind in places if (own := environment.get(f"VOICECTL_{kind.upper()}_DIR"))}
    return Directories(**places)


def needed(directory: Path | None, variable: str) -> Path:
    """Return the directory; raise ConfigError naming the variable that can give one."""
    if directory is None:
        raise ConfigError(
            "there is no home directory to keep this in",
            variable=variable,
            hint="set {variable} to a directory of your own",
        )
    return directory


def _xdg_places(environment: Mapping[str, str]) -> dict[str, Path | None]:
    """Return the places of the XDG base directory specification, which ignores relative paths."""
    home = environment.get("HOME", "")
    return {
        kind: _below(environment.get(f"XDG_{kind.upper()}_HOME", ""), APP) or _below(home, f"{usual}/{APP}")
        for kind, usual in (("config", ".config"), ("cache", ".cache"), ("state", ".local/state"))
    }


def _below(root: str, rest: str) -> Path | None:
    return Path(root, rest) if root.startswith("/") else None


def _desktop_places() -> dict[str, Path | None]:
    from platformdirs import PlatformDirs

    places = PlatformDirs(APP, appauthor=False)
    return {
        "config": places.user_config_path,
        "cache": places.user_cache_path,
        "state": places.user_state_path,
    }
