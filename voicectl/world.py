"""The world outside the process: environment, streams, clock and chance. Nobody else asks for them."""

from __future__ import annotations

import codecs
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TextIO

from voicectl.core.errors import OutputError

if TYPE_CHECKING:
    from typing import Literal

    from voicectl.core.clock import Moment


ESCAPES = "escapes of JSON"


class World(NamedTuple):
    """Everything outside the process that a command may touch, handed in."""

    environ: Mapping[str, str]
    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    monotonic: Callable[[], float]

    @property
    def stdin_bytes(self) -> BinaryIO:
        return self.stdin.buffer

    @property
    def stdout_bytes(self) -> BinaryIO:
        """Standard output for bytes; OutputError where it was closed, so that nothing is lost unseen."""
        if getattr(self.stdout, "name", "") == os.devnull:
            raise OutputError("standard output is closed", hint="give a file: -o FILE")
        return self.stdout.buffer


def real_world() -> World:
    """Return this process's own environment, streams and clock."""
    codecs.register_error(ESCAPES, _escaped)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=ESCAPES)
    return World(
        environ=os.environ,
        stdin=sys.stdin or _nothing("r"),
        stdout=sys.stdout or _nothing("w"),
        stderr=sys.stderr or _nothing("w"),
        monotonic=time.monotonic,
    )


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """Write what a stream cannot encode with the escapes of JSON, which a person can read as well."""
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in zip(*[iter(units)] * 2, strict=True)), error.end


def _nothing(mode: Literal["r", "w"]) -> TextIO:
    """Return a stream that leads nowhere, for one that was closed when we began."""
    return open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123 - pathlib is dear at start-up


class SystemClock:
    """The machine's clock."""

    def moment(self) -> Moment:
        from datetime import UTC, datetime
        from uuid import uuid4

        from voicectl.core.clock import Moment

        return Moment(datetime.now(UTC), str(uuid4()))

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def append(path: str, line: str) -> None:
    """Add a line to a log that was asked for; raise OutputError where that cannot be."""
    try:
        with open(path, "a", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            file.write(line)
    except OSError as error:
        raise OutputError(
            "{path!r} cannot be written: {reason}", path=path, reason=error.strerror, hint="ls -ld {path}"
        ) from error
