"""More wiring, for commands that look at an account itself. All that every command needs: `runtime.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicectl.core.identity import Identity
    from voicectl.profiles.choice import Choice
    from voicectl.runtime import Runtime


def identity_of(runtime: Runtime, choice: Choice) -> Identity:
    """Return how this account's vendor is asked whose it is; Unsupported where it cannot be."""
    from voicectl.core.errors import Unsupported
    from voicectl.runtime import AccountAccess
    from voicectl.vendors.registry import load

    make = load(choice.vendor).identity
    if make is None:
        raise Unsupported(
            "{vendor} has no call that tells whether a key is good",
            vendor=choice.vendor,
            hint="voicectl --vendor {vendor} say hello -o hello.wav",
        )
    return make(AccountAccess(runtime, choice))
