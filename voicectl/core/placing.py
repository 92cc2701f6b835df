"""What all who place calls must keep to: whom they call is settled, what they do not know they say.

Sending lives in `transport/`, what a vendor takes in `vendors/<name>/call.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from voicectl.core.errors import BrokenAnswer, OutcomeUnknown, UsageError

LOOK_FIRST = "look the call up before you try again: voicectl call status ID --reconcile"


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
        known: dict[str, Any] = {**error.facts, **facts, "because": str(error)}
        raise OutcomeUnknown(
            "the answer does not tell whether the call was placed: {because}", hint=LOOK_FIRST, **known
        ) from error
    except OutcomeUnknown as error:
        more: dict[str, Any] = {**facts}
        raise error.knowing(hint=LOOK_FIRST, **more) from error.__cause__


def _was_sent_elsewhere(error: BrokenAnswer) -> bool:
    """Say whether the answer was a redirect: who answers so has not placed a call."""
    status = error.facts.get("status")
    return isinstance(status, int) and 300 <= status < 400


def refuse_settled(vendor: str, params: Mapping[str, str], settled: Mapping[str, str]) -> None:
    """Refuse raw parameters that would undo what was checked: who is called, by whom, under which key.

    `settled` tells for each the option that has it.
    """
    for name in params:
        if name in settled:
            raise UsageError(
                "--param {name} would go past what was checked for {option}",
                name=name,
                option=settled[name],
                vendor=vendor,
                hint="give {option} instead",
            )
