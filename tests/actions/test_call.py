"""Placing calls at most once, under rules, and following them: whoever the vendor is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.transport.parts import NOON, StillClock
from voicectl.actions.call import Desk, Placed, Settled, place, rehearse, settle
from voicectl.actions.call_guards import Rules, TooOften, rules_of
from voicectl.actions.call_status import (
    Patience,
    Target,
    exit_of,
    known,
    look,
    raw_target,
    reconcile,
    target,
    watch,
)
from voicectl.core.call import Call, CallId, CallOrder, CallSearch, CallState, Caps, NumberForm
from voicectl.core.errors import (
    BadInput,
    BrokenAnswer,
    ConfigError,
    CredentialError,
    Exit,
    Guarded,
    NotFound,
    OutcomeUnknown,
    OutputError,
    TryLater,
    Unreachable,
    Unsupported,
    UsageError,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.ledger import Outcome
from voicectl.core.note import Note
from voicectl.core.request import Request
from voicectl.kept.ledger import CallLedger

NUMBER = "13800138000"
ORDER = CallOrder(to=NUMBER, template="TTS_1", variables={"code": "0123"})
NO_CAPS = Caps()
Turn = BaseException | str


@dataclass
class Exchange:
    """A vendor in memory: each creation takes the next of `turns`; a text names a call that rings."""

    turns: list[Turn] = field(default_factory=list)
    numbers: NumberForm = NumberForm.MAINLAND
    caps: Caps = NO_CAPS
    knows_keys: bool = False
    course: list[Call | VoicectlError] = field(default_factory=list)
    found: list[Call] | VoicectlError = field(default_factory=list)
    orders: list[CallOrder] = field(default_factory=list)
    rang: list[str] = field(default_factory=list)
    searched: list[CallSearch] = field(default_factory=list)

    def settle(self, order: CallOrder) -> CallOrder:
        return replace(order, operation="Ring")

    def is_idempotent(self, order: CallOrder) -> bool:
        return self.knows_keys

    def create(self, order: CallOrder) -> Call:
        self.orders.append(order)
        turn = self.turns.pop(0) if self.turns else f"call-{len(self.orders)}"
        if isinstance(turn, BaseException):
            raise turn
        self.rang.append(order.to)
        return call(turn, to=order.to, reference=order.reference, created_at=NOON)

    def status(self, call: CallId) -> Call:
        turn = self.course.pop(0) if len(self.course) > 1 else self.course[0]
        if isinstance(turn, VoicectlError):
            raise turn
        return replace(turn, id=call)

    def search(self, wanted: CallSearch) -> Iterator[Call]:
        self.searched.append(wanted)
        if isinstance(self.found, VoicectlError):
            raise self.found
        return iter(self.found)

    def cancel(self, call: CallId, *, hang_up: bool = False) -> None:
        raise AssertionError("nobody cancels here")

    def pushed(self, request: Request) -> tuple[Call, ...]:
        raise AssertionError("nothing is pushed here")

    def acknowledgement(self) -> bytes:
        raise AssertionError("nothing is pushed here")


class Office:
    """A desk with a ledger, a clock that stands still, and a vendor in memory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.exchange = Exchange()
        self.clock = StillClock()
        self.notes: list[Note] = []
        self.number = 0

    @property
    def ledger(self) -> CallLedger:
        return CallLedger(self.directory, lambda: b"k" * 32, lambda: self.clock.now)

    def desk(self, **more: object) -> Desk:
        usual: dict[str, object] = {
            "vendor": "aliyun",
            "profile": "work",
            "calls": self.exchange,
            "ledger": self.ledger,
            "rules": Rules(caps=self.exchange.caps),
            "clock": self.clock,
            "tell": self.notes.append,
        }
        return Desk(**{**usual, **more})  # type: ignore[arg-type]

    def settled(self, desk: Desk, order: CallOrder = ORDER, key: str = "") -> Settled:
        # The nonces of this clock are short: a handle is made of them.
        self.number += 1
        return settle(desk, order, key=key)._replace(handle=f"vc{self.number:012d}")

    def place(self, order: CallOrder = ORDER, key: str = "", **more: object) -> Placed:
        desk = self.desk(**more)
        return place(desk, self.settled(desk, order, key))

    def outcomes(self) -> list[str]:
        return [entry.outcome.value for entry in reversed(self.ledger.entries())]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "state")


