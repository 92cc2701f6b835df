"""What Volcengine's codes come to; the reply of each is that of its gateway."""

from __future__ import annotations

import json

import pytest

from voicectl.core.errors import (
    ClockSkewed,
    CredentialError,
    SignatureRejected,
    TokenRejected,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.request import Reply
from voicectl.vendors.volcengine.errors import judge


def refused(code: str, status: int) -> Reply:
    about = {"RequestId": "r-1", "Error": {"CodeN": 1, "Code": code, "Message": "in a test"}}
    return Reply(status=status, body=json.dumps({"ResponseMetadata": about}).encode())


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("SignatureDoesNotMatch", 401, SignatureRejected),
        ("InvalidTimestamp", 403, ClockSkewed),
        ("InvalidAccessKey", 401, CredentialError),
        ("InvalidSecretToken", 401, TokenRejected),
        ("AccessDenied", 403, CredentialError),
        ("FlowLimitExceeded", 429, TryLater),
        ("InternalError", 500, TryLater),
        ("InvalidParameter", 400, VendorRefused),
        ("OperationDenied", 200, VendorRefused),
        ("-1", 503, TryLater),
    ],
)
def test_a_code_decides_and_then_the_status(code: str, status: int, kind: type[VoicectlError]) -> None:
    error = judge(refused(code, status))
    assert type(error) is kind
    assert error.facts["vendor_code"] == code
    assert error.facts["request_id"] == "r-1"


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"ResponseMetadata": {"RequestId": "r"}, "Result": 1}']
)
def test_without_an_error_nothing_is_judged(body: bytes) -> None:
    assert judge(Reply(status=200, body=body)) is None
