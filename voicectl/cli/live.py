"""What stderr shows while a matter lasts, drawn by Rich and taken away at the end; for people only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from voicectl.cli.columns import cut
from voicectl.core.printable import visible

if TYPE_CHECKING:
    from rich.console import Console as RichConsole
    from rich.progress import Progress, TaskID

    from voicectl.cli.console import Console
    from voicectl.cli.session import Session
    from voicectl.world import World

SHOWN_AFTER_SECONDS, SHOWN_A_SECOND = 0.5, 10
STYLES = {
    "bar.back": "dim",
    "bar.complete": "none",
    "bar.finished": "none",
    "progress.elapsed": "none",
    "progress.remaining": "none",
}


@contextmanager
def live_line(session: Session) -> Iterator[Callable[[str, str], None]]:
    """Yield a function that shows words in place of the last ones; silent unless a person is looking.

    Its second text is what ticks. A terminal that cannot go back gets a line where the first one changes.
    """
    console, world = session.console, session.world
    if not console.stderr_is_terminal or session.options.quiet:
        yield lambda words, ticking: None
    elif is_plain(world):
        yield _lines(console, world)
    else:
        with _one_line(console, world) as show:
            yield show


def is_plain(world: World) -> bool:
    """Say whether a terminal cannot write over what it shows."""
    return world.environ.get("TERM", "dumb") in ("dumb", "unknown")


def _lines(console: Console, world: World) -> Callable[[str, str], None]:
    shown = ""

    def show(words: str, ticking: str) -> None:
        nonlocal shown
        line = cut(visible(words), max(10, console.width - 1))
        if line and line != shown:
            world.stderr.write(f"{line}\n")
            world.stderr.flush()
            shown = line

    return show


@contextmanager
def _one_line(console: Console, world: World) -> Iterator[Callable[[str, str], None]]:
    """Yield what shows a line in place of the last one. Without words the screen is free for others."""
    from rich.live import Live
    from rich.text import Text

    shown = ""
    live = Live(
        console=_rich_console(console, world),
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )

    def show(words: str, ticking: str) -> None:
        nonlocal shown
        line = visible(words + ticking)
        if line != shown:
            live.start()
            console.below = live.console
            live.update(Text(line, no_wrap=True, overflow="ellipsis"), refresh=True)
        shown = line

    try:
        yield show
    finally:
        console.below = None
        live.stop()


def _rich_console(console: Console, world: World) -> RichConsole:
    """Return Rich's console on stderr, with few colours."""
    from rich.console import Console
    from rich.theme import Theme

    return Console(
        file=world.stderr,
        force_terminal=True,
        color_system="standard" if console.color_on_stderr else None,
        no_color=False,
        theme=Theme(STYLES),
        highlight=False,
        _environ=world.environ,
    )


class DelayedProgress:
    """How far work has come; Rich's bar for it appears when the work takes a while."""

    def __init__(self, console: Console, world: World, label: str, total: float | None) -> None:
        self._console = console
        self._world = world
        self._label = label
        self._total = total
        self._show_at = world.monotonic() + SHOWN_AFTER_SECONDS
        self._done = 0.0
        self._bar: tuple[Progress, TaskID] | None = None

    def advance(self, amount: float) -> None:
        """Count `amount` more as done."""
        self._done += amount
        if self._bar is None and self._world.monotonic() >= self._show_at:
            self._bar = self._begun()
        if self._bar is not None:
            progress, task = self._bar
            progress.update(task, completed=self._done)

    def close(self) -> None:
        """Take it off the screen."""
        if self._bar is not None:
            self._console.below = None
            self._bar[0].stop()

    def _begun(self) -> tuple[Progress, TaskID]:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        label = TextColumn("{task.description}", markup=False)
        share, left = TextColumn("{task.percentage:.0f}%"), TextColumn("left")
        columns = [label, BarColumn(), share, TimeRemainingColumn(), left]
        progress = Progress(
            *(columns if self._total else [label, TimeElapsedColumn()]),
            console=_rich_console(self._console, self._world),
            refresh_per_second=SHOWN_A_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            get_time=self._world.monotonic,
        )
        task = progress.add_task(visible(self._label), total=self._total or None)
        progress.update(task, completed=self._done)
        progress.start()
        self._console.below = progress.console
        return progress, task
