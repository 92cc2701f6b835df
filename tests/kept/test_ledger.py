"""The ledger of calls: what it keeps through crashes, what it never holds, what it forgets."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from voicectl.core.call import Call, CallId, CallState
from voicectl.core.errors import ConfigError, Guarded
from voicectl.core.ledger import Deed, Entry, Outcome
from voicectl.kept.ledger import CallLedger

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
NUMBER = "+8613800138000"


class Shelf:
    """One state directory, and the time there."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.now = NOON
        self.ledger = self.opened()

    def opened(self) -> CallLedger:
        """Open the ledger as another process would."""
        return CallLedger(self.directory, lambda: b"k" * 32, lambda: self.now)

    def deed(self, handle: str, **more: str) -> Deed:
        return Deed(handle=handle, at=self.now, vendor="aliyun", **{"number": NUMBER, **more})

    def begun(self, handle: str, **more: str) -> Entry:
        entry, is_new = self.opened().begin(self.deed(handle, **more), anyhow)
        assert is_new
        return entry

    @property
    def files(self) -> list[Path]:
        return sorted((self.directory / "calls").glob("*.jsonl"))

    @property
    def text(self) -> str:
        return "".join(path.read_text() for path in self.files)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "state")


def anyhow(before: Sequence[Entry]) -> None:
    """Let every call be placed."""


def call(name: str = "1^2", state: CallState = CallState.QUEUED, **more: object) -> Call:
    id_ = CallId(vendor="aliyun", product="voice", day=NOON.date(), vendor_id=name)
    return Call(id=id_, state=state, **more)  # type: ignore[arg-type]


def test_a_deed_without_a_word_of_its_outcome_is_unknown(shelf: Shelf) -> None:
    shelf.begun("vc1")
    [entry] = shelf.opened().entries()
    assert (entry.handle, entry.outcome, entry.call, entry.last_four) == (
        "vc1",
        Outcome.UNKNOWN,
        None,
        "8000",
    )


def test_what_came_of_it_is_read_back_whole(shelf: Shelf) -> None:
    told = call(
        state=CallState.COMPLETED,
        vendor_state="200000",
        vendor_code="OK",
        reason="x",
        reference="r",
        created_at=NOON,
        answered_at=NOON + timedelta(seconds=5),
        ended_at=NOON + timedelta(seconds=9),
        duration_seconds=4.0,
        dtmf="12#",
        recording_url="https://x.example/a?b=c",
        request_id="R",
    )
    shelf.ledger.settle(shelf.begun("vc1"), Outcome.PLACED, told)
    [entry] = shelf.opened().entries()
    assert (entry.outcome, entry.call) == (Outcome.PLACED, told)
    for word in ("vc1", str(told.id), "1^2"):
        assert shelf.ledger.find(word) == entry
    assert shelf.ledger.find("1^3") is None


def test_the_same_key_and_number_begin_once(shelf: Shelf) -> None:
    first = shelf.begun("vc1", key="alarm")
    assert shelf.opened().begin(shelf.deed("vc2", key="alarm"), anyhow) == (first, False)
    assert shelf.begun("vc3", key="other").handle == "vc3"
    assert shelf.begun("vc4", key="alarm", number="+8613800138001").handle == "vc4"
    assert shelf.begun("vc5").handle == "vc5"


def test_a_refused_deed_frees_its_key(shelf: Shelf) -> None:
    shelf.ledger.settle(shelf.begun("vc1", key="alarm"), Outcome.REFUSED)
    assert shelf.begun("vc2", key="alarm").handle == "vc2"


def test_what_the_check_forbids_is_not_noted(shelf: Shelf) -> None:
    shelf.begun("vc1")

    def never(before: Sequence[Entry]) -> None:
        raise Guarded("{count}", count=len(before))

    with pytest.raises(Guarded, match="1"):
        shelf.ledger.begin(shelf.deed("vc2"), never)
    assert [entry.handle for entry in shelf.ledger.entries()] == ["vc1"]