def call(name: str = "call-1", state: CallState = CallState.QUEUED, **more: object) -> Call:
    id_ = CallId(vendor="aliyun", product="voice", day=NOON.date(), vendor_id=name)
    return Call(id=id_, state=state, **more)  # type: ignore[arg-type]


LOST = OutcomeUnknown("no answer from the host")


def test_a_call_is_noted_placed_and_numbered_as_the_vendor_wants(office: Office) -> None:
    placed = office.place(replace(ORDER, to="+86 138-0013-8000", caller="400-123-4567"))
    assert (placed.idempotency, placed.is_new, placed.call.to) == ("none", True, NUMBER)
    [order] = office.exchange.orders
    assert (order.to, order.caller, order.operation) == (NUMBER, "4001234567", "Ring")
    assert office.outcomes() == ["placed"]


def test_a_pool_of_numbers_is_left_to_the_vendor(office: Office) -> None:
    office.place(replace(ORDER, caller="NP1234"))
    assert office.exchange.orders[0].caller == "NP1234"


def test_the_note_is_there_before_the_request_leaves(office: Office) -> None:
    seen: list[list[str]] = []

    class Watching(Exchange):
        def create(self, order: CallOrder) -> Call:
            seen.append(office.outcomes())
            return Exchange.create(self, order)

    office.exchange = Watching()
    office.place()
    assert (seen, office.outcomes()) == ([["unknown"]], ["placed"])


def test_the_same_key_and_number_ring_once(office: Office) -> None:
    first = office.place(key="alarm")
    again = office.place(replace(ORDER, to="+8613800138000"), key="alarm")
    assert (again.call, again.is_new, again.idempotency) == (first.call, False, "local")
    assert office.exchange.rang == [NUMBER]
    office.place(replace(ORDER, to="13800138001"), key="alarm")
    office.place(key="another")
    assert len(office.exchange.rang) == 3


def test_a_key_holds_over_vendors(office: Office) -> None:
    office.exchange.turns = [LOST]
    with pytest.raises(OutcomeUnknown):
        office.place(key="alarm")
    with pytest.raises(OutcomeUnknown):
        office.place(key="alarm", vendor="twilio")
    assert len(office.exchange.orders) == 1


DOUBTS: list[BaseException] = [
    LOST,
    BrokenAnswer("half a word"),
    OutputError("the log is full"),
    VoicectlError("anything else"),
    KeyError("CallId"),
    RuntimeError("a bug"),
]


@pytest.mark.parametrize("doubt", DOUBTS, ids=lambda doubt: type(doubt).__name__)
@pytest.mark.slow
def test_every_doubt_is_an_unknown_outcome_now_and_again(office: Office, doubt: BaseException) -> None:
    office.exchange.turns = [doubt]
    with pytest.raises(OutcomeUnknown) as caught:
        office.place(key="alarm")
    assert caught.value.hint == "look before you call again: voicectl call status --reconcile vc000000000001"
    office.clock.now += timedelta(minutes=1)
    with pytest.raises(OutcomeUnknown) as again:
        office.place(key="alarm")
    assert (again.value.exit, again.value.hint) == (15, "voicectl call status --reconcile vc000000000001")
    assert (len(office.exchange.orders), office.outcomes()) == (1, ["unknown"])


CLEAN = (BadInput, UsageError, ConfigError, CredentialError, Guarded, VendorRefused, TryLater, NotFound)


@pytest.mark.parametrize("kind", CLEAN)
@pytest.mark.slow
def test_what_surely_did_not_ring_frees_the_key(office: Office, kind: type[VoicectlError]) -> None:
    office.exchange.turns = [kind("no")]
    with pytest.raises(kind):
        office.place(key="alarm")
    assert office.outcomes() == ["refused"]
    assert office.place(key="alarm").is_new
    assert office.exchange.rang == [NUMBER]


@pytest.mark.parametrize("cause", ["refused", "lookup", "timeout", "network"])
def test_a_connection_that_never_was_is_tried_again(office: Office, cause: str) -> None:
    office.exchange.turns = [Unreachable("no", cause=cause), Unreachable("no", cause=cause), "call-7"]
    assert office.place().call.id.vendor_id == "call-7"
    assert (office.exchange.rang, office.clock.slept) == ([NUMBER], [0.5, 1.0])


