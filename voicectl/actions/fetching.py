"""Pieces of sound fetched by several threads, listened to in order while they come. Cutting: `pieces.py`.

What has come waits on a shelf, not in memory: those who fetch are ahead of who listens, within bounds.
What came whole stays there, and is not asked for again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, suppress
from itertools import islice
from threading import Condition, Thread

from voicectl.actions.pieces import Piece, key_of
from voicectl.audio.check import HEAD_BYTES, container_of, inspect
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer, OutputError, TryLater, VoicectlError
from voicectl.core.shelf import Draft, Label, Shelf
from voicectl.core.speaker import Speaker
from voicectl.core.tts import Mark, SpeechStream

BLOCK_BYTES = 1 << 16
LET_FINISH_SECONDS = 10.0
"""How long what is under way, and paid for, may go on when another piece has failed."""
KEPT = "{kept} of {pieces} pieces are kept: the same command goes on from there"


def one_by_one(
    speaker: Speaker, pieces: Iterable[Piece], shelf: Shelf | None = None
) -> Generator[SpeechStream, None, None]:
    """Yield the sound of each piece as it comes; each stream is open until the next is asked for.

    With a shelf, what lies there is not asked for, and what came whole is kept there.
    """
    for piece in pieces:
        if shelf is None:
            with speaker.pace.turn(), speaker.tts.synthesize(piece.utterance) as stream:
                yield stream
        else:
            key = key_of(piece.utterance, speaker.identity)
            with shelf.alone(key):
                yield from _kept_or_fetched(speaker, piece, shelf, key)


def _kept_or_fetched(speaker: Speaker, piece: Piece, shelf: Shelf, key: str) -> Iterator[SpeechStream]:
    if found := shelf.find(key):
        yield found
        return
    with (
        speaker.pace.turn(),
        speaker.tts.synthesize(piece.utterance) as stream,
        closing(_Copy(shelf, key)) as copy,
    ):
        yield stream._replace(chunks=copy.beside(stream))


def side_by_side(
    speaker: Speaker, shelf: Shelf, pieces: Iterable[Piece]
) -> Generator[SpeechStream, None, None]:
    """Yield the sound of each piece in order; the first bytes are there while later pieces are fetched.

    Where one fails, those under way may still come in, and the error says how many are kept; who
    listens throws in here what a stream raised.
    """
    coming = iter(pieces)
    keys: list[str] = []
    crew = _Crew(speaker, shelf)
    ahead: deque[_Coming] = deque()
    try:
        while True:
            for piece in islice(coming, crew.reach - len(ahead)):
                keys.append(key_of(piece.utterance, speaker.identity))
                ahead.append(crew.send_for(piece, keys[-1]))
            if not ahead:
                return
            yield ahead[0].stream()
            ahead.popleft().leave()
    except VoicectlError as error:
        if not (ahead and ahead[0].failed_by(error)):
            raise  # the listener's own trouble, which another run would not get around
        crew.stop(wait_seconds=LET_FINISH_SECONDS)
        keys.extend(key_of(piece.utterance, speaker.identity) for piece in coming)
        raise _knowing_what_is_kept(error, shelf, keys) from error.__cause__
    finally:
        crew.break_off()
        for each in ahead:
            each.drop()
            each.leave()


def _knowing_what_is_kept(error: VoicectlError, shelf: Shelf, keys: list[str]) -> VoicectlError:
    kept = sum(map(shelf.has, dict.fromkeys(keys))) if shelf.is_lasting else 0
    if not kept:
        return error
    hint = "\n".join(filter(None, (error.hint_template, KEPT)))
    return error.knowing(hint=hint, kept=kept, pieces=len(dict.fromkeys(keys)))


class _Crew:
    """Threads that fetch what they are sent for, in that order."""

    def __init__(self, speaker: Speaker, shelf: Shelf) -> None:
        from queue import SimpleQueue

        self._speaker = speaker
        self._shelf = shelf
        self._orders: SimpleQueue[_Coming | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._stopped = self._broken_off = False
        # Without a shelf that holds it, what is ahead lies in memory.
        self.reach = 2 * speaker.jobs + 8 if shelf.is_lasting else speaker.jobs

    def send_for(self, piece: Piece, key: str) -> _Coming:
        order = _Coming(piece, key)
        self._orders.put(order)
        if len(self._threads) < self._speaker.jobs:
            # What hangs on the wire must not keep a program alive that was told to end.
            self._threads.append(Thread(target=self._work, daemon=True))
            self._threads[-1].start()
        return order

    def stop(self, *, wait_seconds: float = 0.0) -> None:
        """Fetch nothing more; what is under way may come in for so long."""
        self._stopped = True
        for _ in self._threads:
            self._orders.put(None)
        for thread in self._threads if wait_seconds else ():
            thread.join(wait_seconds / len(self._threads))

    def break_off(self) -> None:
        """Fetch nothing more, and let go of what is under way at its next chunk."""
        self._broken_off = True
        self.stop()

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            try:
                if not self._stopped:
                    self._bring(order)
            except BaseException as error:  # whatever it is, the listener is to hear of it
                order.fail(error)
            finally:
                order.leave()

    def _bring(self, order: _Coming) -> None:
        with self._shelf.alone(order.key):
            if found := self._shelf.find(order.key):
                order.lies_ready(found)
            else:
                self._fetch_in_turn(order)

    def _fetch_in_turn(self, order: _Coming) -> None:
        try:
            with self._speaker.pace.turn():
                self._fetch(order)
        except TryLater as error:
            self._speaker.pace.hold(error.retry_after or 0.0)
            raise

    def _fetch(self, order: _Coming) -> None:
        if self._stopped:
            return
        with self._speaker.tts.synthesize(order.piece.utterance) as stream:
            draft = self._shelf.draft(order.key)
            order.begins(stream, draft)
            for chunk in stream.chunks:
                draft.write(chunk)
                order.goes_on()
                if self._broken_off:
                    return
            if self._shelf.is_lasting:
                _check(draft, stream.format)
        label = _label_of(stream)
        draft.keep(label)
        order.ends(label)


class _Copy:
    """Writes down what is listened to, after it was passed on; where that fails there is just no copy."""

    def __init__(self, shelf: Shelf, key: str) -> None:
        self._draft: Draft | None = None
        if shelf.is_lasting:
            with suppress(OutputError):
                self._draft = shelf.draft(key)

    def beside(self, stream: SpeechStream) -> Iterator[bytes]:
        """Pass the sound on, and write each chunk down while the next one comes; the whole is kept."""
        for chunk in stream.chunks:
            yield chunk
            if self._draft is not None:
                self._write(self._draft, chunk)
        if self._draft is not None:
            with suppress(OutputError, BrokenAnswer):
                _check(self._draft, stream.format)
                self._draft.keep(_label_of(stream))

    def close(self) -> None:
        if self._draft is not None:
            self._draft.close()

    def _write(self, draft: Draft, chunk: bytes) -> None:
        try:
            draft.write(chunk)
        except OutputError:
            self.close()
            self._draft = None


def _label_of(stream: SpeechStream) -> Label:
    return Label(
        format=stream.format,
        request_id=stream.request_id,
        billed_characters=stream.billed,
        marks=tuple(stream.marks),
        notes=stream.notes,
    )


def _check(draft: Draft, promised: AudioFormat) -> None:
    """Raise BrokenAnswer for what is not worth keeping: cut, empty, or no sound at all."""
    head = draft.read(0, HEAD_BYTES)
    # Some vendors put a WAV header before what they call pcm.
    is_wav = container_of(head) is Container.WAV and promised.container is Container.PCM
    inspect(_FromStart(draft), AudioFormat(Container.WAV, promised.sample_rate) if is_wav else promised)


class _FromStart:
    """A draft read like a file."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._at = 0

    def read(self, size: int, /) -> bytes:
        data = self._draft.read(self._at, size)
        self._at += len(data)
        return data


