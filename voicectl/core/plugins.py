"""Which plugins may load. Loading one lives in `vendors/registry.py` and `signing/schemes.py`."""

from __future__ import annotations

from voicectl.core.errors import ConfigError

VARIABLE = "VOICECTL_PLUGINS"
ALL, NONE = "all", "none"


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
