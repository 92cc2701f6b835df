"""Where the text to speak comes from: words, a file, standard input. What is done with it: `tts.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicectl.core.errors import NoInput, UsageError
from voicectl.core.text import decode

if TYPE_CHECKING:
    from voicectl.runtime import World

STDIN = "-"


def text_to_speak(words: list[str], file: str, encoding: str, world: World) -> str:
    """Return the text as it was received; words win nothing over a file: one of them may be given."""
    if words and file:
        raise UsageError("there are both words and a file to speak", hint="leave out the words or --file")
    if words:
        return _from_arguments(" ".join(words), encoding)
    if file and file != STDIN:
        return decode(_read_file(file), encoding)
    if world.stdin is None or (world.stdin.isatty() and not file):
        raise UsageError("there is no text to speak", hint="voicectl say TEXT, or --file FILE")
    return decode(world.stdin_bytes.read(), encoding)


def _from_arguments(text: str, encoding: str) -> str:
    """Undo the half-decoding of arguments that are not in the terminal's encoding."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return decode(text.encode("utf-8", "surrogateescape"), encoding)
    return text


def _read_file(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib is dear at start-up
            return file.read()
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise NoInput(
            "{path!r} cannot be read: {reason}", path=path, reason=reason, hint="voicectl say --file FILE"
        ) from error
