"""One signed request for each scheme, with the judge that decides over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import import_module
from uuid import uuid4

from tests.cloud.court import Account, Court
from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request
from voicectl.core.signature import Signed
from voicectl.signing import schemes

LASTING = Account("AKIDEXAMPLE0001", "EXAMPLE/secret+0001")
TEMPORARY = Account("ASIAEXAMPLE0002", "EXAMPLE/secret+0002", token="EXAMPLE/token+0002==")
JSON_BODY = '{"Text":"你好 😀, hello"}'.encode()
JSON = ("Content-Type", "application/json")
TRICKY = (("Name", "a b+c*d~e/f"), ("声", "音 😀"), ("empty", ""))
"""Pairs for schemes whose SDK encodes names as it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`counts` are the headers, by whole name or by prefix ending in `-`, in which every byte counts."""

    scheme: str
    judge: str
    request: Request
    counts: tuple[str, ...]
    decided_by: str
    region: str = ""
    service: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    body_counts: bool = True

    def court(self, **more: object) -> Court:
        module, _, name = self.judge.partition(".")
        place = {"region": self.region, "service": self.service} if self.service else {}
        made: Callable[..., Court] = getattr(import_module(f"tests.cloud.{module}"), name)
        accepted = {key: value for key, value in place.items() if key in made.__dataclass_fields__}  # type: ignore[attr-defined]
        return made((LASTING, TEMPORARY), **{**accepted, **more})

    def signed(self, host: str, account: Account = LASTING, at: Moment | None = None) -> Signed:
        request = replace(self.request, host=host, scheme="http")
        if request.header("Host") is not None:
            request = request.with_header("Host", host)
        token = Secret(account.token) if account.token else None
        keys = Credentials(key_id=account.key_id, secret=Secret(account.secret), security_token=token)
        signer = schemes.build(self.scheme, region=self.region, service=self.service, options=self.options)
        return signer.sign(request, keys, at or Moment(datetime.now(UTC), str(uuid4())))


def ask(method: str, path: str = "/", *, pairs: tuple[tuple[str, str], ...] = (), body: bytes = b"",
        headers: tuple[tuple[str, str], ...] = ()) -> Request:  # fmt: skip
    return Request.build(method=method, host="h", path=path, pairs=pairs, headers=headers, body=body)


AWS_HEADERS = ("authorization", "host", "content-type", "x-amz-")
TC_HEADERS = (("X-TC-Action", "TextToVoice"), ("X-TC-Version", "2019-08-23"), ("Host", "h"))
ACS_HEADERS = (("x-acs-action", "SingleCallByTts"), ("x-acs-version", "2017-05-25"))
RPC = (("Action", "CreateToken"), ("Version", "2019-02-28"), ("Format", "JSON"))
VOLC = (("Action", "SingleInfo"), ("Version", "2022-01-01"))
FORM = ("Content-Type", "application/x-www-form-urlencoded")

CASES = {
    "polly": Case(
        scheme="aws-sigv4", judge="aws.AwsJudge", region="us-east-1", service="polly", counts=AWS_HEADERS,
        request=ask("POST", "/v1/speech", body=JSON_BODY, headers=(JSON,)),
        decided_by="botocore.auth.SigV4Auth.signature",
    ),
    "connect": Case(
        scheme="aws-sigv4", judge="aws.AwsJudge", region="us-east-1", service="connect", counts=AWS_HEADERS,
        request=ask("GET", "/contacts/a b/é:1", pairs=TRICKY), options={"sign_body": True},
        decided_by="botocore.auth.SigV4Auth.signature",
    ),
    "polly link": Case(
        scheme="aws-sigv4-query", judge="aws.AwsJudge", region="us-east-1", service="polly", counts=("host",),
        request=ask("GET", "/v1/speech", pairs=(*TRICKY, ("LexiconNames", "b"), ("LexiconNames", "a"))),
        decided_by="botocore.auth.SigV4QueryAuth.signature",
    ),
    "s3": Case(
        scheme="aws-sigv4-s3", judge="aws.AwsJudge", region="us-east-1", service="s3", counts=AWS_HEADERS,
        request=ask("PUT", "/recs//a b+c/声.wav", body=JSON_BODY, pairs=(("partNumber", "1"),)),
        decided_by="botocore.auth.S3SigV4Auth.signature",
    ),
    "nls token": Case(
        scheme="aliyun-rpc-v1", judge="aliyun.AliyunJudge", counts=(),
        request=ask("GET", pairs=(*RPC, *TRICKY)),
        decided_by="aliyunsdkcore.auth.composer.rpc_signature_composer.__get_signature "
        "and alibabacloud_tea_openapi.utils.Utils.get_rpcsignature",
    ),
    "rpc form": Case(
        scheme="aliyun-rpc-v1", judge="aliyun.AliyunJudge", counts=(),
        request=ask("POST", pairs=RPC, headers=(FORM,), body=b"TtsParam=%7B%22a%22%3A%22b+c%2A%22%7D&x="),
        decided_by="aliyunsdkcore.auth.composer.rpc_signature_composer.__get_signature "
        "and alibabacloud_tea_openapi.utils.Utils.get_rpcsignature",
    ),
    "dyvms": Case(
        scheme="aliyun-acs3", judge="aliyun.AliyunJudge",
        counts=("authorization", "host", "content-type", "x-acs-"),
        request=ask("POST", pairs=TRICKY[:1], headers=(*ACS_HEADERS, JSON), body=JSON_BODY),
        decided_by="alibabacloud_tea_openapi.utils.Utils.get_authorization",
    ),
    "oss v1": Case(
        scheme="aliyun-oss-v1", judge="aliyun.OssJudge", options={"bucket": "voicectl-rec"},
        counts=("authorization", "date", "content-type", "x-oss-"), body_counts=False,
        request=ask("PUT", "/rec/a b+c/声.wav", headers=(JSON, ("x-oss-meta-a", "b"))),
        decided_by="oss2.auth.ProviderAuth.__make_signature",
    ),
    "oss v4": Case(
        scheme="aliyun-oss-v4", judge="aliyun.OssJudge", region="cn-shanghai", service="oss",
        options={"bucket": "voicectl-rec"}, counts=("authorization", "content-type", "x-oss-"),
        body_counts=False,
        request=ask("PUT", "/rec/a b+c/声.wav", pairs=TRICKY, headers=(JSON, ("x-oss-meta-a", "b"))),
        decided_by="alibabacloud_oss_v2.signer.v4.SignerV4._calc_signature",
    ),
    "vms": Case(
        scheme="volcengine-v4", judge="volcengine.VolcengineJudge", region="cn-north-1", service="vms",
        counts=("authorization", "host", "content-type", "x-"),
        request=ask("POST", pairs=(*VOLC, *TRICKY[:1]), headers=(JSON, ("Host", "h")), body=JSON_BODY),
        decided_by="volcengine.auth.SignerV4.SignerV4.signature_v4",
    ),
    "vms link": Case(
        scheme="volcengine-v4-query", judge="volcengine.VolcengineJudge", region="cn-north-1", service="vms",
        counts=(), body_counts=False, request=ask("GET", pairs=(*VOLC, *TRICKY[:1])),
        decided_by="volcengine.auth.SignerV4.SignerV4.signature_v4",
    ),
    "tos": Case(
        scheme="tos4", judge="volcengine.TosJudge", region="cn-beijing", service="tos",
        counts=("authorization", "host", "content-type", "x-tos-"),
        request=ask("PUT", "/rec/a b+c/声.wav", pairs=TRICKY, headers=(JSON, ("Host", "h")), body=JSON_BODY),
        body_counts=False, decided_by="tos.auth.AuthBase._make_signature",
    ),
    "tos link": Case(
        scheme="tos4", judge="volcengine.TosJudge", region="cn-beijing", service="tos", counts=("host",),
        request=ask("GET", "/rec/a b+c/声.wav", pairs=TRICKY, headers=(("Host", "h"),)),
        options={"expires": 600}, body_counts=False, decided_by="tos.auth.AuthBase._make_signature",
    ),
    "oss v4 link": Case(
        scheme="aliyun-oss-v4", judge="aliyun.OssJudge", region="cn-shanghai", service="oss", counts=(),
        request=ask("GET", "/rec/a b+c/声.wav", pairs=TRICKY[:1]), body_counts=False,
        options={"bucket": "voicectl-rec", "expires": 600},
        decided_by="alibabacloud_oss_v2.signer.v4.SignerV4._calc_signature",
    ),
    "oss v1 link": Case(
        scheme="aliyun-oss-v1", judge="aliyun.OssJudge", counts=(), body_counts=False,
        request=ask("GET", "/rec/a b+c/声.wav", pairs=(("x-oss-process", "a/b"),)),
        options={"bucket": "voicectl-rec", "expires": 600},
        decided_by="oss2.auth.ProviderAuth.__make_signature",
    ),
    "tencent tts": Case(
        scheme="tencent-tc3", judge="tencent.TencentJudge", region="ap-guangzhou", service="tts",
        counts=("authorization", "host", "content-type", "x-tc-timestamp"),
        request=ask("POST", headers=(JSON, *TC_HEADERS), body=JSON_BODY),
        decided_by="tencentcloud.common.abstract_client.AbstractClient._get_tc3_signature",
    ),
    "tencent get": Case(
        scheme="tencent-tc3", judge="tencent.TencentJudge", region="ap-guangzhou", service="tts",
        counts=("authorization", "host", "content-type", "x-tc-timestamp"),
        request=replace(ask("GET", headers=(FORM, *TC_HEADERS)), query="Text=a+b%2Ac&Limit=1&A.0=x"),
        body_counts=False, decided_by="tencentcloud.common.abstract_client.AbstractClient._get_tc3_signature",
    ),
}  # fmt: skip
