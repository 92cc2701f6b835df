"""Questions put to a person on a terminal. Whether one may be put: `Console.can_ask`."""

from __future__ import annotations

from voicectl.cli.session import Session
from voicectl.core.errors import Guarded
from voicectl.core.printable import visible


def ask(session: Session, question: str) -> str:
    """Return the line that was typed; empty at the end of input."""
    session.world.stderr.write(f"{visible(question)}: ")
    session.world.stderr.flush()
    return session.world.stdin.readline().rstrip("\r\n")


def ask_secret(session: Session, question: str) -> str:
    """Return what was typed or pasted; the terminal does not show it."""
    from getpass import getpass

    try:
        return getpass(f"{visible(question)} (not shown): ", stream=session.world.stderr)
    except EOFError:
        return ""


def confirm(session: Session, question: str, **facts: object) -> None:
    """Return if the answer is yes; raise Guarded if it is no, or if nobody may be asked."""
    if session.options.yes:
        return
    if not session.console.can_ask:
        raise Guarded(question, hint="add --yes", language="", **facts)
    if ask(session, f"{question.format(**facts)} [y/N]").strip().lower() not in {"y", "yes"}:
        raise Guarded("nothing was done: the answer was no", hint="add --yes")
