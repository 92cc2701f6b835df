"""The vendors' own code and ours, over many generated requests: the same canonical text and signature."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import alibabacloud_oss_v2.signer.v4 as oss_v2
import aliyunsdkcore.auth.composer.rpc_signature_composer as core_rpc
import botocore.auth
import oss2.auth
import oss2.utils
import pytest
import tos.auth
from alibabacloud_oss_v2.types import HttpRequest, SigningContext
from alibabacloud_tea_openapi.utils import Utils as Tea
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as AwsCredentials
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tencentcloud.common.abstract_client import AbstractClient
from volcengine.auth.SignerV4 import SignerV4 as VolcSigner
from volcengine.auth.SignParam import SignParam
from volcengine.Credentials import Credentials as VolcCredentials

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request
from voicectl.core.signature import Signed
from voicectl.signing import schemes
from voicectl.signing.aliyun_rpc import OURS

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
AT = Moment(NOW, "nonce-0001")
KEY, SECRET, TOKEN = "AKEXAMPLE0001", "secret/EXAMPLE+key=", "token/EXAMPLE+="
HOST = "api.example.com"
few = settings(max_examples=100, deadline=None)
pytestmark = pytest.mark.slow

bodies = st.binary(max_size=200)
texts = st.text(max_size=20)
names = st.text(min_size=1, max_size=12)
plain_names = st.text("abcXYZ019-_.~", min_size=1, max_size=8)
paths = st.lists(st.text(max_size=8).filter(lambda segment: "/" not in segment), max_size=4).map(
    lambda segments: "/" + "/".join(segments)
)
values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
header_names = st.sampled_from(["x-custom", "X-Amz-Meta-A", "accept", "Content-Type", "User-Agent", "X-Foo"])
headers = st.lists(st.tuples(header_names, values), max_size=5)
tokens = st.sampled_from(["", TOKEN])


@pytest.fixture(scope="module", autouse=True)
def _at_one_moment() -> Iterator[None]:
    """Make the clocks of those vendors stand still that ask the world for the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: NOW)
        patch.setattr(oss2.utils, "http_date", lambda *_: "Wed, 04 Mar 2026 05:06:07 GMT")
        patch.setattr(oss2.auth.time, "time", lambda: NOW.timestamp())
        yield


def ours(scheme: str, request: Request, token: str = "", **options: object) -> Signed:
    credentials = Credentials(
        key_id=KEY, secret=Secret(SECRET), security_token=Secret(token) if token else None
    )
    service = {"aws-sigv4-s3": "s3", "tos4": "tos", "aliyun-oss-v4": "oss"}.get(scheme, "polly")
    signer = schemes.build(scheme, region="us-east-1", service=service, options=options)
    return signer.sign(request, credentials, AT)


def authorization(signed: Signed) -> str:
    return signed.request.header("Authorization") or ""


# AWS: botocore.auth.SigV4Auth.add_auth, .SigV4QueryAuth.add_auth, .S3SigV4Auth.add_auth ----------


def botocore_signed(
    kind: Any, request: Request, pairs: Any, token: str, **more: Any
) -> tuple[Any, AWSRequest]:
    url = f"{request.scheme}://{request.host}{request.path}"
    sent = AWSRequest(request.method, url, data=request.body, params=pairs)
    for name, value in request.headers:
        sent.headers.add_header(name, value)
    service = "s3" if kind is botocore.auth.S3SigV4Auth else "polly"
    auth = kind(AwsCredentials(KEY, SECRET, token or None), service, "us-east-1", **more)
    auth.add_auth(sent)
    return auth, sent


@few
@given(paths, st.lists(st.tuples(texts, texts), max_size=4), headers, bodies, tokens)
@example("/a//b/./../c/", [("a", "2"), ("a-b", "1"), ("é", ""), ("", "x")], [], b"", "")
@example(
    "/%2F/\U0001f389", [("k", "b"), ("k", "B"), ("k", " ")], [("x-custom", " a  b ")], b"x" * 10_000, TOKEN
)
def test_botocore_agrees(path: str, pairs: Any, lines: Any, body: bytes, token: str) -> None:
    request = Request.build(method="POST", host=HOST, path=path, pairs=pairs, headers=lines, body=body)
    _, theirs = botocore_signed(botocore.auth.SigV4Auth, request, pairs, token)
    assert authorization(ours("aws-sigv4", request, token)) == theirs.headers["Authorization"]


@few
@given(paths, st.lists(st.tuples(texts, texts), max_size=4), headers, bodies, tokens)
def test_botocore_agrees_on_s3(path: str, pairs: Any, lines: Any, body: bytes, token: str) -> None:
    request = Request.build(method="PUT", host=HOST, path=path, pairs=pairs, headers=lines, body=body)
    _, theirs = botocore_signed(botocore.auth.S3SigV4Auth, request, pairs, token)
    assert authorization(ours("aws-sigv4-s3", request, token)) == theirs.headers["Authorization"]


