"""When our own signature is refused: what our trace and the server's answer show. The engine: `explain/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicectl.core.errors import ClockSkewed, SignatureRejected, VoicectlError

if TYPE_CHECKING:
    from voicectl.explain.verdict import Cause


def cause_of(refusal: SignatureRejected) -> Cause | None:
    """Return the likeliest cause that can be seen without the secret; None where there is none."""
    if refusal.signed is None:
        return None
    from voicectl.explain.captured import Answer
    from voicectl.explain.engine import explain, own

    facts = refusal.facts
    answer = Answer(
        code=str(facts.get("vendor_code") or ""),
        canonical_request=_text(facts.get("server_canonical_request")),
        string_to_sign=_text(facts.get("server_string_to_sign")),
        server_time=refusal.server_now if isinstance(refusal, ClockSkewed) else None,
    )
    try:
        found = explain(own(refusal.signed), None, scheme=refusal.signed.trace.scheme, answer=answer)
    except VoicectlError:
        # The refusal itself is what matters; that it cannot be explained is no news.
        return None
    return found.causes[0] if found.causes else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
