"""A crew: few at once, little ahead, results as they end, and an end that waits for what is under way."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from voicectl.actions.crew import Crew

pytestmark = pytest.mark.slow


def crew(tasks: Iterator[Callable[[], int]], jobs: int) -> Crew[int]:
    return Crew(tasks, jobs, clock=time.monotonic)


def test_every_task_is_done_once_and_told() -> None:
    found = [each for each in crew(((lambda n=n: n) for n in range(500)), 8).results() if each is not None]
    assert sorted(found) == list(range(500))


def test_results_come_as_they_end() -> None:
    def task(number: int) -> int:
        time.sleep(0.2 if number == 1 else 0.0)
        return number

    found = [n for n in crew(((lambda n=n: task(n)) for n in range(5)), 2).results() if n is not None]
    assert found[-1] == 1


def test_what_reads_waits_for_what_works_and_that_for_who_listens() -> None:
    taken = itertools.count()
    latest = 0

    def tasks() -> Iterator[Callable[[], int]]:
        nonlocal latest
        for number in taken:
            latest = number
            yield lambda number=number: number

    running = crew(tasks(), 4)
    results = running.results()
    next(results)
    time.sleep(0.1)
    assert latest < 40
    running.stop(1.0)
    list(results)


def test_stopped_it_begins_nothing_more_and_waits_for_what_is_under_way() -> None:
    begun: list[int] = []

    def task(number: int) -> int:
        begun.append(number)
        time.sleep(0.2)
        return number

    running = crew(((lambda n=n: task(n)) for n in range(100)), 3)
    found = []
    for each in running.results():
        found += [] if each is None else [each]
        if found:
            running.stop(5.0)
    assert sorted(found) == sorted(begun)
    assert len(begun) < 10


def test_stopped_it_does_not_wait_for_ever() -> None:
    held = threading.Event()
    running = crew(iter([lambda: 1, lambda: int(held.wait(30))]), 2)
    began = time.monotonic()
    for _ in running.results():
        running.stop(0.2)
    held.set()
    assert time.monotonic() - began < 2


def test_a_source_that_breaks_ends_all() -> None:
    def tasks() -> Iterator[Callable[[], int]]:
        yield lambda: 1
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        list(crew(tasks(), 2).results())


def test_one_begins_alone_until_it_is_warm() -> None:
    starts: list[float] = []

    def task() -> int:
        starts.append(time.monotonic())
        time.sleep(0.2)
        return 1

    list(crew(iter([task] * 4), 4).results())
    assert starts[1] - starts[0] >= 0.19
    assert starts[3] - starts[1] < 0.1
