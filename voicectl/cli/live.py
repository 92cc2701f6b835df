"""One line on stderr that tells how a matter stands, written over as it changes; for people only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from voicectl.cli.session import Session
from voicectl.core.printable import visible

CLEAR = "\r\x1b[K"


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
        whole = visible(words if is_plain else f"{words}{ticking}")[: max(10, console.width - 1)]
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
