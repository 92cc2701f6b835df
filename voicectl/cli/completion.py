"""`voicectl completion`: the shells' own files, as they were made from the command tree."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voicectl.cli.groups import new_command
from voicectl.cli.session import session_of
from voicectl.core.errors import UsageError

FILES = {"bash": "voicectl.bash", "zsh": "_voicectl", "fish": "voicectl.fish"}


def completion(
    context: typer.Context,
    shell: Annotated[str, typer.Argument(metavar="bash|zsh|fish", help="Which shell.")],
) -> None:
    """Print the completion file of a shell; it never starts voicectl.

    source <(voicectl completion bash)

    voicectl completion fish > ~/.config/fish/completions/voicectl.fish
    """
    if shell not in FILES:
        raise UsageError(
            "there is no completion for {shell!r}; there is {known}",
            shell=shell,
            known=", ".join(FILES),
            hint="voicectl completion bash",
        )
    package = Path(__file__).parents[1]
    # A wheel holds the files in the package, a checkout beside it.
    places = (package / "completions", package.parent / "completions")
    text = next(file for place in places if (file := place / FILES[shell]).exists()).read_text("utf-8")
    session = session_of(context)
    if session.format_was_given:
        session.console.result({"shell": shell, "text": text})
    else:
        session.console.text(text)


app = new_command(completion)
