"""The file of a batch as it is opened, or kept to be read twice. What is in its rows: `actions/rows.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple, cast

from voicectl.cli.inputs import STDIN
from voicectl.core.errors import NoInput, UsageError

if TYPE_CHECKING:
    from voicectl.actions.rows import Columns, Row
    from voicectl.world import World

BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
BLOCK_BYTES, HEAD_BYTES, IN_MEMORY_BYTES = 1 << 16, 1 << 12, 1 << 24


class Kept(NamedTuple):
    """A manifest that nobody can change any more: `rows` reads it from its start, `digest` stands for it."""

    rows: Callable[[], Iterator[Row]]
    digest: str


def opened(world: World, name: str) -> BinaryIO:
    """Open a file of rows, or stdin for `-`; NoInput where it cannot be read."""
    if name == STDIN:
        return world.stdin_bytes
    try:
        return open(name, "rb")  # noqa: PTH123 - read until the program ends
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise NoInput(
            "{name!r} cannot be read: {reason}", name=name, reason=reason, hint="ls -l {name}"
        ) from error


def encoding_of(start: bytes, asked: str) -> str:
    """Tell how a file is written: as was said, else by its byte order mark, else in UTF-8."""
    from codecs import lookup

    try:
        lookup(asked or "utf-8")
    except LookupError:
        raise UsageError(
            "there is no encoding {encoding!r}", encoding=asked, hint="--encoding gb18030"
        ) from None
    return asked or next((name for mark, name in BOMS if start.startswith(mark)), "utf-8-sig")


def text_over(binary: IO[bytes], encoding: str, kind: str) -> TextIOWrapper:
    """Return a file as the text that `actions/rows.py` reads; what is no text is kept as it was."""
    from voicectl.actions.rows import JSON_LINES

    newline = "\n" if kind == JSON_LINES else ""
    return TextIOWrapper(cast("BinaryIO", binary), encoding, errors="surrogateescape", newline=newline)


@contextmanager
def kept(world: World, name: str, encoding: str, columns: Columns, directory: Path | None) -> Iterator[Kept]:
    """Yield a copy of a file of rows, which a change of the file does not reach.

    It lies in memory, or without a name in `directory` where it is long.
    """
    from hashlib import sha256
    from tempfile import SpooledTemporaryFile

    from voicectl.actions.rows import kind_of, rows_in

    source, digest = opened(world, name), sha256()
    place = directory if directory and directory.is_dir() else None
    with SpooledTemporaryFile(IN_MEMORY_BYTES, dir=str(place) if place else None) as copy:
        for block in iter(lambda: source.read(BLOCK_BYTES), b""):
            digest.update(block)
            copy.write(block)
        copy.seek(0)
        start = copy.read(HEAD_BYTES)
        coding = encoding_of(start, encoding)
        kind = kind_of(name, start.decode(coding, "replace"))

        def rows() -> Iterator[Row]:
            copy.seek(0)
            text = text_over(copy, coding, kind)
            try:
                yield from rows_in(text, kind, columns)
            finally:
                text.detach()

        yield Kept(rows, digest.hexdigest())
