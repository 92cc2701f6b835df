"""Temporary keys that end by the sandbox's clock, and the limits that the vendors' pages name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse
from itertools import count
from urllib.parse import urlencode

import pytest

from tests.gateway.load import ALIYUN, FORM, JSON, KINDS, Kind, fire, shots
from tests.gateway.running import Running, running
from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Pairs, Request
from voicectl.signing import schemes

pytestmark = pytest.mark.slow
ARN, NAME = "arn:aws:iam::100000000001:role/speaker", "ci"
NONCES = count()


@dataclass(frozen=True)
class Sts:
    """How one vendor gives out a session: the request, and where the answer has its key."""

    who: Kind
    request: Request
    names: tuple[str, str, str]
    ended: str


def ask(method: str, query: dict[str, str], headers: Pairs = (), body: bytes = b"") -> Request:
    return Request(
        method=method, host="", path="/", query=urlencode(query), headers=headers, body=body, scheme="http"
    )


ROLE = {"RoleArn": ARN, "RoleSessionName": NAME}
AWS_ROLE = urlencode({"Action": "AssumeRole", "Version": "2011-06-15", **ROLE, "DurationSeconds": "900"})
TC = (("X-TC-Action", "AssumeRole"), ("X-TC-Version", "2018-08-13"))
WHO = {"Action": "GetCallerIdentity", "Version": "2015-04-01"}
ALIYUN_WHO = Kind("aliyun-rpc-v1", ALIYUN, ask("GET", WHO), b"")
EVERY = {
    "aws": Sts(
        KINDS[1],
        ask("POST", {}, (FORM,), AWS_ROLE.encode()),
        ("AccessKeyId", "SecretAccessKey", "SessionToken"),
        "ExpiredToken",
    ),
    "aliyun": Sts(
        ALIYUN_WHO,
        ask("GET", {"Action": "AssumeRole", "Version": "2015-04-01", **ROLE, "DurationSeconds": "900"}),
        ("AccessKeyId", "AccessKeySecret", "SecurityToken"),
        "InvalidSecurityToken.Expired",
    ),
    "volcengine": Sts(
        KINDS[4],
        ask(
            "GET",
            {"Action": "AssumeRole", "Version": "2018-01-01", "RoleTrn": ARN, "RoleSessionName": NAME,
             "DurationSeconds": "900"},
        ),
        ("AccessKeyId", "SecretAccessKey", "SessionToken"),
        "InvalidSecretToken",
    ),
    "tencent": Sts(
        KINDS[5],
        ask("POST", {}, (JSON, *TC), json.dumps({**ROLE, "DurationSeconds": 900}).encode()),
        ("TmpSecretId", "TmpSecretKey", "Token"),
        "AuthFailure.TokenFailure",
    ),
}  # fmt: skip


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with running() as found:
        yield found


def sent(sandbox: Running, kind: Kind, request: Request, keys: Credentials | None) -> HTTPResponse:
    """Sign a request at the sandbox's time, and send it."""
    key_id, secret = (sandbox.environ[name] for name in kind.variables)
    keys = keys or Credentials(key_id=key_id, secret=Secret(secret))
    signer = schemes.build(kind.scheme, region=kind.region, service=kind.service)
    moment = Moment(datetime.now(UTC) + sandbox.cloud.ahead, f"nonce-{next(NONCES)}")
    signed = signer.sign(replace(request, host=sandbox.host), keys, moment).request
    connection = HTTPConnection(sandbox.host)
    connection.putrequest(signed.method, signed.target, skip_host=True, skip_accept_encoding=True)
    for name, text in (*signed.headers, ("Content-Length", str(len(signed.body)))):
        connection.putheader(name, text)
    connection.endheaders(signed.body)
    return connection.getresponse()


def answer(sandbox: Running, kind: Kind, request: Request, keys: Credentials | None = None) -> str:
    return sent(sandbox, kind, request, keys).read().decode()


def session(sandbox: Running, sts: Sts) -> Credentials:
    told = answer(sandbox, sts.who, sts.request)
    key_id, secret, token = (re.findall(rf'(?:<{name}>|"{name}":")([^<"]+)', told)[0] for name in sts.names)
    return Credentials(key_id=key_id, secret=Secret(secret), security_token=Secret(token))


@pytest.mark.parametrize("vendor", EVERY)
def test_a_session_stands_for_its_role_until_the_clock_says_it_is_over(sandbox: Running, vendor: str) -> None:
    sts = EVERY[vendor]
    keys = session(sandbox, sts)
    assert NAME in answer(sandbox, sts.who, sts.who.request, keys)
    sandbox.cloud.ahead += timedelta(seconds=901)
    assert sts.ended in answer(sandbox, sts.who, sts.who.request, keys)
    assert [deed["role"].endswith(NAME) for deed in sandbox.deeds("session")] == [True]


@pytest.mark.parametrize("vendor", EVERY)
def test_a_key_of_another_vendor_is_not_known(sandbox: Running, vendor: str) -> None:
    sts = EVERY[vendor]
    stranger = Credentials(key_id="AKIDEXAMPLE", secret=Secret("EXAMPLE"))
    codes = r"InvalidClientTokenId|InvalidAccessKeyId\.NotFound|InvalidAccessKey|SecretIdNotFound"
    assert re.search(codes, answer(sandbox, sts.who, sts.who.request, stranger))


@pytest.mark.parametrize(("is_limited", "refused"), [(True, 50), (False, 0)])
def test_voices_are_listed_a_hundred_times_a_second_at_most(is_limited: bool, refused: int) -> None:
    now = datetime.now(UTC)
    with running(is_limited=is_limited) as sandbox:
        sandbox.cloud.real_now = lambda: now
        every = shots(sandbox.environ, 200 * len(KINDS))[:: len(KINDS)]
        _, wrong = fire(int(sandbox.host.rpartition(":")[2]), every, 4)
    assert sum(not shot.is_spoiled for shot in every) == 150
    assert len(wrong) == refused


def test_speech_of_dear_engines_is_throttled_in_pollys_own_words(sandbox: Running) -> None:
    now = datetime.now(UTC)
    sandbox.cloud.real_now = lambda: now
    wanted = {"Text": "hi", "VoiceId": "Ruth", "Engine": "generative", "OutputFormat": "pcm"}
    speech = replace(KINDS[0].request, method="POST", path="/v1/speech", body=json.dumps(wanted).encode())
    answers = [sent(sandbox, KINDS[0], speech.with_header(*JSON), None) for _ in range(14)]
    kinds = [each.getheader("x-amzn-ErrorType", "").partition(":")[0] for each in answers]
    assert kinds == [""] * 10 + ["ThrottlingException"] * 4
