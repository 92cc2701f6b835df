"""What AWS's refusals mean, in each form in which they come."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from voicectl.core.errors import (
    ClockSkewed,
    CredentialError,
    NotFound,
    SignatureRejected,
    TokenRejected,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.request import Reply
from voicectl.vendors.aws.errors import judge


def in_header(code: str, message: str = "no", status: int = 400) -> Reply:
    kind = {"x-amzn-errortype": f"com.amazon#{code}:http://internal.amazon.com/coral/"}
    return Reply(status=status, headers=kind, body=json.dumps({"message": message}).encode())


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("UnrecognizedClientException", 403, CredentialError),
        ("ExpiredTokenException", 403, TokenRejected),
        ("AccessDeniedException", 400, CredentialError),
        ("MissingAuthenticationTokenException", 403, CredentialError),
        ("IncompleteSignatureException", 400, CredentialError),
        ("InvalidSignatureException", 403, SignatureRejected),
        ("ThrottlingException", 400, TryLater),
        ("ServiceFailureException", 500, TryLater),
        ("SomethingNewException", 503, TryLater),
        ("LexiconNotFoundException", 404, NotFound),
        ("ServiceQuotaExceededException", 402, VendorRefused),
        ("ValidationException", 400, VendorRefused),
        ("TextLengthExceededException", 400, VendorRefused),
        ("InvalidSsmlException", 400, VendorRefused),
        ("SomethingNewException", 400, VendorRefused),
    ],
)
def test_the_code_decides(code: str, status: int, kind: type[VoicectlError]) -> None:
    error = judge(in_header(code, status=status))
    assert (type(error), error and error.facts["vendor_code"]) == (kind, code)


XML = "<ErrorResponse><Errors><Error><Code>{code}</Code><Message>a &lt; b</Message></Error></Errors>"


@pytest.mark.parametrize(
    ("reply", "code", "told"),
    [
        (Reply(status=400, body=b'{"code": "A", "message": "m"}'), "A", "m"),
        (Reply(status=400, body=b'{"Code": "B", "Message": "m"}'), "B", "m"),
        (Reply(status=400, body=b'{"__type": "com.x#C", "message": "m"}'), "C", "m"),
        (Reply(status=200, body=b'{"__type": "D", "message": "m"}'), "D", "m"),
        (Reply(status=403, body=XML.format(code="AccessDenied").encode()), "AccessDenied", "a < b"),
        (Reply(status=400, headers={"x-amzn-errortype": "E"}, body=b""), "E", ""),
    ],
)
def test_code_and_message_are_found_in_every_form(reply: Reply, code: str, told: str) -> None:
    error = judge(reply)
    assert error is not None
    assert (error.facts["vendor_code"], error.facts["told"]) == (code, told)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=200, body=b'{"Voices": [], "message": "not an error"}'),
        Reply(status=200, body=b"ID3 sound"),
        Reply(status=502, body=b"<html>bad gateway</html>"),
        Reply(status=403, body=b""),
        Reply(status=400, body=b"[1]"),
        Reply(status=400, body=b"{"),
    ],
)
def test_what_holds_no_code_is_left_to_its_status(reply: Reply) -> None:
    assert judge(reply) is None


ECHO = (
    "The request signature we calculated does not match.\n\n"
    "The Canonical String for this request should have been\n"
    "'POST\n/v1/speech\n\nx-amz-security-token:EXAMPLE-token'\n\n"
    "The String-to-Sign should have been\n'AWS4\nx'\n"
)


def test_what_aws_signed_is_kept_for_comparison_and_not_repeated_in_words() -> None:
    error = judge(in_header("InvalidSignatureException", ECHO, 403))
    assert isinstance(error, SignatureRejected)
    assert error.facts["server_canonical_request"] == "POST\n/v1/speech\n\nx-amz-security-token:EXAMPLE-token"
    assert error.facts["server_string_to_sign"] == "AWS4\nx"
    assert "EXAMPLE-token" not in str(error)


@pytest.mark.parametrize(
    "message",
    [
        "Signature expired: 20160928T135747Z is now earlier than 20160928T140052Z"
        " (20160928T140552Z - 5 min.)",
        "Signature not yet current: 20160928T145747Z is still later than 20160928T142052Z"
        " (20160928T140552Z + 15 min.)",
    ],
)
def test_a_skewed_clock_tells_the_servers_time(message: str) -> None:
    error = judge(in_header("InvalidSignatureException", message, 403))
    assert isinstance(error, ClockSkewed)
    assert error.server_now == datetime(2016, 9, 28, 14, 5, 52, tzinfo=UTC)


def test_a_repeated_authorization_header_is_cut_away() -> None:
    message = "Authorization header requires 'Signature' parameter. Authorization=AWS4 Credential=EXAMPLE"
    error = judge(in_header("IncompleteSignatureException", message))
    assert error is not None
    assert "EXAMPLE" not in str(error)
