"""The ledger of calls: noted before they are asked for, kept for thirty days, without numbers or texts.

One file for each of 256 shares of all numbers, so that what is done to one number is done under one short
lock. Each is a list of lines that only grows; how a line reads: `call_record.py`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from voicectl.core.call import Call, CallState
from voicectl.core.errors import ConfigError
from voicectl.core.ledger import KEPT_FOR, Check, Deed, Entry, Outcome
from voicectl.kept.call_record import begun_line, entries_in, lines_of, settled_line
from voicectl.kept.private_files import append_private, locked, make_directory, read_private, write_private

FOLDER, KEY_FILE, SUFFIX = "calls", "key", ".jsonl"
LAST_DIGITS = 4
WAIT_SECONDS = 60.0


class CallLedger:
    """The ledger below one state directory; `new_key` gives 32 secret bytes for one that is new."""

    def __init__(self, directory: Path, new_key: Callable[[], bytes], now: Callable[[], datetime]) -> None:
        self._directory = directory / FOLDER
        self._new_key = new_key
        self._now = now
        self._key = b""

    def begin(self, deed: Deed, check: Check) -> tuple[Entry, bool]:
        """Note a deed before its request leaves; see `core.ledger.Ledger`."""
        try:
            return self._begun(deed, check)
        except ConfigError as error:
            raise _unwritable(error) from None

    def earlier(self, number: str, key: str) -> Entry | None:
        """Return the call of this key and number that is known, unless it was refused."""
        owner = self._hash("number", number)
        known = filter(self._is_young, entries_in(read_private(self._path(owner)) or b"").values())
        return _same_deed([each for each in known if each.number == owner], self._hash("key", key))

    def settle(
        self, entry: Entry, outcome: Outcome, call: Call | None = None, *, is_inferred: bool = False
    ) -> Entry:
        """Note what came of it; what is known already is kept where nothing new is told."""
        with self._share(entry.number) as path:
            known = entries_in(read_private(path) or b"").get(entry.handle, entry)
            merged = _merged(known.call, call) if call and known.call else call or known.call
            settled = known._replace(outcome=outcome, call=merged, is_inferred=is_inferred)
            if settled != known:
                append_private(path, settled_line(settled))
        return settled

    def learn(self, call: Call) -> Entry | None:
        """Note what a vendor tells of a call; None where nobody knows it here."""
        known = self._owner(call)
        if known is None:
            return None
        return self.settle(known, Outcome.PLACED, call, is_inferred=known.is_inferred)

    def find(self, word: str) -> Entry | None:
        """Return the entry with this handle, id of a call, or name at the vendor."""
        for entry in self.entries():
            names = (str(entry.call.id), entry.call.id.vendor_id) if entry.call else ()
            if word in (entry.handle, *names):
                return entry
        return None

    def fresh(self, entry: Entry) -> Entry:
        """Return the entry as it is by now; other processes write too."""
        return entries_in(read_private(self._path(entry.number)) or b"").get(entry.handle, entry)

    def is_of(self, entry: Entry, number: str) -> bool:
        """Say whether an entry is of a call to this number."""
        return hmac.compare_digest(entry.number, self._hash("number", number))

    def entries(self) -> list[Entry]:
        """Return all that is known of the last thirty days, the newest first."""
        found = [entry for path in self._files() for entry in entries_in(read_private(path) or b"").values()]
        return sorted(filter(self._is_young, found), key=lambda entry: entry.at, reverse=True)

    def forget(self, handles: Sequence[str] = ()) -> int:
        """Strike out these entries, or all; return how many there were."""
        count = 0
        for path in self._files():
            with locked(path, wait_seconds=WAIT_SECONDS):
                known = entries_in(read_private(path) or b"")
                kept = {name: entry for name, entry in known.items() if handles and name not in handles}
                count += len(known) - len(kept)
                if kept != known:
                    write_private(path, lines_of(kept))
        return count

    def _begun(self, deed: Deed, check: Check) -> tuple[Entry, bool]:
        entry = self._entry(deed)
        with self._share(entry.number) as path:
            known = self._pruned(path)
            same = [each for each in known.values() if each.number == entry.number]
            if entry.key and (earlier := _same_deed(same, entry.key)):
                return earlier, False
            check([each for each in same if each.outcome is not Outcome.REFUSED])
            append_private(path, begun_line(entry))
        return entry, True

    def _entry(self, deed: Deed) -> Entry:
        digits = "".join(sign for sign in deed.number if sign.isdigit())
        return Entry(
            handle=deed.handle,
            at=deed.at,
            vendor=deed.vendor,
            profile=deed.profile,
            operation=deed.operation,
            reference=deed.reference,
            mark=deed.mark,
            number=self._hash("number", deed.number),
            last_four=digits[-LAST_DIGITS:] if len(digits) > LAST_DIGITS else "",
            key=self._hash("key", deed.key) if deed.key else "",
        )

    def _pruned(self, path: Path) -> dict[str, Entry]:
        """Return the entries of a file whose lock is held; those that are too old leave it."""
        known = entries_in(read_private(path) or b"")
        young = {name: entry for name, entry in known.items() if self._is_young(entry)}
        if len(young) < len(known):
            write_private(path, lines_of(young))
        return young

    def _is_young(self, entry: Entry) -> bool:
        return self._now() - entry.at < KEPT_FOR

    def _owner(self, call: Call) -> Entry | None:
        """Return whose call it is: by its id at the vendor, else by the reference it was given."""
        of_vendor = [entry for entry in self.entries() if entry.vendor == call.id.vendor]
        for entry in of_vendor:
            if entry.call and entry.call.id.vendor_id == call.id.vendor_id:
                return entry
        # A reference that people give may be given twice: only one that is ours alone names a call.
        fitting = [each for each in of_vendor if call.reference and each.reference == call.reference]
        lost = [each for each in fitting if each.call is None]
        return lost[0] if len(lost) == 1 and len(fitting) == 1 else None

    @contextmanager
    def _share(self, number: str) -> Iterator[Path]:
        make_directory(self._directory.parent)
        path = self._path(number)
        with locked(path, wait_seconds=WAIT_SECONDS):
            yield path

    def _path(self, number: str) -> Path:
        return self._directory / f"{number[:2]}{SUFFIX}"

    def _files(self) -> list[Path]:
        return sorted(self._directory.glob(f"*{SUFFIX}"))

    def _hash(self, what: str, text: str) -> str:
        if not self._key:
            self._key = self._read_key()
        return hmac.new(self._key, f"{what}\0{text}".encode(), hashlib.sha256).hexdigest()[:32]

    def _read_key(self) -> bytes:
        """Return the key of all hashes; the first who wants it makes it."""
        path = self._directory / KEY_FILE
        if found := read_private(path, secret=True):
            return found
        make_directory(self._directory.parent)
        with locked(path, wait_seconds=WAIT_SECONDS):
            found = read_private(path, secret=True)
            if not found:
                found = self._new_key()
                write_private(path, found)
        return found


def _same_deed(of_number: Sequence[Entry], key: str) -> Entry | None:
    """Return the last call of this key, unless it was refused."""
    rang = (each for each in of_number if each.key == key and each.outcome is not Outcome.REFUSED)
    return max(rang, key=lambda each: each.at, default=None)


def _merged(known: Call, told: Call) -> Call:
    """Return what is known after something was told: an end stays an end, and nothing told is unlearnt."""
    newer, older = (known, told) if known.state.is_final and not told.state.is_final else (told, known)
    # A call that has ended in a way that nobody tells is not `queued` any more.
    tells_less = newer.state is CallState.UNKNOWN and newer.ended_at is None
    if tells_less and older.state is not CallState.UNKNOWN:
        newer = replace(newer, state=older.state, reason=older.reason, vendor_state=older.vendor_state)
    return replace(
        newer,
        id=known.id,
        vendor_state=newer.vendor_state or older.vendor_state,
        reference=newer.reference or older.reference,
        created_at=newer.created_at or older.created_at,
        answered_at=newer.answered_at or older.answered_at,
        ended_at=newer.ended_at or older.ended_at,
        duration_seconds=older.duration_seconds if newer.duration_seconds is None else newer.duration_seconds,
        dtmf=newer.dtmf or older.dtmf,
        recording_url=newer.recording_url or older.recording_url,
        request_id=known.request_id or told.request_id,
    )


def _unwritable(error: ConfigError) -> ConfigError:
    """Say how to call without a ledger; by then nothing has been sent."""
    hint = "{own}\nor call without a ledger, and nothing keeps a second run from ringing: --no-ledger"
    return error.knowing(hint=hint, own=error.hint)