@few
@given(paths, st.dictionaries(texts, texts, max_size=4), tokens)
@example("/", {"": "x"}, "")
def test_botocore_agrees_in_the_query(path: str, pairs: dict[str, str], token: str) -> None:
    request = Request.build(method="GET", host=HOST, path=path, pairs=pairs.items())
    _, theirs = botocore_signed(botocore.auth.SigV4QueryAuth, request, pairs, token, expires=900)
    signed = ours("aws-sigv4-query", request, token, expires=900)
    sent = parse_qsl(urlsplit(theirs.url).query, keep_blank_values=True)
    assert dict(sent)["X-Amz-Signature"] == signed.trace.signature


@pytest.mark.parametrize(
    ("scheme", "host"),
    [
        ("https", "EXAMPLE.com:443"),
        ("http", "example.com:443"),
        ("http", "example.com:80"),
        ("https", "[2001:db8::1]:8443"),
        ("https", "[2001:db8::1]"),
        ("https", "user:pass@example.com"),
        ("https", "127.0.0.1:5000"),
    ],
)
def test_botocore_agrees_on_the_host(scheme: str, host: str) -> None:
    request = Request(method="GET", host=host, path="/", scheme=scheme)
    _, theirs = botocore_signed(botocore.auth.SigV4Auth, request, {}, "")
    assert authorization(ours("aws-sigv4", request)) == theirs.headers["Authorization"]


def test_botocore_agrees_when_a_request_was_signed_before() -> None:
    stale = [
        ("host", "Other.Example:443"),
        ("AUTHORIZATION", "old"),
        ("x-amz-date", "20000101T000000Z"),
        ("X-Amz-Security-Token", "old"),
    ]
    request = Request(method="get", host=HOST, path="/", headers=tuple(stale))
    _, theirs = botocore_signed(botocore.auth.SigV4Auth, request, {}, TOKEN)
    assert authorization(ours("aws-sigv4", request, TOKEN)) == theirs.headers["Authorization"]


# Aliyun: core_rpc.__compose_string_to_sign, Tea.get_rpcsignature, Tea.get_authorization ----------


@few
@given(st.dictionaries(names, texts, max_size=4), st.dictionaries(names, texts, max_size=4), tokens)
def test_aliyun_core_and_tea_agree_on_rpc(query: dict[str, str], form: dict[str, str], token: str) -> None:
    form = {name: value for name, value in form.items() if name not in query and name not in OURS}
    request = Request.build(
        method="POST",
        host=HOST,
        pairs=query.items(),
        headers=[("Content-Type", "application/x-www-form-urlencoded")],
        body=urlencode(form).encode(),
    )
    signed = ours("aliyun-rpc-v1", request, token)
    sent = dict(signed.request.pairs())
    del sent["Signature"]
    compose = getattr(core_rpc, "__compose_string_to_sign")
    assert signed.trace.string_to_sign == compose("POST", sent | form)
    assert signed.trace.signature == Tea.get_rpcsignature(sent | form, "POST", SECRET)


@few
@given(paths, st.dictionaries(plain_names, texts, max_size=4), bodies, tokens, values)
def test_tea_agrees_on_acs3(path: str, query: dict[str, str], body: bytes, token: str, note: str) -> None:
    request = Request.build(
        method="POST",
        host=HOST,
        path=path,
        pairs=query.items(),
        headers=[("x-acs-action", "DoIt"), ("Content-Type", "application/json"), ("x-acs-note", note)],
        body=body,
    )
    signed = ours("aliyun-acs3", request, token)
    lines = {name: value for name, value in signed.request.headers if name != "Authorization"}
    asked = SimpleNamespace(method="POST", pathname=Tea.get_encode_path(path), query=query, headers=lines)
    payload = signed.request.header("x-acs-content-sha256")
    theirs = Tea.get_authorization(asked, "ACS3-HMAC-SHA256", payload, KEY, SECRET)
    assert authorization(signed) == theirs


# OSS: oss2.auth.Auth._sign_request (version 1), alibabacloud_oss_v2 SignerV4.sign (version 4) -----

keys = st.text(min_size=1, max_size=20).filter(lambda key: not key.startswith("/"))
oss_params = st.dictionaries(
    st.sampled_from(["acl", "prefix", "versionId", "x-oss-process"]), texts, max_size=3
)


