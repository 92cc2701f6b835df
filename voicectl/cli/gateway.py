"""`voicectl gateway`: the sandbox. What is behind it lives in `gateway/`, an optional extra."""

from __future__ import annotations

from typing import Annotated

import typer

from voicectl.cli import gateway_keys, gateway_rules
from voicectl.cli.groups import new_group
from voicectl.cli.session import session_of
from voicectl.core.errors import UsageError

app = new_group("A voice cloud on this machine: serve.")
app.add_typer(gateway_keys.app, name="key")
app.add_typer(gateway_rules.rules, name="rules")
app.add_typer(gateway_rules.voices, name="voice")


@app.callback()
def group() -> None:
    """Serve voices to others."""


@app.command()
def serve(
    context: typer.Context,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Play every vendor, with keys that everybody knows.")
    ] = False,
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="0 takes any that is free.")
    ] = 8787,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    env_file: Annotated[str, typer.Option(metavar="FILE", help="Write the variables there, too.")] = "",
    fake_audio: Annotated[
        str, typer.Option("--fake-audio", metavar="tone", help="A tone in place of speech.")
    ] = "",
    no_limits: Annotated[
        bool, typer.Option("--no-limits", help="Throttle nobody, whatever the vendors' pages say.")
    ] = False,
) -> None:
    """Serve a whole voice cloud on this machine, for scripts and tests that have no account.

    At /_sandbox/ it takes: POST clock {"advance_seconds": N}, POST outcome {"to": NUMBER, "ends": "busy"},
    POST reset, GET ledger, and POST fault {"kind": KIND, "vendor", "path", "times", "seconds"} for the
    requests to come; the header X-Voicectl-Fault: KIND is for one. Kinds: 429, 500, 502, 503, 504, throttle
    (in the vendor's words), html, hang, slow, cut, reset (after the deed), drop (before), clock, expired.

    voicectl gateway serve --sandbox --env-file sandbox.env

    voicectl gateway serve --sandbox --port 0 --fake-audio tone
    """
    from voicectl.gateway.sandbox.start import start

    session = session_of(context)
    if not sandbox:
        raise UsageError("say what is to be served", hint="voicectl gateway serve --sandbox")
    if fake_audio not in ("", "tone"):
        raise UsageError(
            "--fake-audio can be tone, not {value!r}", value=fake_audio, hint="--fake-audio tone"
        )
    start(
        session.runtime.clock,
        host,
        port,
        env_file,
        session.console,
        is_tone=bool(fake_audio),
        is_limited=not no_limits,
    )
