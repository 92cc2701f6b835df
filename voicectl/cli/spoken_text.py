"""Where the text to speak comes from: words, a file, standard input. What is done with it: `tts.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicectl.cli.inputs import STDIN, read_input
from voicectl.core.errors import UsageError
from voicectl.core.text import decode

if TYPE_CHECKING:
    from voicectl.world import World


def text_to_speak(words: list[str], file: str, encoding: str, world: World) -> str:
    """Return the text as it was received; words win nothing over a file: one of them may be given."""
    if words and file:
        raise UsageError("there are both words and a file to speak", hint="leave out the words or --file")
    if words:
        return _from_arguments(" ".join(words), encoding)
    if file and file != STDIN:
        return decode(read_input(world, file), encoding)
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
