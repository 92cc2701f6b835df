"""Pieces of sound made one. It does not encode or resample; decoding: `decode.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from voicectl.audio.check import HEAD_BYTES, container_of, refuse_wrong_start
from voicectl.audio.decode import DECODED, samples_of
from voicectl.audio.wav import WavReader, WholeFrames
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer, Unsupported
from voicectl.core.tts import SpeechStream

Piece = tuple[AudioFormat, Iterator[bytes]]


def joined(pieces: Iterable[SpeechStream], *, decode: bool = False) -> SpeechStream:
    """Make one stream of samples (`pcm`) from pieces of samples or WAV, each asked for when its turn comes.

    The format is the first piece's own, read from its header where it has one. With `decode`, mp3
    becomes samples, a whole piece at a time. Else a single piece in another container passes through
    as it is; a second one raises Unsupported, because each adds silence of its own. A piece whose
    sampling differs raises BrokenAnswer. The caller closes `pieces`.
    """
    coming = iter(pieces)
    first = next(coming, None)
    if first is None:
        raise BrokenAnswer("no sound came")
    open_piece = _decoded if decode else _opened
    audio, chunks = open_piece(first)
    sound = chain(chunks, _rest(audio, coming, open_piece))
    return SpeechStream(format=audio, chunks=sound, request_id=first.request_id)


def _rest(
    audio: AudioFormat, pieces: Iterator[SpeechStream], open_piece: Callable[[SpeechStream], Piece]
) -> Iterator[bytes]:
    for number, piece in enumerate(pieces, start=2):
        if audio.container is not Container.PCM:
            raise Unsupported(
                "pieces of {container} cannot be joined", container=audio.container, hint="--format wav"
            )
        found, chunks = open_piece(piece)
        if found != audio:
            raise BrokenAnswer(
                "piece {number} is {found}, the first was {sampling}",
                number=number,
                found=found.sampling if found.container is Container.PCM else found.container,
                sampling=audio.sampling,
            )
        yield from chunks


def _decoded(piece: SpeechStream) -> Piece:
    """Return the piece as samples, also where it is mp3."""
    audio, chunks = _opened(piece)
    if audio.container not in DECODED:
        return audio, chunks
    return samples_of(b"".join(chunks))


def _opened(piece: SpeechStream) -> Piece:
    """Return the piece as samples; a container that is not joined stays as it is."""
    head = b""
    for chunk in piece.chunks:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    chunks = chain((head,), piece.chunks)
    # Some vendors put a WAV header before what they call pcm.
    if Container.WAV in (piece.format.container, container_of(head)):
        refuse_wrong_start(head, Container.WAV)
        return _unwrapped(chunks)
    refuse_wrong_start(head, piece.format.container)
    if piece.format.container is not Container.PCM:
        return piece.format, chunks
    return piece.format, _whole(piece.format, chunks)


def _unwrapped(chunks: Iterator[bytes]) -> Piece:
    reader = WavReader()
    sound = b""
    while reader.fmt is None:
        chunk = next(chunks, None)
        if chunk is None:
            break
        sound = reader.feed(chunk)
    reader.finish()
    assert reader.fmt is not None
    return reader.fmt.plain(), chain((sound,), _to_the_end(reader, chunks))


def _to_the_end(reader: WavReader, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Hand on what a WAV holds; BrokenAnswer in the end where its header promised more."""
    for chunk in chunks:
        yield reader.feed(chunk)
    if reader.missing_bytes:
        raise BrokenAnswer(
            "the sound is cut short: {missing} bytes of it are missing", missing=reader.missing_bytes
        )


def _whole(audio: AudioFormat, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Drop half a sample at the end of a piece, which would turn the next one into noise."""
    frames = WholeFrames(audio.frame_bytes)
    return (frames.feed(chunk) for chunk in chunks)
