"""Take tokens out of a signed request and its trace before they are shown. What is signed is not changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request, percent_decode, percent_encode
from voicectl.core.signature import Signed
from voicectl.signing.canonical import form_encode

MASK = "***"
TOKEN_NAMES = frozenset(
    {
        "security-token",
        "securitytoken",
        "x-acs-bearer-token",
        "x-acs-security-token",
        "x-amz-security-token",
        "x-oss-security-token",
        "x-security-token",
        "x-tc-token",
        "x-tos-security-token",
    }
)
"""Headers and parameters that carry a token whoever put them there, in lower case."""


def mask(signed: Signed, credentials: Credentials) -> Signed:
    """Return a copy with stars for every token and secret; `sensitive` says where they stood.

    A token that came with the request, not with the credentials, is hidden as well.
    """
    token = credentials.security_token
    fields = (*signed.request.headers, *signed.request.pairs())
    given = [(name, value.strip()) for name, value in fields if name.lower() in TOKEN_NAMES]
    sensitive = tuple(dict.fromkeys((*signed.sensitive, *(name for name, _ in given))))
    texts = {value for _, value in given if value} | ({token.reveal()} if token else set())
    hidden = sorted({form for text in texts for form in _spellings(text)}, key=len, reverse=True)
    trace = signed.trace
    return signed._replace(
        sensitive=sensitive,
        request=mask_request(signed.request, sensitive),
        trace=trace._replace(
            canonical_request=_without(trace.canonical_request, hidden),
            string_to_sign=_without(trace.string_to_sign, hidden),
        ),
    )


def hide(text: str, secrets: Iterable[Secret]) -> str:
    """Return a text with stars for these secrets, however they are spelled; a short one is none."""
    spelled = {spelling for secret in secrets for spelling in _spellings(secret.reveal())}
    return _without(text, sorted((each for each in spelled if len(each) >= 8), key=len, reverse=True))


def mask_request(request: Request, sensitive: Iterable[str]) -> Request:
    """Return a copy with stars for the values of these headers and parameters."""
    names = {name.lower() for name in sensitive}
    headers = [(name, _stars(value) if name.lower() in names else value) for name, value in request.headers]
    query = "&".join([_masked_part(part, names) for part in request.query.split("&")])
    return replace(request, headers=tuple(headers), query=query, body=_masked_json(request.body, names))


def _masked_json(body: bytes, names: set[str]) -> bytes:
    """Hide fields of these names in a body that is JSON; a body without them stays as it is."""
    import re

    if body[:1] != b"{" or not names:
        return body
    fields = "|".join(re.escape(name) for name in sorted(names))
    found = re.compile(rb'("(?:' + fields.encode() + rb')"\s*:\s*)"(?:[^"\\]|\\.)*"', re.IGNORECASE)
    return found.sub(rb'\1"' + MASK.encode() + b'"', body)


def _masked_part(part: str, names: set[str]) -> str:
    name, equals, _ = part.partition("=")
    return f"{name}={MASK}" if equals and percent_decode(name).lower() in names else part


def _stars(value: str) -> str:
    """Keep the word that says what kind of secret it is."""
    kind, blank, _ = value.partition(" ")
    return f"{kind} {MASK}" if blank else MASK


def _spellings(text: str) -> set[str]:
    """Return the ways in which a text may stand in a string that is signed."""
    once = percent_encode(text)
    return {text, once, percent_encode(once), form_encode(text)} - {""}


def _without(text: str, hidden: Iterable[str]) -> str:
    for spelling in hidden:
        text = text.replace(spelling, MASK)
    return text
