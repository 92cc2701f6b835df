"""Turns in line: evenly spaced, first come first served."""

from __future__ import annotations

import pytest

from voicectl.core.pace import SLACK, Queue


def test_turns_are_spaced_as_the_limit_says() -> None:
    queue, waits = Queue(), []
    for _ in range(5):
        queue, wait = queue.taken(100.0, per_second=10)
        waits.append(wait)
    assert waits == pytest.approx([0, 0.1 * SLACK, 0.2 * SLACK, 0.3 * SLACK, 0.4 * SLACK])


def test_who_comes_late_waits_not_at_all_and_saves_nothing_up() -> None:
    queue, _ = Queue().taken(100.0, per_second=10)
    queue, wait = queue.taken(200.0, per_second=10)
    assert wait == 0
    assert queue.taken(200.0, per_second=10)[1] > 0, "no burst after a rest"


def test_without_a_rate_nobody_waits_unless_the_vendor_asked_for_it() -> None:
    queue = Queue()
    for _ in range(3):
        queue, wait = queue.taken(100.0, per_second=0)
        assert wait == 0
    assert queue.held(100.0, 3).taken(101.0, per_second=0)[1] == pytest.approx(2)


def test_a_wish_to_be_left_alone_never_shortens_a_longer_one() -> None:
    assert Queue(free_at=150.0).held(100.0, 3) == Queue(free_at=150.0)
