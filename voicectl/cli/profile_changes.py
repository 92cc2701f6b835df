"""`voicectl profile set` and `rename`. What changes, and what is put back, is in `actions/`."""

from __future__ import annotations

from typing import Annotated

import typer

from voicectl.cli.options import pairs
from voicectl.cli.profile_words import (
    Name,
    NewName,
    SecretStdin,
    checked_store,
    secrets_from_stdin,
    warn_of,
)
from voicectl.cli.session import session_to_change
from voicectl.core.errors import UsageError


def set_(
    context: typer.Context,
    name: Name,
    fields: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FIELD=VALUE]...", help="An empty value removes the field."),
    ] = None,
    store: Annotated[
        str, typer.Option(metavar="keyring|file", help="Where the new secrets rest; else where they did.")
    ] = "",
    secret_stdin: SecretStdin = False,
) -> None:
    """Change fields of an account: region, endpoint.SERVICE, price.per_million and those of its vendor.

    voicectl profile set work region=eu-west-1 endpoint.polly=

    printf %s "$NEW_SECRET" | voicectl profile set work access_key_id=AKIA… --secret-stdin
    """
    from voicectl.actions.profile import find, row_of
    from voicectl.actions.profile_changes import Changes, change

    session = session_to_change(context)
    region = {"region": session.options.region} if session.options.region else {}
    runtime, words = session.runtime, {**region, **pairs(fields or [], "profile set")}
    if not words and not secret_stdin:
        raise UsageError("nothing is to be set", name=name, hint="voicectl profile set '{name}' FIELD=VALUE")
    old = find(runtime.accounts, name)
    form = runtime.account_form(old.vendor)
    secrets = secrets_from_stdin(session, form, {**old.settings, **words}) if secret_stdin else {}
    changes = Changes(fields=words, secrets=secrets, store=checked_store(store))
    changed = change(name, changes, form, runtime.profile_file, runtime.stores)
    warn_of(session, changed.notes, plain_text="file" in map(changed.profile.secrets.get, secrets))
    session.console.result(row_of(changed.profile, runtime.profile_file.load()))


def rename(context: typer.Context, old: Name, new: NewName) -> None:
    """Give an account another name; its secrets go with it.

    voicectl profile rename work office

    voicectl profile rename work office && voicectl profile use office
    """
    from voicectl.actions.profile import find
    from voicectl.actions.profile_changes import rename as give_name

    session = session_to_change(context)
    runtime = session.runtime
    form = runtime.account_form(find(runtime.accounts, old).vendor)
    warn_of(session, give_name(old, new, form, runtime.profile_file, runtime.stores).notes)
    session.console.note("profile {old} is {new} now", old=old, new=new)
