"""The steps of one signature as printable values. How each scheme takes them lives in `signing/`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials
from voicectl.core.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningTrace:
    """Every step of one signature. It holds no secret and may be printed."""

    scheme: str
    moment: Moment
    scope: str = ""
    canonical_request: str = ""
    string_to_sign: str = ""
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
