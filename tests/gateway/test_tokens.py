"""Promises about tokens that stand for a key: short, never more than the key, gone when it is."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import replace
from typing import Any

import jwt
import pytest

from tests.gateway.doors import NOON, START, Gate
from voicectl.gateway.door import Admitted, Refused
from voicectl.gateway.keys import Env, Status
from voicectl.gateway.refusals import Refusal
from voicectl.gateway.tokens import Claims, Minted, Tokens
from voicectl.signing.gateway_keys import SANDBOX_MASTER, derived

TAGS = frozenset(("tts.basic", "tts.emotion"))
KEY = derived(SANDBOX_MASTER, "token|live")


def minted(gate: Gate, text: str, **more: Any) -> str:
    found = gate.door.mint(gate.admitted(text), gate.now, token_id="id-1", **more)
    assert isinstance(found, Minted)
    return found.token


def forged(gate: Gate, key: Any = KEY, algorithm: str = "HS256", **changes: Any) -> str:
    """Make a token with any claims; None leaves one out."""
    made = next(iter(gate.shelf.keys.values()))
    now = int(START.unix)
    claims = {
        "iss": "voicectl",
        "aud": "voicectl-gateway",
        "sub": made.id,
        "gen": 1,
        "env": "live",
        "scope": "tts.basic",
        "iat": now,
        "exp": now + 900,
        "jti": "x",
        **changes,
    }
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, key, algorithm=algorithm)


@pytest.fixture
def gate() -> Gate:
    gate = Gate()
    gate.key(tags=TAGS)
    return gate


def test_a_token_is_let_in_as_its_key_until_it_ends(gate: Gate) -> None:
    made = gate.key(tags=TAGS, team="blue")
    token = minted(gate, made.text)
    assert len(token) <= 512
    admitted = gate.admitted(token)
    assert (admitted.key.id, admitted.tags, admitted.seen.by_token) == (made.key.id, TAGS, True)
    gate.later(899)
    assert isinstance(gate.visit(token), Admitted)
    gate.later(1)
    assert gate.refused(token).refusal.code == "invalid_api_key"


def test_the_reference_forgery_is_good_so_that_the_others_prove_something(gate: Gate) -> None:
    assert isinstance(gate.visit(forged(gate)), Admitted)


@pytest.mark.parametrize("missing", ["exp", "iat", "iss", "aud", "sub", "jti", "env", "scope", "gen"])
def test_a_token_says_all_there_is_to_say(gate: Gate, missing: str) -> None:
    assert isinstance(gate.visit(forged(gate, **{missing: None})), Refused)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "other"},
        {"aud": "other"},
        {"aud": []},
        {"env": "test"},
        {"sub": "ZZZZZZZZ"},
        {"gen": 2},
        {"gen": "1"},
        {"gen": True},
        {"exp": int(START.unix)},
        {"exp": int(START.unix) + 901},
        {"exp": str(int(START.unix) + 60)},
        {"exp": START.unix + 0.5},
        {"iat": int(START.unix) + 60, "exp": int(START.unix) + 120},
        {"scope": ["tts.basic"]},
        {"nbf": int(START.unix) + 10**9},
    ],
    ids=str,
)
def test_a_token_that_says_anything_wrong_is_no_token(gate: Gate, changes: dict[str, Any]) -> None:
    assert isinstance(gate.visit(forged(gate, **changes)), Refused)


def test_no_other_algorithm_and_no_other_key_signs(gate: Gate) -> None:
    good = forged(gate)
    header, claims, signed = good.split(".")
    none = urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    for token in (
        f"{none}.{claims}.",
        f"{none}.{claims}.{signed}",
        f"{header}.{claims}.",
        forged(gate, b"0" * 32),
        forged(gate, KEY * 2, "HS512"),
        forged(gate, derived(SANDBOX_MASTER, "token|test")),
        forged(gate, derived(SANDBOX_MASTER, "audit")),
        good[:-2],
    ):
        assert isinstance(gate.visit(token), Refused), token


def test_a_token_has_the_tags_that_it_and_its_key_share_today(gate: Gate) -> None:
    made = gate.key(tags=TAGS)
    token = minted(gate, made.text, tags=("tts.basic", "call.create"))
    assert gate.admitted(token).tags == {"tts.basic"}
    assert isinstance(gate.visit(token, tag="tts.emotion"), Refused)
    assert isinstance(gate.visit(token, tag="call.create"), Refused)
    gate.change(made.key, tags=frozenset(("tts.emotion",)))
    assert gate.refused(token).refusal.code == "insufficient_scope"


@pytest.mark.parametrize(
    "changes", [{"status": Status.REVOKED}, {"status": Status.DISABLED}, {"expires": NOON}]
)
def test_a_token_ends_with_its_key(gate: Gate, changes: dict[str, Any]) -> None:
    made = gate.key()
    token = minted(gate, made.text)
    gate.change(made.key, **changes)
    assert isinstance(gate.visit(token), Refused)


def test_a_token_ends_with_the_generation_that_it_was_minted_from(gate: Gate) -> None:
    made = gate.key()
    token = minted(gate, made.text)
    old = replace(made.key.newest, ends=START.unix + 60)
    fresh = replace(old, number=2, digest=b"2", ends=None)
    gate.change(made.key, generations=(old, fresh))
    assert isinstance(gate.visit(token), Admitted)
    late = gate.door.mint(gate.admitted(made.text), gate.now, token_id="id-2")
    assert isinstance(late, Minted)
    assert late.expires == int(START.unix) + 60
    gate.change(made.key, generations=(fresh,))
    assert isinstance(gate.visit(token), Refused)


def test_a_token_gets_no_token_and_none_lives_longer_than_a_quarter_of_an_hour(gate: Gate) -> None:
    made = gate.key()
    token = minted(gate, made.text, seconds=10**6)
    again = gate.door.mint(gate.admitted(token), gate.now, token_id="id-2")
    assert isinstance(again, Refusal)
    assert Tokens(SANDBOX_MASTER, Env.LIVE).read(token, START.unix + 900) is None


def test_a_token_of_a_key_counts_against_its_limits(gate: Gate) -> None:
    made = gate.key(limits=gate.key().key.limits._replace(per_minute=2))
    token = minted(gate, made.text)
    assert isinstance(gate.visit(token), Admitted)
    assert gate.refused(token).refusal.status == 429


def test_a_new_token_does_not_print_itself() -> None:
    made = Tokens(SANDBOX_MASTER, Env.LIVE).mint(
        Claims("K7abcdef", 1, Env.LIVE, TAGS, NOON + 60), now=NOON, token_id="x"
    )
    assert made.token not in repr(made)
    assert made.expires == int(NOON) + 60
