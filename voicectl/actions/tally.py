"""What one run of speech counts while its sound passes by. The run itself: `tts.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from voicectl.actions.pieces import Piece
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.note import Note
from voicectl.core.tts import Mark, SpeechStream

Advance = Callable[[float], None]
BILLED = "billed"
"""The id of notes on what is billed."""


class Tally:
    """Counts from the call on; `advance` hears how many characters are done."""

    def __init__(self, clock: Callable[[], float], advance: Advance) -> None:
        self._clock = clock
        self._advance = advance
        self._began = clock()
        self._passed_bytes = 0
        self._format: AudioFormat | None = None
        self.first_audio_ms: int | None = None
        self.request_ids: list[str] = []
        self._billed: int | None = None
        self._was_asked = False
        self.marks: list[Mark] = []
        self.pieces: list[Mark] = []
        self.notes: list[Note] = []

    @property
    def milliseconds(self) -> int:
        """The time since the run began."""
        return round((self._clock() - self._began) * 1000)

    @property
    def is_cached(self) -> bool:
        """Say whether there was sound and nobody was asked for any of it."""
        return bool(self.pieces) and not self._was_asked

    @property
    def billed(self) -> int | None:
        """What this run was billed; None where nobody told it."""
        return 0 if self.is_cached else self._billed

    def worth_saying(self, before: Iterable[Note]) -> Iterator[Note]:
        """Yield the notes from `before` the run and of it; on what was billed only where something was."""
        return (note for note in chain(before, self.notes) if not (self.is_cached and note.id == BILLED))

    def counted(self, pieces: Iterable[Piece], streams: Iterator[SpeechStream]) -> Iterator[SpeechStream]:
        """Pass on the sound of each piece that is sent; a piece is counted when all of it has passed."""
        for piece in pieces:
            if piece.is_sent and (stream := next(streams, None)):
                begin = self._heard_ms
                yield stream
                self._count(piece, stream, begin)
            self._advance(piece.characters)

    def _count(self, piece: Piece, stream: SpeechStream, begin: int) -> None:
        self.pieces.append(Mark(begin, self._heard_ms, piece.utterance.text, is_sentence=True))
        self.marks.extend(
            mark._replace(begin_ms=begin + mark.begin_ms, end_ms=begin + mark.end_ms) for mark in stream.marks
        )
        if not stream.is_kept:
            self._count_request(stream)
        self.notes.extend(note for note in stream.notes if note not in self.notes)

    def _count_request(self, stream: SpeechStream) -> None:
        self._was_asked = True
        if stream.request_id:
            self.request_ids.append(stream.request_id)
        if (billed := stream.billed) is not None:
            self._billed = (self._billed or 0) + billed

    def timed(self, sound: SpeechStream) -> Iterator[bytes]:
        """Pass chunks on and note when the first one came."""
        self._format = sound.format
        for chunk in sound.chunks:
            if self.first_audio_ms is None and chunk:
                self.first_audio_ms = self.milliseconds
            self._passed_bytes += len(chunk)
            yield chunk

    @property
    def _heard_ms(self) -> int:
        """How long the sound is that has passed; 0 where it is not samples, which are one piece then."""
        audio = self._format
        if audio is None or audio.container is not Container.PCM:
            return 0
        return round(1000 * self._passed_bytes / audio.bytes_per_second)
