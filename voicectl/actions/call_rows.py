"""What a row of a batch of calls says: whom to call, with which words, and how it is known again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from voicectl.actions.rows import ID, Columns, Row
from voicectl.core.call import CallOrder
from voicectl.core.errors import BadInput

TO, BATCH, VAR, PARAM = "to", "batch", "var.", "param."
WORDS = {
    "from": "caller",
    "text": "text",
    "template": "template",
    "voice_file": "voice_file",
    "voice": "voice",
    "out_id": "reference",
    "operation": "operation",
}
"""The columns that are taken as they stand, and what an order calls them."""
COUNTS = ("play_times", "volume")
SCHEDULE = "schedule"
COLUMNS = Columns((ID, TO, *WORDS, *COUNTS, SCHEDULE, VAR, PARAM, BATCH), (TO,))
HEARD = ("text", "template", "voice_file")
MOST_DIGITS = 4


class Ask(NamedTuple):
    """The call that a row asks for; `key` is the same for the same row in every file of its batch."""

    order: CallOrder
    key: str


def ask_of(row: Row, usual: CallOrder, batch: str) -> Ask:
    """Read a row; what it leaves out is as in `usual`. Raises its own error, or BadInput."""
    if row.error is not None:
        raise row.error
    cells = row.cells
    words: dict[str, Any] = {word: cells[name] for name, word in WORDS.items() if name in cells}
    if not words.keys().isdisjoint(HEARD):
        # A row that says what is heard says all of it.
        words = {**dict.fromkeys(HEARD, ""), **words}
    order = replace(
        usual,
        **words,
        to=cells[TO],
        variables={**usual.variables, **_named(cells, VAR)},
        params={**usual.params, **_named(cells, PARAM)},
        play_times=_count(row, "play_times", usual.play_times) or 0,
        volume=_count(row, "volume", usual.volume),
        schedule=_moment(row) or usual.schedule,
    )
    return Ask(order, _key(cells, batch))


def line_to_call_again(row: Row, batch: str) -> str:
    """Return a row as a line of the file that can be fed back; it keeps its batch, and so its key."""
    if not row.cells:
        return row.raw
    return json.dumps({**row.cells, BATCH: row.cells.get(BATCH, batch)}, ensure_ascii=False)


def _key(cells: Mapping[str, str], batch: str) -> str:
    """Name a row by its id, else by all that it says: neither its line nor its file matters."""
    name = cells.get(ID)
    if name is None:
        said = {key: value for key, value in cells.items() if key not in (TO, BATCH)}
        name = "=" + hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return json.dumps(["batch", cells.get(BATCH, batch), name])


def _named(cells: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in cells.items() if name.startswith(prefix)}


def _count(row: Row, name: str, usual: int | None) -> int | None:
    word = row.cells.get(name)
    if word is None:
        return usual
    digits = word.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= MOST_DIGITS):
        raise BadInput("{name} is no number: {word!r}", name=name, word=word)
    return int(word)


def _moment(row: Row) -> datetime | None:
    word = row.cells.get(SCHEDULE)
    if word is None:
        return None
    try:
        found = datetime.fromisoformat(word.strip())
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise BadInput(
            "schedule is no time with its zone: {word!r}", word=word, hint="2026-01-02T15:04:05+08:00"
        )
    return found
