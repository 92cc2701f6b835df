"""What each vendor's own words about a rightly signed request are taken for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.explain.rich_requests import AT, SECRET, Rich, all_rich
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request
from voicectl.explain import detect
from voicectl.explain.answer import read_answer
from voicectl.explain.captured import Answer, Captured
from voicectl.explain.engine import explain, own
from voicectl.explain.verdict import Explanation
from voicectl.signing import schemes

RICH = {each.name: each for each in all_rich()}
KEY = Credentials(key_id="AKIAEXAMPLE234567", secret=Secret(SECRET))


def explained(rich: Rich, answer: Answer, captured: Captured | None = None) -> Explanation:
    """Explain without a word on region and service: only the server knows better."""
    return explain(
        captured or rich.wire(),
        rich.credentials,
        scheme=detect.family(rich.signer.scheme),
        options={key: value for key, value in rich.options.items() if key == "bucket"},
        answer=answer,
    )


def ids(explanation: Explanation) -> list[str]:
    return [cause.id for cause in explanation.causes]


def refused(code: str, message: str, **more: Any) -> Answer:
    return Answer(status=403, code=code, message=message, **more)


def to_aws(answer: Answer, *, host: str, region: str, service: str, told_region: str = "") -> Explanation:
    """Explain a request that is rightly signed for this region and service."""
    signer: Any = schemes.build("aws-sigv4", region=region, service=service)
    signed = signer.sign(Request(method="GET", host=host, path="/"), KEY, AT)
    return explain(own(signed, answer), KEY, region=told_region)


# The scope ---------------------------------------------------------------------------------------

REGION = "Credential should be scoped to a valid region, not 'eu-west-9'. "
SERVICE = "Credential should be scoped to correct service: 'sts'. "
LAST_WORD = "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. "
DAY = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP"


@pytest.mark.parametrize(
    ("code", "message", "causes"),
    [
        ("SignatureDoesNotMatch", REGION, ["scope-wrong-region"]),
        ("SignatureDoesNotMatch", REGION + SERVICE, ["scope-wrong-region", "scope-wrong-service"]),
        ("InvalidSignatureException", SERVICE, ["scope-wrong-service"]),
        (
            "InvalidSignatureException",
            "The credential must be scoped to a valid region.",
            ["scope-wrong-region"],
        ),
        ("InvalidSignatureException", LAST_WORD, ["scope-wrong-terminator"]),
        ("InvalidSignatureException", DAY, ["date-scope-local"]),
        (
            "AuthorizationHeaderMalformed",
            "The authorization header is malformed; the region 'a' is wrong; expecting 'eu-west-1'",
            ["scope-wrong-region"],
        ),
        (
            "AuthorizationQueryParametersError",
            'Error parsing X-Amz-Credential; incorrect service "a". This endpoint belongs to "s3".',
            ["scope-wrong-service"],
        ),
    ],
)
def test_aws_names_the_part_of_the_scope_that_is_wrong(code: str, message: str, causes: list[str]) -> None:
    told = to_aws(refused(code, message), host="abc.example.com", region="eu-west-9", service="iam")
    assert ids(told) == causes
    assert not told.proved


def test_sts_says_it_in_xml_and_its_host_without_a_region_is_signed_for_the_first() -> None:
    answer = read_answer(
        b'<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\n  <Error>\n'
        b"    <Type>Sender</Type>\n    <Code>SignatureDoesNotMatch</Code>\n    <Message>"
        + REGION.encode()
        + b"</Message>\n  </Error>\n"
        b"  <RequestId>r</RequestId>\n</ErrorResponse>"
    )
    told = to_aws(answer, host="sts.amazonaws.com", region="eu-west-9", service="sts")
    right = to_aws(refused("", ""), host="sts.amazonaws.com", region="us-east-1", service="sts")
    assert ids(told) == ["scope-wrong-region"]
    assert "us-east-1" in told.causes[0].fix
    assert told.correct_signature == right.given_signature


def test_a_region_that_was_told_proves_what_the_server_says() -> None:
    answer = refused("SignatureDoesNotMatch", REGION)
    told = to_aws(answer, host="a.example", region="eu-west-9", service="sts", told_region="eu-west-1")
    assert (ids(told), told.proved) == (["scope-wrong-region"], True)


def test_a_bucket_in_another_region_is_told_with_that_region() -> None:
    answer = read_answer(
        b"HTTP/1.1 400 Bad Request\r\nx-amz-bucket-region: eu-west-1\r\n\r\n"
        b"<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'a' is wrong</Message></Error>"
    )
    told = to_aws(answer, host="s3.example", region="eu-west-9", service="s3")
    assert ids(told) == ["scope-wrong-region"]
    assert "eu-west-1" in told.causes[0].fix


# Codes and words ---------------------------------------------------------------------------------

SAID = [
    ("oss4", "InvalidArgument", "Invalid signing region in Authorization header.",
     "scope-wrong-region"),
    ("oss4", "InvalidArgument", "Invalid signing product in Authorization header.",
     "scope-wrong-service"),
    ("oss4", "AccessDenied", "The bucket must be addressed using the specified endpoint.",
     "endpoint-other"),
    ("aws header", "AccessDenied", "There were headers present in the request which were not signed",
     "hdr-required-unsigned"),
    ("aws header", "IncompleteSignatureException", "Date must be in ISO-8601 'basic format'. Got '201'.",
     "ts-format"),
    ("rpc", "IncompleteSignature", "The request signature does not conform to Aliyun standards.",
     "key-wrong-secret"),
    ("rpc", "InvalidAccessKeySecret", "Please check the secret", "key-wrong-secret"),
    ("rpc", "InvalidTimeStamp.Format", "Specified time stamp is not well formatted.", "ts-format"),
    ("rpc", "InvalidSignatureMethod", "", "auth-malformed"),
    ("rpc", "MissingSecurityToken", "", "token-missing"),
    ("volcengine", "ServiceNotFound", "", "scope-wrong-service"),
    ("volcengine", "MissingRequestInfo", "", "auth-malformed"),
    ("volcengine", "LackProjectPolicy", "", "permission-denied"),
    ("youdao", "108", "", "key-unknown"),
    ("youdao", "202", "", "key-wrong-secret"),
    ("youdao", "206", "", "clock-skew"),
    ("youdao", "207", "", "nonce-reused"),
    ("youdao", "411", "", "throttled"),
    ("gateway", "invalid_signature", "", "key-wrong-secret"),
    ("gateway", "invalid_api_key", "", "key-unknown"),
    ("gateway", "insufficient_scope", "", "permission-denied"),
    ("gateway", "rate_limit_exceeded", "", "throttled"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "code", "message", "cause"), SAID)
def test_a_code_is_read_as_its_vendor_means_it(name: str, code: str, message: str, cause: str) -> None:
    told = explained(RICH[name], refused(code, message))
    assert ids(told)[:1] == [cause]
    assert not told.proved


def test_an_incomplete_signature_with_our_own_string_convicts_the_key() -> None:
    rich = RICH["rpc"]
    trace = rich.signer.trace(rich.prepared, rich.credentials, rich.claims)
    said = "The request signature does not conform to Aliyun standards. server string to sign is:"
    answer = refused("IncompleteSignature", said, string_to_sign=trace.string_to_sign)
    told = explained(rich, answer)
    assert (ids(told), told.proved) == (["key-wrong-secret"], True)


def test_a_link_that_is_still_good_is_not_blamed_on_the_clock() -> None:
    rich = RICH["aws query"]
    within = refused("SignatureDoesNotMatch", "", date=AT.now + timedelta(minutes=40))
    assert "clock-skew" not in ids(explained(rich, within))
    early = replace(within, date=AT.now - timedelta(minutes=40))
    assert "clock-skew" in ids(explained(rich, early))
