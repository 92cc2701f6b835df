"""Where the gateway keeps what is its own on this machine: its directory, and its master secret."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from voicectl.core.errors import ConfigError

if TYPE_CHECKING:
    from voicectl.core.credentials import Secret
    from voicectl.core.profile import SecretStore

FOLDER = "gateway"
WITHOUT_KEYRING = 'export {variable}="$(openssl rand -hex 32)"   and keep it: signatures hang on it'


def directory_in(state: Path | None) -> Path:
    """Return the directory of the gateway's files below that for state; raises ConfigError."""
    if state is None:
        raise ConfigError(
            "there is no directory to keep keys in", hint="set VOICECTL_STATE_DIR to a directory of your own"
        )
    return state / FOLDER


def master_in(
    environ: Mapping[str, str], stores: Mapping[str, SecretStore], *, make: bool = False
) -> Secret | None:
    """Return the master secret; None where there is none, and none is to be made. Raises ConfigError."""
    from secrets import token_bytes

    from voicectl.profiles.gateway_master import VARIABLE, make_master, master_of

    try:
        found = master_of(environ, stores["keyring"])
        return make_master(stores["keyring"], token_bytes) if found is None and make else found
    except ConfigError as error:
        raise error.knowing(variable=VARIABLE, hint=WITHOUT_KEYRING) from None
