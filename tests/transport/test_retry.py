"""Which errors are tried again, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from voicectl.core.errors import BadInput, BrokenAnswer, TryLater, Unreachable, VoicectlError
from voicectl.transport.retry import pause_before_next, seconds_of, with_retry_after

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempt", "chance", "pause"),
    [(1, 0.0, 0.0), (1, 1.0, 0.5), (2, 1.0, 1.0), (3, 0.5, 1.0), (9, 1.0, 8.0)],
)
def test_the_pause_is_drawn_from_a_range_that_doubles(attempt: int, chance: float, pause: float) -> None:
    error = TryLater("slow down")
    assert pause_before_next(error, attempt=attempt, retries=10, chance=lambda: chance) == pause


@pytest.mark.parametrize(
    ("asked", "pause"), [(0.0, 0.0), (1.0, 1.0), (10.0, 10.0), (10.5, None), (60.0, None)]
)
def test_what_the_server_asks_is_waited_up_to_ten_seconds(asked: float, pause: float | None) -> None:
    error = TryLater("slow down", retry_after=asked)
    assert pause_before_next(error, attempt=1, retries=2, chance=lambda: 1.0) == pause


def test_the_number_of_retries_is_kept() -> None:
    pauses = [
        pause_before_next(TryLater("x"), attempt=attempt, retries=2, chance=lambda: 0.0)
        for attempt in (1, 2, 3)
    ]
    assert pauses == [0.0, 0.0, None]


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (BrokenAnswer("cut"), True),
        (Unreachable("refused", cause="refused"), True),
        (Unreachable("no such name", cause="name"), False),
        (Unreachable("untrusted", cause="certificate"), False),
        (BadInput("empty"), False),
    ],
)
def test_only_what_may_end_otherwise_is_tried_again(error: VoicectlError, again: bool) -> None:
    assert (pause_before_next(error, attempt=1, retries=2, chance=lambda: 0.0) is not None) is again


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 120 ", 120.0),
        ("Fri, 02 Jan 2026 12:00:30 GMT", 30.0),
        ("Fri, 02 Jan 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str | None, seconds: float | None) -> None:
    assert seconds_of(header, NOON) == seconds


def test_what_is_left_until_a_date_is_told_in_whole_seconds() -> None:
    assert seconds_of("Fri, 02 Jan 2026 12:00:30 GMT", NOON - timedelta(milliseconds=300)) == 31.0


def test_the_wait_is_named_in_the_hint_and_a_judges_own_figure_wins() -> None:
    assert with_retry_after(TryLater("x", hint="old"), 60.0).hint == "try again in 60 seconds"
    assert with_retry_after(TryLater("x", retry_after=3.0), 60.0).hint == "try again in 3 seconds"
