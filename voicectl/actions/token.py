"""Short-lived tokens: look at one, renew it. Which there are is the vendors' matter; nothing prints here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from voicectl.core.credentials import Credentials, RenewableSource
from voicectl.core.dates import written
from voicectl.core.errors import CheckFailed, CredentialError, UsageError
from voicectl.core.token import Token, TokenSource

SECOND = timedelta(seconds=1)
SECONDS_OF = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
RENEWED_ANYWAY = "voicectl token refresh --force"


def inspect(source: TokenSource, now: datetime) -> Token:
    """Return the token at hand, stale or not; CredentialError where there is none. Nothing is sent."""
    token = source.held(now)
    if token is None:
        raise CredentialError("there is no token yet", hint="voicectl token refresh")
    return token


def refresh(source: TokenSource, now: datetime, *, force: bool) -> Token:
    """Return a token that is not stale; with `force` another one than the one at hand."""
    if not isinstance(source, RenewableSource):
        raise CredentialError(
            "the token comes ready from the {source} and cannot be renewed here",
            source=source.name,
            hint="unset it to have tokens made with the account's keys",
        )
    if force:
        source.renew(now)
    else:
        source.credentials(now)
    return inspect(source, now)


def usable(source: TokenSource, now: datetime) -> Credentials:
    """Return a token to be handed out, renewed first if it is stale."""
    found = source.credentials(now)
    if found is None:
        raise CredentialError("there is no token in the {source}", source=source.name)
    return found


def shown(token: Token, now: datetime) -> dict[str, Any]:
    """Return what is known of a token, without the token; what is not known is None."""
    credentials = token.credentials
    left = seconds_left(token, now)
    return {
        "issued_at": written(token.issued_at),
        "expires_at": written(credentials.expires_at),
        "seconds_left": left,
        "stale": token.stale_at(now),
        "masked": credentials.secret.masked(),
        "identity": credentials.identity or None,
        "claims": (credentials.security_token or credentials.secret).claims(),
    }


def seconds_left(token: Token, now: datetime) -> int | None:
    """Return the whole seconds for which a token still lives, 0 once it has died; None if nobody knows."""
    expires_at = token.credentials.expires_at
    return None if expires_at is None else max(0, (expires_at - now) // SECOND)


def check_life(token: Token, now: datetime, least: timedelta) -> None:
    """Raise CheckFailed where a token is not known to live at least this long."""
    left = seconds_left(token, now)
    if left is None:
        raise CheckFailed("nobody knows how long this token lives", hint=RENEWED_ANYWAY)
    if left < least / SECOND or not token.credentials.usable_at(now):
        raise CheckFailed(
            "the token lives for {left} s, less than {least:.0f} s",
            left=left,
            least=least / SECOND,
            hint=RENEWED_ANYWAY,
        )


def duration(text: str) -> timedelta:
    """Read `90s`, `10m`, `2h`, `1d`, or a number of seconds."""
    import re

    found = re.fullmatch(r"([0-9]{1,6})([smhd]?)", text, re.ASCII)
    if found is None:
        raise UsageError("{text!r} is no length of time", text=text, hint="90s, 10m, 2h or 1d")
    return int(found[1]) * SECONDS_OF[found[2]] * SECOND
