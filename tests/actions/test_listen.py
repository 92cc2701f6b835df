"""Reports of calls: noted where the call is known, told once, and none of it where they are not genuine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from voicectl.actions.listen import REMEMBERED, News, Reception
from voicectl.core.call import Call, CallId, CallState
from voicectl.core.errors import CredentialError, TryLater
from voicectl.core.ledger import Deed, Entry, Outcome
from voicectl.core.request import Request
from voicectl.kept.ledger import CallLedger

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ID = CallId(vendor="twilio", product="voice-us1", day=date(2026, 1, 2), vendor_id="CA1")
ENDED = Call(
    id=ID, state=CallState.COMPLETED, dtmf="12#", recording_url="https://h.example/r", duration_seconds=17
)
REQUEST = Request(method="POST", host="h", path="/r")


class Pushes:
    """A vendor of whom only the reports are wanted."""

    def __init__(self, *told: Call, error: Exception | None = None) -> None:
        self.told, self.error = told, error

    def pushed(self, request: Request) -> tuple[Call, ...]:
        if self.error:
            raise self.error
        return self.told

    def acknowledgement(self) -> bytes:
        return b"ok"


def ledger_at(path: Path) -> CallLedger:
    return CallLedger(path, lambda: b"k" * 32, lambda: NOW)


def noted(ledger: CallLedger, call: Call = ENDED) -> Entry:
    """Note a call as `call create` does."""
    deed = Deed(handle="vc1", at=NOW, vendor="twilio", number="+8613800138000", reference="vc1")
    entry, _ = ledger.begin(deed, lambda before: None)
    return ledger.settle(entry, Outcome.PLACED, Call(id=call.id, state=CallState.QUEUED))


def reception(calls: Pushes, ledger: CallLedger | None, hear: Callable[[News], None]) -> Reception:
    return Reception(calls=calls, ledger=ledger, hear=hear, now=lambda: NOW)  # type: ignore[arg-type]


def test_a_report_of_a_known_call_lands_in_the_ledger(tmp_path: Path) -> None:
    heard: list[News] = []
    ledger = ledger_at(tmp_path)
    noted(ledger)
    assert reception(Pushes(ENDED), ledger, heard.append).take(REQUEST) == b"ok"
    entry = ledger.find("vc1")
    assert entry is not None
    assert entry.call is not None
    assert (entry.call.state, entry.call.dtmf) == (CallState.COMPLETED, "12#")
    assert entry.call.recording_url == "https://h.example/r"
    assert [(news.call, news.is_known) for news in heard] == [(ENDED, True)]


def test_a_report_of_an_unknown_call_changes_nothing(tmp_path: Path) -> None:
    heard: list[News] = []
    ledger = ledger_at(tmp_path)
    noted(ledger)
    before = [path.read_bytes() for path in sorted(tmp_path.rglob("*.jsonl"))]
    stranger = replace(ENDED, id=replace(ID, vendor_id="CA9"))
    reception(Pushes(stranger), ledger, heard.append).take(REQUEST)
    assert [path.read_bytes() for path in sorted(tmp_path.rglob("*.jsonl"))] == before
    assert [news.is_known for news in heard] == [False]


def test_a_report_that_is_not_genuine_changes_nothing(tmp_path: Path) -> None:
    heard: list[News] = []
    ledger = ledger_at(tmp_path)
    noted(ledger)
    with pytest.raises(CredentialError):
        reception(Pushes(error=CredentialError("no")), ledger, heard.append).take(REQUEST)
    entry = ledger.find("vc1")
    assert entry is not None
    assert entry.call is not None
    assert (heard, entry.call.state) == ([], CallState.QUEUED)


def test_what_is_repeated_is_told_once_and_still_answered() -> None:
    heard: list[News] = []
    desk = reception(Pushes(ENDED), None, heard.append)
    assert [desk.take(REQUEST) for _ in range(3)] == [b"ok"] * 3
    assert [(news.call, news.is_known) for news in heard] == [(ENDED, None)]


def test_a_new_state_is_news() -> None:
    heard: list[News] = []
    calls = Pushes(replace(ENDED, state=CallState.RINGING))
    desk = reception(calls, None, heard.append)
    desk.take(REQUEST)
    calls.told = (ENDED, replace(ENDED, dtmf="3"))
    desk.take(REQUEST)
    assert [news.call.state for news in heard] == ["ringing", "completed", "completed"]


def test_what_could_not_be_noted_is_taken_when_it_comes_again(tmp_path: Path) -> None:
    heard: list[News] = []

    class Stuck(CallLedger):
        stuck = True

        def learn(self, call: Call) -> Entry | None:
            if self.stuck:
                raise TryLater("another process holds it")
            return super().learn(call)

    ledger = Stuck(tmp_path, lambda: b"k" * 32, lambda: NOW)
    noted(ledger)
    desk = reception(Pushes(ENDED), ledger, heard.append)
    with pytest.raises(TryLater):
        desk.take(REQUEST)
    ledger.stuck = False
    desk.take(REQUEST)
    assert [news.is_known for news in heard] == [True]


def test_many_threads_tell_each_piece_of_news_once(tmp_path: Path) -> None:
    heard: list[News] = []
    ledger = ledger_at(tmp_path)
    noted(ledger)
    desk = reception(Pushes(ENDED), ledger, heard.append)
    threads = [threading.Thread(target=desk.take, args=(REQUEST,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == 1


def test_what_is_remembered_has_a_bound() -> None:
    desk = reception(Pushes(), None, lambda news: None)
    for number in range(REMEMBERED + 5):
        desk.calls.told = (replace(ENDED, dtmf=str(number)),)  # type: ignore[attr-defined]
        desk.take(REQUEST)
    assert len(desk._seen) == len(desk._order) == REMEMBERED


def test_the_line_holds_what_call_status_shows() -> None:
    line = News(ENDED, True, NOW).as_json()
    assert (line["received_at"], line["known"], line["id"]) == (
        "2026-01-02T03:04:05Z",
        True,
        "twilio.voice-us1.20260102.CA1",
    )
    assert (line["state"], line["dtmf"], line["duration_seconds"]) == ("completed", "12#", 17)