def test_of_many_at_once_with_one_key_one_begins(shelf: Shelf) -> None:
    outcomes: list[bool] = []

    def slowly(before: Sequence[Entry]) -> None:
        time.sleep(0.01)

    def begin(number: int) -> None:
        outcomes.append(shelf.opened().begin(shelf.deed(f"vc{number}", key="alarm"), slowly)[1])

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 23 + [True]


@pytest.mark.parametrize("kept", range(1, 60, 7))
def test_a_torn_last_line_counts_for_nothing_and_spoils_no_other(shelf: Shelf, kept: int) -> None:
    shelf.ledger.settle(shelf.begun("vc1"), Outcome.PLACED, call())
    [path] = shelf.files
    whole = path.read_bytes()
    path.write_bytes(whole + whole.splitlines(keepends=True)[0].replace(b"vc1", b"vc2")[:kept])
    shelf.begun("vc3")
    assert {entry.handle: entry.outcome.value for entry in shelf.opened().entries()} == {
        "vc3": "unknown",
        "vc1": "placed",
    }


def test_an_outcome_that_was_torn_off_leaves_the_deed_unknown(shelf: Shelf) -> None:
    shelf.ledger.settle(shelf.begun("vc1", key="alarm"), Outcome.PLACED, call())
    [path] = shelf.files
    path.write_bytes(path.read_bytes()[:-2])
    entry, is_new = shelf.opened().begin(shelf.deed("vc2", key="alarm"), anyhow)
    assert (entry.outcome, is_new) == (Outcome.UNKNOWN, False)


@pytest.mark.parametrize(
    "line", [b"\xff\xfe", b"[]", b"null", b"1", b'{"begun": 5}', b'{"settled": "nobody"}', b'"text"', b"{}"]
)
def test_a_line_that_nobody_wrote_is_passed_over(shelf: Shelf, line: bytes) -> None:
    shelf.begun("vc1")
    [path] = shelf.files
    path.write_bytes(line + b"\n" + path.read_bytes() + line)
    assert [entry.handle for entry in shelf.opened().entries()] == ["vc1"]


def test_numbers_and_keys_are_never_written(shelf: Shelf) -> None:
    told = call(to="13800138000", state=CallState.COMPLETED)
    shelf.ledger.settle(shelf.begun("vc1", key="secret-key"), Outcome.PLACED, told)
    assert "8000" in shelf.text
    assert not any(word in shelf.text for word in ("13800138000", "38000", "secret-key"))
    assert shelf.ledger.is_of(shelf.ledger.entries()[0], NUMBER)
    assert not shelf.ledger.is_of(shelf.ledger.entries()[0], "+8613800138001")


def test_only_the_owner_reads_any_of_it(shelf: Shelf) -> None:
    shelf.begun("vc1")
    for path in shelf.directory.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert stat.S_IMODE(shelf.directory.stat().st_mode) == 0o700


def test_a_key_that_others_can_read_is_refused(shelf: Shelf) -> None:
    shelf.begun("vc1")
    (shelf.directory / "calls" / "key").chmod(0o644)
    with pytest.raises(ConfigError, match="read by other users"):
        shelf.opened().begin(shelf.deed("vc2"), anyhow)


def test_thirty_days_are_kept(shelf: Shelf) -> None:
    shelf.begun("vc1", key="alarm")
    shelf.now += timedelta(days=29, hours=23)
    shelf.begun("vc2")
    assert [entry.handle for entry in shelf.opened().entries()] == ["vc2", "vc1"]
    shelf.now += timedelta(hours=2)
    assert [entry.handle for entry in shelf.opened().entries()] == ["vc2"]
    shelf.begun("vc3", key="alarm")
    assert "vc1" not in shelf.text
    assert {entry.handle for entry in shelf.opened().entries()} == {"vc2", "vc3"}


