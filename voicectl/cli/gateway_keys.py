"""`voicectl gateway key`: the keys that a team speaks with. What is done with them: `gateway/office.py`."""

from __future__ import annotations

from typing import Annotated

import typer

from voicectl.cli.gateway_words import (
    LISTS,
    NO_LIMIT,
    AllowIps,
    Burst,
    CharsDay,
    CharsHour,
    Concurrency,
    EnvName,
    Expires,
    Hmac,
    KeyId,
    KeyName,
    Models,
    PerMinute,
    Profiles,
    Tags,
    Team,
    Voices,
    for_people,
    office_of,
    refuse_logs,
    wish_of,
)
from voicectl.cli.groups import new_group
from voicectl.cli.session import Session, session_of, session_to_change

COLUMNS = ("id", "name", "env", "status", "last_used", "old_ends", "old_last_used", "warning")
"""What a list shows to people; all else is in JSON."""

SHOWN_ONCE = "keep the key now: nobody can show it again"

app = new_group("Keys of a team: issue, list, show, rotate, disable, revoke.")


@app.command()
def issue(
    context: typer.Context,
    name: KeyName = "",
    team: Team = "",
    env: EnvName = "live",
    tags: Tags = None,
    profiles: Profiles = None,
    models: Models = None,
    voices: Voices = None,
    allow_ips: AllowIps = None,
    rpm: PerMinute = "60",
    burst: Burst = NO_LIMIT,
    concurrency: Concurrency = "4",
    chars_hour: CharsHour = NO_LIMIT,
    chars_day: CharsDay = "100000",
    expires: Expires = "",
    hmac: Hmac = False,
) -> None:
    """Make a key and show it, this one time. A list that is left out allows nothing.

    voicectl gateway key issue --name web --tags tts.basic --profiles work --models '*' --voices '*'

    voicectl gateway key issue --name ci --env test --tags 'tts.*' --profiles '*' -O json > key.json
    """
    given = {each: value for each, value in locals().items() if each != "context"}
    session = session_to_change(context)
    refuse_logs(session)
    office = office_of(session)
    wish = wish_of(given, office.now)
    row = office.issue(wish)
    for what in LISTS:
        if not getattr(wish, what):
            session.console.warn("the key may use no {what}: nothing was said with --{what}", what=what)
    _tell(session, row)
    session.console.note(SHOWN_ONCE)


@app.command("list")
def list_(
    context: typer.Context,
    max_age: Annotated[
        str, typer.Option("--max-age", metavar="TIME", help="Warn of keys that were not rotated for so long.")
    ] = "90d",
) -> None:
    """Show all keys, none of which can be used from what is shown.

    voicectl gateway key list

    voicectl gateway key list --max-age 30d -O json --query '[?warning].id'
    """
    from voicectl.actions.token import duration

    session = session_of(context)
    rows = office_of(session).lines(duration(max_age).total_seconds())
    if not rows:
        session.console.note("no key has been issued: voicectl gateway key issue --name NAME")
    if old := [row["id"] for row in rows if row["warning"]]:
        session.console.warn("{count} of them were not rotated for {age}", count=len(old), age=max_age)
    session.console.result(rows, lambda: session.console.table(rows, COLUMNS))


@app.command()
def show(context: typer.Context, key_id: KeyId) -> None:
    """Show what a key may do, and when each of its texts was last used.

    voicectl gateway key show K7abcdef

    voicectl gateway key show K7abcdef -O json --query generations
    """
    from voicectl.gateway.administration import id_in

    session = session_of(context)
    _tell(session, office_of(session).show(id_in(key_id)))


@app.command()
def rotate(
    context: typer.Context,
    key_id: KeyId,
    overlap: Annotated[
        str, typer.Option(metavar="TIME", help="How long the old text still works; 0 ends it at once.")
    ] = "24h",
    force: Annotated[
        bool, typer.Option("--force", help="Although the one before still works; that ends now.")
    ] = False,
) -> None:
    """Give a key a new text and show it, this one time; the old one works until the overlap ends.

    voicectl gateway key rotate K7abcdef

    voicectl gateway key rotate K7abcdef --overlap 0 -O json > key.json
    """
    from voicectl.actions.token import duration
    from voicectl.gateway.administration import id_in

    session = session_to_change(context)
    seconds = duration(overlap).total_seconds()
    named = id_in(key_id)
    refuse_logs(session)
    _tell(session, office_of(session).rotate(named, overlap_seconds=seconds, force=force))
    session.console.note(SHOWN_ONCE)


@app.command()
def disable(
    context: typer.Context,
    key_id: KeyId,
    undo: Annotated[bool, typer.Option("--undo", help="Let it in again.")] = False,
) -> None:
    """Keep a key out for a while; its holder is told that it is disabled.

    voicectl gateway key disable K7abcdef

    voicectl gateway key disable K7abcdef --undo
    """
    from voicectl.gateway.administration import id_in
    from voicectl.gateway.keys import Status

    session = session_to_change(context)
    status = Status.ACTIVE if undo else Status.DISABLED
    _tell(session, office_of(session).switch(id_in(key_id), status))


@app.command()
def revoke(context: typer.Context, key_id: KeyId) -> None:
    """End a key for good; every gateway refuses it within a second.

    voicectl gateway key revoke K7abcdef

    voicectl gateway key revoke K7abcdef -O json --query status
    """
    from voicectl.gateway.administration import id_in
    from voicectl.gateway.keys import Status

    session = session_to_change(context)
    _tell(session, office_of(session).switch(id_in(key_id), Status.REVOKED))


def _tell(session: Session, row: dict[str, object]) -> None:
    """Print what is told of a key; to people also what it may not do, which an empty list is."""
    session.console.result(row, lambda: session.console.rendered(for_people(row), None))
