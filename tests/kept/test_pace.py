"""One pace for all: threads, processes, those that are killed, and files that make no sense."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from voicectl.core.note import Note
from voicectl.core.pace import SLACK, Queue
from voicectl.kept.pace import SharedPace

PROCESS = """
import sys, time
from pathlib import Path
from voicectl.kept.pace import SharedPace
path, jobs, rate, count, lasts = sys.argv[1:]
pace = SharedPace(Path(path), jobs=int(jobs), per_second=float(rate), now=time.monotonic, sleep=time.sleep)
for _ in range(int(count)):
    with pace.turn():
        print("begin", time.monotonic(), flush=True)
        time.sleep(float(lasts))
        print("end", time.monotonic(), flush=True)
"""


def paced(
    folder: Path,
    *,
    jobs: int = 0,
    per_second: float = 0,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    say: Callable[[Note], None] = lambda note: None,
) -> SharedPace:
    return SharedPace(folder / "pace" / "p", jobs=jobs, per_second=per_second, now=now, sleep=sleep, say=say)


def process(
    folder: Path, *, jobs: int = 0, rate: float = 0, count: int = 1, lasts: float = 0
) -> subprocess.Popen[str]:
    words = [str(folder / "pace" / "p"), str(jobs), str(rate), str(count), str(lasts)]
    return subprocess.Popen([sys.executable, "-c", PROCESS, *words], stdout=subprocess.PIPE, text=True)


def times(running: subprocess.Popen[str], word: str) -> list[float]:
    told, _ = running.communicate(timeout=30)
    return [float(line.split()[1]) for line in told.splitlines() if line.startswith(word)]


class Slept:
    """A clock that goes on only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def test_threads_share_the_rate(tmp_path: Path) -> None:
    clock = Slept()
    pace = paced(tmp_path, per_second=50, now=clock, sleep=clock.sleep)
    for _ in range(51):
        with pace.turn():
            pass
    assert clock.now - 1000.0 == pytest.approx(SLACK, rel=0.005)


@pytest.mark.slow
def test_two_processes_keep_the_rate_together_and_both_get_on(tmp_path: Path) -> None:
    running = [process(tmp_path, rate=40, count=40) for _ in range(2)]
    begun = [times(each, "begin") for each in running]
    every = sorted(time for each in begun for time in each)
    assert len(every) == 80
    together = every[-1] - every[0]
    assert 79 / 40 <= together <= 79 / 40 * 1.1
    for first, last in zip(every, every[40:], strict=False):
        assert last - first > 0.95, "more than 40 in a second"
    # Both worked at the same time: the one did not wait for the other to end.
    both = [time for time in every if begun[0][0] <= time <= begun[0][-1] and time in begun[1]]
    assert len(both) > 10


@pytest.mark.slow
def test_two_processes_have_no_more_under_way_than_are_allowed(tmp_path: Path) -> None:
    running = [process(tmp_path, jobs=1, count=8, lasts=0.02) for _ in range(2)]
    spans: list[tuple[float, str]] = []
    for each in running:
        told, _ = each.communicate(timeout=30)
        spans += [(float(line.split()[1]), line.split()[0]) for line in told.splitlines()]
    words = [word for _, word in sorted(spans)]
    assert words == ["begin", "end"] * 16


@pytest.mark.slow
def test_a_killed_process_blocks_nobody(tmp_path: Path) -> None:
    holder = process(tmp_path, jobs=1, count=1, lasts=60)
    assert holder.stdout
    holder.stdout.readline()
    waiting = process(tmp_path, jobs=1, count=1)
    time.sleep(0.3)
    assert waiting.poll() is None, "there is one place only"
    killed_at = time.monotonic()
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    (begun,) = times(waiting, "begin")
    assert begun - killed_at < 1


@pytest.mark.slow
def test_who_is_put_to_sleep_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    holder = process(tmp_path, jobs=1, count=1, lasts=60)
    assert holder.stdout
    holder.stdout.readline()
    holder.send_signal(signal.SIGSTOP)
    said: list[Note] = []
    pace = SharedPace(
        tmp_path / "pace" / "p",
        jobs=1,
        per_second=0,
        now=time.monotonic,
        sleep=time.sleep,
        say=said.append,
        patience_seconds=0.2,
    )
    for _ in range(2):
        with pace.turn():
            pass
    holder.kill()
    holder.wait()
    assert [str(note) for note in said] == [
        "no place came free: as many requests are under way as may be (1)"
    ]


def test_threads_of_one_process_count_one_by_one(tmp_path: Path) -> None:
    pace = paced(tmp_path, jobs=2)
    under_way, most, counting = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal under_way, most
        with pace.turn():
            with counting:
                under_way += 1
                most = max(most, under_way)
            time.sleep(0.03)
            with counting:
                under_way -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert most == 2


@pytest.mark.parametrize("content", [b"", b"\0\xff garbage", b"nan", b"inf", b"-inf", b"1e300", b"9" * 5000])
def test_a_file_that_makes_no_sense_counts_as_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "pace").mkdir(mode=0o700)
    (tmp_path / "pace" / "p").write_bytes(content)
    clock = Slept()
    with paced(tmp_path, per_second=10, now=clock, sleep=clock.sleep).turn():
        assert clock.waits == []


def test_a_time_of_before_the_machine_was_started_anew_counts_as_none(tmp_path: Path) -> None:
    clock = Slept()
    with paced(tmp_path, per_second=10, now=lambda: 99_999.0, sleep=clock.sleep).turn():
        pass
    clock.now = 5.0
    with paced(tmp_path, per_second=10, now=clock, sleep=clock.sleep).turn():
        assert clock.waits == []


def test_all_hold_still_for_as_long_as_the_vendor_asks(tmp_path: Path) -> None:
    clock = Slept()
    paced(tmp_path, per_second=10, now=clock).hold(3)
    with paced(tmp_path, per_second=10, now=clock, sleep=clock.sleep).turn():
        assert clock.waits == [pytest.approx(3)]


def test_without_a_directory_a_process_keeps_the_pace_alone_and_says_so_once(tmp_path: Path) -> None:
    (tmp_path / "pace").write_text("no directory")
    clock, said = Slept(), list[Note]()
    pace = paced(tmp_path, jobs=1, per_second=10, now=clock, sleep=clock.sleep, say=said.append)
    for _ in range(3):
        with pace.turn():
            pass
    assert clock.now == pytest.approx(1000.2, rel=1e-4)
    assert len(said) == 1


def test_those_who_wake_late_together_do_not_begin_together() -> None:
    queue, starts = Queue(), []
    dues = []
    for _ in range(150):
        queue, due = queue.taken(0.0, 50)
        dues.append(due)
    for due in dues:
        woken = 1.3 if 1.0 < due < 1.3 else due
        queue, wait = queue.begun(woken, 50)
        starts.append(woken + wait)
    assert min(last - first for first, last in zip(starts, starts[50:], strict=False)) >= 1.0
    assert starts[-1] - dues[-1] < 0.3, "what was lost is caught up little by little"
