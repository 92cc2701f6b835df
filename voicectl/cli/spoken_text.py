"""Where the text to speak comes from: words, a file, standard input. What is done with it: `tts.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicectl.cli.inputs import STDIN, read_input
from voicectl.core.errors import BadInput, UsageError
from voicectl.core.text import decode

if TYPE_CHECKING:
    from codecs import IncrementalDecoder
    from collections.abc import Iterator
    from typing import BinaryIO

    from voicectl.world import World

READ_AT_ONCE = 1 << 16


def text_to_speak(words: list[str], file: str, encoding: str, world: World) -> str:
    """Return the text as it was received; words win nothing over a file: one of them may be given."""
    if words and file:
        raise UsageError("there are both words and a file to speak", hint="leave out the words or --file")
    if words:
        return _from_arguments(" ".join(words), encoding)
    if file and file != STDIN:
        return decode(read_input(world, file), encoding)
    if world.stdin.isatty() and not file:
        raise UsageError("there is no text to speak", hint="voicectl say TEXT, or --file FILE")
    return decode(world.stdin_bytes.read(), encoding)


def _from_arguments(text: str, encoding: str) -> str:
    """Undo the half-decoding of arguments that are not in the terminal's encoding."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return decode(text.encode("utf-8", "surrogateescape"), encoding)
    return text


def texts_as_they_come(words: list[str], file: str, encoding: str, world: World) -> Iterator[str]:
    """Yield what comes on stdin, at once; raises BadInput at bytes that are no text."""
    if words or file not in ("", STDIN):
        raise UsageError(
            "--live speaks what comes on stdin", hint="leave out --live, or the words and the file"
        )
    return _decoded(world.stdin_bytes, encoding)


def _decoded(stream: BinaryIO, encoding: str) -> Iterator[str]:
    import codecs

    try:
        decoder = codecs.getincrementaldecoder(encoding or "utf-8-sig")()
    except LookupError:
        decode(b"", encoding)  # says that there is no such encoding
        raise
    # Below the buffer what is here is read, however little; and a thread that waits for more holds no lock,
    # without which the interpreter could not end.
    read = getattr(stream, "raw", stream).read
    at = 0
    while chunk := read(READ_AT_ONCE):
        yield _text_in(decoder, chunk, at, encoding)
        at += len(chunk)
    yield _text_in(decoder, b"", at, encoding)


def _text_in(decoder: IncrementalDecoder, chunk: bytes, at: int, encoding: str) -> str:
    try:
        return decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        raise BadInput(
            "byte {position} of the text is not {encoding}",
            position=at + error.start + 1,
            encoding=encoding or "utf-8",
            hint="say which encoding it is: --encoding gb18030",
        ) from None
