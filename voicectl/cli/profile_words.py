"""What the commands of `voicectl profile` share: their arguments, and how each is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from voicectl.cli.session import Session, session_of
from voicectl.core.errors import UsageError

if TYPE_CHECKING:
    from voicectl.core.account import AccountForm
    from voicectl.core.note import Note

STORES = ("keyring", "file")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The profile's name.")]
NewName = Annotated[str, typer.Argument(metavar="NEW", help="Its new name.")]
SecretStdin = Annotated[
    bool, typer.Option("--secret-stdin", help="Read the one secret, or field=value lines, from stdin.")
]


def session_for(context: typer.Context, name: str) -> Session:
    """Return the session of a command whose argument stands for `--profile`."""
    session = session_of(context)
    if name:
        session.given["profile"] = name
    return session


def checked_store(store: str) -> str:
    """Return the name of a store for secrets, or nothing; raise UsageError for anything else."""
    if store and store not in STORES:
        raise UsageError("--store can be keyring or file, not {store!r}", store=store, hint="--store file")
    return store


def secrets_from_stdin(session: Session, form: AccountForm, fields: Mapping[str, str]) -> dict[str, str]:
    """Return what came on stdin, by secret field; `fields` tell which one a lone secret is."""
    from voicectl.actions.profile import secrets_in

    return secrets_in(session.world.stdin.read(), form, fields)


def warn_of(session: Session, notes: Iterable[Note], *, plain_text: bool = False) -> None:
    """Say what is worth saying, and where secrets lie open if they do."""
    for note in notes:
        session.console.warn(note.template, **note.facts)
    if plain_text:
        place = session.runtime.directories.config
        session.console.warn("secrets rest as plain text below {path}", path=place)
