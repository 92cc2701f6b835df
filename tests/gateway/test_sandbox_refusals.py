"""What the sandbox says to a wrong signature names its cause at once: by the vendor's code, and its echo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import Request as Sent
from urllib.request import urlopen

import pytest

from tests.gateway.running import Running, running
from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request
from voicectl.explain.answer import answer_of
from voicectl.explain.captured import Answer, Captured
from voicectl.explain.engine import explain
from voicectl.gateway.sandbox import accounts
from voicectl.signing import schemes

pytestmark = pytest.mark.slow

ACS = (("x-acs-action", "SingleCallByTts"), ("x-acs-version", "2017-05-25"))
RPC = (("Action", "SingleCallByTts"), ("Version", "2017-05-25"), ("CalledNumber", "13800138000"))
VMS = (("Action", "SingleInfo"), ("Version", "2022-01-01"), ("SingleOpenId", "key-1"))
TC = (("X-TC-Action", "SendTtsVoice"), ("X-TC-Version", "2020-09-02"), ("Content-Type", "application/json"))
OBJECT = "/sandbox-recordings/sample.wav"


class Case(NamedTuple):
    """A request of one vendor; `echoes` where its refusals show what the server signed."""

    vendor: str
    scheme: str
    method: str = "GET"
    path: str = "/"
    pairs: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    region: str = ""
    service: str = ""
    echoes: bool = True


CASES = {
    "acs3": Case("aliyun", "aliyun-acs3", "POST", pairs=RPC[2:], headers=ACS),
    "rpc": Case("aliyun", "aliyun-rpc-v1", pairs=RPC),
    "vms": Case("volcengine", "volcengine-v4", pairs=VMS, region="cn-north-1", service="vms", echoes=False),
    "tencent": Case(
        "tencent", "tencent-tc3", "POST", headers=TC, body=b'{"a":1}', service="vms", echoes=False
    ),
    "s3": Case("aws", "aws-sigv4-s3", path=OBJECT, region="us-east-1", service="s3"),
    "oss v1": Case("aliyun", "aliyun-oss-v1", path=OBJECT),
    "oss v4": Case("aliyun", "aliyun-oss-v4", path=OBJECT, region="cn-shanghai", service="oss"),
    "tos": Case("volcengine", "tos4", path=OBJECT, region="cn-beijing", service="tos", echoes=False),
}
EVERY = pytest.mark.parametrize("case", CASES.values(), ids=[name.replace(" ", "-") for name in CASES])


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running() as found:
        yield found


def signed(sandbox: Running, case: Case, key: Credentials) -> Request:
    request = Request.build(
        method=case.method,
        host=sandbox.host,
        path=case.path,
        pairs=case.pairs,
        headers=case.headers,
        body=case.body,
        scheme="http",
    )
    signer = schemes.build(case.scheme, region=case.region, service=case.service)
    now = datetime.now(UTC)
    return signer.sign(request, key, Moment(now, now.isoformat())).request


def answered(request: Request) -> Answer:
    sent = Sent(request.url, request.body or None, dict(request.headers), method=request.method)
    try:
        with urlopen(sent) as reply:
            status, headers, body = reply.status, reply.headers, reply.read()
    except HTTPError as error:
        status, headers, body = error.code, error.headers, error.read()
    return answer_of(status, tuple(headers.items()), body)


@EVERY
def test_a_wrong_secret_is_refused_with_the_vendors_echo(sandbox: Running, case: Case) -> None:
    known = accounts.keys()[case.vendor]
    request = signed(sandbox, case, Credentials(key_id=known.key_id, secret=Secret("wrong")))
    answer = answered(request)
    assert "signature" in answer.code.lower()
    assert bool(answer.string_to_sign or answer.canonical_request) == case.echoes
    if case.echoes:
        told = explain(Captured(request=request, form="http"), known, answer=answer, service=case.service)
        assert told.verdict == "explained"
        assert told.causes[0].id.startswith("key-")


@EVERY
def test_a_change_after_signing_is_explained(sandbox: Running, case: Case) -> None:
    known = accounts.keys()[case.vendor]
    request = signed(sandbox, case, known)
    changed = request.with_query("&".join(filter(None, (request.query, "versionId=1"))))
    if case.body:
        changed = replace(request, body=case.body.replace(b":", b": "))
    answer = answered(changed)
    assert "signature" in answer.code.lower()
    told = explain(Captured(request=changed, form="http"), known, answer=answer, service=case.service)
    assert (told.verdict, told.proved) == ("explained", True)
