"""What a request says about its own signature, and how that is read off the wire.

Whether the claims are true is judged elsewhere; here they are only read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials
from voicectl.core.errors import BadInput
from voicectl.core.request import Request
from voicectl.core.signature import Signed, SigningTrace


class Claims(NamedTuple):
    """Everything that goes into a signature and is neither the request nor the secret.

    A scheme makes them when it prepares a request and reads them when it meets a signed one.
    `timestamp` is the time as written, `date` the day in the scope; the two may disagree.
    """

    moment: Moment
    timestamp: str = ""
    date: str = ""
    region: str = ""
    service: str = ""
    scope: str = ""
    """The scope as the wire has it; empty before it is there, and where the scheme has none."""
    key_id: str = ""
    signed_headers: tuple[str, ...] = ()
    """In the order and with the capitals in which they are listed."""
    signed_queries: tuple[str, ...] | None = None
    """The names of the parameters that count; None for all."""
    signature: str = ""
    """The signature that was given; empty before there is one."""


class Scheme(Protocol):
    """A signer whose every step can be watched and changed: what `explain` works with."""

    @property
    def scheme(self) -> str: ...

    def for_request(self, request: Request) -> Scheme:
        """Return the form of this scheme, header or query, that a signed request has."""
        ...

    def claims(self, request: Request) -> Claims:
        """Read the claims of a signed request; raise BadInput where there are none to read."""
        ...

    def prepare(self, request: Request, credentials: Credentials, at: Moment) -> tuple[Request, Claims]:
        """Return the request with all that is signed, but without its signature."""
        ...

    def trace(self, request: Request, credentials: Credentials, claims: Claims) -> SigningTrace:
        """Sign a request as it stands, by its claims, and show every step."""
        ...

    def attach(self, request: Request, credentials: Credentials, trace: SigningTrace) -> Request:
        """Return the request as it travels."""
        ...

    def sign(self, request: Request, credentials: Credentials, at: Moment) -> Signed: ...


class Steps(Scheme, Protocol):
    """A scheme whose signature comes in four pieces, so that wrong pieces can be put together freely.

    `trace` is `texts`, `strings`, `key` and `seal` in a row. A scheme without them is explained too, with
    less help from what its steps share.
    """

    def texts(self, request: Request, claims: Claims) -> dict[str, str]:
        """Return every text that the string to sign is put together from."""
        ...

    def strings(self, texts: Mapping[str, str]) -> tuple[str, str]:
        """Put the texts together: the canonical request, "" where there is none, and the string to sign."""
        ...

    def key(self, credentials: Credentials, claims: Claims) -> bytes:
        """Return the key of the last HMAC; it is as secret as the secret."""
        ...

    def seal(self, key: bytes, string: str) -> str:
        """Sign the string, and write the signature."""
        ...


def authorization_parts(text: str) -> dict[str, str]:
    """Split `ALGORITHM Name=value, Name=value`; the algorithm is kept under the empty name."""
    algorithm, _, rest = text.strip().partition(" ")
    parts = {"": algorithm}
    for piece in rest.split(","):
        name, equals, value = piece.strip().partition("=")
        if equals:
            parts[name] = value
    return parts


def required(value: str | None, what: str, scheme: str) -> str:
    """Return the value, or say what a request of this scheme lacks."""
    if value is None:
        raise BadInput("the request has no {what}, which {scheme} wants", what=what, scheme=scheme)
    return value


def split_credential(text: str, scheme: str) -> tuple[str, str]:
    """Split `KEY/DATE/…` into the key id and the scope."""
    key_id, slash, scope = text.partition("/")
    if not slash:
        raise BadInput("the credential {text!r} has no scope, which {scheme} wants", text=text, scheme=scheme)
    return key_id, scope


def scope_fields(scope: str, names: Iterable[str]) -> dict[str, str]:
    """Give the pieces of a scope the names of its parts; literal parts are left out."""
    pieces = zip(names, scope.split("/"), strict=False)
    return {name: piece for name, piece in pieces if name in {"date", "region", "service"}}
