"""What Aliyun's answers mean: the codes of its API gateway, of CreateToken and of NLS."""

from __future__ import annotations

import json

import pytest

from voicectl.core.errors import (
    BrokenAnswer,
    ClockSkewed,
    CredentialError,
    SignatureRejected,
    TokenRejected,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.request import Reply
from voicectl.vendors.aliyun.errors import judge_rpc, judge_speech, judge_token

GOOD = {"ErrMsg": "", "Token": {"Id": "EXAMPLE", "ExpireTime": 1700000000, "UserId": "1"}}


def reply(status: int, body: object) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status=status, body=raw)


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("SignatureDoesNotMatch", 400, SignatureRejected),
        ("SignatureDoesNotMatch", 403, SignatureRejected),
        ("IncompleteSignature", 400, SignatureRejected),
        ("InvalidAccessKeyId.NotFound", 404, CredentialError),
        ("InvalidAccessKeyId.Inactive", 400, CredentialError),
        ("InvalidSecurityToken.Expired", 400, TokenRejected),
        ("InvalidSecurityToken.MismatchWithAccessKey", 403, CredentialError),
        ("InvalidTimeStamp.Expired", 400, ClockSkewed),
        ("IllegalTimestamp", 400, ClockSkewed),
        ("InvalidTimeStamp.Format", 400, VendorRefused),
        ("SignatureNonceUsed", 400, CredentialError),
        ("Forbidden.RAM", 403, CredentialError),
        ("NoPermission", 403, CredentialError),
        ("Throttling", 400, TryLater),
        ("Throttling.User", 400, TryLater),
        ("ServiceUnavailable", 503, TryLater),
        ("InternalError", 500, TryLater),
        ("InvalidAction.NotFound", 404, VendorRefused),
        ("MissingTimestamp", 400, VendorRefused),
        ("InvalidProtocol.NeedSsl", 400, VendorRefused),
        ("Something.New", 400, VendorRefused),
        ("Something.New", 403, CredentialError),
        ("Something.New", 503, TryLater),
        ("Throttling", 200, TryLater),
    ],
)
def test_a_gateway_code_decides_and_not_the_status_alone(
    code: str, status: int, kind: type[VoicectlError]
) -> None:
    error = judge_rpc(reply(status, {"RequestId": "r-1", "Code": code, "Message": "words"}))
    assert type(error) is kind
    assert (error.facts["vendor_code"], error.facts["request_id"]) == (code, "r-1")
    assert "words" in str(error)


def test_the_servers_string_is_kept_apart_from_its_words() -> None:
    to_sign = "GET&%2F&AccessKeyId%3DLTAIEXAMPLE%26SecurityToken%3DEXAMPLE-token"
    message = f"Specified signature is not matched with our calculation. server string to sign is:{to_sign}"
    error = judge_rpc(reply(400, {"Code": "SignatureDoesNotMatch", "Message": message}))
    assert error is not None
    assert error.facts["server_string_to_sign"] == to_sign
    assert "EXAMPLE" not in str(error) + error.hint


@pytest.mark.parametrize("body", [{"Code": "OK"}, {}, [], b"", b"<html>", b'{"a":' * 100_000])
def test_what_has_no_code_is_left_to_the_status(body: object) -> None:
    assert judge_rpc(reply(400, body)) is None


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, GOOD, None),
        (200, {"ErrCode": 40020503, "ErrMsg": "No permission!"}, CredentialError),
        (200, {"ErrCode": "40000005", "ErrMsg": "busy"}, TryLater),
        (200, {"ErrMsg": "something"}, VendorRefused),
        (200, {"Token": {"ExpireTime": 1}}, BrokenAnswer),
        (200, {"Token": {"Id": "EXAMPLE", "ExpireTime": "soon"}}, BrokenAnswer),
        (200, {"Token": {"Id": "EXAMPLE", "ExpireTime": 10**30}}, BrokenAnswer),
        (200, {"Token": None}, BrokenAnswer),
        (200, b"", BrokenAnswer),
        (200, {"Code": "Throttling.User", "Message": "slow"}, TryLater),
        (503, b"<html>", None),
    ],
)
def test_a_good_status_without_a_token_is_a_failure(
    status: int, body: object, kind: type[VoicectlError] | None
) -> None:
    error = judge_token(reply(status, body))
    assert (None if error is None else type(error)) is kind


def test_a_missing_permission_names_the_policy() -> None:
    error = judge_token(reply(200, {"ErrCode": 40020503, "ErrMsg": "No permission!", "RequestId": "r-1"}))
    assert error is not None
    assert "AliyunNLSFullAccess" in error.hint
    assert (error.facts["vendor_code"], error.facts["request_id"]) == ("40020503", "r-1")


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (400, 40000001, "Gateway:ACCESS_DENIED:The token 'EXAMPLE' has expired!", TokenRejected),
        (400, 40000001, "Meta:ACCESS_DENIED:The token 'EXAMPLE' is invalid!", TokenRejected),
        (200, 40000001, "Meta:ACCESS_DENIED:The token 'EXAMPLE' is invalid!", TokenRejected),
        (400, 40000001, "Gateway:ACCESS_DENIED:Missing authorization header!", CredentialError),
        (400, 40000001, "Gateway:ACCESS_DENIED:No privilege to this voice!", CredentialError),
        (401, 0, "", TokenRejected),
        (403, 0, "", TokenRejected),
        (403, 40000010, "arrears", VendorRefused),
        (400, 40000005, "", TryLater),
        (400, 43040001, "", TryLater),
        (400, 40000004, "", TryLater),
        (400, 41020001, "Engine return error code: 418", VendorRefused),
        (400, 40020106, "APPKEY_UID_MISMATCH", VendorRefused),
        (400, 40009999, "something new", VendorRefused),
        (500, 50000000, "", TryLater),
        (200, 52010001, "", TryLater),
        (200, 20000000, "", BrokenAnswer),
    ],
)
def test_a_speech_code_decides_and_only_a_bad_token_is_worth_a_new_one(
    status: int, code: int, message: str, kind: type[VoicectlError]
) -> None:
    body = {"task_id": "t-1", "result": "", "status": code, "message": message} if code else b""
    error = judge_speech(reply(status, body))
    assert type(error) is kind
    assert "EXAMPLE" not in str(error)


@pytest.mark.parametrize("body", [b"", b"<html>", b"oops", b"[1]"], ids=str)
def test_text_in_place_of_sound_is_broken_and_other_statuses_speak_for_themselves(body: bytes) -> None:
    assert type(judge_speech(reply(200, body))) is BrokenAnswer
    assert judge_speech(reply(500, body)) is None
