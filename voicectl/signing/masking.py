"""Take tokens out of a signed request and its trace before they are shown. What is signed is not changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from voicectl.core.credentials import Credentials
from voicectl.core.request import Request, percent_decode, percent_encode
from voicectl.core.signature import Signed
from voicectl.signing.canonical import form_encode

MASK = "***"


def mask(signed: Signed, credentials: Credentials) -> Signed:
    """Return a copy with stars for every token and secret; `sensitive` says where they stood."""
    token = credentials.security_token
    hidden = _spellings(token.reveal()) if token else []
    trace = signed.trace
    return replace(
        signed,
        request=mask_request(signed.request, signed.sensitive),
        trace=replace(
            trace,
            canonical_request=_without(trace.canonical_request, hidden),
            string_to_sign=_without(trace.string_to_sign, hidden),
        ),
    )


def mask_request(request: Request, sensitive: Iterable[str]) -> Request:
    """Return a copy with stars for the values of these headers and parameters."""
    names = {name.lower() for name in sensitive}
    headers = [(name, _stars(value) if name.lower() in names else value) for name, value in request.headers]
    query = "&".join([_masked_part(part, names) for part in request.query.split("&")])
    return replace(request, headers=tuple(headers), query=query)


def _masked_part(part: str, names: set[str]) -> str:
    name, equals, _ = part.partition("=")
    return f"{name}={MASK}" if equals and percent_decode(name).lower() in names else part


def _stars(value: str) -> str:
    """Keep the word that says what kind of secret it is."""
    kind, blank, _ = value.partition(" ")
    return f"{kind} {MASK}" if blank else MASK


def _spellings(text: str) -> list[str]:
    """Return the ways in which a text may stand in a string that is signed, the longest first."""
    once = percent_encode(text)
    found = {text, once, percent_encode(once), form_encode(text)} - {""}
    return sorted(found, key=len, reverse=True)


def _without(text: str, hidden: Iterable[str]) -> str:
    for spelling in hidden:
        text = text.replace(spelling, MASK)
    return text