class _Coming:
    """One piece on its way, between the thread that fetches it and the one that listens."""

    def __init__(self, piece: Piece, key: str) -> None:
        self.piece = piece
        self.key = key
        self._news = Condition()
        self._ready: SpeechStream | None = None
        self._draft: Draft | None = None
        self._begun: SpeechStream | None = None
        self._marks: list[Mark] = []
        self._billed: list[int] = []
        self._is_whole = False
        self._error: BaseException | None = None
        self._users = 2

    def failed_by(self, error: BaseException) -> bool:
        return self._error is error

    def lies_ready(self, stream: SpeechStream) -> None:
        with self._news:
            self._ready = stream
            self._news.notify()

    def begins(self, stream: SpeechStream, draft: Draft) -> None:
        with self._news:
            self._begun, self._draft = stream, draft
            self._news.notify()

    def goes_on(self) -> None:
        with self._news:
            self._news.notify()

    def ends(self, label: Label) -> None:
        with self._news:
            self._marks.extend(label.marks)
            self._billed.extend(() if label.billed_characters is None else (label.billed_characters,))
            self._is_whole = True
            self._news.notify()

    def fail(self, error: BaseException) -> None:
        with self._news:
            self._error = error
            self._news.notify()

    def drop(self) -> None:
        """Forget what has come, unless all of it has."""
        with self._news:
            if self._draft is not None:
                self._draft.drop()

    def leave(self) -> None:
        """Say that one of the two is done with it; the last one closes the draft."""
        with self._news:
            self._users -= 1
            if self._users == 0 and self._draft is not None:
                self._draft.close()

    def stream(self) -> SpeechStream:
        """Wait until the sound begins; its marks are complete when its last chunk has come."""
        with self._news:
            self._news.wait_for(lambda: self._ready or self._begun or self._error)
        if self._ready:
            return self._ready
        if self._begun is None:
            assert self._error is not None
            raise self._error
        return self._begun._replace(chunks=self._chunks(), marks=self._marks, billed_later=self._billed)

    def _chunks(self) -> Iterator[bytes]:
        assert self._draft is not None
        at = 0
        while True:
            with self._news:
                was_whole, error = self._is_whole, self._error
                chunk = self._draft.read(at, BLOCK_BYTES)
                if not chunk and not was_whole and error is None:
                    self._news.wait()
                    continue
            if chunk:
                at += len(chunk)
                yield chunk
            elif error is not None:
                raise error
            else:
                return
