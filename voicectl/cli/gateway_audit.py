"""The commands `gateway audit …`: who asked for what, and is the log as it was written. Log: `gateway/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from voicectl.cli.asking import confirm
from voicectl.cli.groups import new_group
from voicectl.cli.session import Session, session_of, session_to_change
from voicectl.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from voicectl.gateway.audit_reading import Asked

Env = Annotated[str, typer.Option("--env", metavar="NAME", help="live, or test.")]
Since = Annotated[
    str, typer.Option("--since", metavar="TIME", help="From then on, in UTC: 2026-11-01, or 2h ago.")
]
KeyId = Annotated[str, typer.Option("--key", metavar="ID", help="Only of this key.")]
Code = Annotated[str, typer.Option("--code", metavar="CODE", help="Only what was refused with this.")]
Text = Annotated[
    str, typer.Option("--text", metavar="TEXT|@FILE", help="Only who wanted this very text spoken.")
]
Days = Annotated[int, typer.Option("--days", metavar="N", min=1, help="Keep so many days.")]
Most = Annotated[int, typer.Option("--limit", metavar="N", min=0, help="The newest; 0 is all.")]
SHORTER = "rows younger than the usual {usual} days would be deleted, which the law may forbid"
SHOWN = ("time", "key_id", "team", "route", "profile", "voice", "characters", "status", "code", "total_ms")
NARROW, WIDE = ("time", "key_id", "route", "status", "code"), 120
"""What is shown of a row on terminals of fewer columns than that."""

app = new_group("Read the gateway's audit log: list, export, deeds, verify, purge.")


@app.command("list")
def list_(
    context: typer.Context,
    env: Env = "live",
    since: Since = "",
    key: KeyId = "",
    code: Code = "",
    text: Text = "",
    limit: Most = 50,
) -> None:
    """List requests, the newest last.

    voicectl gateway audit list --key K7abcdef --limit 20

    voicectl gateway audit list --code quota_exceeded --since 24h
    """
    from voicectl.gateway.audit_reading import rows

    session = session_of(context)
    asked = _asked(session, env=env, since=since, key=key, code=code, text=text, limit=limit)
    found = [{name: getattr(row, name) for name in SHOWN} for row in rows(_path(session), asked)]
    if not found:
        session.console.note("no such request is in the {env} log", env=env)
    session.console.result(found, lambda: _for_people(session, found))


@app.command()
def export(
    context: typer.Context,
    env: Env = "live",
    since: Since = "",
    key: KeyId = "",
    code: Code = "",
    text: Text = "",
) -> None:
    """Print whole rows as JSON, one a line as it is read; in another format all of them at once.

    voicectl gateway audit export --since 2026-11-01 > november.jsonl

    voicectl gateway audit export --key K7abcdef --query status
    """
    from voicectl.gateway.audit_reading import rows

    session = session_of(context)
    asked = _asked(session, env=env, since=since, key=key, code=code, text=text, limit=0)
    found = (row._asdict() for row in rows(_path(session), asked))
    if session.console.format_was_asked_for and session.console.format != "jsonl":
        session.console.result(list(found))
        return
    for row in found:
        session.console.line(row)


@app.command()
def deeds(context: typer.Context) -> None:
    """List what was done to keys and voices, and by which user of this machine.

    voicectl gateway audit deeds

    voicectl gateway audit deeds --query '[].subject'
    """
    from voicectl.gateway.audit import moment_text
    from voicectl.gateway.key_file import FILE, KeyFile
    from voicectl.gateway.place import directory_in

    session = session_of(context)
    file = KeyFile(directory_in(session.runtime.directories.state) / FILE)
    try:
        session.console.result([{**each._asdict(), "at": moment_text(each.at)} for each in file.deeds()])
    finally:
        file.close()


@app.command()
def verify(context: typer.Context, env: Env = "live") -> None:
    """Check that nothing was changed in the log, taken out of it or put in.

    voicectl gateway audit verify

    voicectl gateway audit verify --env test -O json
    """
    from voicectl.gateway.audit_reading import verify as verified

    session = session_of(context)
    found = verified(_path(session), _known(env))
    session.console.result(
        {"env": env, **found._asdict()},
        lambda: f"{found.rows} rows in {found.batches} batches are as they were written",
    )


@app.command()
def purge(context: typer.Context, env: Env = "live", days: Days = 180) -> None:
    """Delete what is older than so many days; the gateway does that by itself once a day.

    voicectl gateway audit purge

    voicectl gateway audit purge --days 365
    """
    from voicectl.cli.gateway_words import office_of
    from voicectl.gateway.plan import RETENTION_DAYS

    session, known = session_to_change(context), _known(env)
    if days < RETENTION_DAYS:
        confirm(session, SHORTER, usual=RETENTION_DAYS)
    done = office_of(session).purge(known, days)
    session.console.result(done, lambda: f"{done['deleted']} rows from before {done['before']} deleted")


def _for_people(session: Session, found: list[dict[str, object]]) -> str:
    """Return the rows as a terminal has room for them, to the second where it is narrow."""
    if session.console.width >= WIDE:
        return session.console.table(found, SHOWN)
    short = [{**row, "time": f"{str(row['time'])[:19]}Z"} for row in found]
    return session.console.table(short, NARROW)


def _path(session: Session) -> Path:
    from voicectl.gateway.audit import FILE
    from voicectl.gateway.place import directory_in

    return directory_in(session.runtime.directories.state) / FILE


def _asked(session: Session, *, env: str, since: str, key: str, code: str, text: str, limit: int) -> Asked:
    """Read which rows are wanted; UsageError for a word that means none."""
    from voicectl.gateway.administration import id_in
    from voicectl.gateway.audit import moment_text
    from voicectl.gateway.audit_reading import Asked

    return Asked(
        env=_known(env),
        since=moment_text(_moment(session, since)) if since else "",
        key_id=id_in(key) if key else "",
        code=code,
        text_mac=_mac(session, env, text) if text else "",
        limit=limit,
    )


def _moment(session: Session, word: str) -> float:
    """Read a moment of UTC, or how long ago it was."""
    from datetime import UTC, datetime

    from voicectl.actions.token import duration

    try:
        found = datetime.fromisoformat(word)
    except ValueError:
        found = session.runtime.clock.moment().now - duration(word)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _mac(session: Session, env: str, text: str) -> str:
    """Return the word that stands for a text in the log, where texts themselves do not."""
    from voicectl.cli.inputs import read_input
    from voicectl.core.errors import ConfigError
    from voicectl.gateway.audit import text_mac
    from voicectl.gateway.place import master_in
    from voicectl.signing.gateway_keys import SANDBOX_MASTER

    if text.startswith("@"):
        text = read_input(session.world, text[1:]).decode("utf-8", "replace").rstrip("\n")
    master = SANDBOX_MASTER if env == "test" else master_in(session.world.environ, session.runtime.stores)
    if master is None:
        raise ConfigError(
            "there is no master secret, so no text was marked in the log",
            hint='export VOICECTL_GATEWAY_MASTER="$(openssl rand -hex 32)"',
        )
    return text_mac(master)(text)


def _known(env: str) -> str:
    if env not in ("live", "test"):
        raise UsageError("--env can be live or test, not {value!r}", value=env, hint="--env live")
    return env
