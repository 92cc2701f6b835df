"""`voicectl profile import`: what is found, the question, the outcome. Deciding lives in `actions/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from voicectl.cli.asking import confirm
from voicectl.cli.session import Session, session_of
from voicectl.core.errors import UsageError

if TYPE_CHECKING:
    from voicectl.actions.profile_import import Plan
    from voicectl.core.account import AccountForm

VENDORS = ("aws", "aliyun", "volcengine", "tencent")
STORES = ("keyring", "file")


def import_(
    context: typer.Context,
    vendor: Annotated[str, typer.Argument(metavar="|".join(VENDORS), help="Whose tools' files to read.")],
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="Take this account; repeatable.")
    ] = None,
    store: Annotated[
        str, typer.Option(metavar="keyring|file", help="Where secrets rest; a file is plain text, 0600.")
    ] = "keyring",
    allow_exec: Annotated[
        bool,
        typer.Option("--allow-exec", help="Take programs that print keys as well; they run when needed."),
    ] = False,
) -> None:
    """Copy the keys that a vendor's own tools keep in plain files; those files are not changed.

    voicectl profile import aws --dry-run

    voicectl profile import aliyun --only work --yes
    """
    from voicectl.actions.profile_import import plans, row_of

    session = session_of(context)
    _check(vendor, store)
    form = session.runtime.account_form(vendor)
    found = session.runtime.elsewhere.findings(vendor)
    decided = plans(
        found, form, session.runtime.accounts, store=store, allow_exec=allow_exec, only=only or ()
    )
    is_real = not session.options.dry_run
    if not found:
        session.console.note("there is no account in the files of {vendor}'s own tools", vendor=vendor)
    if is_real and any(plan.draft for plan in decided):
        _ask(session, decided, store)
        _store(session, decided, form)
    session.console.result([row_of(plan, imported=is_real) for plan in decided])
    if is_real:
        _point_at_originals(session, decided)


def _check(vendor: str, store: str) -> None:
    if vendor not in VENDORS:
        raise UsageError(
            "{vendor!r} has no tool whose files are known here; there are: {known}",
            vendor=vendor,
            known=", ".join(VENDORS),
            hint="voicectl profile import aws",
        )
    if store not in STORES:
        raise UsageError("--store can be keyring or file, not {store!r}", store=store, hint="--store file")


def _ask(session: Session, decided: tuple[Plan, ...], store: str) -> None:
    """Show what would be copied, and go on only with a yes."""
    from voicectl.actions.profile_import import masked_id

    taken = [plan for plan in decided if plan.draft]
    for plan in taken:
        finding = plan.finding
        key_id = next(iter(finding.fields.values()), "")
        session.console.note(
            "{path}: {name!r} has {what}",
            path=finding.path,
            name=finding.name,
            what=finding.command or f"{masked_id(key_id)} {finding.masked}",
        )
    confirm(session, "{count} of them would be copied into the {store}", count=len(taken), store=store)


def _store(session: Session, decided: tuple[Plan, ...], form: AccountForm) -> None:
    from voicectl.actions.profile import add

    runtime, console = session.runtime, session.console
    for plan in decided:
        if plan.draft is None:
            continue
        added = add(plan.draft, form, runtime.profile_file, runtime.stores)
        for note in added.notes:
            console.warn(note.template, **note.facts)
        if added.became_default:
            console.note("{name} is the default profile now", name=plan.draft.name)


def _point_at_originals(session: Session, decided: tuple[Plan, ...]) -> None:
    """Print the commands that would take the secrets out of the files; none is run."""
    for plan in decided:
        if plan.draft and plan.finding.blank:
            session.console.note("{path} still holds the secret; this takes it out:", path=plan.finding.path)
            session.console.note("    {command}", command=plan.finding.blank)
