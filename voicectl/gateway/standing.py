"""How limits stand, as headers. Who counts: `limits.py`, `quotas.py`."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from voicectl.core.request import Pairs
from voicectl.gateway.keys import Generation, Key
from voicectl.gateway.limits import Standing

REQUESTS = "rpm"


def limit_headers(standings: Iterable[Standing]) -> Pairs:
    """Return `RateLimit` and its policy, and what OpenAI's clients read in their place.

    Source: draft-ietf-httpapi-ratelimit-headers-10, structured fields.
    """
    known = list(standings)
    if not known:
        return ()
    headers = [
        ("RateLimit-Policy", ", ".join(f'"{each.name}";q={each.limit};w={each.window}' for each in known)),
        ("RateLimit", ", ".join(f'"{each.name}";r={each.left};t={ceil(each.resets)}' for each in known)),
    ]
    for each in known:
        if each.name == REQUESTS:
            headers += (
                ("x-ratelimit-limit-requests", str(each.limit)),
                ("x-ratelimit-remaining-requests", str(each.left)),
                ("x-ratelimit-reset-requests", f"{ceil(each.resets)}s"),
            )
    return tuple(headers)


def age_headers(key: Key, generation: Generation) -> Pairs:
    """Return since when a text of a key is an old one, and when it ends; nothing for the newest.

    Source: RFC 9745 (Deprecation), RFC 8594 (Sunset).
    """
    if generation.ends is None:
        return ()
    from email.utils import formatdate

    return (
        ("Deprecation", f"@{int(key.newest.created)}"),
        ("Sunset", formatdate(generation.ends, usegmt=True)),
    )
