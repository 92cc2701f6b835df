"""The files of the gateway's own TLS, looked at before anything listens. Handshakes are uvicorn's."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

from voicectl.core.errors import ConfigError, NoInput, UsageError

OPEN_TO_OTHERS = 0o077


def check_certificate(certificate: str, key: str) -> None:
    """Raise UsageError for half a pair, NoInput for a file that is missing, ConfigError for a bad one."""
    if not (certificate or key):
        return
    if not (certificate and key):
        raise UsageError("TLS takes a certificate and its key", hint="--tls-cert FILE --tls-key FILE")
    _readable(certificate)
    found = _readable(key)
    if stat.S_IMODE(found) & OPEN_TO_OTHERS:
        raise ConfigError("{path} can be read by other users", path=key, hint="chmod go-rwx '{path}'")
    _load(certificate, key)


def _readable(name: str) -> int:
    """Return the mode of a file that can be read."""
    try:
        with Path(name).open("rb"):
            return Path(name).stat().st_mode
    except OSError as error:
        raise NoInput(
            "{path} cannot be read: {reason}", path=name, reason=error.strerror, hint="ls -l '{path}'"
        ) from None


def _load(certificate: str, key: str) -> None:
    import ssl

    facts = {"certificate": certificate, "key": key}
    hint = "openssl x509 -noout -pubkey -in '{certificate}'; openssl pkey -pubout -in '{key}'"
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, _no_password(key))
    except ssl.SSLError as error:
        if "MISMATCH" in (error.reason or ""):
            raise ConfigError("{key} is not the key of {certificate}", **facts, hint=hint) from None
        raise ConfigError(
            "{certificate} and {key} are no certificate and key in PEM", **facts, hint=hint
        ) from None


def _no_password(key: str) -> Callable[[], str]:
    """Return what is asked for a password: a gateway starts when nobody is there."""

    def refuse() -> str:
        raise ConfigError(
            "{path} is locked by a password, and nobody is there to ask",
            path=key,
            hint="openssl pkey -in '{path}' -out key.pem",
        )

    return refuse
