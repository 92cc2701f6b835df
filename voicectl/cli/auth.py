"""`voicectl auth`: keys for other programs. How they are written down: `actions/auth.py`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from voicectl.cli.groups import new_group
from voicectl.cli.session import Session, session_of
from voicectl.core.errors import OutputError, UsageError

if TYPE_CHECKING:
    from voicectl.core.exports import Exports

app = new_group("Keys for other programs: env, exec.")


@app.command()
def env(
    context: typer.Context,
    form: Annotated[
        str, typer.Option("--format", metavar="sh|fish|dotenv|github", help="For whom it is written.")
    ] = "sh",
) -> None:
    """Print an account's keys as the variables that its vendor's own tools read.

    eval "$(voicectl -p work auth env)"

    voicectl -p work auth env --format fish | source

    With --format github they go to the file that GITHUB_ENV names, and the log is told to hide them.
    """
    from voicectl.accounts import exports
    from voicectl.actions.auth import text_of

    session = session_of(context)
    runtime, console, environ = session.runtime, session.console, session.world.environ
    found = exports(runtime, runtime.choice())
    text = text_of(found, form, [name for name in found.others if name in environ], _delimiter(session))
    if console.stdout_is_terminal and not session.options.yes:
        from shlex import join

        meant = f'eval "$(voicectl {join(session.words)})"'
        console.warn("the secrets are on the screen now; meant is: {meant}", meant=meant)
    if session.format_was_given:
        console.result(found.variables)
    elif form == "github":
        _tell_runner(session, found, text)
    else:
        console.text(text)


@app.command("exec", context_settings={"allow_interspersed_args": False})
def exec_(
    context: typer.Context,
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND [ARGUMENT]...", help="The program.")],
) -> None:
    """Run a program with an account's keys in its environment, and there only.

    voicectl -p work auth exec -- aws polly describe-voices

    voicectl auth exec -- python report.py
    """
    from voicectl.accounts import exports
    from voicectl.cli.child import become

    session = session_of(context)
    found = exports(session.runtime, session.runtime.choice())
    raise typer.Exit(become(command, found.laid_over(session.world.environ)))


def _delimiter(session: Session) -> str:
    return f"end-{session.runtime.clock.moment().nonce}"


def _tell_runner(session: Session, found: Exports, text: str) -> None:
    """Hide the secrets first, then hand them over, by the runner's file where there is one."""
    from voicectl.actions.auth import masks

    path = session.world.environ.get("GITHUB_ENV", "")
    if not path:
        session.console.text(masks(found) + text)
        return
    try:
        if _is_stdout(session, path):
            raise UsageError(
                "the variables go to GITHUB_ENV without help, and the log has to see the rest",
                hint="leave out the redirection",
            )
        session.console.text(masks(found))
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 - pathlib is dear at start-up
            file.write(text)
    except OSError as error:
        raise OutputError(
            "GITHUB_ENV, {path!r}, cannot be written: {reason}",
            path=path,
            reason=error.strerror,
            hint="unset GITHUB_ENV where there is no runner",
        ) from None


def _is_stdout(session: Session, path: str) -> bool:
    return os.path.exists(path) and os.path.samestat(os.stat(path), os.fstat(session.world.stdout.fileno()))  # noqa: PTH110, PTH116
