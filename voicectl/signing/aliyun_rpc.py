"""Alibaba Cloud's RPC signature with HMAC-SHA1 (`SignatureVersion=1.0`): all parameters in one string.

Specification: https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials
from voicectl.core.request import Pairs, Request, percent_decode, percent_encode, utf8
from voicectl.core.signature import Signed, SigningTrace
from voicectl.signing import canonical, times
from voicectl.signing.canonical import Mac, QueryItem, QueryPair
from voicectl.signing.claims import Claims, required
from voicectl.signing.options import Options

FORM = "application/x-www-form-urlencoded"
OURS = {
    "AccessKeyId",
    "SignatureMethod",
    "SignatureVersion",
    "SignatureNonce",
    "Timestamp",
    "SecurityToken",
    "Signature",
}


def build(name: str, region: str, service: str, given: Mapping[str, object]) -> RpcV1:
    """Make `aliyun-rpc-v1`. The region, where an API wants it, is a parameter that the caller sets."""
    Options(name, given, ())
    return RpcV1(scheme=name, region=region, service=service)


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcV1:
    """The scheme's steps, in the order in which they are taken."""

    scheme: str = "aliyun-rpc-v1"
    region: str = ""
    service: str = ""

    write_time: Callable[[datetime], str] = times.iso_time
    read_time: Callable[[str], datetime] = times.read_iso_time

    method: Callable[[str], str] = str.upper
    resource: str = "/"
    signed_query: Callable[[Request], str] = canonical.wire_query
    signed_form: Callable[[Request], str] = canonical.form_body
    read_pairs: Callable[[str], list[QueryPair]] = canonical.form_pairs
    left_out: frozenset[str] = frozenset({"Signature"})
    encode_name: Callable[[str], str] = percent_encode
    encode_value: Callable[[str], str] = percent_encode
    order_pairs: Callable[[Iterable[QueryItem]], list[QueryItem]] = canonical.by_raw_name
    join_pair: Callable[[str, str | None], str] = canonical.with_equals
    encode_resource: Callable[[str], str] = percent_encode
    encode_query: Callable[[str], str] = percent_encode
    string_parts: tuple[str, ...] = ("method", "resource", "query")
    string_end: str = ""
    key_prefix: str = ""
    key_suffix: str = "&"
    mac: Mac = canonical.hmac_sha1
    write_signature: Callable[[bytes], str] = canonical.base64_text

    def sign(self, request: Request, credentials: Credentials, at: Moment) -> Signed:
        """Return the request with `Signature` in its query, and every step."""
        prepared, claims = self.prepare(request, credentials, at)
        trace = self.trace(prepared, credentials, claims)
        return Signed(
            request=self.attach(prepared, credentials, trace),
            trace=trace,
            sensitive=("SecurityToken",) if credentials.security_token else (),
        )

    def prepare(self, request: Request, credentials: Credentials, at: Moment) -> tuple[Request, Claims]:
        """Add the common parameters to the query; a body without a type becomes a form."""
        added = [
            ("AccessKeyId", credentials.key_id),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
            ("SignatureNonce", at.nonce),
            ("Timestamp", self.write_time(at.now)),
        ]
        if credentials.security_token:
            added.append(("SecurityToken", credentials.security_token.reveal()))
        kept = [part for part in request.query.split("&") if part]
        kept = [part for part in kept if percent_decode(part.partition("=")[0]) not in OURS]
        headers = canonical.with_host(request, canonical.unfolded(request.headers))
        if request.body and request.header("Content-Type") is None:
            headers = (*headers, ("Content-Type", FORM))
        prepared = request.with_headers(headers).with_query(
            "&".join([*kept, canonical.percent_query(tuple(added))])
        )
        timestamp = self.write_time(at.now)
        return prepared, Claims(moment=at, timestamp=timestamp, key_id=credentials.key_id)

    def trace(self, request: Request, credentials: Credentials, claims: Claims) -> SigningTrace:
        """Sign the parameters as they stand in query and form."""
        query, string = self.strings(self.texts(request, claims))
        return SigningTrace(
            scheme=self.scheme,
            moment=claims.moment,
            canonical_request=query,
            string_to_sign=string,
            signature=self.seal(self.key(credentials, claims), string),
            key_steps=(canonical.key_start(self.key_prefix, self.key_suffix),),
        )

    def texts(self, request: Request, claims: Claims) -> dict[str, str]:
        """Return every text that the string to sign is put together from."""
        return {
            "method": self.method(request.method),
            "resource": self.resource,
            "query": self._canonical_query(request),
        }

    def strings(self, texts: Mapping[str, str]) -> tuple[str, str]:
        """Put the texts together: the canonical query, and the string to sign."""
        known = {
            **texts,
            "resource": self.encode_resource(texts["resource"]),
            "query": self.encode_query(texts["query"]),
        }
        return texts["query"], "&".join([known[part] for part in self.string_parts]) + self.string_end

    def key(self, credentials: Credentials, claims: Claims) -> bytes:
        """Return the key, which is the secret between its affixes."""
        return utf8(f"{self.key_prefix}{credentials.secret.reveal()}{self.key_suffix}")

    def seal(self, key: bytes, string: str) -> str:
        """Sign the string, and write the signature."""
        return self.write_signature(self.mac(key, utf8(string)))

    def _canonical_query(self, request: Request) -> str:
        pairs = self.read_pairs(self.signed_query(request)) + self.read_pairs(self.signed_form(request))
        encode_name, encode_value = self.encode_name, self.encode_value
        items = [
            (encode_name(name), None if value is None else encode_value(value), name)
            for name, value in pairs
            if name not in self.left_out
        ]
        return "&".join([self.join_pair(name, value) for name, value, _ in self.order_pairs(items)])

    def attach(self, request: Request, credentials: Credentials, trace: SigningTrace) -> Request:
        """Return the request with its signature at the end of the query."""
        signature = canonical.percent_query((("Signature", trace.signature),))
        return request.with_query(f"{request.query}&{signature}")

    def wire_query(self, pairs: Pairs) -> str:
        return canonical.percent_query(pairs)

    def for_request(self, request: Request) -> RpcV1:
        """Return itself: query and form are read alike."""
        return self

    def claims(self, request: Request) -> Claims:
        """Read what a signed request claims, in its query or its form."""
        pairs = canonical.form_pairs(request.query) + canonical.form_pairs(canonical.form_body(request))
        given = {name: value or "" for name, value in reversed(pairs)}
        timestamp = given.get("Timestamp", "")
        return Claims(
            moment=Moment(self.read_time(timestamp), given.get("SignatureNonce", "")),
            timestamp=timestamp,
            region=self.region,
            service=self.service,
            key_id=required(given.get("AccessKeyId"), "AccessKeyId", self.scheme),
            signature=given.get("Signature", ""),
        )
