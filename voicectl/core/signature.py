"""The steps of one signature as printable values. How each scheme takes them lives in `signing/`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials
from voicectl.core.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningTrace:
    """Every step of one signature.

    It never holds a secret or a derived key, but its texts show a session token where the scheme
    signs one: whoever prints them masks it, and `repr` leaves them out.
    """

    scheme: str
    moment: Moment
    scope: str = ""
    canonical_request: str = field(default="", repr=False)
    string_to_sign: str = field(default="", repr=False)
    signature: str = ""
    signed_headers: tuple[str, ...] = ()
    key_steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A request ready to travel, and how its signature came about."""

    request: Request
    trace: SigningTrace


class Signer(Protocol):
    """Pure: the same three arguments give the same bytes on every machine."""

    scheme: ClassVar[str]

    def sign(self, request: Request, credentials: Credentials, at: Moment) -> Signed:
        """Return the request with its signature, and the trace."""
        ...
