"""Put a security token into a request where its scheme wants it. Whether it is signed is judged elsewhere."""

from __future__ import annotations

from voicectl.core.credentials import Secret
from voicectl.core.request import Request, percent_encode


def in_header(request: Request, name: str, token: Secret) -> Request:
    """Return the request with the token in this header."""
    return request.with_header(name, token.reveal())


def in_query(request: Request, name: str, token: Secret) -> Request:
    """Return the request with the token as its first parameter."""
    pair = f"{percent_encode(name)}={percent_encode(token.reveal())}"
    return request.with_query(f"{pair}&{request.query}" if request.query else pair)
