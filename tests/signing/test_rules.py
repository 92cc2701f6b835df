"""Single rules of single schemes that no vendor's vector shows."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import BadInput
from voicectl.core.request import Request
from voicectl.core.signature import Signed
from voicectl.signing import canonical, schemes, times

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
AT = Moment(NOW, "nonce-0001")
CREDENTIALS = Credentials(key_id="AKEXAMPLE", secret=Secret("EXAMPLE"))
TOKEN = Credentials(key_id="AKEXAMPLE", secret=Secret("EXAMPLE"), security_token=Secret("TOKENEXAMPLE"))


def sign(name: str, request: Request, credentials: Credentials = CREDENTIALS, **options: object) -> Signed:
    signer: Any = schemes.build(name, region="r", service="s", options=options)
    signed: Signed = signer.sign(request, credentials, AT)
    return signed


def get(path: str = "/", method: str = "GET", **parts: Any) -> Request:
    return Request(method=method, host="h.example", path=path, **parts)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=150), st.binary(max_size=150))
def test_hmac_is_that_of_the_standard_library(key: bytes, message: bytes) -> None:
    assert canonical.hmac_sha256(key, message) == hmac.digest(key, message, "sha256")


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("/", "/"),
        ("/a//b/", "/a/b/"),
        ("/../../a", "/a"),
        ("/a/..", "/"),
        ("/a/./", "/a/"),
        ("/a/...", "/a/..."),
        ("/.a/b.", "/.a/b."),
        ("/a/.", "/a"),
    ],
)
def test_aws_collapses_a_path_and_never_leaves_the_root(path: str, normal: str) -> None:
    assert canonical.collapse_path(path) == normal


def test_aws_follows_the_rules_of_s3_for_s3_under_any_name() -> None:
    signer: Any = schemes.build("aws-sigv4", region="r", service="s3")
    trace = signer.sign(get("/a%20b//../c"), CREDENTIALS, AT).trace
    assert trace.canonical_request.splitlines()[1] == "/a%20b//../c"
    assert "x-amz-content-sha256" in trace.signed_headers


def test_aws_sends_an_unsigned_token_all_the_same() -> None:
    signed = sign("aws-sigv4", get(), TOKEN, omit_session_token=True)
    assert "x-amz-security-token" not in signed.trace.signed_headers
    assert signed.request.header("X-Amz-Security-Token") == "TOKENEXAMPLE"


def test_aws_reads_the_time_of_a_request_that_was_signed_with_date() -> None:
    signed = sign("aws-sigv4", get(headers=(("date", "whenever"),)))
    claims = schemes.build("aws-sigv4").claims(signed.request)  # type: ignore[attr-defined]
    assert (claims.timestamp, claims.moment.now) == ("20260304T050607Z", NOW)


def test_acs3_sorts_the_values_of_a_repeated_header() -> None:
    request = get(headers=(("x-acs-a", " b "), ("x-acs-a", "a")))
    assert "\nx-acs-a:a,b\n" in sign("aliyun-acs3", request).trace.canonical_request


@pytest.mark.parametrize("name", ["aliyun-acs3", "volcengine-v4", "aliyun-rpc-v1"])
def test_a_plus_on_the_wire_is_a_space_where_the_server_reads_a_form(name: str) -> None:
    trace = sign(name, get(query="q=a+b")).trace
    assert "q=a%20b" in trace.canonical_request


def test_rpc_signs_a_form_and_no_other_body() -> None:
    form = sign("aliyun-rpc-v1", get(method="POST", body=b"Text=a+b"))
    assert "&Text=a%20b&" in form.trace.canonical_request
    assert form.request.header("Content-Type") == "application/x-www-form-urlencoded"
    json = (("Content-Type", "application/json"),)
    other = sign("aliyun-rpc-v1", get(method="POST", headers=json, body=b"Text=a"))
    assert "Text" not in other.trace.canonical_request


def test_rpc_replaces_what_an_earlier_signing_left() -> None:
    once = sign("aliyun-rpc-v1", get(query="Action=Do"))
    assert sign("aliyun-rpc-v1", once.request) == once


def test_oss_takes_its_own_date_before_the_date() -> None:
    own = (("x-oss-date", "Thu, 01 Jan 2026 00:00:00 GMT"),)
    string = sign("aliyun-oss-v1", get(headers=own), bucket="b").trace.string_to_sign
    assert string.splitlines()[3] == "Thu, 01 Jan 2026 00:00:00 GMT"


@pytest.mark.parametrize("name", ["aliyun-oss-v1", "aliyun-oss-v4"])
@pytest.mark.parametrize(
    ("host", "path", "bucket", "resource"),
    [
        ("b1.oss-cn-x.aliyuncs.com", "/k", "b1", "/b1/k"),
        ("b1.oss-cn-x.aliyuncs.com", "/b1/k", "b1", "/b1/b1/k"),
        ("127.0.0.1:9000", "/b1/k", "b1", "/b1/k"),
        ("cdn.example.com", "/k", "b1", "/b1/k"),
        ("b1.oss-cn-x.aliyuncs.com", "/k", "", "/b1/k"),
        ("oss-cn-x.aliyuncs.com", "/", "", "/"),
    ],
)
def test_oss_signs_the_bucket_once(name: str, host: str, path: str, bucket: str, resource: str) -> None:
    trace = sign(name, Request(method="GET", host=host, path=path), bucket=bucket).trace
    assert resource in (trace.canonical_request or trace.string_to_sign).splitlines()


def test_tos_leaves_the_content_type_out_of_a_presigned_query() -> None:
    request = get(headers=(("Content-Type", "audio/wav"),))
    assert "content-type" in sign("tos4", request).trace.signed_headers
    assert sign("tos4", request, expires=60).trace.signed_headers == ("host",)


def test_tencent_signs_values_in_lower_case_and_the_query_of_get_alone() -> None:
    kind = (("Content-Type", "application/json; charset=UTF-8"),)
    trace = sign("tencent-tc3", get(method="POST", query="a=b", headers=kind)).trace
    lines = trace.canonical_request.splitlines()
    assert (lines[2], lines[3]) == ("", "content-type:application/json; charset=utf-8")
    assert sign("tencent-tc3", get(query="b=+&a&&")).trace.canonical_request.splitlines()[2] == "b=+&a&&"


def test_bearer_may_use_another_header_and_prefix() -> None:
    signed = sign("bearer", get(), header="X-Api-Key", prefix="")
    assert signed.request.header("X-Api-Key") == "EXAMPLE"
    assert signed.sensitive == ("X-Api-Key",)


def test_the_gateway_is_shown_the_key_unless_the_request_shows_one() -> None:
    assert sign("gateway-hmac", get()).request.header("Authorization") == "Bearer AKEXAMPLE"
    own = (("authorization", "Bearer mine"),)
    assert sign("gateway-hmac", get(headers=own)).request.header("Authorization") == "Bearer mine"


def test_youdao_signs_a_query_where_there_is_no_body() -> None:
    signed = sign("youdao-v3", get(query="q=hi"))
    assert signed.request.query.endswith(f"&sign={signed.trace.signature}")
    assert signed.trace.string_to_sign == "AKEXAMPLEhinonce-00011772600767***"


@pytest.mark.parametrize("name", schemes.names())
def test_a_request_without_a_signature_is_named_as_such(name: str) -> None:
    scheme: Any = schemes.build(name)
    with pytest.raises(BadInput, match=f"the request has no .*, which {name} wants"):
        scheme.for_request(get()).claims(get())


@pytest.mark.parametrize("name", ["aws-sigv4", "volcengine-v4", "tencent-tc3", "tos4", "aliyun-oss-v4"])
def test_a_credential_without_a_scope_is_named(name: str) -> None:
    lonely = get(headers=(("Authorization", "X Credential=KEY, SignedHeaders=host, Signature=00"),))
    with pytest.raises(BadInput, match="'KEY' has no scope"):
        schemes.build(name).claims(lonely)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "read", [times.read_basic_time, times.read_iso_time, times.read_unix_seconds, times.read_http_date]
)
@pytest.mark.parametrize("text", ["", "soon", "1772600767000000000000", "\ud800"])
def test_what_is_no_time_is_an_unknown_one(read: Any, text: str) -> None:
    assert read(text) == times.UNKNOWN


def test_times_are_written_and_read_alike() -> None:
    assert times.read_basic_time(times.basic_time(NOW)) == NOW
    assert times.read_iso_time(times.iso_time(NOW)) == NOW
    assert times.read_unix_seconds(times.unix_seconds(NOW)) == NOW
    assert times.read_http_date(times.http_date(NOW)) == NOW
    assert times.http_date(NOW, "-0000") == "Wed, 04 Mar 2026 05:06:07 -0000"
    assert (times.basic_date(NOW), times.iso_date(NOW)) == ("20260304", "2026-03-04")
