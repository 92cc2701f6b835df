"""What only AWS's own library can do, a login session above all: the only home of `botocore`."""

from __future__ import annotations

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import CredentialError, Unavailable
from voicectl.profiles.ways import Library


def of_library(way: Library) -> Credentials:
    """Return what botocore makes of a profile; Unavailable where the extra is not installed."""
    try:
        from botocore.session import Session  # type: ignore[import-untyped]
    except ImportError:
        raise Unavailable(
            "{place} needs AWS's own library, which is not installed",
            place=way.place,
            hint="pip install 'voicectl[aws]'",
        ) from None
    session = Session(profile=way.profile)
    session.set_config_variable("config_file", way.config)
    session.set_config_variable("credentials_file", way.credentials)
    try:
        found = session.get_credentials()
        keys = found.get_frozen_credentials() if found else None
    # botocore raises errors of many families; their words may hold what a program printed.
    except Exception as error:
        raise _refused(way, type(error).__name__) from None
    if keys is None or not keys.access_key or not keys.secret_key:
        raise _refused(way, "it found no keys")
    return Credentials(
        key_id=keys.access_key,
        secret=Secret(keys.secret_key),
        security_token=Secret(keys.token) if keys.token else None,
        expires_at=getattr(found, "_expiry_time", None),
    )


def _refused(way: Library, reason: str) -> CredentialError:
    return CredentialError(
        "{place}: AWS's own library brings no keys: {reason}",
        place=way.place,
        reason=reason,
        profile=way.profile,
        hint="aws login --profile '{profile}'",
    )
