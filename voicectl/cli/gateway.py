"""`voicectl gateway serve`, and the group of its like. What is behind it: `gateway/`, an optional extra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from voicectl.cli import gateway_audit, gateway_keys, gateway_rules
from voicectl.cli.gateway_options import OPTIONS, plan_of
from voicectl.cli.gateway_sandbox import Play, serve_sandbox, with_play
from voicectl.cli.gateway_serve import serve_team
from voicectl.cli.groups import new_group
from voicectl.cli.session import session_of
from voicectl.cli.wishes import bundled
from voicectl.gateway.plan import Plan

USUAL_PORT = 8787
app = new_group("A door for a team, or a cloud to test with: serve, key, audit, rules, voice.")
app.add_typer(gateway_keys.app, name="key")
app.add_typer(gateway_audit.app, name="audit")
app.add_typer(gateway_rules.rules, name="rules")
app.add_typer(gateway_rules.voices, name="voice")


@app.callback()
def group() -> None:
    """Serve voices to others."""


def with_team(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a gateway for a team."""
    return bundled(command, "team", OPTIONS, plan_of)


@app.command()
@with_team
@with_play
def serve(
    context: typer.Context,
    port: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=0, max=65535, help="0 takes any that is free.", show_default="8787, in test 8788"
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen; unix:PATH is a socket.")
    ] = "127.0.0.1",
    *,
    play: Play | None,
    team: Plan,
) -> None:
    """Serve voices to a team that holds keys of its own, or play a whole voice cloud for scripts and tests.

    voicectl gateway serve --profile work --rules rules.toml

    voicectl gateway serve --env test --port 0

    For a team it speaks with a profile as `voicectl say` does; keys come from `voicectl gateway key issue`.
    With --sandbox there is no account behind it at all.

    At /_sandbox/ it takes: POST clock {"advance_seconds": N}, POST outcome {"to": NUMBER, "ends": "busy"},
    POST reset, GET ledger, and POST fault {"kind": KIND, "vendor", "path", "times", "seconds"} for the
    requests to come; the header X-Voicectl-Fault: KIND is for one. Kinds: 429, 500, 502, 503, 504, throttle
    (in the vendor's words), html, hang, slow, cut, reset (after the deed), drop (before), clock, expired.

    voicectl gateway serve --sandbox --env-file sandbox.env

    voicectl gateway serve --sandbox --port 0 --fake-audio tone
    """
    session = session_of(context)
    if play is None:
        serve_team(session, team, host, port)
        return
    serve_sandbox(session, play, host, USUAL_PORT if port is None else port)
