"""What all batches do alike: twins, parts, what is done already, and honest figures at the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from voicectl.actions.batch import Count, Outcome, Shard, Status, code_of, tasks
from voicectl.actions.metrics import Run, prometheus_text
from voicectl.actions.rows import Row
from voicectl.core.errors import BadInput, CredentialError, TryLater, VoicectlError


@dataclass
class Memory:
    known: dict[str, int] = field(default_factory=dict)

    def has(self, name: str, digest: int) -> bool:
        return self.known.get(name) == digest

    def note(self, name: str, digest: int) -> None:
        self.known[name] = digest


@dataclass
class Task:
    row: Row
    there: bool = True
    error: VoicectlError | None = None

    @property
    def digest(self) -> int:
        return len(self.row.cells.get("text", ""))

    def is_there(self) -> bool:
        return self.there

    def left_alone(self) -> Outcome:
        return Outcome(self.row, Status.SKIPPED)

    def done(self) -> Outcome:
        if self.error:
            raise self.error
        return Outcome(self.row, Status.OK, {"characters": self.digest}, ms=10)


def rows(*names: str, text: str = "x") -> Iterator[Row]:
    return (Row(line, name, {"id": name, "text": text}, "{}") for line, name in enumerate(names, 1))


def statuses(found: Iterator[Row], memory: Memory, **task: object) -> dict[str, str]:
    return {
        outcome.row.id: outcome.status.value
        for outcome in (each() for each in tasks(found, lambda row: Task(row, **task), memory))  # type: ignore[arg-type]
    }


def test_what_is_done_is_skipped_and_what_has_changed_or_is_gone_is_done_anew() -> None:
    memory = Memory()
    assert statuses(rows("a", "b"), memory) == {"a": "ok", "b": "ok"}
    assert statuses(rows("a", "b", "c"), memory) == {"a": "skipped", "b": "skipped", "c": "ok"}
    assert statuses(rows("a", text="changed"), memory) == {"a": "ok"}
    assert statuses(rows("b"), memory, there=False) == {"b": "ok"}


def test_what_failed_is_not_noted_as_done() -> None:
    memory = Memory()
    assert statuses(rows("a"), memory, error=TryLater("busy")) == {"a": "failed"}
    assert memory.known == {}


def test_a_twin_is_named_with_the_line_of_the_first() -> None:
    found = [each() for each in tasks(rows("a", "b", "a"), Task, Memory())]
    assert [str(each.error) for each in found if each.error] == ["line 3: the id 'a' is taken by line 1"]


def test_parts_make_the_whole_and_an_id_stays_in_its_part_wherever_it_stands() -> None:
    names = [f"id-{number}" for number in range(1000)]
    parts = [{name for name in names if name in Shard(number, 16)} for number in range(1, 17)]
    assert sum(map(len, parts)) == 1000
    assert set().union(*parts) == set(names)
    assert max(map(len, parts)) < 3 * min(map(len, parts))
    found = {each().row.id for each in tasks(rows(*reversed(names)), Task, Memory(), Shard(3, 16))}
    assert found == parts[2]


def test_a_bad_row_is_told_by_one_part_only() -> None:
    def bad() -> Iterator[Row]:
        return (Row(line, str(line), {}, "", BadInput("bad")) for line in range(1, 50))

    told = [len(list(tasks(bad(), Task, Memory(), Shard(number, 4)))) for number in range(1, 5)]
    assert sum(told) == 49
    assert min(told) > 0


def counted(*outcomes: Outcome) -> Count:
    count = Count(("characters",))
    for each in outcomes:
        count.add(each)
    return count


def outcome(status: Status = Status.OK, **more: object) -> Outcome:
    (row,) = rows("a")
    return Outcome(row, status, **more)  # type: ignore[arg-type]


def test_percentiles_are_times_that_were_measured() -> None:
    count = counted(*(outcome(ms=ms) for ms in range(1, 101)))
    assert (count.percentile(50), count.percentile(95)) == (50, 95)
    assert counted(outcome(ms=7)).percentile(95) == 7
    assert counted(outcome(Status.SKIPPED)).percentile(50) is None


def test_the_rate_of_success_is_of_what_was_tried() -> None:
    failed = outcome(Status.FAILED, error=BadInput("bad"))
    assert counted(outcome(), outcome(), outcome(), failed, outcome(Status.SKIPPED)).success_rate == 0.75


def test_errors_are_counted_by_the_vendors_code_else_by_kind() -> None:
    throttled = TryLater("busy", vendor_code="ThrottlingException")
    assert [code_of(throttled), code_of(BadInput("bad"))] == ["ThrottlingException", "bad_input"]


def test_a_wrong_key_is_given_up_on_but_not_where_anything_went_well() -> None:
    refused = [outcome(Status.FAILED, error=CredentialError("no")) for _ in range(10)]
    assert counted(*refused).is_hopeless
    assert not counted(*refused[:9]).is_hopeless
    assert counted(*refused[:9]).is_of_the_account
    assert not counted(*refused, outcome()).is_hopeless
    assert not counted(*refused, outcome(Status.FAILED, error=BadInput("bad"))).is_of_the_account


def test_prometheus_reads_the_metrics() -> None:
    parser = pytest.importorskip("prometheus_client.parser")
    failed = outcome(Status.FAILED, error=TryLater("busy", vendor_code='a"b\\c\nd'))
    count = counted(*(outcome(ms=ms, facts={"characters": 3}) for ms in (40, 60, 700)), failed)
    text = prometheus_text(count, Run("tts batch", "aws", 1.5, 1_700_000_000.25))
    told = {
        (
            sample.name,
            tuple(value for name, value in sorted(sample.labels.items()) if name in ("code", "le", "status")),
        ): (sample.value)
        for family in parser.text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert told["voicectl_items_total", ("ok",)] == 3
    assert told["voicectl_errors_total", ('a"b\\c\nd',)] == 1
    assert told["voicectl_characters_total", ()] == 9
    buckets = [told["voicectl_item_duration_seconds_bucket", (le,)] for le in ("0.05", "0.1", "0.75", "+Inf")]
    assert buckets == [1, 2, 3, 3]
    assert told["voicectl_item_duration_seconds_sum", ()] == pytest.approx(0.8)
    assert told["voicectl_item_duration_seconds_count", ()] == 3
    assert text.endswith("\n")
