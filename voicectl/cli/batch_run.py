"""A batch under way, as people and programs see it: result lines, progress, summary, exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NamedTuple

import typer

from voicectl.actions.batch import Count, Outcome, Status
from voicectl.actions.crew import Crew
from voicectl.actions.rows import line_to_feed_back
from voicectl.cli.batch_view import Lines, progress_words, summary_of, summary_words
from voicectl.cli.failures import Terminated
from voicectl.cli.live import live_line
from voicectl.cli.session import Session
from voicectl.core.errors import Exit, VoicectlError

if TYPE_CHECKING:
    from voicectl.audio.files import Draft

LET_FINISH_SECONDS = 10.0
METRICS_EVERY_SECONDS = 15.0
SHOWN_EVERY_SECONDS = 0.2
MOST_NOTES = 20
SWITCH_SECONDS = 0.0005


class Batch(NamedTuple):
    """What a command says of its batch.

    `line` makes an outcome into its result object, `words` into a line for people. `expected` is about how
    many items there are, 0 where nobody knows. Rows that failed go to `failed_rows`; facts named in `summed`
    are added up, those in `tallied` counted. An empty `failed_line` is not to be fed back. `stop` wakes
    what waits when a run is told to end; what is under way then has `let_finish_seconds`.
    """

    command: str
    vendor: str
    jobs: int
    line: Callable[[Outcome], Mapping[str, object]]
    words: Callable[[Outcome], str]
    summed: tuple[str, ...]
    failed_rows: Path
    source: str
    expected: int = 0
    metrics_file: str = ""
    failed_line: Callable[[Outcome], str] = lambda outcome: line_to_feed_back(outcome.row)
    tallied: tuple[str, ...] = ()
    summary: Callable[[Count, float, Path | None], Mapping[str, object]] = summary_of
    stop: Callable[[], None] = lambda: None
    let_finish_seconds: float = LET_FINISH_SECONDS


def carry_out(session: Session, tasks: Iterator[Callable[[], Outcome | None]], batch: Batch) -> None:
    """Do all tasks and report each as it ends; raises typer.Exit where some failed.

    A task that returns None has not begun.
    """
    # Who wakes for its turn is let in soon, or requests would leave in lumps.
    sys.setswitchinterval(SWITCH_SECONDS)
    run = _Run(session, tasks, batch)
    with ExitStack() as stack:
        caught = stack.enter_context(_caught_signals(run.stop))
        failed = stack.enter_context(_failed_rows(batch))
        show = stack.enter_context(live_line(session))
        results = run.crew.results()
        try:
            for outcome in results:
                if outcome is not None:
                    run.make_room(show)
                    run.take(outcome)
                    if outcome.status is Status.FAILED and (line := batch.failed_line(outcome)):
                        failed(line)
                        run.fed_back += 1
                run.look_around(show, is_stopped=bool(caught))
        except Exception:
            # Nobody can be told any more; what is under way is brought to its end all the same.
            run.stop()
            for _ in results:
                pass
            raise
    run.report()
    if caught:
        raise KeyboardInterrupt if caught[0] == signal.SIGINT else Terminated
    run.end()


class _Run:
    """What is known of a run while it lasts."""

    def __init__(self, session: Session, tasks: Iterator[Callable[[], Outcome | None]], batch: Batch) -> None:
        self._session = session
        self._batch = batch
        self._clock = session.world.monotonic
        self._began = self._clock()
        self._tasks = _Counted(tasks)
        self._lines = Lines(session.console)
        self._show_at = self._began + SHOWN_EVERY_SECONDS
        self._write_at = self._began + METRICS_EVERY_SECONDS
        self._last_error: VoicectlError | None = None
        self._is_stop_told = self._is_shown = False
        self._told: set[str] = set()
        self.count = Count(batch.summed, batch.tallied)
        self.fed_back = 0
        self.crew: Crew[Outcome | None] = Crew(
            self._tasks,
            batch.jobs,
            clock=self._clock,
            warms=lambda outcome: outcome is None or outcome.ms is not None,
        )

    @property
    def seconds(self) -> float:
        return self._clock() - self._began

    def take(self, outcome: Outcome) -> None:
        """Count and print an outcome; where the account is the trouble, nothing more is begun."""
        self.count.add(outcome)
        self._last_error = outcome.error or self._last_error
        for words in map(str, outcome.notes):
            # What holds for one row holds for many: it is said once.
            if words not in self._told and len(self._told) < MOST_NOTES:
                self._told.add(words)
                self._session.console.note("{words}", words=words)
        self._lines.outcome(outcome, self._batch.line, self._batch.words)
        if self.count.is_hopeless and not self.crew.is_stopped:
            self.stop()

    def make_room(self, show: Callable[[str, str], None]) -> None:
        """Take the progress line away where results come to the same screen; it is due again at once."""
        if self._session.console.stdout_is_terminal:
            show("", "")
            self._show_at = self._clock() if self._is_shown else self._show_at

    def stop(self) -> None:
        """Begin nothing more; what is under way may come in."""
        self.crew.stop(self._batch.let_finish_seconds)
        self._batch.stop()

    def look_around(self, show: Callable[[str, str], None], *, is_stopped: bool) -> None:
        """Do what is due from time to time: the progress line, the metrics."""
        now = self._clock()
        if is_stopped and not self._is_stop_told:
            self._is_stop_told = True
            show("", "")
            self._session.console.note(
                "stopping: what is under way has {seconds:g} s to finish; again stops at once",
                seconds=self._batch.let_finish_seconds,
            )
        if now >= self._show_at:
            self._show_at, self._is_shown = now + SHOWN_EVERY_SECONDS, True
            expected = self._tasks.count if self._tasks.is_through else self._batch.expected
            show(self._batch.command, progress_words(self.count, expected, self.seconds))
        if now >= self._write_at:
            self._write_at = now + METRICS_EVERY_SECONDS
            self._write_metrics()

    def report(self) -> None:
        """Print the summary, and write the metrics."""
        self._write_metrics()
        failed_rows = self._batch.failed_rows if self.fed_back else None
        summary = self._batch.summary(self.count, self.seconds, failed_rows)
        self._lines.summary(summary, summary_words(self.count, self.seconds))
        if failed_rows:
            self._session.console.note(
                "{count} rows failed; they are in {path}, which can be fed back",
                count=self.fed_back,
                path=failed_rows,
            )

    def end(self) -> None:
        """Raise what the exit code is to tell."""
        if self.count.of[Status.UNKNOWN]:
            raise typer.Exit(Exit.OUTCOME_UNKNOWN)
        if not self.count.of[Status.FAILED]:
            return
        if self.count.is_of_the_account and self._last_error is not None:
            raise self._last_error
        raise typer.Exit(Exit.PARTLY_FAILED)

    def _write_metrics(self) -> None:
        if not self._batch.metrics_file:
            return
        from voicectl.actions.metrics import Run, prometheus_text
        from voicectl.audio.files import draft

        ended_at = self._session.runtime.clock.moment().now.timestamp()
        run = Run(self._batch.command, self._batch.vendor, self.seconds, ended_at)
        with draft(self._batch.metrics_file) as writing:
            writing.write(prometheus_text(self.count, run).encode())


class _Counted:
    """Tasks, and how many there have been."""

    def __init__(self, tasks: Iterator[Callable[[], Outcome | None]]) -> None:
        self._tasks = tasks
        self.count = 0
        self.is_through = False

    def __iter__(self) -> Iterator[Callable[[], Outcome | None]]:
        return self

    def __next__(self) -> Callable[[], Outcome | None]:
        try:
            task = next(self._tasks)
        except StopIteration:
            self.is_through = True
            raise
        self.count += 1
        return task


@contextmanager
def _caught_signals(stop: Callable[[], None]) -> Iterator[list[int]]:
    """Yield a list that gets the first Ctrl-C or SIGTERM, which stops the run; the second one ends all."""
    caught: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def catch(number: int, frame: FrameType | None) -> None:
        if caught:
            raise KeyboardInterrupt if number == signal.SIGINT else Terminated
        caught.append(number)
        stop()

    for number, usual in before.items():
        # What a shell's background job is to ignore stays ignored.
        if usual is not signal.SIG_IGN:
            signal.signal(number, catch)
    try:
        yield caught
    finally:
        for number, usual in before.items():
            signal.signal(number, usual)


@contextmanager
def _failed_rows(batch: Batch) -> Iterator[Callable[[str], None]]:
    """Yield a function that takes the rows that failed; at the end they replace those of an earlier run."""
    from voicectl.audio.files import draft

    with ExitStack() as stack:
        writing: list[Draft] = []

        def take(raw: str) -> None:
            if not writing:
                writing.append(stack.enter_context(draft(str(batch.failed_rows))))
            writing[0].write(f"{raw}\n".encode("utf-8", "replace"))

        yield take
        if not writing and not _is_same(batch.failed_rows, batch.source):
            batch.failed_rows.unlink(missing_ok=True)


def _is_same(path: Path, source: str) -> bool:
    return path.exists() and Path(source).exists() and path.samefile(source)
