"""`voicectl profile`: accounts. What is stored and checked lives in `actions/profile.py`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from voicectl.cli.asking import ask, ask_secret, confirm
from voicectl.cli.groups import new_group
from voicectl.cli.options import pairs
from voicectl.cli.profile_changes import rename, set_
from voicectl.cli.profile_import import import_
from voicectl.cli.profile_words import (
    Name,
    SecretStdin,
    checked_store,
    secrets_from_stdin,
    session_for,
    warn_of,
)
from voicectl.cli.session import Session, session_of, session_to_change
from voicectl.core.errors import ConfigError, UsageError
from voicectl.core.profile import check_name

if TYPE_CHECKING:
    from voicectl.actions.profile import Draft
    from voicectl.core.account import AccountForm

app = new_group("Accounts: add, list, show, set, use, rename, remove, import, test.")


@app.command()
def add(
    context: typer.Context,
    name: Name,
    fields: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="A field that is no secret.")
    ] = None,
    store: Annotated[
        str, typer.Option(metavar="keyring|file", help="Where secrets rest; a file is plain text, 0600.")
    ] = "keyring",
    secret_stdin: SecretStdin = False,
    secret_from: Annotated[
        str,
        typer.Option(
            "--secret-from",
            metavar="cmd:…|file:…|env:…",
            help="Read the secret there each time; JSON with id and token counts whole.",
        ),
    ] = "",
) -> None:
    """Store an account of the vendor that --vendor names; its secrets never come from the command line.

    voicectl profile add work --vendor aws --region eu-west-1 --set access_key_id=AKIA…

    voicectl profile add vault --vendor aws --secret-from 'cmd:aws-vault export --format=json work'

    printf %s "$KEY" | voicectl profile add mine --vendor openai --secret-stdin
    """
    from voicectl.actions.profile import Draft

    session = session_to_change(context)
    options = session.options
    if not options.vendor:
        raise UsageError(
            "--vendor is missing", name=name, hint="voicectl profile add '{name}' --vendor VENDOR"
        )
    checked_store(store)
    form = session.runtime.account_form(options.vendor)
    replacing = _may_replace(session, check_name(name))
    words = pairs(fields or [], "--set")
    secrets = secrets_from_stdin(session, form, words) if secret_stdin else {}
    draft = Draft(
        name=name,
        vendor=options.vendor,
        region=options.region,
        fields=words,
        secrets=secrets,
        store=store,
        secret_from=secret_from,
    )
    _store(session, _completed(session, draft, form), form, replacing=replacing)


@app.command("list")
def list_(context: typer.Context) -> None:
    """Show all accounts, and where each secret rests.

    voicectl profile list

    voicectl profile list --query '[?default].name'
    """
    from voicectl.actions.profile import listed

    session = session_of(context)
    rows = listed(session.runtime.accounts)
    if not rows:
        session.console.note("there is no profile yet: voicectl profile add NAME --vendor VENDOR")
    session.console.result(rows)


@app.command()
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Else what every command would use.")] = "",
    origin: Annotated[
        bool, typer.Option("--origin", help="Show what holds for a command, and where each field is from.")
    ] = False,
) -> None:
    """Show one account, without its secrets.

    voicectl profile show

    voicectl profile show work -O json
    """
    from voicectl.actions.profile import show as shown

    session = session_for(context, name)
    if origin:
        _show_origins(session)
        return
    runtime = session.runtime
    choice = runtime.choice()
    if not choice.profile.name:
        raise ConfigError(
            "{vendor} was chosen without a profile",
            vendor=choice.vendor,
            hint="voicectl profile show NAME\nor: voicectl profile show --origin --vendor {vendor}",
        )
    session.console.result(shown(runtime.accounts, choice.profile.name, runtime.account_form))


@app.command()
def use(context: typer.Context, name: Name) -> None:
    """Make an account the one that is used where none is named.

    voicectl profile use work

    voicectl profile use work && voicectl profile test
    """
    from voicectl.actions.profile import find
    from voicectl.actions.profile import use as make_default

    session = session_to_change(context)
    find(session.runtime.accounts, name)
    make_default(name, session.runtime.profile_file)
    session.console.note("{name} is the default profile now", name=name)


@app.command("test")
def check(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Else what every command would use.")] = "",
) -> None:
    """Ask the vendor whose the keys are, by one signed call that costs nothing.

    voicectl --vendor aws profile test

    voicectl profile test work -O json
    """
    from voicectl.accounts import identity_of
    from voicectl.actions.identity import try_keys

    session = session_for(context, name)
    choice = session.runtime.choice()
    tested = try_keys(identity_of(session.runtime, choice).ask, session.world.monotonic)
    session.console.result(tested.as_json(choice.vendor, choice.profile.name))
    if tested.error:
        raise tested.error


@app.command()
def remove(context: typer.Context, name: Name) -> None:
    """Forget an account and its secrets.

    voicectl profile remove work

    voicectl profile remove work --yes
    """
    from voicectl.actions.profile import find
    from voicectl.actions.profile import remove as forget

    session = session_to_change(context)
    find(session.runtime.accounts, name)
    confirm(session, "profile {name!r} and its secrets would be removed", name=name)
    forget(name, session.runtime.profile_file, session.runtime.stores)
    session.console.note("profile {name} and its secrets are gone", name=name)


def _show_origins(session: Session) -> None:
    from voicectl.accounts import origins_of

    runtime = session.runtime
    rows = origins_of(runtime, runtime.choice(), session.world.environ, session.options)
    session.console.result(
        [{"field": row.field, "value": row.value or None, "origin": row.origin} for row in rows]
    )


def _completed(session: Session, draft: Draft, form: AccountForm) -> Draft:
    """Ask for what is missing, where a person is there to answer; an empty answer ends the asking."""
    from voicectl.actions.profile import missing

    while session.console.can_ask and (gaps := missing(draft, form)):
        field = gaps[0]
        if field in form.secret_fields:
            answer = ask_secret(session, field)
            draft = replace(draft, secrets={**draft.secrets, field: answer})
        else:
            answer = ask(session, field)
            draft = replace(draft, fields={**draft.fields, field: answer})
        if not answer.strip():
            break
    return draft


def _may_replace(session: Session, name: str) -> bool:
    """Ask before a profile is replaced; where nobody can be asked, only `--yes` allows it."""
    if name in session.runtime.accounts.profiles and session.console.can_ask:
        confirm(session, "profile {name!r} exists and would be replaced", name=name)
        return True
    return session.options.yes


def _store(session: Session, draft: Draft, form: AccountForm, *, replacing: bool) -> None:
    from voicectl.actions.profile import add as store
    from voicectl.actions.profile import row_of

    console, runtime = session.console, session.runtime
    added = store(draft, form, runtime.profile_file, runtime.stores, replacing=replacing)
    warn_of(session, added.notes, plain_text=draft.store == "file" and bool(added.profile.secrets))
    if added.became_default:
        console.note("{name} is the default profile now", name=draft.name)
    console.result(row_of(added.profile, runtime.profile_file.load()))


app.command("set")(set_)
app.command()(rename)
app.command("import")(import_)