@pytest.mark.parametrize("cause", ["certificate", "tls", "name"])
def test_a_lasting_cause_is_not_tried_again(office: Office, cause: str) -> None:
    office.exchange.turns = [Unreachable("no", cause=cause)]
    with pytest.raises(Unreachable):
        office.place()
    assert (len(office.exchange.orders), office.outcomes()) == (1, ["refused"])


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
def test_who_is_interrupted_while_sending_hears_how_to_look(office: Office, end: type[BaseException]) -> None:
    office.exchange.turns = [end()]
    with pytest.raises(end):
        office.place(key="alarm")
    [note] = office.notes
    assert "--reconcile vc000000000001" in str(note)
    assert office.outcomes() == ["unknown"]


def test_a_run_waits_for_what_another_with_the_same_key_hears(office: Office) -> None:
    desk = office.desk()
    first, second = office.settled(desk, key="alarm"), office.settled(desk, key="alarm")

    class Slow(StillClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if len(self.slept) == 3:
                ledger.settle(entry, Outcome.PLACED, call("theirs"))

    ledger = office.ledger
    office.clock = Slow()
    office.exchange.turns = [LOST]
    with pytest.raises(OutcomeUnknown):
        place(desk._replace(clock=office.clock), first)
    [entry] = ledger.entries()
    placed = place(desk._replace(clock=office.clock), second)
    assert (placed.call.id.vendor_id, placed.is_new) == ("theirs", False)
    assert (len(office.exchange.orders), len(office.clock.slept)) == (1, 3)


def test_a_key_that_the_vendor_knows_is_sent_again_after_a_doubt(office: Office) -> None:
    office.exchange = Exchange(turns=[LOST], knows_keys=True)
    with pytest.raises(OutcomeUnknown):
        office.place(key="alarm")
    office.clock.now += timedelta(minutes=1)
    placed = office.place(key="alarm")
    assert (placed.idempotency, placed.is_new) == ("vendor", True)
    first, again = office.exchange.orders
    assert (first.key, len(first.key)) == (again.key, 32)
    assert first.reference == again.reference
    assert office.outcomes() == ["placed"]


@pytest.mark.parametrize("no", [VendorRefused("no"), TryLater("no"), Unreachable("no", cause="name")])
def test_a_no_to_the_second_request_says_nothing_of_the_first(office: Office, no: VoicectlError) -> None:
    office.exchange = Exchange(turns=[LOST, no], knows_keys=True)
    with pytest.raises(OutcomeUnknown):
        office.place(key="alarm")
    office.clock.now += timedelta(minutes=1)
    with pytest.raises(OutcomeUnknown, match="earlier call"):
        office.place(key="alarm")
    assert office.outcomes() == ["unknown"]
    assert office.place(key="alarm").call.id.vendor_id == "call-3"


@pytest.mark.parametrize("other", [{"vendor": "volcengine"}, {"profile": "home"}])
def test_only_the_account_that_was_asked_knows_its_key_again(office: Office, other: dict[str, str]) -> None:
    office.exchange = Exchange(turns=[LOST], knows_keys=True)
    with pytest.raises(OutcomeUnknown):
        office.place(key="alarm")
    office.clock.now += timedelta(minutes=1)
    with pytest.raises(OutcomeUnknown):
        office.place(key="alarm", **other)
    assert len(office.exchange.orders) == 1


def test_the_vendors_key_is_the_same_on_every_machine_and_tells_no_number(office: Office) -> None:
    desk = office.desk()
    keys = [
        settle(desk, replace(ORDER, to=to), key=key).order.key
        for to, key in ((NUMBER, "a"), ("+86" + NUMBER, "a"), (NUMBER, "b"), ("13800138001", "a"))
    ]
    assert (keys[0] == keys[1], len(set(keys))) == (True, 3)
    assert all(NUMBER[i : i + 5] not in keys[0] for i in range(6))


def test_without_a_ledger_a_key_needs_a_vendor_that_knows_it(office: Office) -> None:
    with pytest.raises(UsageError, match="idempotency key"):
        office.place(key="alarm", ledger=None)
    assert office.place(ledger=None).idempotency == "none"
    office.exchange.knows_keys = True
    assert office.place(key="alarm", ledger=None).idempotency == "vendor"
    with pytest.raises(Guarded, match="only the ledger"):
        office.place(ledger=None, rules=Rules(are_own=True))


def test_a_home_that_cannot_be_written_sends_nothing(office: Office) -> None:
    office.directory.write_text("a file")
    with pytest.raises(ConfigError):
        office.place()
    assert office.exchange.orders == []


def test_caps_are_counted_over_runs_and_tell_the_next_time(office: Office) -> None:
    office.exchange.caps = Caps(minute=1, hour=2, day=3)
    office.place()
    with pytest.raises(TooOften) as caught:
        office.place()
    assert (caught.value.exit, caught.value.next_at) == (6, NOON + timedelta(minutes=1))
    assert "2026-01-02T12:01:00Z" in str(caught.value)
    office.clock.now += timedelta(minutes=1)
    office.place()
    office.clock.now += timedelta(minutes=2)
    with pytest.raises(TooOften) as caught:
        office.place()
    assert caught.value.next_at == NOON + timedelta(hours=1)
    office.clock.now += timedelta(hours=1)
    office.place()
    office.clock.now += timedelta(hours=2)
    with pytest.raises(TooOften) as caught:
        office.place()
    assert caught.value.next_at == NOON + timedelta(days=1)
    office.place(replace(ORDER, to="13800138001"))
    assert NUMBER not in str(caught.value)


def test_a_window_moves_with_the_time(office: Office) -> None:
    office.exchange.caps = Caps(hour=2)
    office.place()
    office.clock.now += timedelta(minutes=50)
    office.place()
    office.clock.now += timedelta(minutes=11)
    office.place()
    with pytest.raises(TooOften) as caught:
        office.place()
    assert caught.value.next_at == NOON + timedelta(minutes=110)


def test_a_doubt_counts_and_a_refusal_does_not(office: Office) -> None:
    office.exchange = Exchange(turns=[VendorRefused("no"), LOST], caps=Caps(minute=1))
    with pytest.raises(VendorRefused):
        office.place()
    with pytest.raises(OutcomeUnknown):
        office.place()
    with pytest.raises(TooOften):
        office.place()


def test_who_waits_for_the_limit_calls_when_it_is_over(office: Office) -> None:
    office.exchange.caps = Caps(minute=1)
    office.place()
    office.place(waits_for_limit=True)
    assert (office.clock.slept, len(office.exchange.rang)) == ([60.0], 2)
    assert "waiting until 2026-01-02T12:01:00Z" in str(office.notes[0])


def test_a_profile_sets_its_own_rules() -> None:
    usual = Caps(minute=1, hour=5, day=20)
    assert rules_of({}, usual) == Rules(caps=usual)
    settings = {"call.allow": "138*, +1*", "call.per_run": "3", "call.per_number_hour": "0"}
    assert rules_of(settings, usual) == Rules(
        allow=("138*", "+1*"), per_run=3, caps=Caps(minute=1, hour=0, day=20), are_own=True
    )
    with pytest.raises(ConfigError, match="no count"):
        rules_of({"call.per_run": "many"}, usual)


def test_a_number_that_the_profile_does_not_allow_is_not_called(office: Office) -> None:
    with pytest.raises(Guarded, match=r"\*\*\*8000 is not among") as caught:
        office.place(rules=Rules(allow=("139*",)))
    assert (caught.value.exit, office.exchange.orders) == (6, [])
    office.place(rules=Rules(allow=("139*", "+86138*")))


def test_where_both_ends_ring_both_must_be_allowed(office: Office) -> None:
    class Bridge(Exchange):
        def settle(self, order: CallOrder) -> CallOrder:
            return replace(order, rings_caller=True)

    office.exchange = Bridge()
    rules = Rules(allow=("138*", "13900139000"))
    office.place(replace(ORDER, caller="+86 139 0013 9000"), rules=rules)
    with pytest.raises(Guarded, match="9001"):
        office.place(replace(ORDER, caller="13900139001"), rules=rules)
    assert len(office.exchange.rang) == 1


def test_a_dry_run_notes_nothing(office: Office) -> None:
    desk = office.desk(ledger=None, is_dry=True)
    rehearse(desk, settle(desk, ORDER, key="alarm"))
    assert not office.directory.exists()


def test_a_vendors_words_hide_the_number(office: Office) -> None:
    for told in (VendorRefused("{reason}", reason=f"+86{NUMBER} is bad"), BrokenAnswer(f"no {NUMBER}")):
        office.exchange.turns = [told]
        with pytest.raises(VoicectlError) as caught:
            office.place()
        assert "***8000" in str(caught.value)
        assert NUMBER not in f"{caught.value} {caught.value.hint}"
        assert caught.value.__cause__ is None or caught.value.exit == 15


def test_a_word_finds_a_call_by_handle_id_or_the_vendors_name(office: Office) -> None:
    id_ = office.place().call.id
    for word in ("vc000000000001", str(id_), id_.vendor_id):
        assert target(word, office.ledger).id == id_
    assert target(str(id_), None) == Target(id_)
    with pytest.raises(BadInput):
        target("nonsense", office.ledger)
    late = NOON.replace(hour=17)
    assert str(raw_target("aliyun", "1^2", "", None, late).id) == "aliyun.voice.20260103.1_5E2"


def test_a_lost_call_has_an_id_of_its_own(office: Office) -> None:
    office.exchange.turns = [LOST]
    with pytest.raises(OutcomeUnknown):
        office.place()
    [entry] = office.ledger.entries()
    lost = known(entry)
    assert (str(lost.id), lost.state, lost.to) == (
        "aliyun.lost.20260102.vc000000000001",
        CallState.UNKNOWN,
        "***8000",
    )
    asked = target(str(lost.id), office.ledger)
    assert asked.is_lost
    assert look(office.exchange, office.ledger, asked) == lost
    assert exit_of(lost) is Exit.OUTCOME_UNKNOWN
    with pytest.raises(NotFound):
        look(office.exchange, None, asked._replace(entry=None))


def test_a_status_is_kept_and_joined_with_what_was_reported(office: Office) -> None:
    placed = office.place()
    office.ledger.learn(replace(placed.call, dtmf="5", recording_url="https://x.example/a"))
    office.exchange.course = [call(state=CallState.COMPLETED, duration_seconds=9.0, to=NUMBER)]
    found = look(office.exchange, office.ledger, target("call-1", office.ledger))
    assert (found.state, found.dtmf, found.recording_url) == (
        CallState.COMPLETED,
        "5",
        "https://x.example/a",
    )
    assert known(office.ledger.entries()[0]).state is CallState.COMPLETED


def test_a_ledger_that_can_only_be_read_keeps_nobody_from_looking(office: Office) -> None:
    office.place()
    asked = target("call-1", office.ledger)
    [lock] = (office.directory / "calls").glob("*.jsonl.lock")
    lock.unlink()
    lock.mkdir()
    office.exchange.course = [call(state=CallState.BUSY)]
    assert look(office.exchange, office.ledger, asked).state is CallState.BUSY


@pytest.mark.parametrize(
    ("error", "reason"),
    [(NotFound("no"), "no_record_yet"), (Unsupported("no"), "vendor_has_no_status")],
)
def test_what_the_vendor_does_not_tell_the_ledger_does(
    office: Office, error: VoicectlError, reason: str
) -> None:
    placed = office.place()
    office.exchange.course = [error]
    asked = target("call-1", office.ledger)
    assert look(office.exchange, office.ledger, asked).reason == reason
    office.ledger.learn(replace(placed.call, state=CallState.BUSY))
    assert look(office.exchange, office.ledger, asked).state is CallState.BUSY
    with pytest.raises(type(error)):
        look(office.exchange, None, Target(placed.call.id))


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_hung_up_in_the_first_second_is_completed_and_says_so(office: Office, seconds: float) -> None:
    office.exchange.course = [call(state=CallState.COMPLETED, duration_seconds=seconds)]
    found = look(office.exchange, None, Target(call().id))
    assert (found.state, found.reason) == (CallState.COMPLETED, "hung_up_early")
    assert exit_of(found) is Exit.OK
    assert exit_of(found, min_seconds=5) is Exit.CALL_NO_ANSWER


def watched(office: Office, *turns: Call | VoicectlError, timeout: float = 60) -> Call | None:
    office.exchange.course = list(turns)
    asked = Target(call().id)
    return watch(
        lambda: look(office.exchange, None, asked), office.clock, Patience(2, timeout), lambda call: None
    )


def test_a_call_is_watched_to_its_end_through_passing_trouble(office: Office) -> None:
    states = (CallState.QUEUED, CallState.RINGING, CallState.ANSWERED, CallState.COMPLETED)
    trouble = (NotFound("no record"), TryLater("busy"), Unreachable("gone"), BrokenAnswer("half"))
    found = watched(office, *trouble, *(call(state=state) for state in states))
    assert (found and found.state, office.clock.slept) == (CallState.COMPLETED, [2.0] * 7)


def test_what_does_not_pass_ends_the_watch(office: Office) -> None:
    with pytest.raises(CredentialError):
        watched(office, call(), CredentialError("no"))


def test_patience_has_an_end(office: Office) -> None:
    ringing = watched(office, call(state=CallState.RINGING), timeout=5)
    assert (exit_of(ringing), office.clock.slept) == (Exit.WAIT_TIMEOUT, [2.0, 2.0, 1.0])
    assert exit_of(watched(office, NotFound("no"), timeout=1)) is Exit.WAIT_TIMEOUT


def test_an_end_without_an_outcome_gets_a_moment_and_is_then_unknown(office: Office) -> None:
    ended = call(state=CallState.UNKNOWN, ended_at=NOON)
    found = watched(office, ended, ended, call(state=CallState.BUSY))
    assert exit_of(found) is Exit.CALL_BUSY
    assert exit_of(watched(office, ended)) is Exit.OUTCOME_UNKNOWN


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (CallState.COMPLETED, 0),
        (CallState.NO_ANSWER, 10),
        (CallState.BUSY, 11),
        (CallState.REJECTED, 12),
        (CallState.FAILED, 13),
        (CallState.CANCELED, 14),
        (CallState.QUEUED, 124),
        (CallState.RINGING, 124),
        (CallState.ANSWERED, 124),
        (CallState.UNKNOWN, 124),
    ],
)
def test_each_state_has_its_exit_code(state: CallState, code: int) -> None:
    assert exit_of(call(state=state)) == code


