"""`voicectl doctor`: what is wrong here, and what to do about it. What is looked at: `checkup/`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from voicectl.cli.groups import new_command
from voicectl.cli.session import session_of
from voicectl.core.errors import CheckFailed

if TYPE_CHECKING:
    from voicectl.checkup.scene import Scene
    from voicectl.cli.console import Console
    from voicectl.core.checkup import Finding

COLUMN, UNBOUNDED = 13, 1 << 20


def doctor(
    context: typer.Context,
    secrets: Annotated[
        bool, typer.Option("--secrets", help="Look for known secrets in our config, cache, state and logs.")
    ] = False,
    network: Annotated[
        bool, typer.Option("--network", help="Ask the vendors' services: name, TLS, clock, our address.")
    ] = False,
) -> None:
    """Look for what is wrong here; each fault comes with its next step, and any makes the exit code 3.

    voicectl doctor

    voicectl doctor --network --secrets -O json
    """
    from voicectl.checkup.scene import Scene
    from voicectl.core.checkup import Status

    session = session_of(context)
    scene = Scene(runtime=session.runtime, environment=session.world.environ, options=session.options)
    found = [finding for part in _parts(network=network, secrets=secrets) for finding in part(scene)]
    session.console.result([each.as_json() for each in found], lambda: _text(found, session.console))
    faults = [each for each in found if each.status is Status.FAILED]
    if faults:
        raise CheckFailed(
            "{count} of {all} checks failed: {names}",
            count=len(faults),
            all=len(found),
            names=", ".join(dict.fromkeys(each.check for each in faults)),
            hint="follow the steps above, then: voicectl doctor",
        )


def _parts(*, network: bool, secrets: bool) -> Sequence[Callable[[Scene], Iterator[Finding]]]:
    """Return what is looked at, in the order in which it is told."""
    from voicectl.checkup import here

    parts: list[Callable[[Scene], Iterator[Finding]]] = [here.here]
    if network:
        from voicectl.checkup.network import network as look_around

        parts.append(look_around)
    if secrets:
        from voicectl.checkup.secrets import secrets as look_for_secrets

        parts.append(look_for_secrets)
    return parts


def _text(found: Sequence[Finding], console: Console) -> str:
    """Return a line a finding, parted where a terminal ends, and its next step below it."""
    from voicectl.cli.columns import wrapped
    from voicectl.core.printable import visible

    width, margin = console.width if console.stdout_is_terminal else UNBOUNDED, " " * COLUMN
    lines = []
    for each in found:
        status = str(each.status).replace("_", " ")
        lines += wrapped(
            f"{visible(each.check)}: {visible(each.detail)}", width, status.ljust(COLUMN), margin
        )
        lines += [f"{margin}-> {visible(line)}" for line in each.hint.splitlines()]
    return "\n".join(lines)


app = new_command(doctor)
