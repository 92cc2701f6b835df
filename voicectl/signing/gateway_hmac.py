"""The signature of voicectl's own gateway, `VC1-HMAC-SHA256`. Its check: `gateway/signatures.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials
from voicectl.core.request import Request, utf8
from voicectl.core.signature import Signed, SigningTrace
from voicectl.signing import canonical, times
from voicectl.signing.canonical import Mac
from voicectl.signing.claims import Claims, required
from voicectl.signing.options import Options

TIMESTAMP, NONCE, SIGNATURE = "X-Voicectl-Timestamp", "X-Voicectl-Nonce", "X-Voicectl-Signature"


def build(name: str, region: str, service: str, given: Mapping[str, object]) -> GatewayHmac:
    """Make `gateway-hmac`."""
    Options(name, given, ())
    return GatewayHmac(scheme=name)


def _target(request: Request) -> str:
    return request.target


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayHmac:
    """The scheme's steps. The key id, where there is one, is the API key and travels as a bearer token."""

    scheme: str = "gateway-hmac"
    algorithm: str = "VC1-HMAC-SHA256"
    write_time: Callable[[datetime], str] = times.unix_seconds
    read_time: Callable[[str], datetime] = times.read_unix_seconds
    method: Callable[[str], str] = str.upper
    target: Callable[[Request], str] = _target
    payload: Callable[[Request], str] = canonical.hash_body
    string_parts: tuple[str, ...] = ("algorithm", "timestamp", "nonce", "method", "target", "payload")
    string_end: str = ""
    key_prefix: str = ""
    key_suffix: str = ""
    mac: Mac = canonical.hmac_sha256
    write_signature: Callable[[bytes], str] = canonical.hex_text

    def sign(self, request: Request, credentials: Credentials, at: Moment) -> Signed:
        """Return the request with its three headers, and every step."""
        prepared, claims = self.prepare(request, credentials, at)
        trace = self.trace(prepared, credentials, claims)
        return Signed(
            request=self.attach(prepared, credentials, trace), trace=trace, sensitive=("Authorization",)
        )

    def prepare(self, request: Request, credentials: Credentials, at: Moment) -> tuple[Request, Claims]:
        """Add time and nonce, and the API key unless the request has one."""
        now = self.write_time(at.now)
        headers = canonical.with_host(request, canonical.unfolded(request.headers))
        if credentials.key_id and request.header("Authorization") is None:
            headers = (*headers, ("Authorization", f"Bearer {credentials.key_id}"))
        prepared = request.with_headers(headers).with_header(TIMESTAMP, now).with_header(NONCE, at.nonce)
        return prepared, Claims(moment=at, timestamp=now, key_id=credentials.key_id)

    def trace(self, request: Request, credentials: Credentials, claims: Claims) -> SigningTrace:
        """Sign the request as it stands, by its claims, and show every step."""
        _, string = self.strings(self.texts(request, claims))
        return SigningTrace(
            scheme=self.scheme,
            moment=claims.moment,
            string_to_sign=string,
            signature=self.seal(self.key(credentials, claims), string),
            key_steps=(canonical.key_start(self.key_prefix, self.key_suffix),),
        )

    def texts(self, request: Request, claims: Claims) -> dict[str, str]:
        """Return every text that the string to sign is put together from."""
        return {
            "algorithm": self.algorithm,
            "timestamp": claims.timestamp,
            "nonce": claims.moment.nonce,
            "method": self.method(request.method),
            "target": self.target(request),
            "payload": self.payload(request),
        }

    def strings(self, texts: Mapping[str, str]) -> tuple[str, str]:
        """Put the texts together; there is no canonical request."""
        return "", "\n".join([texts[part] for part in self.string_parts]) + self.string_end

    def key(self, credentials: Credentials, claims: Claims) -> bytes:
        """Return the key, which is the secret between its affixes."""
        return utf8(f"{self.key_prefix}{credentials.secret.reveal()}{self.key_suffix}")

    def seal(self, key: bytes, string: str) -> str:
        """Sign the string, and write the signature."""
        return self.write_signature(self.mac(key, utf8(string)))

    def attach(self, request: Request, credentials: Credentials, trace: SigningTrace) -> Request:
        """Return the request with its signature."""
        return request.with_header(SIGNATURE, f"v1={trace.signature}")

    def for_request(self, request: Request) -> GatewayHmac:
        return self

    def claims(self, request: Request) -> Claims:
        """Read what a signed request claims."""
        signature = required(request.header(SIGNATURE), f"{SIGNATURE} header", self.scheme)
        timestamp = request.header(TIMESTAMP) or ""
        return Claims(
            moment=Moment(self.read_time(timestamp), request.header(NONCE) or ""),
            timestamp=timestamp,
            signature=signature.strip().removeprefix("v1="),
        )
