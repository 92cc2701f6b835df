"""The audit log as it is written: a row a request, by a thread of its own. Read by `audit_reading.py`."""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple

from voicectl.gateway.private_database import connected
from voicectl.signing.gateway_keys import derived

if TYPE_CHECKING:
    from voicectl.core.credentials import Secret

FILE = "audit.sqlite"
BATCH_SECONDS = 0.2
BATCH_ROWS = 1000
MOST_WAITING = 20_000
LET_FINISH_SECONDS = 10.0
PURGE_EVERY_SECONDS = 86_400.0
SCHEMA = """
CREATE TABLE IF NOT EXISTS {table} (number INTEGER PRIMARY KEY, {types});
CREATE INDEX IF NOT EXISTS {table}_by_time ON {table} (time);
CREATE TABLE IF NOT EXISTS batches_{table} (
    number INTEGER PRIMARY KEY AUTOINCREMENT, first INTEGER NOT NULL, last INTEGER NOT NULL,
    before BLOB NOT NULL, hash BLOB NOT NULL, latest TEXT NOT NULL
);
"""


class Entry(NamedTuple):
    """What is kept of one request; never its key, and its text only where an operator asked for that.

    Times are UTC with milliseconds, durations in milliseconds. `text_mac` finds the request of a
    complaint without telling what was said.
    """

    time: str
    request_id: str
    inbound_id: str = ""
    key_id: str = ""
    generation: int = 0
    team: str = ""
    env: str = ""
    peer: str = ""
    client: str = ""
    method: str = ""
    route: str = ""
    profile: str = ""
    voice: str = ""
    emotion: str = ""
    characters: int = 0
    audio_bytes: int = 0
    status: int = 0
    code: str = ""
    reason: str = ""
    rule: str = ""
    rules_version: str = ""
    total_ms: int = 0
    upstream_ms: int = 0
    signed: int = 0
    text_mac: str = ""
    text: str = ""


def table_of(env: str) -> str:
    """Return the table of an environment: what is tried in the sandbox never lies beside what is live."""
    return "rows_test" if env == "test" else "rows_live"


COLUMNS = ", ".join(Entry._fields)


def opened(path: Path) -> sqlite3.Connection:
    """Open the log to write it, with a table for each environment. Raises ConfigError.

    What was written stays when the process dies; when the machine does, the last moment may be lost.
    """
    types = ", ".join(
        f"{name} {'INTEGER' if isinstance(Entry._field_defaults.get(name, ''), int) else 'TEXT'}"
        for name in Entry._fields
    )
    tables = [table_of(env) for env in ("live", "test")]
    return connected(
        path, "".join(SCHEMA.format(table=table, types=types) for table in tables), is_durable=False
    )


def hashed(before: bytes, rows: Iterable[tuple[object, ...]]) -> bytes:
    """Return the hash of a batch, which takes in that of the batch before it.

    Values count as they are read again, as plain text or numbers.
    """
    made = sha256(before)
    for row in rows:
        read = tuple([value if type(value) is int else str(value) for value in row])
        made.update(repr(read).encode("utf-8", "surrogatepass"))
    return made.digest()


