"""Which certificates are trusted, as an `ssl` context. Who is connected to lives in `http.py`."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from pathlib import Path

from voicectl.core.errors import ConfigError

SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
HASHED_NAME = re.compile(r"[0-9a-f]{8}\.\d+")


def context(ca_bundle: str, environment: Mapping[str, str]) -> ssl.SSLContext:
    """Return a verifying context that trusts `ca_bundle` alone or, without one, what the system does.

    `SSL_CERT_FILE` and `SSL_CERT_DIR` stand for the system where they are set.
    """
    made = bare_context()
    if ca_bundle:
        _load(made, file=ca_bundle, named_by="--ca-bundle")
    elif environment.get("SSL_CERT_FILE"):
        _load(made, file=environment["SSL_CERT_FILE"], named_by="SSL_CERT_FILE")
    elif environment.get("SSL_CERT_DIR"):
        _load(made, directory=environment["SSL_CERT_DIR"], named_by="SSL_CERT_DIR")
    else:
        _trust_the_system(made)
    return made


def bare_context() -> ssl.SSLContext:
    """Return a context that trusts nobody: enough where nothing is encrypted, and free of cost."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _load(made: ssl.SSLContext, *, file: str = "", directory: str = "", named_by: str) -> None:
    try:
        made.load_verify_locations(file or None, directory or None)
    except (OSError, ValueError) as error:
        raise ConfigError(
            "the certificates in {path!r} cannot be used: {reason}",
            path=file or directory,
            reason=getattr(error, "reason", None) or getattr(error, "strerror", None) or "no certificate",
            hint="give {named_by} a file of certificates in PEM form",
            named_by=named_by,
        ) from error


def _trust_the_system(made: ssl.SSLContext) -> None:
    """Trust the hashed directory, which is read by need; else the system's file; else certifi's."""
    paths = ssl.get_default_verify_paths()
    for directory in (paths.openssl_capath, "/etc/ssl/certs"):
        if _is_hashed(Path(directory)):
            made.load_verify_locations(capath=directory)
            return
    for file in (paths.openssl_cafile, *SYSTEM_BUNDLES):
        if Path(file).is_file():
            made.load_verify_locations(cafile=file)
            return
    import certifi

    made.load_verify_locations(cafile=certifi.where())


def _is_hashed(directory: Path) -> bool:
    try:
        return any(HASHED_NAME.fullmatch(entry.name) for entry in directory.iterdir())
    except OSError:
        return False
