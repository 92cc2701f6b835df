"""Where sound goes: a file or standard output. Playing it lives in `player.py`, fetching it elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import BinaryIO, NamedTuple, Protocol, runtime_checkable

from voicectl.audio.check import HEAD_BYTES, refuse_wrong_start
from voicectl.audio.encode import Encoder, encoder
from voicectl.audio.files import IfExists, draft, may_write
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer, UsageError
from voicectl.core.tts import Mark


class Written(NamedTuple):
    """What came of it: `path` is None for sound that went to no file.

    `duration_seconds` is None where the container does not tell. `skipped` says that a file which
    appeared meanwhile was left alone.
    """

    path: str | None
    bytes: int
    duration_seconds: float | None
    skipped: bool = False


class Output:
    """An open sink: chunks go in; after the block `written` says what came of them.

    `marks` and `pieces` are told before the block ends: when each word and each piece of the text is heard.
    """

    __slots__ = (
        "_bytes",
        "_emit",
        "_encoder",
        "_head",
        "_judged",
        "_promised",
        "_written",
        "marks",
        "pieces",
    )

    def __init__(self, promised: AudioFormat, encoder: Encoder, emit: Callable[[bytes], object]) -> None:
        self._promised = promised
        self._encoder = encoder
        self._emit = emit
        self._head = b""
        self._judged = False
        self._bytes = 0
        self._written: Written | None = None
        self.marks: Sequence[Mark] = ()
        self.pieces: Sequence[Mark] = ()

    @property
    def written(self) -> Written:
        """What the closed sink took; ask after the block."""
        if self._written is None:
            raise ValueError("the sink is still open")
        return self._written

    @property
    def seconds(self) -> float | None:
        """How much sound has come so far; None where the container does not tell."""
        return self._encoder.seconds

    def write(self, chunk: bytes) -> None:
        """Take the next chunk, of any size; BrokenAnswer if it is plainly not what was promised."""
        if not self._judged:
            self._head += chunk
            if len(self._head) < HEAD_BYTES:
                return
            chunk = self._judge()
        self._pass_on(self._encoder.feed(chunk))

    def end(self) -> bytes:
        """Take no more, and return what belongs over the first bytes; for sinks only."""
        if not self._judged and self._head:
            self._pass_on(self._encoder.feed(self._judge()))
        self._pass_on(self._encoder.finish())
        if not self._bytes:
            raise BrokenAnswer("no sound came")
        return self._encoder.final_header()

    def close(self, path: str | None, *, skipped: bool = False) -> None:
        """Note what came of it; for sinks only."""
        seconds = self._encoder.seconds
        self._written = Written(
            path=path,
            bytes=self._bytes,
            duration_seconds=None if seconds is None else round(seconds, 3),
            skipped=skipped,
        )

    def _judge(self) -> bytes:
        refuse_wrong_start(self._head, self._promised.container)
        self._judged = True
        return self._head

    def _pass_on(self, data: bytes) -> None:
        if data:
            self._bytes += len(data)
            self._emit(data)


class Sink(Protocol):
    """A place for sound, described but not yet open."""

    def ready(self) -> bool:
        """Check before any work; False where the sound is there already and is to be skipped."""
        ...

    def open(self, audio: AudioFormat) -> AbstractContextManager[Output]:
        """Take chunks of `audio`: samples (`pcm`), or a container passed through as it comes.

        The sound counts as delivered only when the block ends without an exception.
        """
        ...


@runtime_checkable
class WarmedSink(Protocol):
    """A sink that takes a while to open: a `Sink` may be this as well."""

    def warming(self, audio: AudioFormat) -> AbstractContextManager[None]:
        """Get ready for sound of this kind while it is asked for; what was not opened is let go."""
        ...


def warming(sink: Sink, asked: AudioFormat | None) -> AbstractContextManager[None]:
    """Let a sink get ready while sound is asked for; samples of the rate that is `asked` are expected."""
    if isinstance(sink, WarmedSink) and asked:
        return sink.warming(replace(asked, container=Container.PCM))
    return nullcontext()


class FileSink(NamedTuple):
    """A path, replaced as a whole at the end; `container` None writes what comes."""

    path: str
    container: Container | None = None
    if_exists: IfExists = IfExists.OVERWRITE

    def ready(self) -> bool:
        return may_write(self.path, self.if_exists)

    @contextmanager
    def open(self, audio: AudioFormat) -> Iterator[Output]:
        shaping = encoder(audio, self.container, sized=True)
        with draft(self.path, self.if_exists) as writing:
            output = Output(audio, shaping, writing.write)
            yield output
            if header := output.end():
                writing.rewrite_start(header)
        output.close(self.path, skipped=not writing.delivered)


class StdoutSink(NamedTuple):
    """A stream handed in; every chunk leaves at once. A reader that has gone is BrokenPipeError."""

    stream: BinaryIO
    container: Container | None = None

    def ready(self) -> bool:
        if self.stream.isatty():
            raise UsageError("audio is not written to a terminal", hint="give a file: -o FILE")
        return True

    @contextmanager
    def open(self, audio: AudioFormat) -> Iterator[Output]:
        self.ready()
        start = _place_to_return_to(self.stream)
        output = Output(audio, encoder(audio, self.container, sized=start is not None), self._send)
        yield output
        if (header := output.end()) and start is not None:
            self.stream.seek(start)
            self.stream.write(header)
            self.stream.seek(0, os.SEEK_END)
            self.stream.flush()
        output.close(None)

    def _send(self, data: bytes) -> None:
        self.stream.write(data)
        self.stream.flush()


def _place_to_return_to(stream: BinaryIO) -> int | None:
    """Return the position where the header goes, if it can be written again later."""
    if not stream.seekable() or _only_appends(stream):
        return None
    return stream.tell()


def _only_appends(stream: BinaryIO) -> bool:
    """Say whether all writing goes to the end (`>> FILE`), wherever one seeks."""
    try:
        import fcntl

        return bool(fcntl.fcntl(stream.fileno(), fcntl.F_GETFL) & os.O_APPEND)
    except (ImportError, OSError):
        # No descriptor behind it: it lives in memory.
        return False
