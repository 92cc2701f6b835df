"""Are the accounts in order: their file, the keyring, the shape of keys? Whose they are: `identity.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from voicectl.core.checkup import Finding, failed, failed_by, not_checked, ok, warning
from voicectl.core.credentials import Secret
from voicectl.core.errors import ConfigError, VoicectlError
from voicectl.core.note import Note
from voicectl.core.profile import Accounts, SecretStore

PROBE = ("doctor", "probe")


def profiles(load: Callable[[], Accounts]) -> Finding:
    """Judge the file of profiles."""
    try:
        accounts = load()
    except ConfigError as error:
        return failed_by("profiles", error)
    if accounts.default and accounts.default not in accounts.profiles:
        return failed(
            "profiles",
            f"the default profile {accounts.default!r} does not exist",
            "voicectl profile use NAME",
        )
    if not accounts.profiles:
        return ok("profiles", "there are none; speech of this machine needs none")
    return ok("profiles", f"{len(accounts.profiles)}, by default {accounts.default or 'none'}")


def keyring(
    store: SecretStore, backend: Callable[[], str], probe: Secret, users: Sequence[str], *, forbidden: bool
) -> Finding:
    """Judge the keyring by keeping, reading and forgetting `probe`; `users` are the profiles that need it."""
    if forbidden and not users:
        return not_checked("keyring", "VOICECTL_NO_KEYRING forbids it, and no profile needs it")
    try:
        name = backend()
        store.set(*PROBE, probe)
        try:
            kept = store.get(*PROBE)
        finally:
            store.delete(*PROBE)
        left = store.get(*PROBE)
    except ConfigError as error:
        if forbidden:
            detail = f"VOICECTL_NO_KEYRING forbids it, and it holds keys of {', '.join(users)}"
            return failed("keyring", detail, "unset VOICECTL_NO_KEYRING")
        if users:
            return failed("keyring", f"{error}; it holds keys of {', '.join(users)}", error.hint)
        return warning("keyring", str(error), error.hint)
    if kept != probe or left is not None:
        deed = "gives back something else than it was given" if kept != probe else "does not forget"
        return failed("keyring", f"{name} {deed}", "voicectl profile add NAME --vendor VENDOR --store file")
    return ok("keyring", f"{name} keeps, gives back and forgets")


def keys(place: str, look: Callable[[], Iterable[Note]]) -> list[Finding]:
    """Judge the keys of one place; `look` returns doubts, and raises what is wrong."""
    check = f"keys {place}"
    try:
        doubts = list(look())
    except VoicectlError as error:
        return [failed_by(check, error)]
    if doubts:
        return [warning(check, str(doubt), "check it in the vendor's console") for doubt in doubts]
    return [ok(check, "whole, and of the usual shape")]
