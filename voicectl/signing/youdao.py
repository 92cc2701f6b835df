"""Youdao's `signType=v3`: a plain hash over the shortened text, the secret at its end.

Specification: https://ai.youdao.com/DOCSIRMA/html/tts/api/yyhc/index.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials
from voicectl.core.request import Request, utf8
from voicectl.core.signature import Signed, SigningTrace
from voicectl.signing import canonical, times
from voicectl.signing.canonical import QueryPair
from voicectl.signing.claims import Claims, required
from voicectl.signing.options import Options

FORM = "application/x-www-form-urlencoded"
OURS = {"appKey", "salt", "curtime", "signType", "sign"}
MASK = "***"


def build(name: str, region: str, service: str, given: Mapping[str, object]) -> YoudaoV3:
    """Make `youdao-v3`."""
    Options(name, given, ())
    return YoudaoV3(scheme=name)


def shorten(text: str) -> str:
    """Return what is signed of a text: of more than 20 characters ten at each end, and the length."""
    return text if len(text) <= 20 else f"{text[:10]}{len(text)}{text[-10:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class YoudaoV3:
    """The scheme's steps; parameters travel in a form or, where there is no body, in the query."""

    scheme: str = "youdao-v3"
    write_time: Callable[[datetime], str] = times.unix_seconds
    read_time: Callable[[str], datetime] = times.read_unix_seconds
    read_pairs: Callable[[str], list[QueryPair]] = canonical.form_pairs
    text_name: str = "q"
    shorten: Callable[[str], str] = shorten
    string_parts: tuple[str, ...] = ("key", "input", "salt", "time", "secret")
    string_end: str = ""
    hash: Callable[[bytes], str] = canonical.sha256_hex

    def sign(self, request: Request, credentials: Credentials, at: Moment) -> Signed:
        """Return the request with its `sign`; the string shows stars for the secret."""
        prepared, claims = self.prepare(request, credentials, at)
        trace = self.trace(prepared, credentials, claims)
        return Signed(request=self.attach(prepared, credentials, trace), trace=trace)

    def prepare(self, request: Request, credentials: Credentials, at: Moment) -> tuple[Request, Claims]:
        """Add key, salt and time to the form."""
        now = self.write_time(at.now)
        added = (
            ("appKey", credentials.key_id),
            ("salt", at.nonce),
            ("curtime", now),
            ("signType", "v3"),
        )
        parts = [part for part in self._text(request).split("&") if part]
        kept = [part for part in parts if canonical.form_decode(part.partition("=")[0]) not in OURS]
        prepared = self._with_text(request, "&".join([*kept, canonical.percent_query(added)]))
        headers = canonical.with_host(request, canonical.unfolded(request.headers))
        if prepared.body and request.header("Content-Type") is None:
            headers = (*headers, ("Content-Type", FORM))
        claims = Claims(moment=at, timestamp=now, key_id=credentials.key_id)
        return prepared.with_headers(headers), claims

    def trace(self, request: Request, credentials: Credentials, claims: Claims) -> SigningTrace:
        """Hash key, input, salt, time and secret as they stand."""
        given = self._parameters(request)
        texts = {
            "key": claims.key_id,
            "input": self.shorten(given.get(self.text_name, "")),
            "salt": claims.moment.nonce,
            "time": claims.timestamp,
        }
        hidden = {**texts, "secret": credentials.secret.reveal()}
        string = "".join([hidden[part] for part in self.string_parts]) + self.string_end
        shown = "".join([texts.get(part, MASK) for part in self.string_parts]) + self.string_end
        return SigningTrace(
            scheme=self.scheme,
            moment=claims.moment,
            string_to_sign=shown,
            signature=self.hash(utf8(string)),
        )

    def attach(self, request: Request, credentials: Credentials, trace: SigningTrace) -> Request:
        """Return the request with `sign` at the end of its form."""
        return self._with_text(request, f"{self._text(request)}&sign={trace.signature}")

    def for_request(self, request: Request) -> YoudaoV3:
        return self

    def claims(self, request: Request) -> Claims:
        """Read what a signed request claims."""
        given = self._parameters(request)
        timestamp = given.get("curtime", "")
        return Claims(
            moment=Moment(self.read_time(timestamp), given.get("salt", "")),
            timestamp=timestamp,
            key_id=required(given.get("appKey"), "appKey", self.scheme),
            signature=given.get("sign", ""),
        )

    def _parameters(self, request: Request) -> dict[str, str]:
        return {name: value or "" for name, value in reversed(self.read_pairs(self._text(request)))}

    def _text(self, request: Request) -> str:
        """Return where the parameters stand: the form, or the query of a request without a body."""
        return request.query if self._in_query(request) else canonical.form_body(request)

    def _with_text(self, request: Request, text: str) -> Request:
        if self._in_query(request):
            return request.with_query(text)
        return Request(
            method=request.method,
            host=request.host,
            path=request.path,
            query=request.query,
            headers=request.headers,
            body=utf8(text),
            scheme=request.scheme,
        )

    def _in_query(self, request: Request) -> bool:
        return not request.body and bool(request.query)