@few
@given(keys, oss_params, tokens, values)
def test_oss2_agrees_on_version_1(key: str, params: dict[str, str], token: str, note: str) -> None:
    headers = {"Content-Type": "audio/wav", "x-oss-meta-note": note.strip()}
    request = Request.build(
        method="PUT",
        host="bucket1.oss-cn-x.aliyuncs.com",
        path=f"/{key}",
        pairs=params.items(),
        headers=headers.items(),
    )
    sent = SimpleNamespace(method="PUT", params=params, headers=Lower(headers))
    auth = oss2.auth.StsAuth(KEY, SECRET, token) if token else oss2.auth.Auth(KEY, SECRET)
    auth._sign_request(sent, "bucket1", key)
    signed = ours("aliyun-oss-v1", request, token, bucket="bucket1")
    assert authorization(signed) == sent.headers["authorization"]


class Lower(dict[str, str]):
    """Headers under lower-case names, as `requests` keeps them for oss2."""

    def __init__(self, given: dict[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in given.items()})


@few
@given(keys, oss_params, tokens, values)
def test_oss_v2_agrees_on_version_4(key: str, params: dict[str, str], token: str, note: str) -> None:
    headers = {"Content-Type": "audio/wav", "x-oss-meta-note": note.strip(), "Range": "bytes=0-"}
    request = Request.build(
        method="GET",
        host="bucket1.oss-us-east-1.aliyuncs.com",
        path=f"/{key}",
        pairs=params.items(),
        headers=headers.items(),
    )
    asked = SigningContext(
        product="oss",
        region="us-east-1",
        bucket="bucket1",
        key=key,
        request=HttpRequest("GET", f"https://{request.host}{request.target}", headers=Lower(headers)),
        credentials=SimpleNamespace(
            access_key_id=KEY, access_key_secret=SECRET, security_token=token, has_keys=lambda: True
        ),
        signing_time=NOW,
        additional_headers={"range"},
    )
    oss_v2.SignerV4().sign(asked)
    signed = ours("aliyun-oss-v4", request, token, bucket="bucket1", additional_headers=["range"])
    assert authorization(signed) == asked.request.headers["Authorization"]


# Volcengine: SignerV4.sign_only; TOS: tos.auth.Auth.sign_request ----------------------------------


@few
@given(paths, st.dictionaries(names, texts, max_size=4), bodies, tokens)
def test_volcengine_agrees(path: str, query: dict[str, str], body: bytes, token: str) -> None:
    request = Request.build(
        method="POST", host=HOST, path=path, pairs=query.items(), body=body, headers=[("Host", f"{HOST}:443")]
    )
    signed = ours("volcengine-v4", request, token)
    asked = SignParam()
    asked.host, asked.method, asked.path, asked.body, asked.query = HOST, "POST", path, body, query
    asked.header_list = {
        name: value for name, value in signed.request.headers if name not in {"X-Date", "Authorization"}
    }
    asked.date, asked.is_sign_url = NOW, False
    result = VolcSigner.sign_only(asked, VolcCredentials(KEY, SECRET, "polly", "us-east-1", token))
    assert authorization(signed) == result.authorization


@few
@given(keys, st.dictionaries(plain_names, texts, max_size=4), tokens)
def test_tos_agrees(key: str, query: dict[str, str], token: str) -> None:
    request = Request.build(
        method="GET",
        host=HOST,
        path=f"/{key}",
        pairs=query.items(),
        headers=[("x-tos-content-sha256", "UNSIGNED-PAYLOAD")],
    )
    sent = SimpleNamespace(
        method="GET",
        path=f"/{key}",
        params=query,
        headers={"x-tos-content-sha256": "UNSIGNED-PAYLOAD", "Host": HOST},
        generic_input=SimpleNamespace(request_date=NOW, request_host=None),
    )
    tos.auth.Auth(KEY, SECRET, "us-east-1", token or None).sign_request(sent)
    assert authorization(ours("tos4", request, token)) == sent.headers["Authorization"]


# Tencent: AbstractClient._get_tc3_signature -------------------------------------------------------


@few
@given(st.dictionaries(names, texts, max_size=4), bodies, st.booleans())
def test_tencent_agrees(query: dict[str, str], body: bytes, get: bool) -> None:
    method, text = ("GET", urlencode(query)) if get else ("POST", "")
    request = Request(method=method, host=HOST, path="/", query=text, body=b"" if get else body)
    signed = ours("tencent-tc3", request)
    lines = dict(signed.request.headers)
    sent = SimpleNamespace(method=method, uri="/", data=text if get else body, header=lines)
    theirs = AbstractClient._get_tc3_signature(None, {}, sent, "2026-03-04", "polly", SECRET)
    assert signed.trace.signature == theirs


def test_what_is_encoded_can_be_decoded() -> None:
    signed = ours(
        "aws-sigv4-query", Request.build(method="GET", host=HOST, path="/ü/%", pairs=[("q", "é&=+ ")])
    )
    assert unquote(signed.request.path) == "/ü/%"
    assert signed.request.pairs()[0] == ("q", "é&=+ ")
