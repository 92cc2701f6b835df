"""One line on stderr that tells how a matter stands, written over as it changes; for people only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from voicectl.cli.session import Session
from voicectl.core.printable import visible

CLEAR = "\r\x1b[K"


@contextmanager
def live_line(session: Session) -> Iterator[Callable[[str], None]]:
    """Yield a function that shows words in place of the last ones; silent unless a person is looking.

    A terminal that cannot go back gets a line a change.
    """
    console, stderr = session.console, session.world.stderr
    if not console.stderr_is_terminal or session.options.quiet:
        yield lambda words: None
        return
    is_plain = session.world.environ.get("TERM", "dumb") == "dumb"
    shown = ""

    def show(words: str) -> None:
        nonlocal shown
        fitting = visible(words)[: max(10, console.width - 1)]
        if fitting != shown:
            stderr.write(f"{fitting}\n" if is_plain else f"{CLEAR}{fitting}")
            stderr.flush()
        shown = fitting

    try:
        yield show
    finally:
        if shown and not is_plain:
            stderr.write(CLEAR)
            stderr.flush()
