"""The audit log as it is read: listed, told line by line, verified, purged. How it is written: `audit.py`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from voicectl.core.errors import CheckFailed, ConfigError, NotFound
from voicectl.gateway.audit import COLUMNS, Entry, hashed, opened, purge, table_of


class Asked(NamedTuple):
    """Which rows are wanted; empty words want all. `limit` 0 is no limit, and the newest come last."""

    env: str = "live"
    since: str = ""
    key_id: str = ""
    code: str = ""
    text_mac: str = ""
    limit: int = 0


class Verified(NamedTuple):
    """How much of the log is as it was written."""

    rows: int
    batches: int


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.exists():
        raise NotFound("there is no audit log at {path}", path=path, hint="voicectl gateway serve")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
            # All that is asked for is seen as it is now, whatever is written meanwhile.
            base.execute("BEGIN")
            yield base
    except sqlite3.Error as error:
        raise ConfigError(
            "the audit log {path} cannot be read: {reason}",
            path=path,
            reason=str(error),
            hint="ls -l '{path}'",
        ) from None


def rows(path: Path, asked: Asked) -> Iterator[Entry]:
    """Yield rows in the order in which they were decided."""
    wanted = {
        "time >= ?": asked.since,
        "key_id = ?": asked.key_id,
        "code = ?": asked.code,
        "text_mac = ?": asked.text_mac,
    }
    given = {test: value for test, value in wanted.items() if value}
    where = f"WHERE {' AND '.join(given)}" if given else ""
    table = table_of(asked.env)
    newest = f"SELECT * FROM {table} {where} ORDER BY number DESC LIMIT {asked.limit or -1}"
    with _reading(path) as base:
        for row in base.execute(f"SELECT {COLUMNS} FROM ({newest}) ORDER BY number", (*given.values(),)):
            yield Entry(*row)


def verify(path: Path, env: str) -> Verified:
    """Raise CheckFailed where a row was changed, taken out or put in since it was written.

    Whole batches at the start may be gone: that is what a purge does.
    """
    table = table_of(env)
    before: bytes | None = None
    last = count = batches = newest = 0
    with _reading(path) as base:
        chain = f"SELECT number, first, last, before, hash FROM batches_{table} ORDER BY number"
        for number, first, end, told, made in base.execute(chain):
            found = base.execute(
                f"SELECT number, {COLUMNS} FROM {table} WHERE number BETWEEN ? AND ? ORDER BY number",
                (first, end),
            ).fetchall()
            is_next = before is None or (told == before and first == last + 1)
            if not is_next or hashed(told, found) != made:
                raise _changed(env, first, end)
            newest, before, last = number, made, end
            count, batches = count + len(found), batches + 1
        end, rows_there = base.execute(f"SELECT max(number), count(*) FROM {table}").fetchone()
        begun = base.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (f"batches_{table}",))
        if rows_there != count or (begun.fetchone() or (newest,))[0] != newest:
            raise _changed(env, last + 1, end or last)
    return Verified(count, batches)


def _changed(env: str, first: int, last: int) -> CheckFailed:
    return CheckFailed(
        "the {env} audit log is not as it was written: look at rows {first} to {last}",
        env=env,
        first=first,
        last=last,
        hint="voicectl gateway audit export --env {env}",
    )


def purged(path: Path, env: str, before: str) -> int:
    """Delete what is older than `before`; return how many rows that were."""
    with _reading(path):
        pass
    with closing(opened(path)) as base:
        return purge(base, table_of(env), before)
