"""The commands `gateway audit …`: who asked for what, and is the log as it was written. Log: `gateway/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from voicectl.cli.groups import new_group
from voicectl.cli.session import Session, session_of
from voicectl.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from voicectl.gateway.audit_reading import Asked

Env = Annotated[str, typer.Option("--env", metavar="NAME", help="live, or test.")]
Since = Annotated[str, typer.Option("--since", metavar="TIME", help="From then on, in UTC: 2026-11-01.")]
KeyId = Annotated[str, typer.Option("--key", metavar="ID", help="Only of this key.")]
Code = Annotated[str, typer.Option("--code", metavar="CODE", help="Only what was refused with this.")]
Days = Annotated[int, typer.Option("--days", metavar="N", min=1, help="Keep so many days.")]
Most = Annotated[int, typer.Option("--limit", metavar="N", min=0, help="The newest; 0 is all.")]
SHOWN = ("time", "key_id", "team", "route", "profile", "voice", "characters", "status", "code", "total_ms")

app = new_group("Read the gateway's audit log: list, export, deeds, verify, purge.")


@app.command("list")
def list_(
    context: typer.Context,
    env: Env = "live",
    since: Since = "",
    key: KeyId = "",
    code: Code = "",
    limit: Most = 50,
) -> None:
    """List requests, the newest last.

    voicectl gateway audit list --key K7abcdef --limit 20

    voicectl gateway audit list --code quota_exceeded --since 2026-11-01
    """
    from voicectl.gateway.audit_reading import rows

    session = session_of(context)
    found = rows(_path(session), _asked(env, since, key, code, limit))
    session.console.result([{name: getattr(row, name) for name in SHOWN} for row in found])


@app.command()
def export(
    context: typer.Context, env: Env = "live", since: Since = "", key: KeyId = "", code: Code = ""
) -> None:
    """Print whole rows as JSON, one a line.

    voicectl gateway audit export --since 2026-11-01 > november.jsonl

    voicectl gateway audit export --key K7abcdef --query status
    """
    from voicectl.gateway.audit_reading import rows

    session = session_of(context)
    for row in rows(_path(session), _asked(env, since, key, code, 0)):
        session.console.line(row._asdict())


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
    from datetime import timedelta

    from voicectl.gateway.audit import moment_text
    from voicectl.gateway.audit_reading import purged

    session = session_of(context)
    before = moment_text((session.runtime.clock.moment().now - timedelta(days=days)).timestamp())
    count = purged(_path(session), _known(env), before)
    session.console.result(
        {"env": env, "before": before, "deleted": count}, lambda: f"{count} rows from before {before} deleted"
    )


def _path(session: Session) -> Path:
    from voicectl.gateway.audit import FILE
    from voicectl.gateway.place import directory_in

    return directory_in(session.runtime.directories.state) / FILE


def _asked(env: str, since: str, key: str, code: str, limit: int) -> Asked:
    from voicectl.gateway.audit_reading import Asked

    return Asked(env=_known(env), since=since, key_id=key, code=code, limit=limit)


def _known(env: str) -> str:
    if env not in ("live", "test"):
        raise UsageError("--env can be live or test, not {value!r}", value=env, hint="--env live")
    return env
