"""Calls and ledger entries as lines of JSON, and back. Which file they are in: `ledger.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from voicectl.core.call import Call, CallId, CallState
from voicectl.core.errors import VoicectlError
from voicectl.core.ledger import Entry, Outcome

TIMES = ("created_at", "answered_at", "ended_at")
WORDS = ("vendor_state", "vendor_code", "reason", "reference", "dtmf", "recording_url", "request_id")
ENTRY_WORDS = (
    "handle",
    "vendor",
    "profile",
    "operation",
    "reference",
    "mark",
    "number",
    "last_four",
    "key",
)


def begun_line(entry: Entry) -> bytes:
    """Return the line that says: this is about to be asked for."""
    words = {name: getattr(entry, name) for name in ENTRY_WORDS}
    return _line({"begun": entry.at.isoformat(), **words})


def settled_line(entry: Entry) -> bytes:
    """Return the line that says what is known of it by now."""
    call = _call_words(entry.call) if entry.call else None
    return _line(
        {
            "settled": entry.handle,
            "outcome": entry.outcome.value,
            "is_inferred": entry.is_inferred,
            "call": call,
        }
    )


def entries_in(data: bytes) -> dict[str, Entry]:
    """Return the entries of a file by handle, in their order; a torn or foreign line counts for nothing."""
    found: dict[str, Entry] = {}
    for line in data.split(b"\n"):
        try:
            words = json.loads(line) if line else {}
            if "begun" in words:
                entry = _begun(words)
                found.setdefault(entry.handle, entry)
            elif words and (known := found.get(words["settled"])):
                found[known.handle] = _settled(known, words)
        except (ValueError, KeyError, TypeError, VoicectlError):
            continue
    return found


def lines_of(entries: Mapping[str, Entry]) -> bytes:
    """Return what a file holds that is written anew."""
    lines = []
    for entry in entries.values():
        lines.append(begun_line(entry))
        if entry.outcome is not Outcome.UNKNOWN or entry.call:
            lines.append(settled_line(entry))
    return b"".join(lines)


def _line(words: Mapping[str, object]) -> bytes:
    return json.dumps(words, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _begun(words: Mapping[str, Any]) -> Entry:
    known: dict[str, Any] = {name: str(words[name]) for name in ENTRY_WORDS}
    return Entry(at=datetime.fromisoformat(words["begun"]), **known)


def _settled(entry: Entry, words: Mapping[str, Any]) -> Entry:
    call = words.get("call")
    return entry._replace(
        outcome=Outcome(words["outcome"]),
        is_inferred=bool(words.get("is_inferred")),
        call=_call(call) if call else None,
    )


def _call_words(call: Call) -> dict[str, object]:
    """Return what is kept of a call: all but the number."""
    times = {name: moment.isoformat() for name in TIMES if (moment := getattr(call, name))}
    words = {name: text for name in WORDS if (text := getattr(call, name))}
    seconds = {} if call.duration_seconds is None else {"duration_seconds": call.duration_seconds}
    return {"id": str(call.id), "state": call.state.value, **times, **words, **seconds}


def _call(words: Mapping[str, Any]) -> Call:
    known: dict[str, Any] = {name: str(words[name]) for name in WORDS if name in words}
    known |= {name: datetime.fromisoformat(words[name]) for name in TIMES if name in words}
    seconds = words.get("duration_seconds")
    return Call(
        id=CallId.read(words["id"]), state=CallState(words["state"]), duration_seconds=seconds, **known
    )
