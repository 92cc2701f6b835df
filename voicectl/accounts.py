"""More wiring, for commands that look at an account itself. All that every command needs: `runtime.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicectl.core.exports import Exports
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


def exports(runtime: Runtime, choice: Choice) -> Exports:
    """Return this account's keys as variables; CredentialError where it has none."""
    from voicectl.profiles.exports import exports_of

    form, now = runtime.account_form(choice.vendor), runtime.clock.moment().now
    chains = {kind.secret: runtime.key_source(choice, kind.secret, needed=False) for kind in form.kinds}
    asked = {secret: chain.credentials(now) for secret, chain in chains.items()}
    found = {secret: credentials for secret, credentials in asked.items() if credentials}
    if not found:
        _refuse_keyless(runtime, choice)
    return exports_of(form, found, runtime.settings(choice), runtime.region(choice))


def _refuse_keyless(runtime: Runtime, choice: Choice) -> None:
    from voicectl.core.errors import Unsupported

    runtime.key_source(choice).credentials(runtime.clock.moment().now)
    raise Unsupported("{vendor} has no key here", vendor=choice.vendor, hint="voicectl profile list")
