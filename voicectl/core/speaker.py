"""Who speaks a text, how fast that one may be asked, and where pieces wait. Their use: `actions/`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from voicectl.core.pace import Pace, Unpaced
from voicectl.core.shelf import Shelf
from voicectl.core.tts import Tts


class Speaker(NamedTuple):
    """A vendor's speech with all that fetching it needs.

    `identity` tells one vendor's or server's sound from another's; it knows no account. Up to `jobs`
    threads ask at once. The shelf is opened for what takes several requests; without one each piece is
    asked for when its turn comes, and none is kept.
    """

    tts: Tts
    identity: tuple[str, ...] = ()
    jobs: int = 1
    pace: Pace = Unpaced()
    open_shelf: Callable[[], Shelf] | None = None
