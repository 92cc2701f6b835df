"""What a whole batch of speech will cost, told before its first row is sent. One text: `estimate.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from voicectl.actions.batch_speech import SpokenRow
from voicectl.actions.estimate import Estimate, estimate
from voicectl.actions.rows import Row
from voicectl.actions.tts import planned, settle
from voicectl.audio.files import IfExists
from voicectl.core.errors import VoicectlError

IsDone = Callable[[str, int], bool]
NOTHING = Estimate(chunks=0, cached_chunks=0, requests=0, measured=0, is_billed=False)


@dataclass(slots=True)
class Total:
    """What the rows of a batch come to, as they are counted: the same text in two rows counts twice.

    `left_alone` are rows that are done already, `bad` those that cannot be said.
    """

    rows: int = 0
    left_alone: int = 0
    bad: int = 0
    characters: int = 0
    estimate: Estimate = NOTHING

    def add(self, row: SpokenRow) -> None:
        settled = settle(row.speaking.tts, row.utterance)
        speaker = row.speaking.speaker(settled.utterance)
        shelf = speaker.open_shelf() if speaker.open_shelf else None
        plan = planned(speaker.tts, settled.utterance, row.container)
        found = estimate(speaker, plan, shelf.has if shelf else lambda key: False)
        self.characters += settled.characters
        self.estimate = Estimate(
            chunks=self.estimate.chunks + found.chunks,
            cached_chunks=self.estimate.cached_chunks + found.cached_chunks,
            requests=self.estimate.requests + found.requests,
            measured=self.estimate.measured + found.measured,
            is_billed=self.estimate.is_billed or found.is_billed,
        )


def total_of(found: Iterable[tuple[Row, SpokenRow | VoicectlError]], is_done: IsDone) -> Total:
    """Count what would be asked for; `is_done` knows a row by its id and digest, as a journal does."""
    total = Total()
    for row, item in found:
        total.rows += 1
        if isinstance(item, VoicectlError):
            total.bad += 1
        elif _is_left_alone(row, item, is_done):
            total.left_alone += 1
        else:
            try:
                total.add(item)
            except VoicectlError:
                total.bad += 1
    return total


def _is_left_alone(row: Row, item: SpokenRow, is_done: IsDone) -> bool:
    is_kept = item.speaking.if_exists is IfExists.SKIP or is_done(row.id, item.digest)
    return is_kept and item.is_there()
