"""What an answer that cannot be understood means once a phone may have rung. Sending: `transport/`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from voicectl.core.errors import BrokenAnswer, OutcomeUnknown


@contextmanager
def placing(**facts: object) -> Iterator[None]:
    """Hold the sending and reading of one call: what is broken there leaves its outcome unknown.

    `facts` are what the call can be looked up by; an OutcomeUnknown leaves with them.
    """
    try:
        yield
    except BrokenAnswer as error:
        if _was_sent_elsewhere(error):
            raise
        raise OutcomeUnknown(
            "the answer does not tell whether the call was placed: {because}",
            because=str(error),
            hint="look the call up before you try again: voicectl call status --reconcile",
            **{**error.facts, **facts},
        ) from error
    except OutcomeUnknown as error:
        raise error.knowing(**facts) from error.__cause__


def _was_sent_elsewhere(error: BrokenAnswer) -> bool:
    """Say whether the answer was a redirect: who answers so has not placed a call."""
    status = error.facts.get("status")
    return isinstance(status, int) and 300 <= status < 400
