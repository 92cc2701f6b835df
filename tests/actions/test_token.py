"""Looking at a token and renewing it: what is told, what is refused."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from voicectl.actions.token import check_life, duration, inspect, refresh, shown, usable
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import CheckFailed, CredentialError, UsageError
from voicectl.core.token import Token

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
TEXT = "0123456789abcdef0123456789abcdef"


def token(left: timedelta | None = timedelta(hours=1), text: str = TEXT) -> Token:
    expires_at = None if left is None else NOON + left
    made = Credentials(secret=Secret(text), expires_at=expires_at, identity="user-1")
    return Token(credentials=made, issued_at=NOON - timedelta(hours=11))


@dataclass
class Ready:
    """A token that was brought ready, or none."""

    token: Token | None = field(default_factory=token)
    name: str = "environment"

    def held(self, now: datetime) -> Token | None:
        return self.token

    def credentials(self, now: datetime) -> Credentials | None:
        return self.token.credentials if self.token else None


@dataclass
class Made(Ready):
    """Tokens that can be made; remembers what was asked for."""

    asked: list[str] = field(default_factory=list)

    def credentials(self, now: datetime) -> Credentials | None:
        self.asked.append("credentials")
        return super().credentials(now)

    def renew(self, now: datetime) -> Credentials:
        self.asked.append("renew")
        self.token = token(timedelta(hours=12))
        return self.token.credentials


def test_what_is_shown_tells_all_but_the_token() -> None:
    assert shown(token(), NOON) == {
        "issued_at": "2026-01-02T01:00:00Z",
        "expires_at": "2026-01-02T13:00:00Z",
        "seconds_left": 3600,
        "stale": False,
        "masked": "***cdef",
        "identity": "user-1",
        "claims": None,
    }


def test_a_dead_token_has_no_seconds_left_and_a_short_one_shows_nothing_of_itself() -> None:
    row = shown(token(timedelta(seconds=-5), "short"), NOON)
    assert (row["seconds_left"], row["stale"], row["masked"]) == (0, True, "***")


def test_of_a_token_without_an_end_that_is_said() -> None:
    row = shown(Token(credentials=Credentials(secret=Secret(TEXT))), NOON)
    assert (row["issued_at"], row["expires_at"], row["seconds_left"], row["stale"]) == (
        None,
        None,
        None,
        False,
    )


def test_where_there_is_no_token_the_way_to_one_is_named() -> None:
    with pytest.raises(CredentialError) as caught:
        inspect(Ready(None), NOON)
    assert caught.value.hint == "voicectl token refresh"


@pytest.mark.parametrize(("force", "asked"), [(False, ["credentials"]), (True, ["renew"])])
def test_only_force_renews_what_lives_on(force: bool, asked: list[str]) -> None:
    source = Made()
    refresh(source, NOON, force=force)
    assert source.asked == asked


def test_a_ready_token_cannot_be_renewed_and_can_be_handed_out() -> None:
    with pytest.raises(CredentialError, match="environment"):
        refresh(Ready(), NOON, force=True)
    assert usable(Ready(), NOON).secret == Secret(TEXT)


def test_the_claims_of_a_json_web_token_are_shown_and_other_tokens_have_none() -> None:
    parts = ({"alg": "none"}, {"sub": "voice", "exp": 1})
    made = (
        ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + ".x"
    )
    assert Secret(made).claims() == {"sub": "voice", "exp": 1}
    for text in ("", "opaque", "a.b.c", "e30.e30.x", "..", "\ud800.a.b"):
        assert Secret(text).claims() is None


@pytest.mark.parametrize(
    ("left", "least", "is_enough"),
    [
        (600, "10m", True),
        (599, "10m", False),
        (1, "0s", True),
        (-1, "0s", False),
        (0, "1", False),
        (None, "1s", False),
        (60, "100d", False),
    ],
)
def test_a_life_is_long_enough_or_the_check_says_no(left: int | None, least: str, is_enough: bool) -> None:
    given = token(None if left is None else timedelta(seconds=left))
    if is_enough:
        check_life(given, NOON, duration(least))
    else:
        with pytest.raises(CheckFailed) as told:
            check_life(given, NOON, duration(least))
        assert "e+" not in str(told.value)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("90", 90), ("10m", 600), ("2h", 7200), ("1d", 86400)]
)
def test_a_length_of_time_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "m", "10 m", "-5m", "1.5h", "10w", "10M", "٣m", "1" * 400 + "d", "1h30m"]
)
def test_anything_else_is_no_length_of_time(text: str) -> None:
    with pytest.raises(UsageError):
        duration(text)
