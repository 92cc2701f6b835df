"""One line on stderr that tells how a matter stands, written over as it changes; for people only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from voicectl.cli.columns import cut
from voicectl.cli.figures import about
from voicectl.core.printable import visible

if TYPE_CHECKING:
    from voicectl.cli.session import Session
    from voicectl.world import World

CLEAR = "\r\x1b[K"
SHOWN_AFTER_SECONDS, SHOWN_EVERY_SECONDS = 0.5, 0.1


@contextmanager
def live_line(session: Session) -> Iterator[Callable[[str, str], None]]:
    """Yield a function that shows words in place of the last ones; silent unless a person is looking.

    Its second text is what ticks. A terminal that cannot go back gets a line where the first one changes.
    """
    console, stderr = session.console, session.world.stderr
    if not console.stderr_is_terminal or session.options.quiet:
        yield lambda words, ticking: None
        return
    is_plain = session.world.environ.get("TERM", "dumb") == "dumb"
    shown = ""

    def show(words: str, ticking: str) -> None:
        nonlocal shown
        if is_plain and not words:
            return  # there is nothing to clear where lines stay
        whole = cut(visible(words if is_plain else f"{words}{ticking}"), max(10, console.width - 1))
        if whole != shown:
            stderr.write(f"{whole}\n" if is_plain else f"{CLEAR}{whole}")
            stderr.flush()
        shown = whole

    try:
        yield show
    finally:
        if shown and not is_plain:
            stderr.write(CLEAR)
            stderr.flush()


class Progress:
    """How far work has come, for people; its line appears when the work takes a while.

    Nothing appears on a terminal that cannot go back.
    """

    def __init__(self, world: World, columns: Callable[[], int], label: str, total: float | None) -> None:
        self._world = world
        self._columns = columns
        self._label = label
        self._total = total
        self._began = world.monotonic()
        self._show_at = self._began + SHOWN_AFTER_SECONDS
        self._done = 0.0
        self._is_shown = False

    def advance(self, amount: float) -> None:
        """Count `amount` more as done."""
        self._done += amount
        now = self._world.monotonic()
        if now < self._show_at or self._world.environ.get("TERM", "dumb") == "dumb":
            return
        self._show_at, self._is_shown = now + SHOWN_EVERY_SECONDS, True
        self._write(CLEAR + cut(self._words(now - self._began), max(10, self._columns() - 1)))

    def close(self) -> None:
        """Take the line off the screen."""
        if self._is_shown:
            self._write(CLEAR)

    def _words(self, seconds: float) -> str:
        if not self._total or not self._done:
            return f"{self._label}, {about(seconds)}"
        share = min(1.0, self._done / self._total)
        left = f", {about(seconds / share - seconds)} left" if share < 1 else ""
        return f"{self._label} {share:.0%}{left}"

    def _write(self, words: str) -> None:
        self._world.stderr.write(words)
        self._world.stderr.flush()
