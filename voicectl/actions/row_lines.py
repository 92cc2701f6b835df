"""A text line by line: one that is too long, or no text, is an error of its own. Rows: `rows.py`."""

from __future__ import annotations

from collections.abc import Iterator
from io import TextIOWrapper

from voicectl.core.errors import BadInput, UsageError

LONGEST_LINE = 4_000_000
DAMAGE_SHOWN = 10_000


class Lines:
    """Goes on after a line that raised BadInput; `number` counts lines from 1, `damaged` is the bad one.

    The text replaces what cannot be decoded by lone surrogates.
    """

    def __init__(self, text: TextIOWrapper) -> None:
        self._text = text
        self._ahead: str | None = None
        self.number = 0
        self.damaged = ""

    def __iter__(self) -> Iterator[str]:
        return self

    def peek(self) -> str:
        """Return the next line without going on."""
        if self._ahead is None:
            self._ahead = self._read()
        return self._ahead

    def __next__(self) -> str:
        line = self.peek()
        self._ahead = None
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > LONGEST_LINE:
            self._skip_rest(line)
            self.damaged = line[:DAMAGE_SHOWN].encode(errors="replace").decode()
            raise BadInput(
                "line {line} is longer than {limit:,} characters", line=self.number, limit=LONGEST_LINE
            )
        if not line.isascii():
            self._refuse_what_is_no_text(line)
        return line

    def _read(self) -> str:
        try:
            return self._text.readline(LONGEST_LINE + 1)
        except UnicodeError:
            # Here the decoder itself gave up, and nothing after it can be read.
            raise UsageError(
                "after line {line} the text is not {encoding}",
                line=self.number,
                encoding=self._text.encoding,
                hint="say which encoding it is: --encoding gb18030",
            ) from None

    def _skip_rest(self, line: str) -> None:
        while line and not line.endswith("\n"):
            line = self._read()

    def _refuse_what_is_no_text(self, line: str) -> None:
        try:
            line.encode()
        except UnicodeEncodeError:
            self.damaged = line.encode(errors="replace").decode().rstrip("\r\n")
            raise self._no_text() from None

    def _no_text(self) -> BadInput:
        return BadInput(
            "line {line} is not {encoding}",
            line=self.number,
            encoding=self._text.encoding.removesuffix("-sig"),
            hint="say which encoding it is: --encoding gb18030",
        )
