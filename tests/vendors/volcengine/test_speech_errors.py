"""Each row of the speech service's tables of codes, and the words in which it says more than its code."""

from __future__ import annotations

import json

import pytest

from voicectl.core.errors import CredentialError, NotFound, TryLater, VendorRefused, VoicectlError
from voicectl.core.request import Reply
from voicectl.vendors.volcengine.speech_errors import error_of, judge_speech

FIRST: list[tuple[int, str, type[VoicectlError], str]] = [
    (3001, "operation is wrong", VendorRefused, "--param"),
    (
        3001,
        "extract request resource id: get resource id: access denied",
        CredentialError,
        "order this voice",
    ),
    (3001, "requested resource not granted", CredentialError, "--engine"),
    (
        3001,
        "authenticate request: load grant: requested grant not found",
        CredentialError,
        "app id and access",
    ),
    (3003, "quota exceeded for types: concurrency", TryLater, "concurrency"),
    (3003, "", TryLater, "concurrency"),
    (3005, "busy", TryLater, "try again"),
    (3006, "used", VendorRefused, "proxy"),
    (3010, "too long", VendorRefused, "in parts"),
    (3011, "illegal input text!", VendorRefused, "language"),
    (3030, "timeout", TryLater, "try again"),
    (3031, "backend error", TryLater, "try again"),
    (3031, "Fail to feed text, reason Init Engine Instance failed", VendorRefused, "belong together"),
    (3032, "waiting for audio", TryLater, "try again"),
    (3040, "backend link", TryLater, "try again"),
    (3050, "no such voice", NotFound, "--voice"),
    (3001, "quota exceeded for types: tts_lifetime", VendorRefused, "trial"),
]
SECOND: list[tuple[int, str, type[VoicectlError], str]] = [
    (40402003, "TTSExceededTextLimit:exceed max limit", VendorRefused, "in parts"),
    (45000000, "session is gone", VendorRefused, ""),
    (45000000, "quota exceeded for types: concurrency", TryLater, "concurrency"),
    (45000000, "speaker permission denied: get resource id: access denied", CredentialError, "--voice"),
    (45000000, "resource ID is mismatched with speaker related resource", VendorRefused, "belong together"),
    (45000001, "bad model", VendorRefused, "--engine"),
    (45000010, "Invalid X-Api-Key", CredentialError, "Ark"),
    (45000030, "[resource_id=x] requested resource not granted", CredentialError, "--engine"),
    (45000081, "waiting for the next packet timed out", TryLater, "try again"),
    (55000000, "", TryLater, "try again"),
    (55000001, "", TryLater, "try again"),
    (55000030, "", TryLater, "try again"),
    (55002070, "", TryLater, "try again"),
    (45999999, "news", VendorRefused, ""),
    (55999999, "news", TryLater, "try again"),
]


@pytest.mark.parametrize(("code", "message", "kind", "hint"), FIRST + SECOND)
@pytest.mark.parametrize("status", [200, 400])
def test_a_code_means_what_the_page_says(
    code: int, message: str, kind: type[VoicectlError], hint: str, status: int
) -> None:
    body = json.dumps({"reqid": "r-1", "code": code, "message": message}).encode()
    error = judge_speech(Reply(status=status, body=body))
    assert type(error) is kind
    assert hint in error.hint
    assert (error.facts["vendor_code"], error.facts["request_id"]) == (str(code), "r-1")
    assert message in str(error)


@pytest.mark.parametrize(
    ("headers", "body", "said"),
    [
        ({"x-api-status-code": "45000030", "x-api-message": "not granted"}, b"", "not granted"),
        ({}, b'{"header": {"reqid": "r", "code": 45000010, "message": "Invalid key"}}', "Invalid key"),
        ({}, b'{"reqid": "r", "error": "[resource_id=x] requested resource not granted"}', "not granted"),
        ({"x-tt-logid": "log"}, b'{"code": "45000010", "message": "Invalid key"}', "Invalid key"),
    ],
    ids=["in headers", "in a header object", "as error", "as text"],
)
def test_a_refused_key_is_found_wherever_it_is_told(headers: dict[str, str], body: bytes, said: str) -> None:
    error = judge_speech(Reply(status=403, headers=headers, body=body))
    assert isinstance(error, CredentialError)
    assert said in str(error)


def test_a_code_in_the_headers_counts_like_one_in_the_body() -> None:
    headers = {"x-api-status-code": "45000030", "x-api-message": "no"}
    error = judge_speech(Reply(status=400, headers=headers))
    assert isinstance(error, CredentialError)
    assert error.facts["vendor_code"] == "45000030"


@pytest.mark.parametrize(
    ("status", "kind"), [(401, CredentialError), (403, CredentialError), (429, TryLater), (500, TryLater)]
)
def test_without_a_known_code_the_status_decides(status: int, kind: type[VoicectlError]) -> None:
    assert type(error_of(1, "what", status=status)) is kind


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"code": 3000, "message": "Success", "data": "AA"}',
        b'{"code": 0, "message": "", "data": "AA"}\n',
        b'{"code": 20000000, "message": "OK"}',
        b'{"code": 0, "data": "AA"}\n{"code": 45000000}',
    ],
    ids=["nothing", "a page", "v1", "v3", "the end", "several"],
)
def test_what_is_good_or_is_none_of_ours_is_not_judged(body: bytes) -> None:
    assert judge_speech(Reply(status=200, body=body)) is None
