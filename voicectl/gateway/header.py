"""Reading the key that a request presents, byte by byte. Whether it is any good: `door.py`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

Headers = Iterable[tuple[bytes, bytes]]
"""As ASGI hands them over: names in small letters, values as they came."""

_TOKEN = rb"[A-Za-z0-9._~+/=-]{1,512}"
_BEARER = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr][ \t]+(" + _TOKEN + rb")[ \t]*")
_BARE = re.compile(rb"[ \t]*(" + _TOKEN + rb")[ \t]*")


class Told(NamedTuple):
    """What the headers say that the door wants to know; `token` is a secret, `fault` why there is none."""

    token: str
    fault: str
    forwarded: tuple[bytes, ...]

    def __repr__(self) -> str:
        return "Told(***)"


def told(headers: Headers) -> Told:
    """Read the key from `Authorization` or `X-API-Key`, and who the request was forwarded for.

    Source: RFC 9110 11.1 and RFC 6750 2.1. Several headers, other schemes and lists are refused whole.
    """
    bearer, bare, forwarded = [], [], []
    for name, value in headers:
        if name == b"authorization":
            bearer.append(value)
        elif name == b"x-api-key":
            bare.append(value)
        elif name == b"x-forwarded-for":
            forwarded.append(value)
    token, fault = _token(bearer, bare)
    return Told(token, fault, tuple(forwarded))


def _token(bearer: list[bytes], bare: list[bytes]) -> tuple[str, str]:
    """Return the one token that is presented, and what is wrong where there is not exactly one."""
    if not (bearer or bare):
        return "", "no key"
    if len(bearer) > 1 or len(bare) > 1:
        return "", "several keys"
    found = [_BEARER.fullmatch(value) for value in bearer] + [_BARE.fullmatch(value) for value in bare]
    tokens = {each[1] for each in found if each}
    if not all(found):
        return "", "unreadable header"
    if len(tokens) > 1:
        return "", "two keys that differ"
    return tokens.pop().decode("ascii"), ""