def test_forgetting_strikes_out_some_or_all(shelf: Shelf) -> None:
    for handle in ("vc1", "vc2", "vc3"):
        shelf.begun(handle, number=f"+861380013800{handle[2:]}", key="alarm")
    assert shelf.ledger.forget(["vc2"]) == 1
    assert {entry.handle for entry in shelf.opened().entries()} == {"vc1", "vc3"}
    assert shelf.begun("vc4", number="+8613800138002", key="alarm").handle == "vc4"
    assert shelf.ledger.forget() == 3
    assert shelf.opened().entries() == []


def test_a_report_finds_its_call_by_id_or_reference(shelf: Shelf) -> None:
    shelf.ledger.settle(shelf.begun("vc1"), Outcome.PLACED, call("1^1"))
    shelf.begun("vc2", reference="mark")
    assert shelf.ledger.learn(call("1^1", CallState.COMPLETED, dtmf="1")) is not None
    found = shelf.ledger.learn(call("2^2", CallState.BUSY, reference="mark"))
    assert (found and found.handle, found and found.outcome) == ("vc2", Outcome.PLACED)
    states = {entry.handle: entry.call and entry.call.state for entry in shelf.opened().entries()}
    assert states == {"vc1": CallState.COMPLETED, "vc2": CallState.BUSY}


def test_a_report_of_a_stranger_changes_nothing(shelf: Shelf) -> None:
    shelf.ledger.settle(shelf.begun("vc1", reference="same"), Outcome.PLACED, call("1^1"))
    before = shelf.text
    assert shelf.ledger.learn(call("9^9", CallState.COMPLETED)) is None
    # The mark is that of a call which has a name already.
    assert shelf.ledger.learn(call("9^9", CallState.COMPLETED, reference="same")) is None
    foreign = call("1^1")
    assert shelf.ledger.learn(replace(foreign, id=replace(foreign.id, vendor="twilio"))) is None
    assert shelf.text == before


def test_a_mark_given_twice_names_no_call(shelf: Shelf) -> None:
    shelf.begun("vc1", reference="same")
    shelf.begun("vc2", reference="same")
    assert shelf.ledger.learn(call("9^9", reference="same")) is None


def test_an_end_stays_an_end_and_nothing_told_is_unlearnt(shelf: Shelf) -> None:
    entry = shelf.begun("vc1")
    ledger = shelf.ledger
    ledger.settle(entry, Outcome.PLACED, call(request_id="first"))
    ledger.learn(call(state=CallState.COMPLETED, dtmf="5", duration_seconds=3.0))
    ledger.learn(call(state=CallState.RINGING))
    ledger.learn(call(state=CallState.UNKNOWN, recording_url="https://x.example/a.wav"))
    found = ledger.find("vc1")
    known = found and found.call
    assert known == call(
        state=CallState.COMPLETED,
        dtmf="5",
        duration_seconds=3.0,
        recording_url="https://x.example/a.wav",
        request_id="first",
    )


def test_what_is_known_already_is_not_written_again(shelf: Shelf) -> None:
    shelf.ledger.settle(shelf.begun("vc1"), Outcome.PLACED, call(request_id="a"))
    before = shelf.text
    shelf.ledger.learn(call(request_id="b"))
    assert shelf.text == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_home_that_cannot_be_written_names_the_way_without(shelf: Shelf) -> None:
    shelf.directory.mkdir(mode=0o500)
    with pytest.raises(ConfigError) as caught:
        shelf.begun("vc1")
    assert "--no-ledger" in caught.value.hint


def test_a_state_directory_that_is_a_file_names_the_way_without(shelf: Shelf) -> None:
    shelf.directory.write_text("")
    with pytest.raises(ConfigError) as caught:
        shelf.begun("vc1")
    assert (caught.value.exit, "--no-ledger" in caught.value.hint) == (78, True)
