"""The files of the gateway's own TLS: looked at before anything listens, and again when they change.

Handshakes are uvicorn's.
"""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from voicectl.core.errors import ConfigError, NoInput, UsageError, VoicectlError
from voicectl.gateway.rules_file import stamp_of

if TYPE_CHECKING:
    from ssl import SSLContext

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
    import ssl

    _load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), certificate, key)


class Renewal:
    """Takes in a certificate that was renewed; until both files fit, the one before goes on serving."""

    def __init__(self, certificate: str, key: str, say: Callable[[str], None]) -> None:
        self._pair = certificate, key
        self._say = say
        self._stamps = self._now()

    def __call__(self, context: SSLContext) -> None:
        """Look, and let handshakes to come show what is new."""
        stamps = self._now()
        if stamps == self._stamps:
            return
        self._stamps = stamps
        try:
            check_certificate(*self._pair)
            _load(context, *self._pair)
        except (VoicectlError, OSError) as error:
            self._say(f"the certificate stays what it was: {error}")
        else:
            self._say("the certificate was read again")

    def _now(self) -> list[tuple[int, int, int] | None]:
        return [stamp_of(Path(each)) for each in self._pair]


def _readable(name: str) -> int:
    """Return the mode of a file that can be read."""
    try:
        with Path(name).open("rb"):
            return Path(name).stat().st_mode
    except OSError as error:
        raise NoInput(
            "{path} cannot be read: {reason}", path=name, reason=error.strerror, hint="ls -l '{path}'"
        ) from None


def _load(context: SSLContext, certificate: str, key: str) -> None:
    import ssl

    facts = {"certificate": certificate, "key": key}
    hint = "openssl x509 -noout -pubkey -in '{certificate}'; openssl pkey -pubout -in '{key}'"
    try:
        context.load_cert_chain(certificate, key, _no_password(key))
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
