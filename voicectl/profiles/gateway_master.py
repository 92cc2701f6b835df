"""The gateway's master secret: from a variable, else from the keyring. What it is for: `signing/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voicectl.core.credentials import Secret
from voicectl.core.errors import ConfigError
from voicectl.core.profile import SecretStore

VARIABLE = "VOICECTL_GATEWAY_MASTER"
OWNER, FIELD = "gateway", "master"
BYTES = 32


def master_of(environ: Mapping[str, str], store: SecretStore) -> Secret | None:
    """Return the master secret, as hexadecimal digits; None where nobody has made one. Raises ConfigError."""
    if text := environ.get(VARIABLE, ""):
        return Secret(_checked(text, VARIABLE))
    kept = store.get(OWNER, FIELD)
    return kept and kept.changed(lambda text: _checked(text, f"the {store.name}"))


def make_master(store: SecretStore, chance: Callable[[int], bytes]) -> Secret:
    """Make a master secret of `chance` bytes, keep it and return it. Raises ConfigError."""
    master = Secret(chance(BYTES).hex())
    store.set(OWNER, FIELD, master)
    return master


def _checked(text: str, place: str) -> str:
    """Return the digits; raise ConfigError, which repeats none of them, for what is no such secret."""
    try:
        is_good = len(bytes.fromhex(text.strip())) == BYTES
    except ValueError:
        is_good = False
    if not is_good:
        raise ConfigError(
            "the master secret in {place} is not {count} hexadecimal digits",
            place=place,
            count=2 * BYTES,
            variable=VARIABLE,
            hint='export {variable}="$(openssl rand -hex 32)"',
        )
    return text.strip().lower()
