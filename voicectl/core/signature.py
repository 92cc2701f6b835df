"""The steps of one signature as printable values. How each scheme takes them lives in `signing/`."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials
from voicectl.core.request import Pairs, Request


class SigningTrace(NamedTuple):
    """Every step of one signature.

    It never holds a secret or a derived key, but its texts show a session token where the scheme
    signs one: whoever prints them masks it, and `repr` leaves them out.
    """

    scheme: str
    moment: Moment
    scope: str = ""
    canonical_request: str = ""
    string_to_sign: str = ""
    signature: str = ""
    signed_headers: tuple[str, ...] = ()
    key_steps: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"SigningTrace(scheme={self.scheme!r}, scope={self.scope!r}, signature={self.signature!r})"


class Signed(NamedTuple):
    """A request ready to travel, and how its signature came about."""

    request: Request
    trace: SigningTrace
    sensitive: tuple[str, ...] = ()
    """Names of the headers and parameters that carry a secret or a token as it is."""


class Signer(Protocol):
    """Pure: the same three arguments give the same bytes on every machine."""

    @property
    def scheme(self) -> str:
        """Its name, as `--scheme` takes it."""
        ...

    def sign(self, request: Request, credentials: Credentials, at: Moment) -> Signed:
        """Return the request with its signature, and the trace."""
        ...


@runtime_checkable
class QueryWriter(Protocol):
    """A signer whose vendor writes decoded pairs in a form of its own; RFC 3986 is for the others."""

    def wire_query(self, pairs: Pairs) -> str: ...
