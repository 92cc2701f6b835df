"""Every vendor on loopback is asked whose a key is: good ones are named, wrong ones refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from tests.cloud.aliyun import AliyunJudge
from tests.cloud.aws import AwsJudge
from tests.cloud.court import Account, Court
from tests.cloud.nls import APPKEY, KEY, Nls
from tests.cloud.server import Answer, Bytes, RawRequest, Respond, serving
from tests.cloud.tencent import TencentJudge
from tests.cloud.volcengine import VolcengineJudge
from tests.conftest import Program
from tests.fakes import world
from voicectl.accounts import identity_of
from voicectl.core.errors import BrokenAnswer, CredentialError
from voicectl.core.identity import Caller
from voicectl.core.options import Options
from voicectl.runtime import Runtime

ACCOUNT = Account("AKIDEXAMPLE", "secret-EXAMPLE-0123456789")
ARN = "arn:aws:iam::123456789012:user/voice"
XML = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    f"<Arn>{ARN}</Arn><UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account></GetCallerIdentityResult>"
    "<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
)
ALIYUN = {"RequestId": "r-1", "AccountId": "1968", "Arn": "acs:ram::1968:user/voice", "UserId": "2169"}
VOLCENGINE = {
    "ResponseMetadata": {"RequestId": "r-1", "Action": "GetCallerIdentity", "Service": "sts"},
    "Result": {"AccountId": 2100, "IdentityType": "User", "Trn": "trn:iam::2100:user/voice"},
}
TENCENT = {"Response": {"Arn": "qcs::cam::uin/1000:uin/1001", "AccountId": "1000", "RequestId": "r-1"}}


def answering(body: str | dict[str, object]) -> Callable[[RawRequest], Answer]:
    text = body if isinstance(body, str) else json.dumps(body)
    return lambda request: Answer(200, (("Content-Type", "text/plain"),), text.encode())


@dataclass(frozen=True)
class Case:
    """A vendor: its judge, the variables with the keys, and whom it names."""

    vendor: str
    judge: Callable[[], Respond]
    key_id: str
    secret: str
    identity: str
    asked: str


def sts(judge: type[Court], answer: str | dict[str, object], **about: str) -> Callable[[], Respond]:
    return lambda: judge(accounts=(ACCOUNT,), serve=answering(answer), **about)  # type: ignore[return-value]


CASES = (
    Case(
        "aws", sts(AwsJudge, XML, service="sts"), "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", ARN, "POST /"
    ),
    Case(
        "aliyun",
        sts(AliyunJudge, ALIYUN, host="sts.aliyuncs.com"),
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "acs:ram::1968:user/voice",
        "GET /?",
    ),
    Case(
        "volcengine",
        sts(VolcengineJudge, VOLCENGINE, service="sts"),
        "VOLCENGINE_ACCESS_KEY",
        "VOLCENGINE_SECRET_KEY",
        "trn:iam::2100:user/voice",
        "POST /?Action=GetCallerIdentity&Version=2018-01-01",
    ),
    Case(
        "tencent",
        sts(TencentJudge, TENCENT, service="sts"),
        "TENCENTCLOUD_SECRET_ID",
        "TENCENTCLOUD_SECRET_KEY",
        "qcs::cam::uin/1000:uin/1001",
        "POST /",
    ),
)
NAMES = [case.vendor for case in CASES]


def variables(case: Case, url: str, secret: str = ACCOUNT.secret) -> dict[str, str]:
    keys = {case.key_id: ACCOUNT.key_id, case.secret: secret, "VOICECTL_NO_KEYRING": "1"}
    return {**keys, "VOICECTL_ENDPOINT_URL": url, "VOICECTL_VENDOR": case.vendor}


def asked(environ: Mapping[str, str]) -> Caller:
    """Ask as the program does, in this process."""
    runtime = Runtime(world(environ), Options(retries=0))
    return identity_of(runtime, runtime.choice()).ask()


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_good_key_is_named_by_one_signed_call(case: Case) -> None:
    with serving(case.judge()) as server:
        assert asked(variables(case, server.url)) == Caller(name=case.identity, request_id="r-1")
    assert [request.line.decode().startswith(case.asked) for request in server.requests] == [True]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_wrong_secret_is_refused_with_the_vendors_code(case: Case) -> None:
    with serving(case.judge()) as server, pytest.raises(CredentialError) as caught:
        asked(variables(case, server.url, "other-EXAMPLE"))
    assert "Signature" in str(caught.value.facts["vendor_code"])


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_an_answer_that_names_nobody_is_broken(case: Case) -> None:
    with serving(answering("{}")) as server, pytest.raises(BrokenAnswer):
        asked(variables(case, server.url))


def test_an_account_that_speaks_is_tested_with_a_speech_token() -> None:
    keys = {"ALIBABA_CLOUD_ACCESS_KEY_ID": KEY.key_id, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY.secret}
    speaks = {**keys, "ALIYUN_NLS_APPKEY": APPKEY, "VOICECTL_VENDOR": "aliyun"}
    with serving(Nls()) as server:
        assert asked({**speaks, "VOICECTL_ENDPOINT_URL": server.url}).request_id == "R-1"
    assert "Action=CreateToken" in server.requests[0].target


def test_the_result_has_the_promised_form(voicectl: Program) -> None:
    case = CASES[0]
    with serving(case.judge()) as server:
        done = voicectl("profile", "test", env=variables(case, server.url))
    found = json.loads(done.stdout)
    assert isinstance(found.pop("ms"), int)
    expected = {"vendor": "aws", "profile": None, "ok": True, "identity": ARN, "request_id": "r-1"}
    assert (done.returncode, found) == (0, expected), done.stderr


def test_a_wrong_secret_exits_77_after_its_result(voicectl: Program) -> None:
    case = CASES[0]
    with serving(case.judge()) as server:
        done = voicectl("profile", "test", "-O", "json", env=variables(case, server.url, "other-EXAMPLE"))
    assert (done.returncode, json.loads(done.stdout)["ok"]) == (77, False), done.stderr
    assert json.loads(done.stderr.splitlines()[-1])["error"]["exit_code"] == 77
    assert "other-EXAMPLE" not in done.stdout + done.stderr


def openai(request: RawRequest) -> Answer | Bytes:
    if request.header("authorization") != "Bearer sk-EXAMPLE":
        error = {
            "error": {
                "message": "Incorrect API key",
                "type": "invalid_request_error",
                "code": "invalid_api_key",
            }
        }
        return Answer(401, (("Content-Type", "application/json"),), json.dumps(error).encode())
    headers = (("Content-Type", "application/json"), ("x-request-id", "req-1"))
    return Answer(200, headers, b'{"object": "list", "data": []}')


def test_a_bearer_key_is_tested_by_the_list_of_models() -> None:
    with serving(openai) as server:
        place = {"VOICECTL_VENDOR": "openai", "OPENAI_BASE_URL": f"{server.url}/v1"}
        assert asked({**place, "OPENAI_API_KEY": "sk-EXAMPLE"}) == Caller(request_id="req-1")
        with pytest.raises(CredentialError):
            asked({**place, "OPENAI_API_KEY": "sk-OTHER"})
    assert server.requests[0].target == "/v1/models"


def test_a_named_profile_is_tested_with_its_own_keys(voicectl: Program) -> None:
    case = CASES[0]
    add = ("profile", "add", "x", "--vendor", "aws", "--set", "access_key_id=AKIDEXAMPLE", "--store", "file")
    voicectl(*add, "--secret-stdin", stdin=ACCOUNT.secret)
    with serving(case.judge()) as server:
        done = voicectl("profile", "test", "x", env=variables(case, server.url, "other-EXAMPLE"))
    assert (done.returncode, json.loads(done.stdout)["profile"]) == (0, "x"), done.stderr


def test_a_dry_run_shows_the_call_and_makes_none(voicectl: Program) -> None:
    done = voicectl("profile", "test", "--dry-run", env=variables(CASES[0], "http://127.0.0.1:9"))
    (request,) = json.loads(done.stdout)["requests"]
    assert (done.returncode, request["body"]) == (0, "Action=GetCallerIdentity&Version=2011-06-15")


def test_a_vendor_that_cannot_be_asked_says_so(voicectl: Program) -> None:
    done = voicectl("profile", "test", "--vendor", "local")
    assert (done.returncode, "no call that tells" in done.stderr) == (2, True), done.stderr
