"""The options of `gateway serve --sandbox`, and what they start. Those for a team: `gateway_serve.py`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from voicectl.cli.wishes import bundled
from voicectl.core.errors import UsageError

if TYPE_CHECKING:
    from voicectl.cli.session import Session


class Play(NamedTuple):
    """How the sandbox is wanted."""

    env_file: str
    is_tone: bool
    is_limited: bool


OPTIONS: dict[str, tuple[object, object]] = {
    "sandbox": (
        Annotated[bool, typer.Option("--sandbox", help="Play every vendor, with keys that everybody knows.")],
        False,
    ),
    "env_file": (
        Annotated[str, typer.Option(metavar="FILE", help="Write the sandbox's variables there, too.")],
        "",
    ),
    "fake_audio": (
        Annotated[str, typer.Option("--fake-audio", metavar="tone", help="A tone in place of speech.")],
        "",
    ),
    "no_limits": (
        Annotated[
            bool, typer.Option("--no-limits", help="Throttle nobody, whatever the vendors' pages say.")
        ],
        False,
    ),
}


def with_play(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options; they reach it as `play`, which is None where no sandbox is wanted."""
    return bundled(command, "play", OPTIONS, play_of)


def play_of(given: Mapping[str, Any]) -> Play | None:
    """Read the options; UsageError for sound that nothing makes."""
    if not given["sandbox"]:
        return None
    if given["fake_audio"] not in ("", "tone"):
        raise UsageError(
            "--fake-audio can be tone, not {value!r}", value=given["fake_audio"], hint="--fake-audio tone"
        )
    return Play(given["env_file"], bool(given["fake_audio"]), not given["no_limits"])


def serve_sandbox(session: Session, play: Play, host: str, port: int) -> None:
    """Serve a whole voice cloud until told to stop."""
    from voicectl.cli.gateway_serve import announce
    from voicectl.gateway.sandbox.start import start

    start(
        session.runtime.clock,
        host,
        port,
        play.env_file,
        session.console,
        lambda place, lines: announce(session, {**place._asdict(), "pid": os.getpid()}, lines),
        environment=session.runtime.environment_of_programs,
        is_tone=play.is_tone,
        is_limited=play.is_limited,
    )
