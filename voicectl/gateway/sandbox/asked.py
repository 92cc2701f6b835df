"""Reading what a request asks for, for every vendor alike. How each says no is its own module's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from voicectl.core.request import Request
from voicectl.gateway.sandbox.cloud import No, Refused


def object_of(body: bytes, no: No) -> dict[str, Any]:
    """Return the JSON object that a body is."""
    try:
        found = json.loads(body)
        if b"\\u" in body:
            # Half a sign is none.
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused(*no)
    return found


def below(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the object under a name, an empty one where there is none."""
    inner = found.get(name)
    return inner if isinstance(inner, dict) else {}


def order_of(message: str | bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and payload of a message of a WebSocket, empty ones for what is none."""
    try:
        found = json.loads(message)
    except (ValueError, RecursionError):
        found = None
    order = found if isinstance(found, dict) else {}
    return below(order, "header"), below(order, "payload")


def is_in(value: object, low: float, high: float) -> bool:
    """Say whether a value is a number within bounds."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def form_of(request: Request) -> dict[str, str]:
    """Return the parameters of query and form, the form's first."""
    from voicectl.signing.canonical import form_body, form_pairs

    pairs = form_pairs(form_body(request)) + form_pairs(request.query)
    return {name: value or "" for name, value in reversed(pairs)}


def bearer(request: Request, name: str = "authorization") -> str:
    """Return the token that a request shows, "" where there is none."""
    shown = request.header(name) or ""
    return shown[7:].strip() if shown[:7].lower() == "bearer " else ""
