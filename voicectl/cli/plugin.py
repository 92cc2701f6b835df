"""`voicectl plugin`: what other packages bring. Looking at it lives in `actions/plugin.py`."""

from __future__ import annotations

import typer

from voicectl.cli.groups import new_group
from voicectl.cli.session import session_of
from voicectl.core.errors import CheckFailed

app = new_group("Plugins: list.")


@app.callback()
def group() -> None:
    """Look at what other packages bring."""


@app.command("list")
def list_(context: typer.Context) -> None:
    """Show the vendors and schemes that other packages bring, and whether each one works.

    voicectl plugin list

    VOICECTL_PLUGINS=none voicectl plugin list -O json
    """
    from voicectl.accounts import built_in_vendors
    from voicectl.actions.plugin import BROKEN, listed
    from voicectl.core.plugins import VARIABLE
    from voicectl.signing.schemes import names

    session = session_of(context)
    setting = session.world.environ.get(VARIABLE, "")
    found = listed(setting, {"vendor": built_in_vendors(), "scheme": names()})
    if not found:
        session.console.note("no plugin is installed; a plugin is a package that brings a vendor or a scheme")
    session.console.result([plugin._asdict() for plugin in found])
    broken = [plugin.name for plugin in found if plugin.health == BROKEN]
    if broken:
        raise CheckFailed(
            "{names} cannot be used", names=", ".join(broken), hint="pip install --upgrade the package named"
        )
