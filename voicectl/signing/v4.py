"""The form that AWS's Signature Version 4 and its relatives share; each relative is a file beside it.

A member of the family is a value of `V4`: its steps are fields, so any wrong way to take one step is
`dataclasses.replace(scheme, step=...)`. `sign` is `prepare`, `trace` and `attach` in a row; a request
that was signed elsewhere goes through `claims` and the same `trace`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials
from voicectl.core.request import Pairs, Request, percent_decode, percent_encode, utf8
from voicectl.core.signature import Signed, SigningTrace
from voicectl.signing import canonical, times
from voicectl.signing.canonical import HeaderLine, Mac, QueryItem, QueryPair
from voicectl.signing.claims import (
    Claims,
    authorization_parts,
    required,
    scope_fields,
    split_credential,
)

NOTHING_KNOWN: Mapping[str, str] = {}


def time_header(scheme: V4, request: Request) -> str:
    """Return the time that a request carries in its date header."""
    return request.header(scheme.names.date) or ""


class Names(NamedTuple):
    """How a vendor spells what a signed request carries; an empty name is one it does not have."""

    date: str
    token: str
    algorithm: str = ""
    credential: str = ""
    expires: str = ""
    headers: str = ""
    queries: str = ""
    signature: str = ""
    nonce: str = ""


def _filled(parts: tuple[str, ...], claims: Claims) -> list[str]:
    """Put the claims in the place of the parts that are named after them."""
    date, region, service = claims.date, claims.region, claims.service
    return [
        date if part == "date" else region if part == "region" else service if part == "service" else part
        for part in parts
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class V4:
    """One member of the family: names and steps, in the order in which they are taken."""

    scheme: str
    algorithm: str
    names: Names
    region: str = ""
    service: str = ""

    # What a request is given before it is signed.
    write_time: Callable[[datetime], str] = times.basic_time
    read_time: Callable[[str], datetime] = times.read_basic_time
    write_date: Callable[[datetime], str] = times.basic_date
    find_time: Callable[[V4, Request], str] = time_header
    add_headers: Callable[[V4, Request, Credentials, Moment, str], Pairs]
    sign_added_host: bool = True
    sign_token: bool = True
    presigned: bool = False
    expires: str = ""
    extra_parameters: Pairs = ()
    query_form: V4 | None = None
    on_demand: str = ""
    """The parameter by which a request asks to be signed in its query."""
    write_query: Callable[[Pairs], str] = canonical.percent_query
    wire_value: Callable[[str], str] = canonical.unfold

    # The canonical request.
    method: Callable[[str], str] = str.upper
    path_prefix: Callable[[Request], str] = canonical.no_prefix
    normalise_path: Callable[[str], str] = canonical.as_is
    encode_path: Callable[[str], str] = canonical.recode_path
    signed_query: Callable[[Request], str] = canonical.wire_query
    read_pairs: Callable[[str], list[QueryPair]] = canonical.percent_pairs
    left_out: frozenset[str] = frozenset()
    encode_name: Callable[[str], str] = percent_encode
    encode_value: Callable[[str], str] = percent_encode
    order_pairs: Callable[[Iterable[QueryItem]], list[QueryItem]] = canonical.by_encoded_pair
    join_pair: Callable[[str, str | None], str] = canonical.with_equals
    signed_headers: Callable[[set[str]], set[str]] = canonical.all_headers
    listed_headers: Callable[[Sequence[str]], Sequence[str]] = canonical.all_listed
    host_value: Callable[[str], str] = canonical.as_is
    header_name: Callable[[str], str] = str.lower
    header_value: Callable[[str], str] = canonical.trim
    join_values: Callable[[Iterable[str]], str] = canonical.join_values
    order_headers: Callable[[Iterable[HeaderLine]], list[HeaderLine]] = canonical.by_name
    listed_name: Callable[[str], str] = str.lower
    write_headers: Callable[[Sequence[HeaderLine]], str] = canonical.one_a_line
    payload: Callable[[Request], str] = canonical.hash_body
    canonical_parts: tuple[str, ...] = ("method", "path", "query", "headers", "names", "payload")

    # The string to sign, the key and the signature.
    digest: Callable[[bytes], str] = canonical.sha256_hex
    scope_parts: tuple[str, ...]
    string_parts: tuple[str, ...] = ("algorithm", "timestamp", "scope", "digest")
    string_end: str = ""
    key_prefix: str = ""
    key_suffix: str = ""
    key_parts: tuple[str, ...]
    mac: Mac = canonical.hmac_sha256
    derive_key: Callable[[Mac, bytes, Iterable[str]], bytes] = canonical.chained
    write_signature: Callable[[bytes], str] = canonical.hex_text

    # How it is written in the Authorization header.
    separator: str = ", "
    list_name: str = "SignedHeaders"
    write_empty_list: bool = True

    def sign(self, request: Request, credentials: Credentials, at: Moment) -> Signed:
        """Return the request as it travels, and every step."""
        if self.query_form and self.on_demand and self._parameter(request, self.on_demand) is not None:
            return self.query_form.sign(request, credentials, at)
        prepared, claims = self.prepare(request, credentials, at)
        trace = self.trace(prepared, credentials, claims)
        return Signed(
            request=self.attach(prepared, credentials, trace),
            trace=trace,
            sensitive=(self.names.token,) if credentials.security_token else (),
        )

    def wire_query(self, pairs: Pairs) -> str:
        """Write decoded pairs as this vendor's clients send them."""
        return self.write_query(pairs)

    # Before the signature: what the request is given -------------------------------------------

    def prepare(self, request: Request, credentials: Credentials, at: Moment) -> tuple[Request, Claims]:
        """Return the request with all that is signed, and what it claims thereby."""
        now = self.write_time(at.now)
        headers, counted = self._given_headers(request, credentials, at, now)
        claims = Claims(
            moment=at,
            timestamp=now,
            date=self.write_date(at.now),
            region=self.region,
            service=self.service,
            key_id=credentials.key_id,
            signed_headers=counted,
        )
        prepared = request.with_headers(headers)
        return self._with_claims(prepared, credentials, claims) if self.presigned else (prepared, claims)

    def _given_headers(
        self, request: Request, credentials: Credentials, at: Moment, now: str
    ) -> tuple[Pairs, tuple[str, ...]]:
        """Return the header lines that travel, and the names of those that count."""
        added = self.add_headers(self, request, credentials, at, now)
        names = {name.lower() for name, _ in added}
        replaced = {"authorization", *names}
        if not self.presigned:
            replaced.add(self.names.date.lower())
            if credentials.security_token:
                replaced.add(self.names.token.lower())
        lines = []
        for name, value in request.headers:
            lower = name.lower()
            if lower not in replaced:
                lines.append((name, self.wire_value(value)))
                names.add(lower)
        if "host" not in names:
            lines.insert(0, ("Host", canonical.host_of(request)))
            if self.sign_added_host:
                names.add("host")
        return (*lines, *added), tuple(sorted(self.signed_headers(names)))

    def _with_claims(
        self, request: Request, credentials: Credentials, claims: Claims
    ) -> tuple[Request, Claims]:
        """Write the claims into the query, and claim the names that count where the query lists them."""
        listed = ";".join(self.listed_headers(claims.signed_headers))
        names, token = self.names, credentials.security_token
        added = [
            (names.algorithm, self.algorithm),
            (names.credential, f"{credentials.key_id}/{self._scope(claims)}"),
            (names.date, claims.timestamp),
            *self.extra_parameters,
        ]
        if self.expires:
            added.append((names.expires, self.expires))
        if listed or self.write_empty_list:
            added.append((names.headers, listed))
        if token and self.sign_token:
            added.append((names.token, token.reveal()))
        ours = {names.signature, *[name for name, _ in added]}
        ours |= {name for name in (names.queries, names.token if token else "") if name}
        kept = [part for part in request.query.split("&") if part]
        kept = [part for part in kept if percent_decode(part.partition("=")[0]) not in ours]
        if names.queries:
            given = {name for name, _ in self.read_pairs("&".join(kept))}
            counted = tuple(sorted({*given, names.queries, *[name for name, _ in added]}))
            added.append((names.queries, ";".join(counted)))
            claims = claims._replace(signed_queries=counted)
        return request.with_query("&".join([*kept, self.write_query(tuple(added))])), claims

    # The signature -----------------------------------------------------------------------------

    def trace(self, request: Request, credentials: Credentials, claims: Claims) -> SigningTrace:
        """Sign the request as it stands, by its claims, and show every step."""
        texts = self.texts(request, claims)
        request_text, string = self.strings(texts)
        counted, chain = texts["counted"], self._chain(claims)
        return SigningTrace(
            scheme=self.scheme,
            moment=claims.moment,
            scope=texts["scope"],
            canonical_request=request_text,
            string_to_sign=string,
            signature=self.seal(self._derived(credentials, chain), string),
            signed_headers=tuple(counted.split(";")) if counted else (),
            key_steps=(canonical.key_start(self.key_prefix, self.key_suffix), *chain),
        )

    def texts(
        self, request: Request, claims: Claims, known: Mapping[str, str] = NOTHING_KNOWN
    ) -> dict[str, str]:
        """Return every text that the canonical request and the string to sign are put together from.

        What is `known` already is not made again: the query, and the three texts about headers.
        """
        path = self.path_prefix(request) + (request.path or "/")
        headers = known if "headers" in known else self._header_texts(request, claims)
        return {
            "method": self.method(request.method),
            "path": self.encode_path(self.normalise_path(path)),
            "query": known["query"] if "query" in known else self._canonical_query(request, claims),
            "headers": headers["headers"],
            "names": headers["names"],
            "counted": headers["counted"],
            "payload": self.payload(request),
            "algorithm": self.algorithm,
            "timestamp": claims.timestamp,
            "scope": self._scope(claims),
        }

    def _header_texts(self, request: Request, claims: Claims) -> dict[str, str]:
        lines = self._header_lines(request, claims)
        names = [name for _, _, name in lines]
        listed = self.listed_headers(names)
        counted = ";".join(names)
        return {
            "headers": self.write_headers(lines),
            "names": counted if listed is names else ";".join(listed),
            "counted": counted,
        }

    def strings(self, texts: Mapping[str, str]) -> tuple[str, str]:
        """Put the texts together: the canonical request, and the string to sign."""
        request_text = "\n".join([texts[part] for part in self.canonical_parts])
        digest = self.digest(utf8(request_text))
        parts = [digest if part == "digest" else texts[part] for part in self.string_parts]
        return request_text, "\n".join(parts) + self.string_end

    def key(self, credentials: Credentials, claims: Claims) -> bytes:
        """Derive the key, which is as secret as what it is derived from."""
        return self._derived(credentials, self._chain(claims))

    def _derived(self, credentials: Credentials, chain: Iterable[str]) -> bytes:
        secret = utf8(f"{self.key_prefix}{credentials.secret.reveal()}{self.key_suffix}")
        return self.derive_key(self.mac, secret, chain)

    def seal(self, key: bytes, string: str) -> str:
        """Sign the string, and write the signature."""
        return self.write_signature(self.mac(key, utf8(string)))

    def _scope(self, claims: Claims) -> str:
        return "/".join(_filled(self.scope_parts, claims))

    def _chain(self, claims: Claims) -> list[str]:
        return _filled(self.key_parts, claims)

    def _canonical_query(self, request: Request, claims: Claims) -> str:
        query = self.signed_query(request)
        if not query:
            return ""
        pairs = [pair for pair in self.read_pairs(query) if pair[0] not in self.left_out]
        if claims.signed_queries is not None:
            pairs = [pair for pair in pairs if pair[0] in claims.signed_queries]
        encode_name, encode_value = self.encode_name, self.encode_value
        items = [
            (encode_name(name), None if value is None else encode_value(value), name) for name, value in pairs
        ]
        return "&".join([self.join_pair(name, value) for name, value, _ in self.order_pairs(items)])

    def _header_lines(self, request: Request, claims: Claims) -> list[HeaderLine]:
        """Return the lines that count; a listed header that is not there counts with an empty value."""
        found: dict[str, list[tuple[str, str]]] = {}
        for line in request.headers:
            lower = line[0].lower()
            if lower in found:
                found[lower].append(line)
            else:
                found[lower] = [line]
        header_name, header_value, listed_name = self.header_name, self.header_value, self.listed_name
        lines = []
        for listed in claims.signed_headers:
            lower = listed.lower()
            given = found.get(lower)
            if given is None:
                given = [(listed, canonical.host_of(request) if lower == "host" else "")]
            if lower == "host":
                given = [(name, self.host_value(value)) for name, value in given]
            if len(given) == 1:
                text = header_value(given[0][1])
            else:
                text = self.join_values([header_value(value) for _, value in given])
            lines.append((header_name(given[0][0]), text, listed_name(listed)))
        return self.order_headers(lines)

    # After the signature: what travels ---------------------------------------------------------

    def attach(self, request: Request, credentials: Credentials, trace: SigningTrace) -> Request:
        """Return the request with its signature, and with the token where that is not signed."""
        token = credentials.security_token
        unsigned = ((self.names.token, token.reveal()),) if token and not self.sign_token else ()
        if self.presigned:
            added = self.write_query((*unsigned, (self.names.signature, trace.signature)))
            return request.with_query(f"{request.query}&{added}")
        pieces = [f"{self.algorithm} Credential={credentials.key_id}" + (trace.scope and "/" + trace.scope)]
        listed = ";".join(self.listed_headers(trace.signed_headers))
        if listed or self.write_empty_list:
            pieces.append(f"{self.list_name}={listed}")
        pieces.append(f"Signature={trace.signature}")
        authorization = ("Authorization", self.separator.join(pieces))
        return request.with_headers((*request.headers, *unsigned, authorization))

    # A request that was signed elsewhere -------------------------------------------------------

    def for_request(self, request: Request) -> V4:
        """Return the query form for a request whose signature stands in its query."""
        twin = self.query_form
        if twin is None or request.header("Authorization") is not None:
            return self
        return self if self._parameter(request, twin.names.signature) is None else twin

    def claims(self, request: Request) -> Claims:
        """Read what a signed request claims; raise BadInput naming the part that is missing."""
        if self.presigned:
            names = self.names
            credential = required(self._parameter(request, names.credential), names.credential, self.scheme)
            timestamp = self._parameter(request, names.date) or ""
            signature = self._parameter(request, names.signature) or ""
            listed = self._parameter(request, names.headers) or ""
        else:
            text = required(request.header("Authorization"), "Authorization header", self.scheme)
            parts = authorization_parts(text)
            credential = required(parts.get("Credential"), "Credential in Authorization", self.scheme)
            timestamp = self.find_time(self, request)
            signature = parts.get("Signature", "")
            listed = parts.get(self.list_name, "")
        key_id, scope = split_credential(credential, self.scheme) if self.scope_parts else (credential, "")
        claimed = scope_fields(scope, self.scope_parts)
        queries = self._parameter(request, self.names.queries) if self.names.queries else None
        return Claims(
            moment=Moment(self.read_time(timestamp), request.header(self.names.nonce) or ""),
            timestamp=timestamp,
            date=claimed.get("date", ""),
            region=claimed.get("region", self.region),
            service=claimed.get("service", self.service),
            scope=scope,
            key_id=key_id,
            signed_headers=(*filter(None, listed.split(";")), *self._unlisted(request)),
            signed_queries=None if queries is None else tuple(queries.split(";")),
            signature=signature,
        )

    def _unlisted(self, request: Request) -> list[str]:
        """Return the headers that count without being listed anywhere."""
        names = sorted(self.signed_headers({name.lower() for name, _ in request.headers}))
        listed = self.listed_headers(names)
        return [name for name in names if name not in listed]

    def _parameter(self, request: Request, name: str) -> str | None:
        pairs = self.read_pairs(request.query)
        return next((value for key, value in pairs if key == name), None)
