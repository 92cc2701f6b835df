"""The schemes without a signature: `bearer` shows a token, `basic` a name and a password.

Specification: RFC 6750, RFC 7617.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials
from voicectl.core.request import Request, utf8
from voicectl.core.signature import Signed, SigningTrace
from voicectl.signing import canonical, times
from voicectl.signing.claims import Claims, required
from voicectl.signing.options import Options


def build(name: str, region: str, service: str, given: Mapping[str, object]) -> Shown:
    """Make `bearer` or `basic`; `bearer` takes another header or another prefix than `Bearer `."""
    if name == "basic":
        Options(name, given, ())
        return Shown(scheme=name, prefix="Basic ", write=name_and_password)
    options = Options(name, given, ("header", "prefix"))
    return Shown(
        scheme=name,
        header=options.text("header", "Authorization"),
        prefix=options.text("prefix", "Bearer "),
    )


def token(credentials: Credentials) -> str:
    """Return the token as it is."""
    return credentials.secret.reveal()


def name_and_password(credentials: Credentials) -> str:
    """Return name and password as RFC 7617 writes them."""
    return b64encode(utf8(f"{credentials.key_id}:{credentials.secret.reveal()}")).decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A secret that is shown in a header."""

    scheme: str
    header: str = "Authorization"
    prefix: str
    write: Callable[[Credentials], str] = token

    def sign(self, request: Request, credentials: Credentials, at: Moment) -> Signed:
        """Return the request with its header; there are no steps to show."""
        prepared, claims = self.prepare(request, credentials, at)
        trace = self.trace(prepared, credentials, claims)
        return Signed(
            request=self.attach(prepared, credentials, trace), trace=trace, sensitive=(self.header,)
        )

    def prepare(self, request: Request, credentials: Credentials, at: Moment) -> tuple[Request, Claims]:
        headers = canonical.with_host(request, canonical.unfolded(request.headers))
        return request.with_headers(headers), Claims(moment=at, key_id=credentials.key_id)

    def trace(self, request: Request, credentials: Credentials, claims: Claims) -> SigningTrace:
        """Return an empty trace: nothing is signed."""
        return SigningTrace(scheme=self.scheme, moment=claims.moment)

    def attach(self, request: Request, credentials: Credentials, trace: SigningTrace) -> Request:
        """Return the request with the secret in its header."""
        return request.with_header(self.header, self.prefix + self.write(credentials))

    def for_request(self, request: Request) -> Shown:
        return self

    def claims(self, request: Request) -> Claims:
        """Say that the header is there; its text is a secret and no claim."""
        required(request.header(self.header), f"{self.header} header", self.scheme)
        return Claims(moment=Moment(times.UNKNOWN, ""))
