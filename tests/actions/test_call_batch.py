"""Batches of calls in one process: who is called, who is not, and what is said of whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.actions.test_call import Office, call
from voicectl.actions.batch import Outcome, Status
from voicectl.actions.call import Desk
from voicectl.actions.call_batch import Brake, Check, Mark, Plan, Round, Stopped, line_to_feed_back
from voicectl.actions.call_guards import Rules
from voicectl.actions.call_status import Patience
from voicectl.actions.rows import Row
from voicectl.core.call import CallOrder, CallState
from voicectl.core.errors import Guarded, OutcomeUnknown, TryLater, Unreachable, VendorRefused, VoicectlError
from voicectl.core.pace import Unpaced

LOST = OutcomeUnknown("no answer from the host")
NUMBERS = [f"1390000000{index}" for index in range(4)]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "state")


def plan(numbers: Sequence[str] = NUMBERS, name: str = "monday") -> Plan:
    rows = [Row(line, str(line), {"to": number}, "") for line, number in enumerate(numbers, 1)]
    return Plan(name=name, rows=lambda: iter(rows), usual=CallOrder(to="", template="TTS_1"))


def checked(office: Office, batch: Plan, **more: object) -> Check:
    check = Check(office.desk(**more), batch)
    list(check.bad_rows())
    return check


def run(
    office: Office, batch: Plan, patience: Patience | None = None, **more: object
) -> list[Outcome | None]:
    desk: Desk = office.desk(**more)
    marks = bytes(checked(office, batch, **more).marks)
    round_ = Round(desk, batch, Unpaced(), now=lambda: office.clock.now.timestamp(), patience=patience)
    return [task() for task in round_.tasks(marks)]


def statuses(outcomes: list[Outcome | None]) -> list[str]:
    return [outcome.status.value if outcome else "not begun" for outcome in outcomes]


def test_all_rows_are_checked_and_nothing_is_sent_or_noted(office: Office) -> None:
    check = checked(office, plan([*NUMBERS, "12"]))
    assert (check.count(Mark.NEW), check.count(Mark.BAD)) == (4, 1)
    assert (office.exchange.orders, office.outcomes()) == ([], [])


def test_bad_rows_fail_first_and_the_others_are_called(office: Office) -> None:
    outcomes = run(office, plan([NUMBERS[0], "12", NUMBERS[1]]))
    assert statuses(outcomes) == ["failed", "ok", "ok"]
    assert office.exchange.rang == NUMBERS[:2]


def test_a_batch_that_was_begun_wants_to_be_resumed(office: Office) -> None:
    run(office, plan(NUMBERS[:1]))
    check = checked(office, plan())
    with pytest.raises(Guarded, match="1 rows of the batch 'monday'"):
        check.refuse(resume=False)
    check.refuse(resume=True)
    assert statuses(run(office, plan())) == ["skipped", "ok", "ok", "ok"]
    checked(office, plan(name="tuesday")).refuse(resume=False)


def test_a_run_places_no_more_calls_than_the_profile_lets_it(office: Office) -> None:
    with pytest.raises(Guarded):
        checked(office, plan(), rules=Rules(per_run=3)).refuse(resume=False)


def test_what_was_lost_is_not_asked_for_again_even_where_the_vendor_knows_keys(office: Office) -> None:
    office.exchange.knows_keys = True
    office.exchange.turns = ["call-1", LOST, "call-3", "call-4"]
    first = run(office, plan())
    assert statuses(first) == ["ok", "unknown", "ok", "ok"]
    again = run(office, plan())
    assert statuses(again) == ["skipped", "unknown", "skipped", "skipped"]
    assert len(office.exchange.orders) == 4
    for outcome in (first[1], again[1]):
        assert outcome
        assert outcome.error
        assert "--reconcile vc" in outcome.error.hint
        assert str(outcome.facts["call_id"]).startswith("aliyun.lost.")
        assert line_to_feed_back(outcome, "monday") == ""


def test_what_rang_nobody_is_called_in_the_next_run(office: Office) -> None:
    office.exchange.turns = [VendorRefused("no"), "call-2"]
    first = run(office, plan(NUMBERS[:2]))
    assert statuses(first) == ["failed", "ok"]
    assert first[0]
    assert line_to_feed_back(first[0], "monday")
    assert statuses(run(office, plan(NUMBERS[:2]))) == ["ok", "skipped"]


def test_a_busy_vendor_is_asked_again_after_what_it_says(office: Office) -> None:
    office.exchange.turns = [TryLater("busy", retry_after=3), "call-2"]
    assert statuses(run(office, plan(NUMBERS[:1]))) == ["ok"]
    assert office.clock.slept == [3]


@pytest.mark.parametrize("error", [TryLater("busy"), TryLater("busy", retry_after=60)], ids=["often", "long"])
def test_one_that_stays_busy_has_rung_nobody(office: Office, error: VoicectlError) -> None:
    office.exchange.turns = [error] * 3
    assert statuses(run(office, plan(NUMBERS[:1]))) == ["failed"]
    assert office.exchange.rang == []


def test_who_is_stopped_while_waiting_has_begun_nothing(office: Office) -> None:
    brake = Brake(office.clock)
    brake.pull()
    with pytest.raises(Stopped):
        brake.sleep(60)
    office.exchange.turns = [Unreachable("refused", cause="refused"), TryLater("busy")]
    assert statuses(run(office, plan(NUMBERS[:2]), clock=brake)) == ["not begun", "not begun"]
    assert set(office.outcomes()) == {"refused"}


def test_calls_are_followed_and_counted_by_their_ends(office: Office) -> None:
    office.exchange.course = [call(state=CallState.BUSY)]
    (outcome,) = run(office, plan(NUMBERS[:1]), Patience(1, 60))
    assert outcome
    assert (outcome.status, outcome.facts["state"]) == (Status.FAILED, "busy")
    assert line_to_feed_back(outcome, "monday") == "", "its phone has rung"


def test_a_call_that_goes_on_is_late_and_one_without_an_end_unknown(office: Office) -> None:
    office.exchange.course = [call(state=CallState.RINGING)]
    (late,) = run(office, plan(NUMBERS[:1]), Patience(1, 3))
    assert late
    assert late.error
    assert late.error.kind == "wait_timeout"
    ended = replace(call(state=CallState.UNKNOWN), ended_at=office.clock.now)
    office.exchange.course = [ended]
    (unsure,) = run(office, plan(NUMBERS[1:2]), Patience(1, 60))
    assert unsure
    assert unsure.status is Status.UNKNOWN


def test_a_run_that_is_stopped_leaves_its_calls_alone(office: Office) -> None:
    brake = Brake(office.clock)
    brake.pull()
    office.exchange.course = [call(state=CallState.RINGING)]
    (outcome,) = run(office, plan(NUMBERS[:1]), Patience(1, 60), clock=brake)
    assert outcome
    assert (outcome.status, outcome.facts["state"]) == (Status.OK, "queued")
