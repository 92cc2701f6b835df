"""Keys and times under the names that services, files and programs of all vendors give them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import CredentialError

KEY_IDS = ("accesskeyid", "tmpsecretid", "secretid", "accesskey", "ak")
SECRETS = ("secretaccesskey", "accesskeysecret", "tmpsecretkey", "secretkey", "sk")
TOKENS = ("sessiontoken", "securitytoken", "ststoken", "token")
ENDS = ("expiration", "expiredtime", "stsexpiration", "expiresat")
MILLISECONDS_FROM = 10**11
"""Epoch times from here on are counted in milliseconds: in seconds this is the year 5138."""


def keys_in(found: Mapping[str, object], place: str) -> Credentials | None:
    """Return id, secret and token of one answer, file section or program; None where it has neither.

    Raises CredentialError naming the place and the half that is missing.
    """
    texts = folded(found)
    key_id, secret, token = (_first(texts, names) for names in (KEY_IDS, SECRETS, TOKENS))
    if bool(key_id) != bool(secret):
        raise CredentialError(
            "{place} has a {present}, but no {missing}",
            place=place,
            present="key id" if key_id else "secret",
            missing="secret" if key_id else "key id",
            hint="mend {place}",
        )
    if not key_id:
        return None
    if not all(text.isprintable() and text.strip() == text for text in (key_id, secret, token)):
        raise CredentialError(
            "{place} has a key with blanks or line breaks around it", place=place, hint="mend {place}"
        )
    return Credentials(
        key_id=key_id,
        secret=Secret(secret),
        security_token=Secret(token) if token else None,
        expires_at=moment_in(_first(texts, ENDS)),
    )


def folded(found: Mapping[str, object]) -> dict[str, str]:
    """Return the scalar values by names without case, blanks, hyphens, underscores, `aws_` before them."""
    return {
        name.lower().removeprefix("aws_").replace("_", "").replace("-", ""): str(value).strip("\r\n")
        for name, value in found.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


def moment_in(text: str) -> datetime | None:
    """Read ISO 8601 or seconds or milliseconds since the epoch; None for what is neither."""
    try:
        number = float(text)
    except ValueError:
        return _iso(text)
    if number <= 0:
        return None
    try:
        return datetime.fromtimestamp(number / 1000 if number >= MILLISECONDS_FROM else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.removesuffix("UTC"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _first(texts: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((texts[name] for name in names if texts.get(name)), "")
