"""Show how a request is signed, step by step; nothing is sent. Why a signature was refused: `explain/`."""

from __future__ import annotations

from base64 import b64encode
from typing import NamedTuple

from voicectl.core.credentials import Credentials
from voicectl.core.errors import CheckFailed
from voicectl.core.request import Request
from voicectl.core.signature import Signed, SigningTrace
from voicectl.signing.masking import mask


class Shown(NamedTuple):
    """A signature as it may be shown: `masked` names what is hidden in the request."""

    trace: SigningTrace
    request: Request
    masked: tuple[str, ...] = ()
    name: str | None = None

    @property
    def nonce(self) -> str | None:
        """The nonce, where the scheme has one."""
        nonce, request = self.trace.moment.nonce, self.request
        values = [value for _, value in (*request.headers, *request.pairs())]
        return nonce if nonce and (nonce in values or nonce.encode() in request.body) else None

    def as_json(self) -> dict[str, object]:
        """Return the contract's object for `sign debug`."""
        trace = self.trace
        return {
            "name": self.name,
            "scheme": trace.scheme,
            "at": f"{trace.moment.now:%Y-%m-%dT%H:%M:%SZ}",
            "nonce": self.nonce,
            "scope": trace.scope,
            "canonical_request": trace.canonical_request,
            "string_to_sign": trace.string_to_sign,
            "signature": trace.signature,
            "signed_headers": list(trace.signed_headers),
            "masked": list(self.masked),
            "request": request_json(self.request),
        }


def shown(
    signed: Signed, credentials: Credentials, *, name: str | None = None, is_test_data: bool = False
) -> Shown:
    """Return a signature with tokens and bearer keys hidden wherever they stand.

    Credentials that came inside a case file are test data, and nothing is hidden.
    """
    if is_test_data:
        return Shown(trace=signed.trace, request=signed.request, name=name)
    hidden = mask(signed, credentials)
    return Shown(trace=hidden.trace, request=hidden.request, masked=hidden.sensitive, name=name)


def request_json(request: Request) -> dict[str, object]:
    """Return a request as the contract's object: what would travel."""
    headers: dict[str, str | list[str]] = {}
    spelling: dict[str, str] = {}
    for name, value in request.headers:
        first = spelling.setdefault(name.lower(), name)
        known = headers.get(first)
        if known is None:
            headers[first] = value
        else:
            headers[first] = [*known, value] if isinstance(known, list) else [known, value]
    query = f"?{request.query}" if request.query else ""
    return {
        "method": request.method,
        "url": f"{request.scheme}://{request.host}{request.path}{query}",
        "headers": headers,
        "body": body_json(request.body),
    }


def unsent_json(request: Request) -> dict[str, object]:
    """Return a request that a dry run shows; the URL of a WebSocket's handshake is that of the WebSocket."""
    if request.header("Host") is None:
        request = request.with_headers((("Host", request.host), *request.headers))
    shown = request_json(request)
    if (request.header("Upgrade") or "").lower() == "websocket":
        shown["url"] = str(shown["url"]).replace("http", "ws", 1)
    return shown


def body_json(body: bytes) -> object:
    """Return a body as text, or as base64 where it is no UTF-8; null where there is none."""
    if not body:
        return None
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": b64encode(body).decode("ascii")}


def check_expected(given: str, computed: str) -> None:
    """Raise CheckFailed with the first difference where a signature is not the expected one."""
    if given == computed:
        return
    position = next(
        (i for i, (a, b) in enumerate(zip(given, computed, strict=False)) if a != b),
        min(len(given), len(computed)),
    )
    raise CheckFailed(
        "the signature is not the expected one; they differ from character {position} on:\n"
        "  expected {given}\n  computed {computed}",
        position=position + 1,
        given=given,
        computed=computed,
        hint="find out why: voicectl sign explain FILE",
    )
