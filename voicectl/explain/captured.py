"""What was seen of one exchange, as values: request, answer, remarks. Their reading lives beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from voicectl.core.errors import NoInput
from voicectl.core.note import Note
from voicectl.core.request import Request

Files = Callable[[str], bytes]
"""Gives a named file's bytes, `-` for standard input; raises KeyError or OSError for one it lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said about a request, whatever the vendor's shape.

    `status` is 0 where only a body is known. `code` is the vendor's own, "" where the answer names none.
    `region` is where the server says that the thing asked for lies. `date` is the header's; `server_time`,
    `request_time` and `tolerance_seconds` are what the message tells.
    """

    status: int = 0
    code: str = ""
    message: str = field(default="", repr=False)
    request_id: str = ""
    canonical_request: str | None = field(default=None, repr=False)
    string_to_sign: str | None = field(default=None, repr=False)
    signature_provided: str = ""
    key_id: str = ""
    region: str = ""
    date: datetime | None = None
    server_time: datetime | None = None
    request_time: datetime | None = None
    tolerance_seconds: int | None = None
    notes: tuple[Note, ...] = ()

    @property
    def now(self) -> datetime | None:
        """The server's clock: what the message tells, else the `Date` header."""
        return self.server_time or self.date


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfSigned:
    """What `curl --aws-sigv4` was told: curl makes that signature itself, so the command does not show it."""

    provider: str
    region: str = ""
    service: str = ""
    key_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """One request as it was on the wire, and the answer if it is known.

    Path and query are the wire's own text; header lines keep their order, repeats and inner blanks (one
    blank after the colon is not part of the value); a folded line stays a line break inside the value.
    Bytes that are no UTF-8 survive as surrogates. `form` says what it was read from: http, curl, har, flags.
    """

    request: Request
    form: str
    answer: Answer | None = None
    notes: tuple[Note, ...] = ()
    self_signed: SelfSigned | None = None


def contents(files: Files | None, name: str) -> bytes:
    """Return the bytes of a named file; raise NoInput where there is none."""
    hint = "put the text itself into the command, or name a readable file"
    if files is None:
        raise NoInput("the command takes its data from {file!r}, which is not given", file=name, hint=hint)
    try:
        return files(name)
    except (KeyError, OSError) as error:
        reason = getattr(error, "strerror", None) or "not given"
        raise NoInput("cannot read {file!r}: {reason}", file=name, reason=reason, hint=hint) from error