def lost(office: Office) -> Target:
    office.exchange.turns = [LOST]
    with pytest.raises(OutcomeUnknown):
        office.place(key="alarm")
    office.clock.now += timedelta(seconds=30)
    return target("vc000000000001", office.ledger)


def test_a_lost_call_is_found_by_its_mark(office: Office) -> None:
    asked = lost(office)
    [entry] = office.ledger.entries()
    office.exchange.found = [call("there", reference=entry.reference, state=CallState.BUSY)]
    found = reconcile(office.exchange, office.ledger, asked, "", office.clock.now)
    assert (found.state, found.to, found.reason) == (CallState.BUSY, "***8000", "")
    [entry] = office.ledger.entries()
    assert (entry.outcome, entry.is_inferred) == (Outcome.PLACED, False)
    assert office.place(key="alarm").call.id.vendor_id == "there"
    assert office.exchange.searched[0].key == office.exchange.orders[0].key


def test_a_lost_call_is_found_by_number_and_time_and_that_is_said(office: Office) -> None:
    asked = lost(office)
    office.exchange.found = [call("other", to="13800138001"), call("there", to="+86" + NUMBER), call("sip:x")]
    found = reconcile(office.exchange, office.ledger, asked, "", office.clock.now)
    assert (found.id.vendor_id, found.reason) == ("there", "inferred")
    assert office.ledger.entries()[0].is_inferred


@pytest.mark.parametrize(
    "found", [[], [call("a", to=NUMBER), call("b", to=NUMBER)], Unsupported("nobody can be asked")]
)
def test_what_is_not_found_stays_unknown(office: Office, found: list[Call] | VoicectlError) -> None:
    asked = lost(office)
    office.exchange.found = found
    with pytest.raises(OutcomeUnknown) as caught:
        reconcile(office.exchange, office.ledger, asked, "", office.clock.now)
    assert "call list vc000000000001 --forget" in caught.value.hint
    assert office.outcomes() == ["unknown"]


def test_a_call_that_belongs_to_another_deed_is_not_taken_for_this_one(office: Office) -> None:
    office.place()
    office.exchange.turns = [LOST]
    with pytest.raises(OutcomeUnknown):
        office.place(key="alarm")
    office.exchange.found = [call("call-1", to=NUMBER)]
    asked = target("vc000000000002", office.ledger)
    with pytest.raises(OutcomeUnknown, match="no such call so far"):
        reconcile(office.exchange, office.ledger, asked, "", office.clock.now)