class Log:
    """Takes rows from any thread; they are on file at the latest a moment later, also if the process dies."""

    def __init__(
        self,
        path: Path,
        env: str,
        *,
        retention_days: int = 0,
        now: Callable[[], float],
        say: Callable[[str], None] = lambda reason: None,
    ) -> None:
        # A log that cannot be kept is known before anything is served.
        opened(path).close()
        self._path = path
        self._table = table_of(env)
        self._retention_days = retention_days
        self._now = now
        self._say = say
        self._rows: SimpleQueue[Entry] = SimpleQueue()
        self._over = Event()
        self._purged_at = float("-inf")
        self._is_failing = False
        self._thread = Thread(target=self._write_all, name="audit", daemon=True)
        self._thread.start()

    def add(self, entry: Entry) -> None:
        """Have a row written."""
        self._rows.put(entry)

    @property
    def backlog(self) -> int:
        """How many rows wait to be written."""
        return self._rows.qsize()

    @property
    def is_failing(self) -> bool:
        """Say whether rows cannot be written, or not as fast as they come."""
        return self._is_failing or self.backlog > MOST_WAITING

    def close(self) -> None:
        """Write what waits, and end."""
        self._over.set()
        self._thread.join(LET_FINISH_SECONDS)

    def _write_all(self) -> None:
        base = opened(self._path)
        held: list[Entry] = []
        while not (self._over.is_set() and self._rows.empty() and (not held or self._is_failing)):
            if self._is_failing or self.backlog < BATCH_ROWS:
                self._over.wait(BATCH_SECONDS)
            held += self._waiting(BATCH_ROWS - len(held))
            try:
                self._purge_daily(base)
                if held:
                    write(base, self._table, held)
                held, self._is_failing = [], False
            except sqlite3.Error as error:
                if not self._is_failing:
                    self._say(str(error))
                self._is_failing = True
        base.close()

    def _waiting(self, most: int) -> list[Entry]:
        rows: list[Entry] = []
        try:
            while len(rows) < most:
                rows.append(self._rows.get_nowait())
        except Empty:
            pass
        return rows

    def _purge_daily(self, base: sqlite3.Connection) -> None:
        now = self._now()
        if self._retention_days and now - self._purged_at >= PURGE_EVERY_SECONDS:
            self._purged_at = now
            purge(base, self._table, moment_text(now - self._retention_days * 86_400))


def write(base: sqlite3.Connection, table: str, rows: list[Entry]) -> None:
    """Write a batch, chained to the one before it."""
    base.execute("BEGIN IMMEDIATE")
    try:
        last = base.execute(
            f"SELECT last, hash FROM batches_{table} ORDER BY number DESC LIMIT 1"
        ).fetchone() or (0, b"")
        first = last[0] + 1
        numbered = [(first + at, *row) for at, row in enumerate(rows)]
        places = ", ".join("?" * len(numbered[0]))
        base.executemany(f"INSERT INTO {table} (number, {COLUMNS}) VALUES ({places})", numbered)
        base.execute(
            f"INSERT INTO batches_{table} (first, last, before, hash, latest) VALUES (?, ?, ?, ?, ?)",
            (first, numbered[-1][0], last[1], hashed(last[1], numbered), max(row.time for row in rows)),
        )
        base.execute("COMMIT")
    except BaseException:
        base.execute("ROLLBACK")
        raise


def purge(base: sqlite3.Connection, table: str, before: str) -> int:
    """Delete whole batches in which everything is older than `before`; return how many rows that were.

    The newest batch stays: the next one is chained to it.
    """
    base.execute("BEGIN IMMEDIATE")
    try:
        newest = base.execute(f"SELECT max(number) FROM batches_{table}").fetchone()[0]
        kept = f"SELECT min(first) FROM batches_{table} WHERE latest >= ? OR number = ?"
        first = base.execute(kept, (before, newest)).fetchone()[0] or 0
        count = base.execute(f"DELETE FROM {table} WHERE number < ?", (first,)).rowcount
        base.execute(f"DELETE FROM batches_{table} WHERE first < ?", (first,))
        base.execute("COMMIT")
    except BaseException:
        base.execute("ROLLBACK")
        raise
    return count


def text_mac(master: Secret | None) -> Callable[[str], str]:
    """Return what makes of a text a word by which it is found again, and nothing is learnt of it."""
    if master is None:
        return lambda text: ""
    key = derived(master, "audit")
    return lambda text: hmac.digest(key, text.encode("utf-8", "surrogatepass"), "sha256").hex()


def moment_text(unix: float) -> str:
    """Write a moment as the log has it: UTC, milliseconds, sortable as text."""
    second, part = divmod(round(unix * 1000), 1000)
    return f"{_second_text(second)}.{part:03d}Z"


@lru_cache(maxsize=8)
def _second_text(second: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
