"""Requests with odd content for every scheme, signed rightly: what mistakes are tried on in these tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request
from voicectl.explain.captured import Captured
from voicectl.signing import schemes

AT = Moment(datetime(2026, 3, 4, 23, 6, 7, tzinfo=UTC), "0c1d2e3f4a5b6c7d")
SECRET = "EXAMPLE/Secret+with/marks+0123456789ab=="
TOKEN = "EXAMPLE-token/with+marks=="
QUERY = (
    "Zone=&b=2&Id.10=x&Id.2=y&Text=a%2Bb%20c%2Fd~e%2Af%27g%28h%29%21%2C%3A%40&a=%E6%82%A8%C3%A9%20&Tag=z&Tag=b"
    "&B=1&a-b=1&flag=true&%C3%A9=1"
)
OSS_QUERY = "acl&response-content-type=audio%2Fmpeg%3B%20x%3D1&trace=a%20b%2A%21%27&partNumber=3&Zone="
PATH = "/v1/lex%20icons/a%2Bb~c%2A/x//%C3%A9/./demo!"
BODY = (
    '{"Text": "您好, é </b> & = \'x\' a/b", "Voice": "Zhiyu", "n": [1, 2.50, {"q": "\\u00e9"}], "last": true'
    ', "A": null}'
).encode()
FORM = b"Text=%E6%82%A8+b%2A%21%27&OutId=a%2Bb+c~&Empty=&list=x&list=y"


@dataclass(frozen=True)
class Rich:
    """A request as it was signed, with all that is needed to sign it again."""

    name: str
    signer: Any
    credentials: Credentials
    prepared: Request
    claims: Any
    options: dict[str, object]

    def wire(self, signature: str = "") -> Captured:
        """Return the request as it travels, with this signature in place of the right one."""
        trace = self.signer.trace(self.prepared, self.credentials, self.claims)
        if signature:
            trace = trace._replace(signature=signature)
        return Captured(request=self.signer.attach(self.prepared, self.credentials, trace), form="http")


def rich(
    name: str,
    *,
    scheme: str,
    key_id: str,
    host: str,
    region: str = "",
    service: str = "",
    method: str = "POST",
    path: str = PATH,
    query: str = QUERY,
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json; charset=utf-8"),),
    body: bytes = BODY,
    token: bool = True,
    options: dict[str, object] | None = None,
) -> Rich:
    signer: Any = schemes.build(scheme, region=region, service=service, options=options or {})
    credentials = Credentials(
        key_id=key_id, secret=Secret(SECRET), security_token=Secret(TOKEN) if token else None
    )
    request = Request(
        method=method,
        host=host,
        path=path,
        query=query,
        headers=(("User-Agent", "odd/1.0"), ("Accept", "*/*"), *headers),
        body=body,
    )
    prepared, claims = signer.prepare(request, credentials, AT)
    return Rich(name, signer, credentials, prepared, claims, options or {})


_HOP = (("Accept-Encoding", "gzip"), ("X-Amz-Meta-Title", "Two   Words  Here"))


def all_rich() -> Iterator[Rich]:
    json = (("Content-Type", "application/json; charset=utf-8"),)
    yield rich(
        "aws header",
        scheme="aws-sigv4",
        key_id="ASIAEXAMPLE234567",
        host="polly.us-west-2.amazonaws.com:8443",
        region="us-west-2",
        service="polly",
        headers=(*json, *_HOP, ("X-Amz-Meta-List", "b"), ("X-Amz-Meta-List", "a")),
    )
    yield rich(
        "aws lines",
        scheme="aws-sigv4",
        key_id="AKIAEXAMPLE234567",
        host="polly.us-west-2.amazonaws.com",
        region="us-west-2",
        service="polly",
        method="PUT",
        path="/v1/lexicons/x/",
        query="",
        headers=(("Content-Type", "text/plain"),),
        body="one\r\ntwo é\r\n".encode(),
        token=False,
    )
    yield rich(
        "aws query",
        scheme="aws-sigv4-query",
        key_id="ASIAEXAMPLE234567",
        host="polly.us-west-2.amazonaws.com",
        region="us-west-2",
        service="polly",
        method="GET",
        headers=(),
        body=b"",
    )
    yield rich(
        "s3",
        scheme="aws-sigv4-s3",
        key_id="AKIAEXAMPLE234567",
        host="bucket-1.s3.eu-west-1.amazonaws.com",
        region="eu-west-1",
        service="s3",
        method="PUT",
        headers=(("Content-Type", "audio/mpeg"), *_HOP),
        token=False,
    )
    yield rich(
        "volcengine",
        scheme="volcengine-v4",
        key_id="AKTPEXAMPLE234567",
        host="cloud-vms.volcengineapi.com:8080",
        region="cn-north-1",
        service="vms",
        headers=(*json, ("X-Odd", "Two   Words")),
    )
    yield rich(
        "volcengine form",
        scheme="volcengine-v4",
        key_id="AKLTEXAMPLE234567",
        host="cloud-vms.volcengineapi.com",
        region="cn-north-1",
        service="vms",
        path="/",
        query="Action=BindAXB&Version=2022-01-01",
        headers=(("Content-Type", "application/x-www-form-urlencoded"),),
        body=FORM,
        token=False,
    )
    yield rich(
        "volcengine query",
        scheme="volcengine-v4-query",
        key_id="AKLTEXAMPLE234567",
        host="cloud-vms.volcengineapi.com",
        region="cn-north-1",
        service="vms",
        method="GET",
        headers=(("Host", "cloud-vms.volcengineapi.com"),),
        body=b"",
        token=False,
    )
    yield rich(
        "tos4",
        scheme="tos4",
        key_id="AKLTEXAMPLE234567",
        host="bucket-1.tos-cn-beijing.volces.com",
        region="cn-beijing",
        service="tos",
        method="PUT",
        headers=(("Content-Type", "audio/mpeg"), ("x-tos-meta-b", "Two   Words"), ("x-tos-meta-a", "1")),
    )
    yield rich(
        "tc3 post",
        scheme="tencent-tc3",
        key_id="AKIDEXAMPLE234567",
        host="tts.tencentcloudapi.com:8443",
        region="ap-guangzhou",
        service="tts",
        path="/",
        query="b=1&a=%20",
        headers=(*json, ("X-TC-Action", "TextToVoice")),
    )
    yield rich(
        "tc3 get",
        scheme="tencent-tc3",
        key_id="AKIDEXAMPLE234567",
        host="tts.tencentcloudapi.com",
        region="ap-guangzhou",
        service="tts",
        method="GET",
        path="/",
        headers=(("Content-Type", "application/x-www-form-urlencoded; Charset=utf-8"),),
        body=b"",
        token=False,
    )
    yield rich(
        "acs3",
        scheme="aliyun-acs3",
        key_id="STS.EXAMPLE234567",
        host="dyvmsapi.aliyuncs.com:8443",
        region="cn-hangzhou",
        service="dyvmsapi",
        headers=(
            *json,
            ("x-acs-action", "SmartCall"),
            ("x-acs-version", "2017-05-25"),
            ("x-acs-odd", "b  b"),
        ),
    )
    yield rich(
        "oss4",
        scheme="aliyun-oss-v4",
        key_id="STS.EXAMPLE234567",
        host="bucket-1.oss-cn-hangzhou.aliyuncs.com",
        region="cn-hangzhou",
        service="oss",
        method="PUT",
        query=f"{OSS_QUERY}&{QUERY}",
        headers=(
            ("Content-Type", "audio/mpeg"),
            ("Content-MD5", "Eax+PE51qQdwEs7WI5ZhyA=="),
            ("X-Oss-Meta-B", "Two   Words"),
            ("x-oss-meta-a", "1"),
        ),
        options={"bucket": "bucket-1", "additional_headers": "host"},
    )
    yield rich(
        "oss4 query",
        scheme="aliyun-oss-v4",
        key_id="LTAI5tEXAMPLE4567",
        host="bucket-1.oss-cn-hangzhou.aliyuncs.com",
        region="cn-hangzhou",
        service="oss",
        method="GET",
        query=OSS_QUERY,
        headers=(),
        body=b"",
        token=False,
        options={"bucket": "bucket-1", "expires": "600"},
    )
    yield rich(
        "oss1",
        scheme="aliyun-oss-v1",
        key_id="STS.EXAMPLE234567",
        host="bucket-1.oss-cn-hangzhou.aliyuncs.com",
        region="cn-hangzhou",
        service="oss",
        method="PUT",
        query=OSS_QUERY,
        headers=(
            ("Content-Type", "audio/mpeg"),
            ("Content-MD5", "Eax+PE51qQdwEs7WI5ZhyA=="),
            ("X-Oss-Meta-B", "Two   Words"),
            ("x-oss-meta-a", "1"),
        ),
        options={"bucket": "bucket-1"},
    )
    yield rich(
        "oss1 query",
        scheme="aliyun-oss-v1",
        key_id="LTAI5tEXAMPLE4567",
        host="bucket-1.oss-cn-hangzhou.aliyuncs.com",
        region="cn-hangzhou",
        service="oss",
        method="GET",
        query=OSS_QUERY,
        headers=(),
        body=b"",
        token=False,
        options={"bucket": "bucket-1", "expires": "600"},
    )
    yield rich(
        "rpc",
        scheme="aliyun-rpc-v1",
        key_id="STS.EXAMPLE234567",
        host="dyvmsapi.aliyuncs.com",
        region="cn-hangzhou",
        service="dyvmsapi",
        path="/",
        query="Action=SingleCallByTts&Version=2017-05-25&playTimes=2&Empty=&Ids.10=a&Ids.2=b&Flag=true",
        headers=(("Content-Type", "application/x-www-form-urlencoded"),),
        body=FORM,
    )
    yield rich(
        "youdao",
        scheme="youdao-v3",
        key_id="EXAMPLEkey",
        host="openapi.youdao.com",
        path="/ttsapi",
        query="",
        headers=(("Content-Type", "application/x-www-form-urlencoded"),),
        body=b"q=%E6%82%A8%E5%A5%BD+%F0%9F%98%80+hello+world+again+and+again&voiceName=x",
        token=False,
    )
    yield rich(
        "gateway",
        scheme="gateway-hmac",
        key_id="",
        host="127.0.0.1:8080",
        path="/v1/tts%20x",
        query="lang=zh&x=a%20b",
        headers=json,
        token=False,
    )
    yield rich("bearer", scheme="bearer", key_id="", host="openspeech.bytedance.com", path="/v1", token=False)
    yield rich("basic", scheme="basic", key_id="ACexample", host="api.twilio.com", path="/v1", token=False)
