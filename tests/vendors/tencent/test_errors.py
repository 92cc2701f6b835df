"""What Tencent's codes come to; the status of every reply is 200."""

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
from voicectl.vendors.tencent.errors import judge


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AuthFailure.SignatureFailure", SignatureRejected),
        ("AuthFailure.SignatureExpire", ClockSkewed),
        ("AuthFailure.SecretIdNotFound", CredentialError),
        ("AuthFailure.TokenFailure", TokenRejected),
        ("AuthFailure.SomethingNew", CredentialError),
        ("UnauthorizedOperation.CamNoAuth", CredentialError),
        ("RequestLimitExceeded.UinLimitExceeded", TryLater),
        ("InternalError.NoResource", TryLater),
        ("InvalidParameterValue.Text", VendorRefused),
    ],
)
def test_a_code_decides(code: str, kind: type[VoicectlError]) -> None:
    response = {"Error": {"Code": code, "Message": "in a test"}, "RequestId": "r-1"}
    error = judge(Reply(status=200, body=json.dumps({"Response": response}).encode()))
    assert type(error) is kind
    assert (error.facts["vendor_code"], error.facts["request_id"]) == (code, "r-1")


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"Response": {"RequestId": "r"}}', b'{"Response": []}'])
def test_without_an_error_nothing_is_judged(body: bytes) -> None:
    assert judge(Reply(status=200, body=body)) is None
