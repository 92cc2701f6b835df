"""Promises about who comes in, in which order they are refused, and what an answer carries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.gateway.doors import FREE, START, Gate
from voicectl.gateway.clones import Clone
from voicectl.gateway.door import Admitted, Refused, Reserved, Visit
from voicectl.gateway.feelings import Wanted
from voicectl.gateway.keys import Env, Limits, Status
from voicectl.gateway.limits import Tick
from voicectl.gateway.refusals import Refusal, openai_body, seed_body

UNKNOWN = "ak_test_K7abcdef0123456789ABCDEFGHIJKLMNOPQRSTUV0bsl45"


def answer(refused: Refused) -> tuple[int, str]:
    return refused.refusal.status, refused.refusal.code


def test_a_good_key_comes_in_and_is_known() -> None:
    gate = Gate()
    made = gate.key(team="blue")
    admitted = gate.admitted(made.text, peer="192.0.2.1")
    assert admitted.key is made.key
    assert admitted.seen == ("192.0.2.1", "192.0.2.1", made.key.id, "blue", "live", 1, False)
    assert gate.door.last_used == {(made.key.id, 1): START.unix}


@pytest.mark.parametrize("text", [UNKNOWN, UNKNOWN[:-1] + "4", "sk-something", "a.b.c", "Bearer", "x"])
def test_what_is_no_key_here_is_invalid(text: str) -> None:
    assert answer(Gate().refused(text)) == (401, "invalid_api_key")


def test_no_key_at_all_is_missing() -> None:
    gate = Gate()
    found = gate.door.admit(Visit([(b"host", b"x")], "127.0.0.1", "tts.basic"), gate.now)
    assert isinstance(found, Refused)
    assert answer(found) == (401, "missing_api_key")


def test_a_host_that_looks_like_a_path_opens_nothing() -> None:
    gate = Gate()
    found = gate.door.admit(Visit([(b"host", b"x/healthz?")], "127.0.0.1", "tts.basic"), gate.now)
    assert isinstance(found, Refused)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": Status.REVOKED}, (401, "invalid_api_key")),
        ({"expires": START.unix}, (401, "invalid_api_key")),
        ({"status": Status.REVOKED, "expires": START.unix}, (401, "invalid_api_key")),
        ({"status": Status.DISABLED}, (403, "api_key_disabled")),
        ({"status": Status.DISABLED, "expires": START.unix}, (401, "invalid_api_key")),
        ({"networks": ("10.0.0.0/8",)}, (403, "ip_not_allowed")),
        ({"env": Env.TEST}, (403, "wrong_environment")),
        ({"tags": frozenset()}, (403, "insufficient_scope")),
        ({"env": Env.TEST, "tags": frozenset()}, (403, "wrong_environment")),
        ({"networks": ("10.0.0.0/8",), "env": Env.TEST}, (403, "ip_not_allowed")),
        ({"limits": Limits(per_minute=0)}, (429, "rate_limit_exceeded")),
        ({"limits": Limits(per_minute=0), "tags": frozenset()}, (403, "insufficient_scope")),
    ],
    ids=str,
)
def test_a_key_is_refused_in_the_order_of_the_contract(
    changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    gate = Gate()
    made = gate.key()
    gate.change(made.key, **changes)
    assert answer(gate.refused(made.text)) == expected


def test_keys_of_either_environment_stay_out_of_the_other() -> None:
    live, test = Gate(), Gate(env=Env.TEST)
    assert answer(live.refused(live.key(env=Env.TEST).text)) == (403, "wrong_environment")
    assert answer(test.refused(test.key().text)) == (403, "wrong_environment")
    assert isinstance(test.visit(test.key(env=Env.TEST).text), Admitted)


def test_what_is_unknown_revoked_expired_or_rotated_is_answered_byte_for_byte_alike() -> None:
    gate = Gate()
    texts = [UNKNOWN]
    for changes in ({"status": Status.REVOKED}, {"expires": START.unix - 1}):
        made = gate.key()
        gate.change(made.key, **changes)
        texts.append(made.text)
    made = gate.key()
    gate.change(made.key, generations=(replace(made.key.newest, ends=START.unix),))
    texts.append(made.text)
    found = [gate.refused(text) for text in texts]
    assert len({(str(openai_body(each.refusal)), each.refusal.headers) for each in found}) == 1
    assert [each.refusal.reason for each in found] == ["unknown", "revoked", "expired", "rotated"]


def test_no_answer_and_no_note_repeats_what_was_presented() -> None:
    gate = Gate()
    made = gate.key(tags=frozenset(), networks=("10.0.0.0/8",))
    gate.change(gate.key().key, status=Status.REVOKED)
    for text in (made.text, UNKNOWN, "sk-canary-0123456789", "x.canary-of-a-token.y"):
        for peer in ("127.0.0.1", "10.1.1.1"):
            found = gate.refused(text, peer=peer)
            told = repr(found) + str(openai_body(found.refusal)) + str(seed_body(found.refusal, "r"))
            assert text not in told
            assert text[12:] not in told


def test_too_many_bad_keys_from_one_place_are_told_to_wait_and_good_ones_are_not() -> None:
    gate = Gate()
    made = gate.key()
    found = [answer(gate.refused(UNKNOWN, peer="192.0.2.1")) for _ in range(21)]
    assert found == [(401, "invalid_api_key")] * 20 + [(429, "rate_limit_exceeded")]
    assert answer(gate.refused(UNKNOWN, peer="192.0.2.2")) == (401, "invalid_api_key")
    assert isinstance(gate.visit(made.text, peer="192.0.2.1"), Admitted)


def test_nobody_can_lock_a_team_out_by_its_id() -> None:
    gate = Gate()
    made = gate.key()
    for number in range(100):
        gate.refused(f"ak_live_{made.key.id}{'0' * 38}", peer=f"192.0.2.{number}")
    assert isinstance(gate.visit(made.text), Admitted)


def test_refused_visits_count_against_no_limit() -> None:
    gate = Gate()
    made = gate.key(limits=FREE._replace(per_minute=1))
    gate.refused(made.text, tag="call.create")
    gate.refused(made.text, tag="call.create")
    assert isinstance(gate.visit(made.text), Admitted)


def test_answers_say_how_the_limits_stand() -> None:
    gate = Gate()
    made = gate.key(limits=Limits(per_minute=60, characters_a_day=100))
    admitted = gate.admitted(made.text)
    gate.door.reserve(admitted, Wanted(text="0123456789", profile="w"), gate.now)
    assert dict(gate.door.headers(made.key, made.key.newest, gate.now)) == {
        "RateLimit-Policy": '"rpm";q=60;w=60, "chars-day";q=100;w=86400',
        "RateLimit": '"rpm";r=59;t=60, "chars-day";r=90;t=43200',
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-reset-requests": "60s",
    }
    gate.later(0.5)
    assert dict(gate.door.headers(made.key, made.key.newest, gate.now))["RateLimit"] == (
        '"rpm";r=59;t=60, "chars-day";r=90;t=43200'
    )
    free = gate.key()
    assert gate.door.headers(free.key, free.key.newest, gate.now) == ()


def test_an_old_text_says_that_it_is_old_and_when_it_ends() -> None:
    gate = Gate()
    made = gate.key()
    old = replace(made.key.newest, ends=START.unix + 86400)
    fresh = replace(old, number=2, digest=b"2", created=START.unix, ends=None)
    gate.change(made.key, generations=(old, fresh))
    admitted = gate.admitted(made.text)
    headers = dict(gate.door.headers(admitted.key, admitted.generation, gate.now))
    assert headers == {"Deprecation": f"@{int(START.unix)}", "Sunset": "Sat, 16 Jan 2027 12:00:00 GMT"}
    assert gate.door.headers(admitted.key, fresh, gate.now) == ()
    gate.later(86400)
    assert answer(gate.refused(made.text)) == (401, "invalid_api_key")


class Broken:
    """Keys that can no longer be read."""

    trusted_seconds = 3.0

    def __init__(self, gate: Gate) -> None:
        self.shelf, self.is_broken = gate.shelf, False

    def changes(self) -> Any:
        from voicectl.core.errors import ConfigError

        if self.is_broken:
            raise ConfigError("gone")
        return self.shelf.changes()


def test_keys_that_could_not_be_read_for_a_while_are_believed_no_longer() -> None:
    from voicectl.gateway.table import KeyTable

    gate = Gate()
    made = gate.key()
    gate.shelf.is_new = True
    broken = Broken(gate)
    gate.door.table = KeyTable(broken, lambda: gate.now.steady)
    broken.is_broken = True
    assert gate.door.table.refresh() is not None
    assert isinstance(gate.visit(made.text), Admitted)
    gate.later(3.1)
    assert answer(gate.refused(made.text)) == (503, "unavailable")
    broken.is_broken = False
    gate.door.table.refresh()
    assert isinstance(gate.visit(made.text), Admitted)


def reserve(gate: Gate, admitted: Admitted, **wanted: Any) -> Reserved | Refusal:
    return gate.door.reserve(admitted, Wanted(**{"text": "Hi", "profile": "work", **wanted}), gate.now)


@pytest.mark.parametrize(
    ("lists", "wanted", "expected"),
    [
        ({}, {}, ("work", "", "")),
        ({"profiles": ("work",), "voices": ("amy",), "models": ("m",)}, {}, ("work", "m", "amy")),
        ({"profiles": ("work",)}, {"profile": "home"}, "profile_not_allowed"),
        ({"profiles": ()}, {}, "profile_not_allowed"),
        ({"models": ()}, {}, "model_not_allowed"),
        ({"models": ("m",)}, {"model": "n"}, "model_not_allowed"),
        ({"voices": ()}, {}, "voice_not_allowed"),
        ({"voices": ("amy",)}, {"voice": "bob"}, "voice_not_allowed"),
        ({"voices": ("amy", "bob")}, {"voice": "bob"}, ("work", "", "bob")),
    ],
    ids=str,
)
def test_only_what_is_listed_is_reached(
    lists: dict[str, Any], wanted: dict[str, Any], expected: object
) -> None:
    gate = Gate()
    found = reserve(gate, gate.admitted(gate.key(**lists).text), **wanted)
    if isinstance(found, Refusal):
        assert (found.status, found.code) == (403, expected)
    else:
        assert (found.wanted.profile, found.wanted.model, found.wanted.voice) == expected


CLONING = frozenset(("tts.basic", "tts.clone"))


def cloning_gate() -> Gate:
    gate = Gate()
    gate.shelf.clones = [Clone("cv_0000000A", "work", "zh_vip", "contract-7", 0, "ada")]
    return gate


def test_a_borrowed_voice_is_spoken_with_by_its_name_here() -> None:
    gate = cloning_gate()
    made = gate.key(tags=CLONING, voices=("cv_0000000A",))
    found = reserve(gate, gate.admitted(made.text), voice="cv_0000000A")
    assert isinstance(found, Reserved)
    assert found.wanted.voice == "zh_vip"


@pytest.mark.parametrize(
    ("tags", "wanted", "code"),
    [
        (frozenset(("tts.basic", "tts.emotion")), {"voice": "cv_0000000A"}, "insufficient_scope"),
        (CLONING, {"voice": "zh_vip"}, "voice_not_allowed"),
        (CLONING, {"voice": "S_unrecorded"}, "voice_not_allowed"),
        (CLONING, {"voice": "cosyvoice-v2-mine-0123"}, "voice_not_allowed"),
        (CLONING, {"voice": "cv_0000000A", "profile": "other"}, "voice_not_allowed"),
        (CLONING | {"tts.emotion"}, {"text": "[voice:zh_vip]Hi"}, "voice_not_allowed"),
        (
            CLONING | {"tts.emotion"},
            {"text": "<speak><voice name='cv_0000000A'>Hi</voice></speak>"},
            "voice_not_allowed",
        ),
    ],
    ids=lambda part: " ".join(sorted(map(str, part))) if isinstance(part, frozenset) else str(part),
)
def test_a_borrowed_voice_is_reached_by_no_other_way(
    tags: frozenset[str], wanted: dict[str, Any], code: str
) -> None:
    gate = cloning_gate()
    found = reserve(gate, gate.admitted(gate.key(tags=tags).text), **wanted)
    assert isinstance(found, Refusal)
    assert (found.status, found.code) == (403, code)


def test_a_change_of_a_key_is_seen_at_the_next_look_and_a_revoked_one_stays_out() -> None:
    gate = Gate()
    made = gate.key()
    gate.admitted(made.text)
    gate.change(made.key, status=Status.REVOKED)
    assert answer(gate.refused(made.text)) == (401, "invalid_api_key")


def test_a_clock_that_jumps_moves_expiry_and_no_window() -> None:
    gate = Gate()
    made = gate.key(limits=FREE._replace(per_minute=1), lives_seconds=100.0)
    gate.admitted(made.text)
    gate.now = Tick(START.unix - 10_000, START.steady + 1)
    assert gate.refused(made.text).refusal.status == 429
    gate.now = Tick(START.unix + 100, START.steady + 200)
    assert answer(gate.refused(made.text)) == (401, "invalid_api_key")
