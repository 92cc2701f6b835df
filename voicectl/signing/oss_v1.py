"""Alibaba Cloud OSS's first signature with HMAC-SHA1, in headers and in the query.

Specification: https://www.alibabacloud.com/help/en/oss/developer-reference/include-signatures-in-the-authorization-header
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials
from voicectl.core.request import Pairs, Request, percent_decode, utf8
from voicectl.core.signature import Signed, SigningTrace
from voicectl.signing import canonical, times
from voicectl.signing.canonical import HeaderLine, Mac, QueryItem, QueryPair
from voicectl.signing.claims import Claims, required
from voicectl.signing.options import Options
from voicectl.signing.oss_v4 import bare_query

TOKEN_HEADER, TOKEN_PARAMETER = "x-oss-security-token", "security-token"
_SUBRESOURCES = """
accessPoint accessPointPolicy acl append asyncFetch bucketArchiveDirectRead bucketInfo callback
callback-var cname comp continuation-token cors delete encryption endTime group httpsConfig
inventory inventoryId lifecycle link live location logging metaQuery objectInfo objectMeta
partNumber policy position publicAccessBlock qos qosInfo qosRequester redundancyTransition referer
regionList replication replicationLocation replicationProgress requestPayment requesterQosInfo
resourceGroup resourcePool resourcePoolBuckets resourcePoolInfo response-cache-control
response-content-disposition response-content-encoding response-content-language
response-content-type response-expires restore security-token sequential startTime stat status style
styleName symlink tagging transferAcceleration uploadId uploads versionId versioning versions vod
website worm wormExtend wormId x-oss-ac-forward-allow x-oss-ac-source-ip x-oss-ac-subnet-mask
x-oss-ac-vpc-id x-oss-access-point-name x-oss-async-process x-oss-process
x-oss-redundancy-transition-taskid x-oss-request-payer x-oss-target-redundancy-type
x-oss-traffic-limit x-oss-write-get-object-response
"""
SUBRESOURCES = frozenset(_SUBRESOURCES.split())
"""The query parameters that count; all others are not signed."""


def build(name: str, region: str, service: str, given: Mapping[str, object]) -> OssV1:
    """Make `aliyun-oss-v1`; with the option `expires` it signs in the query."""
    options = Options(name, given, ("bucket", "expires", "additional_headers"))
    expires = options.seconds("expires")
    scheme = OssV1(
        scheme=name,
        region=region,
        service=service,
        path_prefix=canonical.bucket_prefix(options.text("bucket")),
    )
    presigned = replace(scheme, presigned=True, expires=expires)
    return presigned if expires else replace(scheme, query_form=presigned)


def _oss_headers(names: set[str]) -> set[str]:
    return {name for name in names if name.startswith("x-oss-")}


def _only_subresources(pairs: list[QueryPair]) -> list[QueryPair]:
    return [pair for pair in pairs if pair[0] in SUBRESOURCES]


@dataclass(frozen=True, slots=True, kw_only=True)
class OssV1:
    """The scheme's steps, in the order in which they are taken."""

    scheme: str = "aliyun-oss-v1"
    region: str = ""
    service: str = ""

    presigned: bool = False
    expires: str = ""
    query_form: OssV1 | None = None

    method: Callable[[str], str] = str.upper
    signed_headers: Callable[[set[str]], set[str]] = _oss_headers
    header_name: Callable[[str], str] = str.lower
    header_value: Callable[[str], str] = canonical.trim
    join_values: Callable[[Iterable[str]], str] = canonical.join_values
    order_headers: Callable[[Iterable[HeaderLine]], list[HeaderLine]] = canonical.by_name
    write_headers: Callable[[Sequence[HeaderLine]], str] = canonical.one_a_line
    path_prefix: Callable[[Request], str]
    encode_path: Callable[[str], str] = percent_decode
    signed_query: Callable[[Request], str] = canonical.wire_query
    read_pairs: Callable[[str], list[QueryPair]] = canonical.percent_pairs
    signed_pairs: Callable[[list[QueryPair]], list[QueryPair]] = _only_subresources
    encode_name: Callable[[str], str] = canonical.as_is
    encode_value: Callable[[str], str] = canonical.as_is
    order_pairs: Callable[[Iterable[QueryItem]], list[QueryItem]] = canonical.by_raw_name
    join_pair: Callable[[str, str | None], str] = canonical.bare_when_empty
    string_parts: tuple[str, ...] = ("method", "content-md5", "content-type", "date", "resource")
    string_end: str = ""
    key_prefix: str = ""
    key_suffix: str = ""
    mac: Mac = canonical.hmac_sha1
    write_signature: Callable[[bytes], str] = canonical.base64_text

    def sign(self, request: Request, credentials: Credentials, at: Moment) -> Signed:
        """Return the request as it travels, and every step."""
        prepared, claims = self.prepare(request, credentials, at)
        trace = self.trace(prepared, credentials, claims)
        token = TOKEN_PARAMETER if self.presigned else TOKEN_HEADER
        return Signed(
            request=self.attach(prepared, credentials, trace),
            trace=trace,
            sensitive=(token,) if credentials.security_token else (),
        )

    def prepare(self, request: Request, credentials: Credentials, at: Moment) -> tuple[Request, Claims]:
        """Add the date and the token; a presigned query says when it ends instead."""
        token = credentials.security_token
        headers = canonical.with_host(request, canonical.unfolded(request.headers))
        if self.presigned:
            ends = str(int(at.now.timestamp()) + int(self.expires))
            added = [(TOKEN_PARAMETER, token.reveal())] if token else []
            added += [("OSSAccessKeyId", credentials.key_id), ("Expires", ends)]
            ours = {name for name, _ in added} | {"Signature"}
            kept = [part for part in request.query.split("&") if part]
            kept = [part for part in kept if percent_decode(part.partition("=")[0]) not in ours]
            query = "&".join([*kept, bare_query(tuple(added))])
            prepared = request.with_headers(headers).with_query(query)
        else:
            lines = [("Date", times.http_date(at.now))]
            if token:
                lines.append((TOKEN_HEADER, token.reveal()))
            replaced = {"authorization", *[name.lower() for name, _ in lines]}
            kept_lines = [line for line in headers if line[0].lower() not in replaced]
            prepared = request.with_headers((*kept_lines, *lines))
        return prepared, self._claims(prepared, Moment(at.now, at.nonce), credentials.key_id, "")

    def _claims(self, request: Request, moment: Moment, key_id: str, signature: str) -> Claims:
        names = self.signed_headers({name.lower() for name, _ in request.headers})
        return Claims(
            moment=moment,
            timestamp=self._wire_time(request),
            region=self.region,
            service=self.service,
            key_id=key_id,
            signed_headers=tuple(sorted(names)),
            signature=signature,
        )

    def _wire_time(self, request: Request) -> str:
        """Return the text that stands on the date line: Expires, else x-oss-date, else Date."""
        if self.presigned:
            return self._parameter(request, "Expires") or ""
        return request.header("x-oss-date") or request.header("Date") or ""

    def trace(self, request: Request, credentials: Credentials, claims: Claims) -> SigningTrace:
        """Sign the request as it stands, by its claims, and show every step."""
        texts = self.texts(request, claims)
        _, string = self.strings(texts)
        return SigningTrace(
            scheme=self.scheme,
            moment=claims.moment,
            string_to_sign=string,
            signature=self.seal(self.key(credentials, claims), string),
            signed_headers=tuple(filter(None, texts["counted"].split(";"))),
            key_steps=(canonical.key_start(self.key_prefix, self.key_suffix),),
        )

    def texts(self, request: Request, claims: Claims) -> dict[str, str]:
        """Return every text that the string to sign is put together from."""
        lines = self._header_lines(request, claims)
        return {
            "method": self.method(request.method),
            "content-md5": self.header_value(request.header("Content-MD5") or ""),
            "content-type": self.header_value(request.header("Content-Type") or ""),
            "date": claims.timestamp,
            "headers": self.write_headers(lines),
            "counted": ";".join([name for _, _, name in lines]),
            "resource": self._resource(request),
        }

    def strings(self, texts: Mapping[str, str]) -> tuple[str, str]:
        """Put the texts together; there is no canonical request. The headers end in a line feed each."""
        known = {**texts, "resource": texts["headers"] + texts["resource"]}
        return "", "\n".join([known[part] for part in self.string_parts]) + self.string_end

    def key(self, credentials: Credentials, claims: Claims) -> bytes:
        """Return the key, which is the secret between its affixes."""
        return utf8(f"{self.key_prefix}{credentials.secret.reveal()}{self.key_suffix}")

    def seal(self, key: bytes, string: str) -> str:
        """Sign the string, and write the signature."""
        return self.write_signature(self.mac(key, utf8(string)))

    def _header_lines(self, request: Request, claims: Claims) -> list[HeaderLine]:
        lines = []
        for listed in claims.signed_headers:
            given = [line for line in request.headers if line[0].lower() == listed.lower()] or [(listed, "")]
            text = self.join_values([self.header_value(value) for _, value in given])
            lines.append((self.header_name(given[0][0]), text, listed.lower()))
        return self.order_headers(lines)

    def _resource(self, request: Request) -> str:
        path = self.encode_path(self.path_prefix(request) + (request.path or "/"))
        pairs = self.signed_pairs(self.read_pairs(self.signed_query(request)))
        items = [
            (self.encode_name(name), None if value is None else self.encode_value(value), name)
            for name, value in pairs
        ]
        joined = [self.join_pair(name, value) for name, value, _ in self.order_pairs(items)]
        return path + ("?" + "&".join(joined) if joined else "")

    def attach(self, request: Request, credentials: Credentials, trace: SigningTrace) -> Request:
        """Return the request with its signature."""
        if self.presigned:
            return request.with_query(f"{request.query}&{bare_query((('Signature', trace.signature),))}")
        authorization = ("Authorization", f"OSS {credentials.key_id}:{trace.signature}")
        return request.with_headers((*request.headers, authorization))

    def wire_query(self, pairs: Pairs) -> str:
        return bare_query(pairs)

    def for_request(self, request: Request) -> OssV1:
        """Return the query form for a request whose signature stands in its query."""
        if self.query_form is None or request.header("Authorization") is not None:
            return self
        return self if self._parameter(request, "Signature") is None else self.query_form

    def claims(self, request: Request) -> Claims:
        """Read what a signed request claims; raise BadInput where there is no signature to read."""
        if self.presigned:
            key_id = required(self._parameter(request, "OSSAccessKeyId"), "OSSAccessKeyId", self.scheme)
            signature = self._parameter(request, "Signature") or ""
            read: Callable[[str], datetime] = times.read_unix_seconds
        else:
            text = required(request.header("Authorization"), "Authorization header", self.scheme)
            key_id, _, signature = text.strip().partition(" ")[2].strip().partition(":")
            read = times.read_http_date
        return self._claims(request, Moment(read(self._wire_time(request)), ""), key_id, signature)

    def _parameter(self, request: Request, name: str) -> str | None:
        pairs = canonical.percent_pairs(request.query)
        return next((value for key, value in pairs if key == name), None)
