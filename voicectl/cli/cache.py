"""`voicectl cache`: what lies in the cache of sounds. The files themselves: `kept/sounds.py`."""

from __future__ import annotations

import typer

from voicectl.cli.figures import size
from voicectl.cli.groups import new_group
from voicectl.cli.session import session_of, session_to_change

app = new_group("The cache of sounds: stats, clear.")


@app.callback()
def group() -> None:
    """Look at the cache of sounds, or empty it."""


@app.command()
def stats(context: typer.Context) -> None:
    """Show how much lies in the cache.

    voicectl cache stats

    voicectl cache stats --query bytes
    """
    from voicectl.speaking import cached

    session = session_of(context)
    session.console.result(cached(session.runtime))


@app.command()
def clear(context: typer.Context) -> None:
    """Remove all sounds and the names of voices; keys, tokens and accounts are elsewhere and stay.

    voicectl cache clear

    voicectl cache clear -O json
    """
    from voicectl.speaking import clear_cache

    session = session_to_change(context)
    gone = clear_cache(session.runtime)
    session.console.result(gone, lambda: f"removed {gone['sounds']} sounds, {size(gone['bytes'])}")
