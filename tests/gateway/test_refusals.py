"""Promises about the table of refusals: codes, texts, headers, and both forms of body."""

from __future__ import annotations

import pytest

from voicectl.gateway import refusals
from voicectl.gateway.refusals import Refusal, openai_body, seed_body

TABLE: list[tuple[Refusal, int, str, str, str]] = [
    (
        refusals.missing_key("x"),
        401,
        "missing_api_key",
        "Missing or invalid Authorization header",
        "authentication_error",
    ),
    (refusals.invalid_key("x"), 401, "invalid_api_key", "Invalid API Key", "authentication_error"),
    (refusals.disabled_key(), 403, "api_key_disabled", "API Key disabled", "permission_error"),
    (
        refusals.missing_tag("tts.emotion"),
        403,
        "insufficient_scope",
        "Insufficient permissions for emotional TTS",
        "permission_error",
    ),
    (
        refusals.missing_tag("tts.clone"),
        403,
        "insufficient_scope",
        "Insufficient permissions: tts.clone",
        "permission_error",
    ),
    (refusals.address_not_allowed(), 403, "ip_not_allowed", "IP address not allowed", "permission_error"),
    (refusals.invalid_request("wrong", "speed"), 400, "invalid_request", "wrong", "invalid_request_error"),
    (
        refusals.unsupported_emotion("x" * 99),
        400,
        "invalid_request",
        "Unsupported emotion: " + "x" * 32,
        "invalid_request_error",
    ),
    (refusals.rate_limited("rpm", 3), 429, "rate_limit_exceeded", "Rate limit exceeded", "rate_limit_error"),
    (
        refusals.quota_exceeded("day", 3),
        429,
        "quota_exceeded",
        "Character quota exceeded",
        "rate_limit_error",
    ),
    (
        refusals.invalid_signature("x"),
        401,
        "invalid_signature",
        "Invalid request signature",
        "authentication_error",
    ),
]


@pytest.mark.parametrize(
    ("refusal", "status", "code", "message", "kind"), TABLE, ids=lambda each: str(each)[:30]
)
def test_each_refusal_says_what_the_table_says(
    refusal: Refusal, status: int, code: str, message: str, kind: str
) -> None:
    assert (refusal.status, refusal.code, refusal.message) == (status, code, message)
    assert seed_body(refusal, "r-1") == {"error": message, "code": code, "request_id": "r-1"}
    error = openai_body(refusal)["error"]
    assert list(error) == ["message", "type", "param", "code"]
    assert (error["message"], error["type"], error["code"]) == (message, kind, code)


def test_other_codes_of_the_table() -> None:
    assert (refusals.wrong_environment().status, refusals.wrong_environment().code) == (
        403,
        "wrong_environment",
    )
    assert (refusals.blocked("threat").status, refusals.blocked("threat").code) == (403, "content_blocked")
    assert (refusals.text_too_long(5).status, refusals.text_too_long(5).code) == (400, "text_too_long")
    assert (refusals.body_too_large(5).status, refusals.body_too_large(5).code) == (413, "body_too_large")
    assert (refusals.upstream_failed().status, refusals.upstream_failed().code) == (502, "upstream_error")
    assert refusals.upstream_failed(timed_out=True).status == 504
    unavailable = refusals.unavailable("store", 2.1)
    assert (unavailable.status, unavailable.code, dict(unavailable.headers)) == (
        503,
        "unavailable",
        {"Retry-After": "3"},
    )
    assert openai_body(unavailable)["error"]["type"] == "server_error"


def test_challenges_tell_what_is_missing_and_no_more() -> None:
    challenges = [
        dict(each.headers)["WWW-Authenticate"]
        for each in (refusals.missing_key(""), refusals.invalid_key(""))
    ]
    assert challenges == ['Bearer realm="voicectl"', 'Bearer realm="voicectl", error="invalid_token"']
    scope = dict(refusals.missing_tag("tts.emotion").headers)["WWW-Authenticate"]
    assert scope == 'Bearer error="insufficient_scope", scope="tts.emotion"'


@pytest.mark.parametrize(("seconds", "written"), [(0, "1"), (0.01, "1"), (1, "1"), (1.01, "2"), (59.2, "60")])
def test_waiting_is_told_in_whole_seconds_rounded_up(seconds: float, written: str) -> None:
    assert dict(refusals.rate_limited("rpm", seconds).headers)["Retry-After"] == written


def test_only_a_spent_quota_tells_clients_not_to_try_again() -> None:
    assert dict(refusals.quota_exceeded("day", 9).headers)["x-should-retry"] == "false"
    assert "x-should-retry" not in dict(refusals.rate_limited("rpm", 9).headers)


def test_unknown_expired_and_revoked_look_alike() -> None:
    answers = {
        (each.status, each.code, each.message, each.headers) for each in map(refusals.invalid_key, ("a", "b"))
    }
    assert len(answers) == 1


def test_rule_and_reason_are_in_no_body() -> None:
    body = str(openai_body(refusals.blocked("secret-rule"))) + str(
        seed_body(refusals.blocked("secret-rule"), "r")
    )
    assert "secret-rule" not in body


def test_a_value_is_repeated_without_what_does_not_print() -> None:
    assert refusals.cut("a\nb\x1b[31m\u202ec") == "ab[31mc"
